package persist

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cachedserver/cached/server/store"
)

// Rewrite begins the log anew from a snapshot: at its mark the log goes on in
// another file, so that the snapshot is just what the files before it come to. The
// old files are deleted when it is whole.
func (l *Log) Rewrite(ctx context.Context, ks *store.Keyspace, s *Snapshot) (Written, error) {
	seq := l.parts.base.seq + 1
	if n := len(l.parts.incrs); n > 0 {
		seq = max(seq, l.parts.incrs[n-1].seq+1)
	}
	next, err := l.create(l.incrPart(seq))
	if err != nil {
		return Written{}, err
	}
	m := l.parts
	m.incrs = append(m.incrs[:len(m.incrs):len(m.incrs)], l.incrPart(seq))
	if err := l.writeManifest(m); err != nil { // before anything is written to the new file
		return Written{}, errors.Join(err, next.Close())
	}
	l.parts = m
	base := l.basePart(seq)
	marked := false
	s.Path, s.Logged = l.path(base.name), true
	s.AtMark = func() { marked = true; l.rotate(next) }
	done, err := s.Write(ctx, ks)
	if !marked {
		return Written{}, errors.Join(err, next.Close())
	}
	if err != nil {
		return Written{}, err
	}
	if l.Flush(); l.failing.Load() {
		return Written{}, errors.Join(errors.New("persist: the log cannot be written, so that its files must stay"), os.Remove(s.Path))
	}
	return done, l.forget(base, seq, done.Bytes)
}

// rotate has what is appended from now on go to another file.
func (l *Log) rotate(next *os.File) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next, l.cut = next, len(l.buf)
}

// forget makes a base and the increment of its number the whole log.
func (l *Log) forget(base part, seq int, bytes int64) error {
	old := l.parts
	m := manifest{base: base, incrs: []part{l.incrPart(seq)}}
	if err := l.writeManifest(m); err != nil {
		return err
	}
	l.parts = m
	for _, p := range append(old.incrs, old.base) {
		if p.name != "" && p != m.incrs[0] && p != base {
			if info, err := os.Stat(l.path(p.name)); err == nil && p != old.base {
				l.bytes.Add(-info.Size())
			}
			os.Remove(l.path(p.name))
		}
	}
	l.based.Store(bytes)
	return nil
}

// create makes an empty file of the log.
func (l *Log) create(p part) (*os.File, error) {
	f, err := os.OpenFile(l.path(p.name), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("persist: %w", err)
	}
	if _, err := f.Write([]byte(logMagic)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, f.Sync()
}
