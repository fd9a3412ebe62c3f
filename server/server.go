package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/config"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/network"
	"github.com/cachedserver/cached/server/stats"
	"github.com/cachedserver/cached/server/store"
)

// Server is one node: a keyspace, its engine, and the doors through which
// clients reach them.
type Server struct {
	config *config.Config
	logger *slog.Logger

	ks     *store.Keyspace
	engine *engine.Engine
	log    engine.Log // orders writes
	table  *command.Table
	locals []body // by command ID
	stats  *stats.Stats

	net     *network.Server
	doors   doors
	lanes   []*lane   // of the event loops, by index
	spare   sync.Pool // *lane, for goroutine connections and workers
	workers *engine.Workers

	borrowed atomic.Int64 // changes made by lanes that were borrowed

	// What the configuration says, in the form in which the hot path reads it.
	settings atomic.Pointer[command.Settings]
	limits   atomic.Pointer[requestLimits]
	tls      atomic.Pointer[tls.Config] // of connections to come

	users    *acl.Users
	root     *acl.User // the default one, always the same
	nobody   *identity // who a client is before it says more
	refusals acl.Log

	scripts  scripting
	monitors monitors
	pauses   pauses
	pubsub   pubsub
	tracking tracking
	waits    waits
	notify   atomic.Uint32 // classes of events to publish
	saving   saving
	journal  journal
	cron     *cron
	shutdown shutdown

	// AnyPort has Listen take free ports instead of the configuration's, so
	// that tests run side by side. To be set before Listen.
	AnyPort bool

	clientBound atomic.Int64  // bytes that clients may hold together; 0: no bound
	clientHeld  atomic.Int64  // bytes that they hold in buffers
	evicted     atomic.Int64  // clients closed for holding too much
	closing     chan struct{} // closed when Close begins: whatever sleeps on a worker wakes

	closed   sync.Once // guards closeErr, what closing came to
	closeErr error

	samples      samples
	startupBytes int64 // memory in use before the first client

	halt func() // ends the process on the spot; another thing in tests

	started time.Time
	runID   string // 40 hex digits, new at each start
	warned  sync.Map
}

// minWorkers keeps a few slow commands from holding up the others that need a
// worker, on machines with few processors.
const minWorkers = 4

// requestLimits are what the parser allows clients that proved who they are,
// and the others.
type requestLimits struct{ known, unknown protocol.Limits }

// New makes a node from its configuration. It serves nobody before Listen.
func New(cfg *config.Config, logger *slog.Logger) (*Server, error) {
	srv := &Server{config: cfg, logger: logger, started: time.Now(), runID: runID()}
	srv.halt = func() { os.Exit(exitTorn) }
	srv.shutdown.done, srv.closing = make(chan struct{}), make(chan struct{})
	if err := srv.build(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return srv, nil
}

// build makes the parts, each upon those before it.
func (srv *Server) build() (err error) {
	if srv.table, srv.locals, err = newTable(); err != nil {
		return err
	}
	if err = srv.openUsers(); err != nil {
		return err
	}
	if err = srv.adoptSettings(); err != nil {
		return err
	}
	if srv.ks, err = store.Open(srv.storeOptions()); err != nil {
		return err
	}
	srv.engine = engine.New(srv.ks, srv.broken)
	srv.engine.Listen(events{srv})
	srv.tracking.charge = srv.ks.Charge
	srv.log = engine.Solo{Engine: srv.engine}
	srv.openScripting()
	srv.workers = engine.NewWorkers(max(minWorkers, runtime.GOMAXPROCS(0)))
	if srv.net, err = network.New(srv.networkOptions()); err != nil {
		return errors.Join(err, srv.ks.Close())
	}
	srv.stats = stats.New(stats.Options{Loops: srv.net.Loops(), Commands: srv.names()})
	srv.spare.New = func() any { return srv.newLane(srv.stats.Shared()) }
	for i := range srv.net.Loops() {
		srv.lanes = append(srv.lanes, srv.newLane(srv.stats.Shard(i)))
	}
	srv.saving.open(srv.started)
	srv.expectSnapshot()
	srv.cron = startCron(srv)
	srv.followConfig()
	return nil
}

func (srv *Server) storeOptions() store.Options {
	return store.Options{
		Databases: int(srv.config.Int("databases")),
		MaxMemory: srv.config.Int("maxmemory"),
		Policy:    srv.config.String("maxmemory-policy"),
		Seed:      srv.entropy(),
		Removed: func(db int, key []byte, why store.Removal) {
			srv.engine.Removed(db, key, why) // made after the keyspace, before any key
		},
	}
}

func (srv *Server) networkOptions() network.Options {
	return network.Options{
		Limits: srv.networkLimits(),
		Charge: srv.charge,
		Commit: srv.commitLog,
		Log:    srv.logger,
	}
}

// Version is this server's own; INFO and the start line show it.
const Version = "0.1.0"

const version = Version

// names are the commands' full names by ID, for the figures.
func (srv *Server) names() []string {
	names := make([]string, srv.table.Len())
	for i, c := range srv.table.All() {
		names[i] = c.FullName()
	}
	return names
}

// Close stops serving: commands that were received are finished and replied to
// until ctx ends, then everything is given back, in the reverse order of New.
// Once is enough; again gives the same answer.
func (srv *Server) Close(ctx context.Context) error {
	srv.closed.Do(func() { srv.closeErr = srv.close(ctx) })
	return srv.closeErr
}

func (srv *Server) close(ctx context.Context) error {
	close(srv.closing)
	srv.saving.loading.stop()
	srv.pauses.end()
	srv.stopWaits()
	err := srv.net.Close(ctx)
	srv.closeScripting()
	srv.workers.Wait()
	srv.cron.stop()
	srv.saving.close()
	return errors.Join(err, srv.saveAtEnd(), srv.closeLog(), srv.ks.Close())
}

// exitTorn is the exit code after a handler panicked in the middle of a write.
const exitTorn = 70

// broken hears of a handler that panicked. On a keyspace that may be half
// changed the process must not go on.
func (srv *Server) broken(b engine.Breakdown) {
	srv.logger.Error("a command's handler panicked", "command", b.Command, "cause", b.Cause, "stack", string(b.Stack))
	if b.Torn {
		srv.halt()
	}
}

// warnOnce logs a warning the first time it is given.
func (srv *Server) warnOnce(text string, args ...any) {
	if _, before := srv.warned.LoadOrStore(text, true); !before {
		srv.logger.Warn(text, args...)
	}
}

// entropy returns 64 bits that nobody can guess.
func (srv *Server) entropy() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails, by its contract
	return binary.LittleEndian.Uint64(b[:])
}

func runID() string {
	var b [20]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Stats are the node's figures.
func (srv *Server) Stats() *stats.Stats { return srv.stats }
