package server

import (
	"runtime/debug"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/stats"
)

// dispatch passes one command through the gates and runs it. False: it was put
// off, and the same bytes are to be read again when the session is woken.
func (s *session) dispatch(l *lane, args [][]byte) (taken bool) {
	l.tight = false
	cmd, err := s.srv.table.Resolve(args) // known, and of the right length
	if err == nil && s.srv.scripts.active.Load() != 0 && needsStripe(cmd) {
		var putOff bool
		if putOff, err = s.holdUp(); putOff {
			return false
		}
	}
	if err == nil {
		err = s.refusal(l, cmd, args)
	}
	if err != nil {
		s.reject(l, cmd, args, err)
		return true
	}
	need := s.needs(cmd)
	if s.srv.pauses.holds(need, l.call.Now) {
		return s.postpone()
	}
	if s.enqueue(l, cmd, args) {
		return true
	}
	if s.ponders(cmd, args) {
		need |= command.Unbounded
	}
	if l.tight || need&command.Unbounded != 0 {
		s.offload(l, cmd, args)
		return true
	}
	s.execute(l, cmd, args)
	return true
}

// refusal is the list of gates, in Redis's order: the first that is shut gives
// the answer. Whether the command exists and its arity are checked before.
func (s *session) refusal(l *lane, cmd *command.Command, args [][]byte) error {
	switch {
	case cmd.Is(command.Protected) && !s.mayDebug():
		return errDebugOff
	case !s.is(authenticated) && !cmd.Is(command.NoAuth) && s.srv.needsPassword():
		return protocol.ErrNoAuth
	case s.limited() && !s.may(cmd, args):
		return s.forbid(cmd, args, l.call.Now)
	case s.srv.loads() && !cmd.Is(command.Loading):
		return protocol.ErrLoading
	case s.needs(cmd)&command.Write != 0 && s.srv.saving.refuse.Load():
		return errUnsaved
	case s.needs(cmd)&command.Write != 0 && s.srv.journal.failing.Load():
		return errLogFails
	case cmd.Is(command.NoMulti) && s.inMulti():
		return errNoMulti
	case s.needs(cmd)&command.DenyOOM != 0 && !l.makeRoom(s.srv.engine):
		return protocol.ErrOOM
	case s.subs.Load() != nil && s.onlyListens(cmd):
		return errListening(cmd)
	}
	return nil
}

// onlyListens tells whether a command must wait until the session has no
// subscriptions: in RESP2 nobody could tell its reply from a message.
func (s *session) onlyListens(cmd *command.Command) bool {
	return s.subscribed() && s.proto.Load() == 2 && !s.srv.locals[cmd.ID()].listening
}

// makeRoom wins memory for a write. Where that takes more than a loop can wait,
// the call is marked to go on on a worker.
func (l *lane) makeRoom(e *engine.Engine) bool {
	room := e.MakeRoom(l.call.Now)
	l.tight = room == engine.Tight
	return room != engine.None
}

// execute runs a command on the session's own thread.
func (s *session) execute(l *lane, cmd *command.Command, args [][]byte) {
	mark, failures := l.out.Mark(), l.out.Errors()
	s.run(l, cmd, args)
	if s.srv.monitors.any() {
		s.srv.monitors.show(s, cmd, args)
	}
	if l.call.Ticket != nil {
		s.await(l)
		return
	}
	s.time(l, cmd, l.out.Errors() != failures)
	s.cachingSpent(cmd)
	if s.is(replyOff | replySkip | replySkipNext) {
		s.mute(l.out, mark)
	}
}

// run hands a command to whoever can run it: the session itself, the log that
// orders writes, or the engine.
func (s *session) run(l *lane, cmd *command.Command, args [][]byte) {
	c := l.load(cmd, args)
	c.Tracked = s.tracks(cmd)
	if own := s.srv.locals[cmd.ID()].run; own != nil {
		s.runOwn(own, c)
		return
	}
	if cmd.Is(command.Write) {
		s.srv.log.Propose(c)
		l.dirty += int64(c.Changes)
		return
	}
	if s.srv.log.ReadBarrier(c) {
		s.srv.engine.Read(c)
	}
}

