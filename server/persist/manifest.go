package persist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// manifest names the files of a log, in the form of Redis's manifests:
//
//	file appendonly.aof.2.base.rdb seq 2 type b
//	file appendonly.aof.2.incr.log seq 2 type i
//
// The state is the base (an RDB file; none: empty), and then the entries of the
// increments in their order.
type manifest struct {
	base  part // seq 0: none
	incrs []part
}

type part struct {
	name string
	seq  int
}

func (l *Log) path(name string) string { return filepath.Join(l.o.Folder, name) }
func (l *Log) manifestPath() string    { return l.path(l.o.Name + ".manifest") }
func (l *Log) basePart(seq int) part   { return part{fmt.Sprintf("%s.%d.base.rdb", l.o.Name, seq), seq} }
func (l *Log) incrPart(seq int) part   { return part{fmt.Sprintf("%s.%d.incr.log", l.o.Name, seq), seq} }

// readManifest returns ok = false if there is none.
func (l *Log) readManifest() (m manifest, ok bool, err error) {
	text, err := os.ReadFile(l.manifestPath())
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		var p part
		var kind string
		if _, err := fmt.Sscanf(s.Text(), "file %s seq %d type %s", &p.name, &p.seq, &kind); err != nil || filepath.Base(p.name) != p.name {
			return m, false, fmt.Errorf("persist: %s: a line that is none: %q", l.manifestPath(), s.Text())
		}
		switch kind {
		case "b":
			m.base = p
		case "i":
			m.incrs = append(m.incrs, p)
		case "h": // Redis's history: to be deleted
		}
	}
	return m, true, nil
}

// writeManifest replaces the manifest at one stroke.
func (l *Log) writeManifest(m manifest) error {
	var b bytes.Buffer
	if m.base.seq != 0 {
		fmt.Fprintf(&b, "file %s seq %d type b\n", m.base.name, m.base.seq)
	}
	for _, p := range m.incrs {
		fmt.Fprintf(&b, "file %s seq %d type i\n", p.name, p.seq)
	}
	f, err := os.CreateTemp(l.o.Folder, "temp-*.manifest")
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), l.manifestPath())
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(l.o.Folder)
}
