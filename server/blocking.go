package server

import (
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/network"
	"github.com/cachedserver/cached/server/stats"
)

// wait is a session that is parked in a blocking command. Whoever ends it first
// (a write that serves it, the alarm, CLIENT UNBLOCK, the end of the connection)
// is the only one: the engine's waiter decides.
type wait struct {
	session *session
	waiter  *engine.Waiter
	began   time.Time
	alarm   *time.Timer    // nil: waits for ever
	err     protocol.Error // instead of the reply of a wait that found nothing
	served  bool
}

// waits counts the sessions that wait.
type waits struct {
	n     atomic.Int64
	timed atomic.Int64 // with an alarm
}

// await parks the session until its blocking call, which has just found nothing,
// is served or given up.
func (s *session) await(l *lane) {
	waiter := l.call.Ticket.(*engine.Waiter)
	l.call.Ticket = nil
	w := &wait{session: s, waiter: waiter, began: time.Now()}
	waiter.Attach(func() { // before anybody can cancel: a cancelled wait would count as served
		w.served = true
		s.conn.Post(w.deliver)
	})
	s.blocked.Store(w)
	s.set(waiting)
	s.srv.waits.n.Add(1)
	s.conn.Park()
	s.last.Store(l.call.Cmd)
	if till := waiter.Till(); till != 0 {
		s.srv.waits.timed.Add(1)
		w.alarm = time.AfterFunc(time.Until(time.UnixMilli(till)), func() { w.giveUp("") })
	}
}

// giveUp ends the wait with the reply of one that found nothing, or with an
// error. False: it had ended before.
func (w *wait) giveUp(err protocol.Error) bool {
	if !w.waiter.Cancel() {
		return false
	}
	w.err = err
	w.session.conn.Post(w.deliver)
	return true
}

// deliver is the session's part: the reply takes its place, and the rest of the
// pipeline goes on.
func (w *wait) deliver(c *network.Conn) {
	s := w.session
	w.end()
	out, mark := c.Out(), c.Out().Mark()
	failed := w.err != "" || w.waiter.Out().Errors() > 0
	switch {
	case w.served:
		w.waiter.Out().MoveTo(out)
	case w.err != "":
		out.Error(w.err)
	default:
		out.NullArray()
	}
	s.accountWait(w, failed)
	if s.is(replyOff | replySkip | replySkipNext) {
		s.mute(out, mark)
	}
	c.Wake()
}

// end takes the wait off the session, on its thread.
func (w *wait) end() {
	if w.alarm != nil {
		w.alarm.Stop()
		w.session.srv.waits.timed.Add(-1)
	}
	w.session.blocked.Store(nil)
	w.session.clear(waiting)
	w.session.srv.waits.n.Add(-1)
}

// abandon is called when the connection closed: nothing is taken for it any more.
func (w *wait) abandon() {
	w.waiter.Cancel()
	w.end()
}

// accountWait enters a blocking call in the figures when it is over.
func (s *session) accountWait(w *wait, failed bool) {
	ns := int64(time.Since(w.began))
	shard, cmd := s.srv.stats.Shared(), w.waiter.Call().Cmd
	outcome := outcomeOf(failed)
	if w.refused() {
		ns, outcome = 0, stats.Rejected
	}
	shard.Record(figureOf(cmd), ns, outcome)
	if w.served { // waiting is no work: what the command took is next to nothing
		s.noteSlowCall(cmd, w.waiter.Call().Args, time.Now().UnixMilli(), 0)
	}
	if failed {
		s.srv.stats.Errors.Add(s.waitError(w))
	}
}

// refused tells whether the wait ended because its user lost the right to it.
func (w *wait) refused() bool { return w.err != "" && w.err.Code() == codeNoPermission }

func (s *session) waitError(w *wait) string {
	if w.err != "" {
		return w.err.Code()
	}
	return w.waiter.Out().LastErrorCode()
}

// stopWaits closes the sessions that wait, so that the node can close.
func (srv *Server) stopWaits() {
	for _, s := range srv.sessions() {
		if s.blocked.Load() != nil {
			s.conn.Kill(network.ErrKilled)
		}
	}
}

// clientUnblock ends another session's wait.
func (s *session) clientUnblock(c *command.Call) {
	if len(c.Args) > 4 {
		c.Out.Error(errSubcommand(c))
		return
	}
	var err protocol.Error
	if len(c.Args) == 4 {
		switch {
		case equalFold(c.Args[3], "ERROR"):
			err = protocol.ErrUnblocked
		case !equalFold(c.Args[3], "TIMEOUT"):
			c.Out.Error(errUnblockReason)
			return
		}
	}
	id, ok := protocol.ParseInt(c.Args[2])
	if !ok {
		c.Out.Error(protocol.ErrNotInteger)
		return
	}
	if s.srv.unblock(uint64(id), err) {
		c.Out.Int(1)
		return
	}
	c.Out.Int(0)
}

func (srv *Server) unblock(id uint64, err protocol.Error) bool {
	conn := srv.net.ByID(id)
	if conn == nil {
		return false
	}
	w := conn.Session.(*session).blocked.Load()
	return w != nil && w.giveUp(err)
}
