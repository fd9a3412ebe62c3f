package persist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/server/rdb"
	"github.com/cachedserver/cached/server/store"
)

// Snapshot is how a snapshot is written.
type Snapshot struct {
	Path     string
	Compress bool // strings are packed
	Checksum bool
	Steadily bool // sync every syncStep bytes instead of all at the end
	Version  string
	Memory   int64    // bytes in use, noted in the file
	Library  [][]byte // code of functions
	Logged   bool     // it is the base of a log

	// AtMark is called at the instant whose state is written, while nothing can
	// change; it must be quick. nil: nobody wants to know.
	AtMark func()

	Done  atomic.Int64 // keys written
	Total atomic.Int64 // keys to be written, known once they are marked
}

// Written tells what a snapshot came to.
type Written struct {
	Keys  int
	Bytes int64
	Kept  int64 // most bytes that were kept in memory for it
	Took  time.Duration
}

// Write writes the keyspace as it is now. When ctx ends it gives up.
func (s *Snapshot) Write(ctx context.Context, ks *store.Keyspace) (Written, error) {
	began := time.Now()
	sn, err := ks.SnapshotAt(s.AtMark)
	if err != nil {
		return Written{}, err
	}
	defer sn.Close()
	s.Total.Store(int64(sn.Keys()))
	f, err := os.CreateTemp(filepath.Dir(s.Path), "temp-*.rdb")
	if err != nil {
		return Written{}, fmt.Errorf("persist: %w", err)
	}
	out := &steady{f: f, steadily: s.Steadily}
	w := rdb.NewWriter(out, rdb.Options{Compress: s.Compress, Checksum: s.Checksum})
	s.notes(w, began)
	err = s.keys(ctx, w, sn)
	if err == nil {
		err = w.Close()
	}
	if err = s.publish(f, err); err != nil {
		return Written{}, fmt.Errorf("persist: %s: %w", s.Path, err)
	}
	return Written{int(s.Done.Load()), w.Bytes(), sn.Kept(), time.Since(began)}, nil
}

// notes are what Redis notes in its files, under its names.
func (s *Snapshot) notes(w *rdb.Writer, now time.Time) {
	w.Aux("redis-ver", s.Version)
	w.Aux("redis-bits", "64")
	w.AuxInt("ctime", now.Unix())
	w.AuxInt("used-mem", s.Memory)
	if s.Logged {
		w.AuxInt("aof-base", 1)
	} else {
		w.AuxInt("aof-base", 0)
	}
	for _, code := range s.Library {
		w.Function(code)
	}
}

func (s *Snapshot) keys(ctx context.Context, w *rdb.Writer, sn *store.Snapshot) error {
	for {
		r, err := sn.Next()
		switch {
		case err != nil:
			return err
		case r == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := w.Record(r); err != nil {
			return fmt.Errorf("key %s: %w", strconv.Quote(string(r.Key[:min(len(r.Key), 100)])), err)
		}
		s.Done.Add(1)
	}
}

// publish syncs the file and gives it its name, or takes it away after a fault.
func (s *Snapshot) publish(f *os.File, err error) error {
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.Path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(s.Path))
}

// syncFolder makes a new name last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// syncStep is how much may wait to be synced when syncing steadily.
const syncStep = 32 << 20

// steady is a file that is synced as it grows, so that the end of a large one does
// not stall the disk.
type steady struct {
	f        *os.File
	steadily bool
	waiting  int
}

func (s *steady) Write(b []byte) (int, error) {
	n, err := s.f.Write(b)
	if s.waiting += n; s.steadily && s.waiting >= syncStep && err == nil {
		s.waiting = 0
		err = s.f.Sync()
	}
	return n, err
}
