package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/persist"
)

// journal is the log of writes, kept when appendonly says so.
type journal struct {
	log     atomic.Pointer[persist.Log] // nil: none
	failing atomic.Bool                 // it cannot be written now

	// Guarded by saving.mu: a rewrite is a snapshot, of which there is one at a time.
	scheduled bool
	began     time.Time
	took      int64 // seconds of the last rewrite, -1: none
	failed    bool
	failures  int64 // in a row
	count     int64
	result    persist.Written
}

func (srv *Server) logs() bool { return srv.config.Bool("appendonly") }

// commitLog is the barrier before replies.
func (srv *Server) commitLog() {
	if l := srv.journal.log.Load(); l != nil {
		l.Commit()
	}
}

// recoverLog brings back what the log holds and goes on writing it. A node that had
// none begins with its snapshot, if there is one.
func (srv *Server) recoverLog() error {
	p := &srv.saving.loading
	folder := filepath.Join(srv.config.String("dir"), srv.config.String("appenddirname"))
	log, fresh, err := persist.OpenLog(p.ctx, persist.LogOptions{
		Folder: folder,
		Name:   srv.config.String("appendfilename"),
		Fault:  srv.logFault,
	}, persist.Recovery{
		Base:     srv.readAll,
		Apply:    srv.replayer(),
		Torn:     srv.config.Bool("aof-load-truncated"),
		Warn:     srv.logger.Warn,
		Progress: &p.Progress,
	})
	if err != nil {
		return fmt.Errorf("server: the log cannot be read; nothing is served without it: %w", err)
	}
	srv.journal.log.Store(log)
	if fresh {
		if err := srv.readAll(p.ctx, srv.snapshotPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("server: the snapshot that the log would begin with cannot be read: %w", err)
		}
	}
	srv.adoptSync()
	srv.engine.KeepIn(log)
	if fresh && srv.ks.Memory().Keys > 0 {
		return srv.rewriteNow()
	}
	return nil
}

// readAll reads a snapshot with all that has expired: what comes behind it in a log
// may have made it live on. Nothing is evicted meanwhile.
func (srv *Server) readAll(ctx context.Context, path string) error {
	r := srv.reading()
	r.Now, r.Room = 0, nil
	return r.File(ctx, path)
}

// replayer applies entries of the log: with their own time and seed they do again
// just what they did.
func (srv *Server) replayer() func(*protocol.Entry) error {
	var out protocol.Writer
	c := command.Call{DB: srv.ks.View(), Out: &out, NoWait: true}
	return func(e *protocol.Entry) error {
		if int(e.DB) >= srv.ks.Databases() {
			return fmt.Errorf("an entry is of database %d, and the node has %d (directive databases)", e.DB, srv.ks.Databases())
		}
		for _, args := range e.Commands {
			if equalFold(args[0], "FUNCTION") && len(args) > 1 {
				if err := srv.replayLibrary(args); err != nil {
					return err
				}
				continue
			}
			cmd, err := srv.table.Resolve(args)
			if err != nil || cmd.Run == nil || cmd.Flags&(command.Write|command.MayReplicate) == 0 {
				return fmt.Errorf("an entry is no write that is known here: %.100q (%v)", args, err)
			}
			c.Cmd, c.Args, c.Now, c.Rand = cmd, args, e.Now, command.NewRand(e.Seed)
			c.Settings = srv.settings.Load()
			c.DB.Select(int(e.DB))
			srv.engine.Apply(&c)
			out.Reset(nil)
		}
		srv.saving.loading.Keys.Add(1)
		return nil
	}
}

// logFault is told by the log's writer.
func (srv *Server) logFault(err error, fatal bool) {
	if err == nil {
		srv.logger.Warn("the log can be written again")
		srv.journal.failing.Store(false)
		return
	}
	srv.logger.Error("the log of writes failed", "err", err)
	srv.journal.failing.Store(true)
	if fatal {
		srv.logger.Error("what is on disk cannot be known after a failed sync: the node ends")
		srv.halt()
	}
}

// adoptSync puts appendfsync in force.
func (srv *Server) adoptSync() error {
	l := srv.journal.log.Load()
	if l == nil {
		return nil
	}
	switch srv.config.String("appendfsync") {
	case "always":
		l.SetSync(persist.SyncAlways)
	case "no":
		l.SetSync(persist.SyncNever)
	default:
		l.SetSync(persist.SyncEverySecond)
	}
	return nil
}

