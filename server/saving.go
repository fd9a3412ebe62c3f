package server

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/persist"
)

// saving is what the node does about snapshots: one is written at a time, by a
// goroutine that nobody waits for but SAVE and the end of the node.
type saving struct {
	ctx  context.Context // ends with the node
	stop context.CancelFunc
	work sync.WaitGroup

	refuse atomic.Bool // the last save failed, and writes are to be refused

	mu        sync.Mutex // guards what follows
	now       *persist.Snapshot
	rewriting bool // now is the base of the log
	wanted    bool // BGSAVE SCHEDULE waits for its end
	began     time.Time
	asked     int64     // changes at the present mark
	saved     int64     // changes at the mark of the last good save
	last      time.Time // of the last good save, or the start
	tried     time.Time // last failure
	failed    bool      // the last one did
	result    persist.Written
	took      int64 // seconds of the last one in the background, -1: none
	count     int64
	loading   loading
}

// retryAfter is how long the save points wait after a failure, as Redis does.
const retryAfter = 5 * time.Second

func (v *saving) open(now time.Time) {
	v.ctx, v.stop = context.WithCancel(context.Background())
	v.last, v.took = now, -1
	v.loading.ctx, v.loading.stop = context.WithCancel(context.Background())
}

// close ends what is being written.
func (v *saving) close() {
	v.stop()
	v.work.Wait()
}

// saves tells whether the configuration asks for snapshots.
func (srv *Server) saves() bool { return len(srv.config.SaveRules()) > 0 }

// snapshotPath is where snapshots are written and read.
func (srv *Server) snapshotPath() string {
	return filepath.Join(srv.config.String("dir"), srv.config.String("dbfilename"))
}

// beginSave makes a snapshot the present one.
func (srv *Server) beginSave() (*persist.Snapshot, error) {
	v := &srv.saving
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now != nil && v.rewriting {
		return nil, errRewriting
	}
	if v.now != nil {
		return nil, errSaving
	}
	v.now, v.wanted = srv.snapshot(), false
	v.began, v.asked = time.Now(), srv.changes()
	return v.now, nil
}

// snapshot is how snapshots are written.
func (srv *Server) snapshot() *persist.Snapshot {
	cfg := srv.config
	return &persist.Snapshot{
		Path:     srv.snapshotPath(),
		Compress: cfg.Bool("rdbcompression"),
		Checksum: cfg.Bool("rdbchecksum"),
		Steadily: cfg.Bool("rdb-save-incremental-fsync"),
		Version:  redisVersion,
		Memory:   srv.ks.Memory().Used,
		Library:  srv.libraries(),
	}
}

// save writes the present snapshot. In the background it is timed as such.
func (srv *Server) save(sn *persist.Snapshot, background bool) error {
	v := &srv.saving
	done, err := sn.Write(v.ctx, srv.ks)
	srv.tellSaved(sn, done, err)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = nil
	if background {
		v.took = int64(time.Since(v.began) / time.Second)
	}
	if err == nil {
		v.failed, v.saved, v.last, v.result = false, v.asked, time.Now(), done
		v.count++
	} else if !errors.Is(err, context.Canceled) {
		v.failed, v.tried = true, time.Now()
	}
	v.refuse.Store(v.failed && srv.saves() && srv.config.Bool("stop-writes-on-bgsave-error"))
	return err
}

func (srv *Server) tellSaved(sn *persist.Snapshot, done persist.Written, err error) {
	switch {
	case errors.Is(err, context.Canceled):
		srv.logger.Info("the snapshot being written was given up, since the node ends", "file", sn.Path)
		return
	case err != nil:
		srv.logger.Error("the snapshot was not written", "file", sn.Path, "err", err)
		return
	}
	srv.logger.Info("snapshot written", "file", sn.Path, "keys", done.Keys, "bytes", done.Bytes,
		"kept_at_most", done.Kept, "took", done.Took.Round(time.Millisecond).String())
}

// saveInBackground starts a snapshot.
func (srv *Server) saveInBackground() error {
	sn, err := srv.beginSave()
	if err != nil {
		return err
	}
	srv.saving.work.Go(func() { srv.save(sn, true) })
	return nil
}

// saveIfDue starts a snapshot when one of the save points asks for it.
func (srv *Server) saveIfDue(now time.Time) {
	v := &srv.saving
	v.mu.Lock()
	scheduled := v.wanted && v.now == nil
	v.mu.Unlock()
	if scheduled {
		srv.saveInBackground()
	}
	rules := srv.config.SaveRules()
	if len(rules) == 0 || srv.loads() {
		return
	}
	changes := srv.changes()
	v.mu.Lock()
	changes -= v.saved
	age := now.Sub(v.last)
	ready := v.now == nil && (!v.failed || now.Sub(v.tried) >= retryAfter)
	v.mu.Unlock()
	if !ready {
		return
	}
	for _, r := range rules {
		if changes >= r.Changes && changes > 0 && age > time.Duration(r.Seconds)*time.Second {
			srv.logger.Info("saving", "changes", changes, "within_seconds", r.Seconds)
			srv.saveInBackground()
			return
		}
	}
}

// saveAtEnd writes the last snapshot of a node that nobody writes to any more.
func (srv *Server) saveAtEnd() error {
	if srv.loads() || !srv.shutdown.saves(srv) {
		return nil
	}
	v := &srv.saving
	v.ctx = context.Background()
	sn, err := srv.beginSave()
	if err != nil {
		return err
	}
	return srv.save(sn, false)
}

func (s *session) save(c *command.Call) {
	sn, err := s.srv.beginSave()
	if err == nil {
		if err = s.srv.save(sn, false); err != nil {
			err = errSaveFailed
		}
	}
	replyDone(c.Out, err)
}

func replyDone(out *protocol.Writer, err error) {
	if err != nil {
		out.Error(err)
		return
	}
	out.OK()
}

func (s *session) bgSave(c *command.Call) {
	if len(c.Args) == 2 && !equalFold(c.Args[1], "SCHEDULE") {
		c.Out.Error(protocol.ErrSyntax)
		return
	}
	err := s.srv.saveInBackground()
	switch {
	case err == nil:
		c.Out.Simple("Background saving started")
	case err == errRewriting && len(c.Args) == 2:
		v := &s.srv.saving
		v.mu.Lock()
		v.wanted = true
		v.mu.Unlock()
		c.Out.Simple("Background saving scheduled")
	default:
		c.Out.Error(err)
	}
}

func (s *session) lastSave(c *command.Call) {
	v := &s.srv.saving
	v.mu.Lock()
	defer v.mu.Unlock()
	c.Out.Int(v.last.Unix())
}

// info writes the figures of snapshots.
func (v *saving) info(f *fields, changes int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	progress, total, since := int64(0), int64(0), int64(-1)
	saves := v.now != nil && !v.rewriting
	if v.now != nil {
		progress, total = v.now.Done.Load(), v.now.Total.Load()
	}
	if saves {
		since = int64(time.Since(v.began) / time.Second)
	}
	f.ints("current_save_keys_processed", progress, "current_save_keys_total", total,
		"rdb_changes_since_last_save", changes-v.saved, "rdb_bgsave_in_progress", one(saves),
		"rdb_last_save_time", v.last.Unix())
	f.text("rdb_last_bgsave_status", status(v.failed))
	f.ints("rdb_last_bgsave_time_sec", v.took, "rdb_current_bgsave_time_sec", since,
		"rdb_saves", v.count, "rdb_last_cow_size", v.result.Kept,
		"rdb_last_load_keys_expired", v.loading.Expired.Load(), "rdb_last_load_keys_loaded", v.loading.Keys.Load())
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