// runOwn runs one of the server's own commands. A panic in one has touched no
// value, so its caller is told and the node goes on.
func (s *session) runOwn(own func(*session, *command.Call), c *command.Call) {
	mark := c.Out.Mark()
	defer func() {
		if cause := recover(); cause != nil {
			c.Out.Truncate(mark)
			c.Out.Error(protocol.ErrInternalPanic)
			s.srv.broken(engine.Breakdown{Command: c.Cmd.FullName(), Cause: cause, Stack: debug.Stack()})
		}
	}()
	own(s, c)
}

// time takes the time of the call that has just ended. Calls of one short
// command that follow each other share a reading of the clock.
func (s *session) time(l *lane, cmd *command.Command, failed bool) {
	if failed || !cmd.Is(command.Fast) && cmd.OneKey() == 0 || cmd.Is(command.Protected) {
		s.account(l, l.times.Lap(), failed)
		return
	}
	if ns := l.times.Note(cmd.ID()); ns > 0 {
		s.noteSlow(l, ns)
	}
}

// account enters a call in the node's figures.
func (s *session) account(l *lane, ns int64, failed bool) {
	if failed {
		s.srv.stats.Errors.Add(l.out.LastErrorCode())
	}
	l.times.Shard.Record(figureOf(l.call.Cmd), ns, outcomeOf(failed))
	s.noteSlow(l, ns)
}

// figureOf is under whose ID a call is counted. To Redis what DEBUG does are not
// subcommands, so they count as DEBUG.
func figureOf(cmd *command.Command) int {
	if p := cmd.Parent(); p != nil && cmd.Is(command.Protected) {
		return p.ID()
	}
	return cmd.ID()
}

func outcomeOf(failed bool) stats.Outcome {
	if failed {
		return stats.Failed
	}
	return stats.OK
}

// noteSlow tells the slow log and the latency monitor of a call that took long.
func (s *session) noteSlow(l *lane, ns int64) {
	s.noteSlowCall(l.call.Cmd, l.call.Args, l.call.Now, ns)
}

func (s *session) noteSlowCall(cmd *command.Command, args [][]byte, now, ns int64) {
	if st := s.srv.stats; st.Slowlog.Slow(ns) || st.Latency.Slow(ns) {
		s.accountSlow(cmd, args, now, ns)
	}
}

func (s *session) accountSlow(cmd *command.Command, args [][]byte, now, ns int64) {
	st := s.srv.stats
	if st.Slowlog.Slow(ns) && !cmd.Is(command.SkipSlowlog) {
		st.Slowlog.Add(now/1000, ns/1000, s.srv.redact(cmd, args), s.conn.RemoteAddr(), s.who.Load().name)
	}
	if st.Latency.Slow(ns) {
		event := "command"
		if cmd.Is(command.Fast) {
			event = "fast-command"
		}
		st.Latency.Add(event, now/1000, ns/int64(time.Millisecond))
	}
}

// reject answers a command that a gate refused. cmd is nil when there is none
// of that name.
func (s *session) reject(l *lane, cmd *command.Command, args [][]byte, err error) {
	if crossProtocol(args[0]) {
		s.drop()
		return
	}
	mark := l.out.Mark()
	l.out.Error(s.spoil(cmd, err))
	s.srv.stats.Errors.Add(l.out.LastErrorCode())
	if cmd != nil {
		l.times.Shard.Record(figureOf(cmd), 0, stats.Rejected)
	}
	if s.is(replyOff | replySkip | replySkipNext) {
		s.mute(l.out, mark)
	}
}

// mute drops a reply that the client does not want, and moves CLIENT REPLY SKIP
// on by one command.
func (s *session) mute(out *protocol.Writer, mark int) {
	if s.is(replyOff | replySkip) {
		out.Truncate(mark)
	}
	skip := s.is(replySkipNext)
	s.clear(replySkip | replySkipNext)
	s.switchTo(replySkip, skip)
}

// crossProtocol recognises a web browser that was made to talk to us: it
// ignores our answers and goes on sending what its page wants run.
func crossProtocol(name []byte) bool {
	return equalFold(name, "POST") || equalFold(name, "HOST:")
}

// drop closes the connection without an answer.
func (s *session) drop() {
	s.srv.warnOnce("possible cross-protocol attack: a client sent an HTTP request; connection closed",
		"client", s.conn.RemoteAddr())
	s.conn.Kill(errAttack)
}