// beginRewrite makes a rewrite the present snapshot; nil: another is being written.
func (srv *Server) beginRewrite() *persist.Snapshot {
	v := &srv.saving
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now != nil {
		srv.journal.scheduled = true
		return nil
	}
	srv.journal.scheduled, v.rewriting, srv.journal.began = false, true, time.Now()
	v.now = srv.snapshot()
	v.now.Steadily = srv.config.Bool("aof-rewrite-incremental-fsync")
	return v.now
}

func (srv *Server) rewrite(sn *persist.Snapshot) error {
	v, j := &srv.saving, &srv.journal
	done, err := j.log.Load().Rewrite(v.ctx, srv.ks, sn)
	srv.tellSaved(sn, done, err)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now, v.rewriting = nil, false
	j.took = int64(time.Since(j.began) / time.Second)
	j.failed = err != nil
	if j.failed {
		j.failures++
		v.tried = time.Now()
		return err
	}
	j.count, j.failures, j.result = j.count+1, 0, done
	return nil
}

// rewriteNow rewrites the log and waits until that is done.
func (srv *Server) rewriteNow() error {
	sn := srv.beginRewrite()
	if sn == nil {
		return errSaving
	}
	return srv.rewrite(sn)
}

// rewriteInBackground begins a rewrite; false: it is scheduled.
func (srv *Server) rewriteInBackground() bool {
	sn := srv.beginRewrite()
	if sn != nil {
		srv.saving.work.Go(func() { srv.rewrite(sn) })
	}
	return sn != nil
}

// rewriteIfDue begins a rewrite that is scheduled, or that the log's growth asks for.
func (srv *Server) rewriteIfDue(now time.Time) {
	l := srv.journal.log.Load()
	if l == nil || srv.loads() {
		return
	}
	v := &srv.saving
	v.mu.Lock()
	free := v.now == nil && (!srv.journal.failed || now.Sub(v.tried) >= retryAfter)
	scheduled := srv.journal.scheduled
	v.mu.Unlock()
	if !free {
		return
	}
	base, grown := l.Bytes()
	percent := srv.config.Int("auto-aof-rewrite-percentage")
	if scheduled || percent > 0 && base+grown >= srv.config.Int("auto-aof-rewrite-min-size") && grown*100/max(base, 1) >= percent {
		srv.logger.Info("rewriting the log", "base_bytes", base, "grown_bytes", grown)
		srv.rewriteInBackground()
	}
}

// closeLog writes what is left.
func (srv *Server) closeLog() error {
	l := srv.journal.log.Load()
	if l == nil {
		return nil
	}
	return l.Close()
}

func (s *session) bgRewriteAOF(c *command.Call) {
	switch {
	case s.srv.journal.log.Load() == nil:
		c.Out.Error(errNoLog)
	case s.srv.rewriteInBackground():
		c.Out.Simple("Background append only file rewriting started")
	default:
		c.Out.Simple("Background append only file rewriting scheduled")
	}
}

// logInfo writes the figures of the log.
func (srv *Server) logInfo(f *fields) {
	v, j := &srv.saving, &srv.journal
	v.mu.Lock()
	defer v.mu.Unlock()
	l := j.log.Load()
	since := int64(-1)
	if v.rewriting {
		since = int64(time.Since(j.began) / time.Second)
	}
	f.ints("aof_enabled", one(l != nil), "aof_rewrite_in_progress", one(v.rewriting), "aof_rewrite_scheduled", one(j.scheduled),
		"aof_last_rewrite_time_sec", j.took, "aof_current_rewrite_time_sec", since)
	f.text("aof_last_bgrewrite_status", status(j.failed))
	f.ints("aof_rewrites", j.count, "aof_rewrites_consecutive_failures", j.failures)
	f.text("aof_last_write_status", status(j.failing.Load()))
	f.ints("aof_last_cow_size", j.result.Kept)
	f.zeros("module_fork_in_progress", "module_fork_last_cow_size")
	if l != nil {
		base, grown := l.Bytes()
		f.ints("aof_current_size", base+grown, "aof_base_size", base)
		f.zeros("aof_pending_rewrite", "aof_buffer_length", "aof_pending_bio_fsync", "aof_delayed_fsync")
	}
}

func status(failed bool) string {
	if failed {
		return "err"
	}
	return "ok"
}
