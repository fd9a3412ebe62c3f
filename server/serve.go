package server

import (
	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/network"
)

// door is one listener's use of its connections: network calls it, and it calls
// nothing back but Conn's methods.
type door struct{ srv *Server }

// Opened makes the session of a new connection.
func (d door) Opened(c *network.Conn) (any, []byte) {
	return d.srv.newSession(c), d.srv.stranger(c)
}

// Serve runs the commands that arrived.
func (d door) Serve(c *network.Conn, in []byte) (used int) {
	s := c.Session.(*session)
	if s.parked() {
		c.Park() // woken for something else: its turn has not come
		return 0
	}
	l := d.srv.enter(c)
	l.turn.Add(1)
	defer l.turn.Add(1)
	defer d.srv.leave(c, l)
	l.begin(s, c.Out(), c.Now())
	used = s.serve(l, in)
	if len(in) > maxIdleInput {
		l.letGo()
	}
	return used
}

// HungUp keeps a connection whose command is running: its reply is on the way.
func (d door) HungUp(c *network.Conn) (keep bool) {
	s := c.Session.(*session)
	return s.job != nil || s.leaving
}

// parked tells whether a command of the session is under way elsewhere.
func (s *session) parked() bool { return s.job != nil || s.leaving || s.blocked.Load() != nil }

// Closed ends the session.
func (d door) Closed(c *network.Conn, err error) { c.Session.(*session).close(err) }

// serve takes whole commands from in until it is used up, or the session has to
// wait, or others' turn has come.
func (s *session) serve(l *lane, in []byte) (used int) {
	for used < len(in) && s.conn.More() {
		c, err := l.ahead.take(&s.parser, in[used:], s.limits(), l.call.DB)
		if err != nil {
			return s.abort(l, len(in), err)
		}
		if c.size == 0 {
			s.conn.Expect(s.parser.Need())
			break
		}
		if len(c.args) > 0 && !s.dispatch(l, c.args) {
			s.parser.Reset()
			break
		}
		used += c.size
	}
	l.ahead.drop(&s.parser)
	if ns := l.times.End(); ns > 0 {
		s.noteSlow(l, ns)
	}
	s.publish(l)
	return used
}

// publish shows CLIENT LIST what ran last.
func (s *session) publish(l *lane) {
	if cmd := l.call.Cmd; cmd != s.last.Load() {
		s.last.Store(cmd)
	}
}

// limits are what one command may ask for.
func (s *session) limits() *protocol.Limits {
	if s.is(authenticated) {
		return &s.srv.limits.Load().known
	}
	return &s.srv.limits.Load().unknown
}

// abort answers bytes that are no RESP; nothing behind them can be understood.
func (s *session) abort(l *lane, all int, err error) int {
	l.times.End()
	l.out.Error(err)
	s.srv.stats.Errors.Add(l.out.LastErrorCode())
	s.conn.CloseAfterFlush()
	return all
}

// detach ends what ties the session to others: transaction, subscriptions,
// tracking.
func (s *session) detach() {
	s.srv.forget(s.tx.Swap(nil))
	s.quiet()
	s.srv.untrack(s)
}

// close forgets what the server holds for the session.
func (s *session) close(error) {
	if s.is(monitoring) {
		s.srv.monitors.remove(s)
	}
	s.srv.pauses.remove(s)
	s.srv.scripts.unpark(s)
	s.detach()
	if w := s.blocked.Load(); w != nil {
		w.abandon()
	}
	if s.job != nil {
		s.job.abandon()
	}
}
