package server

import (
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/network"
)

// job is a command that runs on a worker while its session is parked. It owns
// what a lane lends otherwise: copies of the arguments, a view and a writer.
type job struct {
	session *session
	lane    *lane
	out     protocol.Writer
	ns      int64 // time it took
	script  bool  // it runs a script, before whose end no loop takes a stripe
	from    *lane // the loop's that handed it over

	soon chan struct{} // of a script: tells the loop that it is over, if it still waits

	// end is set once by the worker (finished) and once by the session when
	// the connection closes (abandoned); whoever comes second cleans up.
	end atomic.Int32
}

const (
	finished  = 1
	abandoned = 2
	left      = 3 // the loop that waited for a script waits no longer
)

// offload moves a command to a worker, so that the loop goes on serving others.
func (s *session) offload(l *lane, cmd *command.Command, args [][]byte) {
	j := &job{session: s, lane: s.srv.spare.Get().(*lane)}
	j.lane.tight = l.tight
	j.lane.begin(s, &j.out, l.call.Now)
	j.lane.call.Cmd, j.lane.call.Args = cmd, copyArgs(args)
	s.job = j
	s.holdPushes()
	l.call.Cmd = cmd // for publish
	s.last.Store(cmd)
	if j.script = s.scripted(cmd); j.script {
		s.handOver(j, l)
		return
	}
	s.conn.Park()
	s.srv.workers.Go(j.run)
}

// copyArgs gives arguments memory of their own: those of a parked session's
// command lie in a buffer that is used again.
func copyArgs(args [][]byte) [][]byte {
	size := 0
	for _, a := range args {
		size += len(a)
	}
	flat := make([]byte, 0, size)
	out := make([][]byte, len(args))
	for i, a := range args {
		flat = append(flat, a...)
		out[i] = flat[len(flat)-len(a) : len(flat) : len(flat)]
	}
	return out
}

// run is the worker's part.
func (j *job) run() {
	s, l := j.session, j.lane
	l.times.Start()
	j.perform()
	j.ns = l.times.Lap()
	switch {
	case j.soon != nil && j.end.CompareAndSwap(0, finished):
		j.soon <- struct{}{}
	case j.end.Swap(finished) == abandoned:
		j.release()
	default:
		s.conn.Post(j.deliver)
	}
}

// perform runs the command.
func (j *job) perform() {
	s, l := j.session, j.lane
	if j.script {
		s.srv.settleLoops(j.from)
		defer s.srv.scripts.leave()
	}
	if l.tight && !s.srv.makeRoom(l.call.Now) {
		l.out.Error(protocol.ErrOOM)
		return
	}
	s.run(l, l.call.Cmd, l.call.Args)
}

// deliver is the session's part: on its own thread the reply takes its place
// behind those before it, and the rest of the pipeline goes on.
func (j *job) deliver(c *network.Conn) {
	j.conclude(c)
	c.Wake()
}

func (j *job) conclude(c *network.Conn) {
	s, l := j.session, j.lane
	s.job = nil
	if s.srv.monitors.any() {
		s.srv.monitors.show(s, l.call.Cmd, l.call.Args)
	}
	if l.call.Ticket != nil {
		s.await(l)
		s.letPushes(c.Out())
		s.srv.giveBack(l)
		return
	}
	s.account(l, j.ns, j.out.Errors() > 0)
	s.cachingSpent(l.call.Cmd)
	mark := c.Out().Mark()
	j.out.MoveTo(c.Out())
	if s.is(replyOff | replySkip | replySkipNext) {
		s.mute(c.Out(), mark)
	}
	s.letPushes(c.Out())
	s.srv.giveBack(l)
	if s.is(closing) {
		c.CloseAfterFlush()
	}
}

// abandon is called when the connection closed before the reply was delivered.
func (j *job) abandon() {
	if j.end.Swap(abandoned) == finished {
		j.release()
	}
}

func (j *job) release() {
	j.out.Reset(nil)
	if w, waits := j.lane.call.Ticket.(*engine.Waiter); waits {
		w.Cancel() // or it would take something for nobody
		j.lane.call.Ticket = nil
	}
	j.session.srv.giveBack(j.lane)
}

// makeRoom evicts until the node is within its bound, step by step. False: the
// policy lets nothing more go.
func (srv *Server) makeRoom(now int64) bool {
	defer srv.noteEvent("eviction-cycle", time.Now())
	for {
		switch srv.engine.MakeRoom(now) {
		case engine.Ample:
			return true
		case engine.None:
			return false
		}
	}
}
