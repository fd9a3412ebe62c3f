package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/persist"
	"github.com/cachedserver/cached/server/rdb"
	"github.com/cachedserver/cached/server/store"
)

// loading is the reading of a snapshot at start. While it is on, clients get
// LOADING as the answer to all that needs keys.
type loading struct {
	persist.Progress
	on   atomic.Bool
	ctx  context.Context
	stop context.CancelFunc
}

// loads tells whether the node is reading its snapshot.
func (srv *Server) loads() bool { return srv.saving.loading.on.Load() }

// expectSnapshot has clients wait for Recover, if there is something to recover.
func (srv *Server) expectSnapshot() {
	_, err := os.Stat(srv.snapshotPath())
	there := !errors.Is(err, fs.ErrNotExist)
	switch {
	case there && srv.saves(), srv.logs():
		srv.saving.loading.on.Store(true)
	case err == nil:
		srv.logger.Info("a snapshot is there and not read, since values are in memory only: set save to have it read and written, or use import-rdb",
			"file", srv.snapshotPath())
	}
}

// Recover reads the snapshot that the node left, if it keeps any: when the
// configuration has save points. Doors may be open: they answer LOADING.
func (srv *Server) Recover() error {
	l := &srv.saving.loading
	if !l.on.Load() {
		return nil
	}
	l.Began = time.Now()
	if srv.logs() {
		if err := srv.recoverLog(); err != nil {
			return err
		}
		l.on.Store(false)
		srv.logger.Info("log read", "keys_and_entries", l.Keys.Load(), "took", time.Since(l.Began).Round(time.Millisecond).String())
		return nil
	}
	if err := srv.reading().File(l.ctx, srv.snapshotPath()); err != nil {
		return fmt.Errorf("server: the snapshot cannot be read; nothing is served without it: %w", err)
	}
	l.on.Store(false)
	srv.logger.Info("snapshot read", "file", srv.snapshotPath(), "keys", l.Keys.Load(), "expired", l.Expired.Load(),
		"empty", l.Empty.Load(), "took", time.Since(l.Began).Round(time.Millisecond).String())
	return nil
}

// reading is how files are read into this node.
func (srv *Server) reading() *persist.Reading {
	s := srv.settings.Load()
	now := time.Now().UnixMilli()
	return &persist.Reading{
		Keyspace: srv.ks,
		Packing:  s.Packing(),
		Limits:   rdb.Limits{String: int(s.MaxString)},
		Now:      now,
		Progress: &srv.saving.loading.Progress,
		Library:  srv.defineLibrary,
		Room: func() error {
			srv.makeRoom(now) // a full node that may not evict reads on, as Redis does
			return nil
		},
	}
}

// info writes how far the reading is.
func (l *loading) info(f *fields) {
	f.ints("loading", one(l.on.Load()))
	f.zeros("async_loading")
	if !l.on.Load() {
		return
	}
	total, done := l.Total.Load(), l.Done.Load()
	spent := time.Since(l.Began).Seconds()
	eta := int64(-1)
	if done > 0 {
		eta = int64(spent * float64(total-done) / float64(done))
	}
	f.ints("loading_start_time", l.Began.Unix(), "loading_total_bytes", total, "loading_loaded_bytes", done)
	f.text("loading_loaded_perc", fmt.Sprintf("%.2f", percent(done, total)))
	f.ints("loading_eta_seconds", eta)
}

// debugReload is how tests see that what is written is what is read. Others are
// told LOADING meanwhile.
func (s *session) debugReload(c *command.Call) {
	save, flush := true, true
	for _, word := range c.Args[2:] {
		switch {
		case equalFold(word, "NOSAVE"):
			save = false
		case equalFold(word, "NOFLUSH"):
			flush = false
		case !equalFold(word, "MERGE"):
			c.Out.Error(protocol.ErrSyntax)
			return
		}
	}
	replyDone(c.Out, s.srv.reload(c.DB, save, flush))
}

func (srv *Server) reload(db *store.DB, save, flush bool) error {
	l := &srv.saving.loading
	if !l.on.CompareAndSwap(false, true) {
		return errSaving
	}
	defer l.on.Store(false)
	if save {
		sn, err := srv.beginSave()
		if err == nil {
			err = srv.save(sn, false)
		}
		if err != nil {
			return errSaveFailed
		}
	}
	if flush {
		db.FlushAll(false)
	}
	if err := srv.reading().File(l.ctx, srv.snapshotPath()); err != nil {
		srv.logger.Error("DEBUG RELOAD failed", "err", err)
		return errLoadFailed
	}
	return nil
}
