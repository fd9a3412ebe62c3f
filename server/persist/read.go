package persist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/server/rdb"
	"github.com/cachedserver/cached/server/store"
)

// Reading is how a file is read into a keyspace.
type Reading struct {
	Keyspace *store.Keyspace
	Packing  rdb.Packing
	Limits   rdb.Limits
	Now      int64                   // ms: keys that expired by then are passed over
	Room     func() error            // called now and then under no lock: evicts
	Library  func(code []byte) error // takes functions; nil: none may come
	Progress *Progress               // may be nil
}

// Progress tells how far a reading is. Any goroutine may look.
type Progress struct {
	Began                time.Time
	Total, Done          atomic.Int64 // bytes
	Keys, Expired, Empty atomic.Int64
}

// roomEach is after how many keys room is made.
const roomEach = 64

// File reads a file. What was read before a fault stays.
func (r *Reading) File(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("persist: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		r.Progress.Total.Store(info.Size())
	}
	if err := r.From(ctx, f); err != nil {
		return fmt.Errorf("persist: %s: %w", path, err)
	}
	return nil
}

// From reads what a file holds.
func (r *Reading) From(ctx context.Context, in io.Reader) error {
	rd, err := rdb.NewReader(in, r.Limits)
	if err != nil {
		return err
	}
	db := r.Keyspace.View()
	for n := 0; ; n++ {
		e, err := rd.Next()
		r.Progress.Done.Store(rd.Offset())
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("at byte %d: %w", rd.Offset(), err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := r.entry(db, rd, e, n); err != nil {
			return fmt.Errorf("at byte %d, key %s: %w", rd.Offset(), strconv.Quote(string(e.Key[:min(len(e.Key), 100)])), err)
		}
	}
}

func (r *Reading) entry(db *store.DB, rd *rdb.Reader, e *rdb.Entry, n int) error {
	switch {
	case e.Function != nil && r.Library == nil:
		return errors.New("functions are not in this version")
	case e.Function != nil:
		return r.Library(e.Function)
	case e.ExpireAt != 0 && e.ExpireAt <= r.Now:
		r.Progress.Expired.Add(1)
		return rd.Skip()
	case e.DB >= db.Databases():
		return fmt.Errorf("is in database %d, and the node has %d (directive databases)", e.DB, db.Databases())
	}
	if n%roomEach == 0 && r.Room != nil {
		if err := r.Room(); err != nil {
			return err
		}
	}
	err := r.value(db, rd, e)
	if errors.Is(err, rdb.ErrEmpty) {
		r.Progress.Empty.Add(1)
		return nil
	}
	r.Progress.Keys.Add(1)
	return err
}

func (r *Reading) value(db *store.DB, rd *rdb.Reader, e *rdb.Entry) error {
	db.Select(e.DB)
	db.Begin(r.Now, false)
	db.LockKey(e.Key)
	defer db.Unlock()
	l := rdb.Loader{DB: db, Key: e.Key, ExpireAt: e.ExpireAt, Packing: r.Packing}
	return l.End(rd.Value(&l))
}
