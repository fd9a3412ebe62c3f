package server

import (
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
	"github.com/cachedserver/cached/server/stats"
)

// lane is what a thread needs to run commands: one call, one view of the
// keyspace, scratch for arguments. Each event loop has one for all of its
// sessions; goroutines of connections and workers borrow one each.
type lane struct {
	call  command.Call
	out   *protocol.Writer // where the replies of the session at hand go
	ahead ahead            // what is read of the session's input
	times stats.Run        // takes the calls' times
	seed  uint64           // of the next call
	dirty int64            // changes of the keyspace in this turn
	tight bool             // the present command has to evict first, on a worker
	turn  atomic.Uint32    // odd while the loop serves a session
	alarm *time.Timer      // of its waits for scripts; nil before the first
	_     [64]byte

	changes atomic.Int64 // dirty of the turns that are over
}

// noteChanges adds a turn's changes to those that INFO shows.
func (srv *Server) noteChanges(l *lane) {
	if l.dirty != 0 {
		l.changes.Add(l.dirty)
		l.dirty = 0
	}
}

// changes is how often the keyspace changed since the start.
func (srv *Server) changes() (sum int64) {
	for _, l := range srv.lanes {
		sum += l.changes.Load()
	}
	return sum + srv.borrowed.Load()
}

// What one command leaves behind is bounded: maxIdleArgs its arguments,
// maxIdleInput the buffer that they lie in.
const (
	maxIdleArgs  = 1024
	maxIdleInput = 64 << 10
)

func (srv *Server) newLane(shard *stats.Shard) *lane {
	l := &lane{times: stats.Run{Shard: shard}, seed: srv.entropy()}
	l.call.DB = srv.ks.View()
	l.ahead.args = make([][]byte, 0, aheadArgs)
	return l
}

// enter takes the lane of a connection's thread. Goroutine connections run side
// by side on one shard, so theirs come from a pool.
func (srv *Server) enter(c *network.Conn) *lane {
	if i := c.Loop(); i < len(srv.lanes) {
		return srv.lanes[i]
	}
	return srv.spare.Get().(*lane)
}

func (srv *Server) leave(c *network.Conn, l *lane) {
	srv.noteChanges(l)
	if cap(l.ahead.args) > maxIdleArgs {
		l.ahead.args = make([][]byte, 0, aheadArgs)
	}
	if c.Loop() >= len(srv.lanes) {
		srv.giveBack(l)
	}
}

func (srv *Server) giveBack(l *lane) {
	srv.borrowed.Add(l.changes.Swap(0) + l.dirty)
	l.dirty = 0
	l.out, l.call.Out, l.call.Cmd, l.call.Args = nil, nil, nil, nil
	srv.spare.Put(l)
}

// begin makes the lane run for a session: its database, protocol version and
// the clock of this turn.
func (l *lane) begin(s *session, out *protocol.Writer, now int64) {
	out.SetProto(int(s.proto.Load()))
	l.out = out
	c := &l.call
	c.Out, c.Now = out, now
	c.DB.Select(int(s.db.Load()))
	c.Settings = s.srv.settings.Load()
	c.NoTouch, c.Origin = s.is(noTouch), s.conn.ID()
	l.times.Start()
	l.ahead.forget() // what a panic left
}

// letGo forgets the arguments of the last commands, which keep the buffer alive
// that they came in.
func (l *lane) letGo() {
	l.call.Args = nil
	clear(l.ahead.args[:cap(l.ahead.args)])
	clear(l.ahead.calls[:])
	clear(l.ahead.keys[:])
}

// load makes a command the lane's call.
func (l *lane) load(cmd *command.Command, args [][]byte) *command.Call {
	c := &l.call
	c.Cmd, c.Args = cmd, args
	c.Rand = command.NewRand(l.seed)
	l.seed += 0x9e3779b97f4a7c15
	return c
}
