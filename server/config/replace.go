package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// replaceFile writes text beside the file and renames it into place, so that a
// reader or a crash sees the old text or the new one. A symbolic link stays
// one; mode and, where that is allowed, owner are kept.
func replaceFile(path, text string) error {
	path, err := target(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".cached-rewrite-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone by then unless something failed
	err = errors.Join(fill(f, path, text), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func target(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return real, err
}

// fill leaves a new file's mode at 0600: it may hold a password.
func fill(f *os.File, path, text string) error {
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			_ = f.Chown(int(st.Uid), int(st.Gid)) // an ordinary user may not; then the file becomes his
		}
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	return f.Sync()
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
