package server

import (
	"bytes"
	"sync/atomic"
	"unsafe"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/stats"
)

// multiCommands are those of transactions: commands are queued from MULTI on, and
// EXEC runs them as one batch, if no key that WATCH guards has changed.
func multiCommands() []local {
	row := func(name, since, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "transactions", Since: since, Complexity: "O(1)",
			Syntax: syntax, Summary: summary, Flags: flags | command.NoScript | command.Loading | command.Stale | command.AllowBusy,
		}, run: run, atOnce: true}
	}
	exec := row("EXEC", "1.2.0", "", "Runs the queued commands at one instant.", command.SkipSlowlog, (*session).exec)
	exec.Complexity = "Depends on commands in the transaction"
	exec.Flags &^= command.AllowBusy
	exec.exec = true
	watch := row("WATCH", "2.2.0", "key [key ...]", "Has EXEC do nothing if one of the keys is changed before it.", command.Fast, (*session).watch)
	watch.Complexity = "O(1) for every key."
	watch.Keys = []command.KeySpec{{Flags: command.RO, Index: 1, Last: -1, Step: 1}}
	unwatch := row("UNWATCH", "2.2.0", "", "Forgets all keys that WATCH named.", command.Fast, (*session).unwatch)
	unwatch.atOnce = false
	return []local{
		row("DISCARD", "2.0.0", "", "Drops the queued commands and forgets the watched keys.", command.Fast, (*session).discard),
		exec,
		row("MULTI", "1.2.0", "", "Queues the commands that follow until EXEC.", command.Fast, (*session).multi),
		unwatch,
		watch,
	}
}

// transaction is what WATCH and MULTI have gathered. It belongs to whoever takes
// it out of the session: EXEC, which may be on a worker, or the end.
type transaction struct {
	guards []engine.Guard
	queue  []queued
	doomed bool          // a command was refused when it was to be queued
	flags  command.Flags // of all in the queue
	bytes  int64         // of the queue, as charged
	n      atomic.Int32  // len(queue); -1 before MULTI
}

type queued struct {
	cmd  *command.Command
	args [][]byte
}

// inMulti tells whether commands are queued.
func (s *session) inMulti() bool {
	tx := s.tx.Load()
	return tx != nil && tx.n.Load() >= 0
}

// transaction returns the session's, made if there is none.
func (s *session) transaction() *transaction {
	tx := s.tx.Load()
	if tx == nil {
		tx = new(transaction)
		tx.n.Store(-1)
		s.tx.Store(tx)
	}
	return tx
}

// forget drops a transaction. Taking it out of the session first makes it the
// caller's.
func (srv *Server) forget(tx *transaction) {
	if tx != nil {
		srv.engine.Unwatch(len(tx.guards))
		srv.charge(-tx.bytes)
	}
}

// needs are the flags by which the gates judge a command: EXEC does all that is
// queued.
func (s *session) needs(cmd *command.Command) command.Flags {
	if tx := s.tx.Load(); tx != nil && s.srv.locals[cmd.ID()].exec {
		return cmd.Flags | tx.flags&(command.Write|command.MayReplicate|command.DenyOOM|command.Unbounded)
	}
	return cmd.Flags
}

// enqueue puts a command off until EXEC. False: there is no transaction, or it is
// one of those that act at once.
func (s *session) enqueue(l *lane, cmd *command.Command, args [][]byte) bool {
	if !s.inMulti() || s.srv.locals[cmd.ID()].atOnce {
		return false
	}
	tx := s.tx.Load()
	q := queued{cmd, copyArgs(args)}
	size := int64(unsafe.Sizeof(q))
	for _, a := range args {
		size += int64(len(a)) + int64(unsafe.Sizeof(a))
	}
	tx.queue, tx.flags = append(tx.queue, q), tx.flags|cmd.Flags
	if s.ponders(cmd, args) {
		tx.flags |= command.Unbounded
	}
	tx.n.Store(int32(len(tx.queue)))
	tx.bytes += size
	s.srv.charge(size)
	if tx.bytes > s.srv.config.Int("client-query-buffer-limit") {
		s.conn.Kill(errQueue)
		return true
	}
	mark := l.out.Mark()
	l.out.Simple("QUEUED")
	if s.is(replyOff | replySkip | replySkipNext) {
		s.mute(l.out, mark)
	}
	return true
}

// spoil has EXEC fail after a command was refused, and words the refusal of EXEC
// itself, which ends the transaction.
func (s *session) spoil(cmd *command.Command, err error) error {
	if cmd != nil && s.srv.locals[cmd.ID()].exec {
		s.srv.forget(s.tx.Swap(nil))
		return errExecRefused(err)
	}
	if s.inMulti() {
		s.tx.Load().doomed = true
	}
	return err
}

func (s *session) multi(c *command.Call) {
	if s.inMulti() {
		c.Out.Error(errNestedMulti)
		return
	}
	s.transaction().n.Store(0)
	c.Out.OK()
}

func (s *session) discard(c *command.Call) {
	if !s.inMulti() {
		c.Out.Error(errDiscardAlone)
		return
	}
	s.srv.forget(s.tx.Swap(nil))
	c.Out.OK()
}

func (s *session) watch(c *command.Call) {
	if s.inMulti() {
		c.Out.Error(errWatchInMulti)
		return
	}
	tx := s.transaction()
	for _, key := range c.Args[1:] {
		if !tx.guarded(c.DB.Index(), key) {
			tx.guards = append(tx.guards, s.srv.engine.Watch(c.DB, c.Now, key))
		}
	}
	c.Out.OK()
}

func (tx *transaction) guarded(db int, key []byte) bool {
	for i := range tx.guards {
		if g := &tx.guards[i]; g.DB == db && bytes.Equal(g.Key, key) {
			return true
		}
	}
	return false
}

// unwatch inside of EXEC comes too late: the guards were asked.
func (s *session) unwatch(c *command.Call) {
	s.srv.forget(s.tx.Swap(nil))
	c.Out.OK()
}

func (s *session) exec(c *command.Call) {
	if !s.inMulti() {
		c.Out.Error(errExecAlone)
		return
	}
	s.last.Store(c.Cmd)
	tx := s.tx.Swap(nil)
	defer s.srv.forget(tx)
	if tx.doomed {
		c.Out.Error(protocol.ErrExecAbort)
		return
	}
	s.execLen.Store(tx.n.Load() + 1)
	defer s.execLen.Store(0)
	x := execution{session: s, call: c, times: stats.Run{Shard: s.srv.stats.Shared()}}
	x.run(tx)
}

// execution is EXEC under way.
type execution struct {
	session *session
	call    *command.Call
	times   stats.Run
	tx      *engine.Tx
	late    []*late // what cannot run under the stripes' locks
}

// late is a command of the server's own that looks at the keyspace by itself, as
// INFO does: it would wait for stripes that EXEC holds, so it runs when they are
// free again. Its reply stands where it belongs.
type late struct {
	queued
	out  protocol.Writer // its reply
	rest protocol.Writer // what the commands behind it replied
}

func (x *execution) run(tx *transaction) {
	c := x.call
	out, cmd, args := c.Out, c.Cmd, c.Args
	defer func() { c.Out, c.Cmd, c.Args, c.Tracked = out, cmd, args, false }()
	b := engine.Batch{DB: c.DB, Now: c.Now, Guards: tx.guards}
	for _, q := range tx.queue {
		x.add(&b, q.cmd, q.args)
	}
	b.Body = func(t *engine.Tx) {
		x.tx, x.session.within = t, t
		defer func() { x.session.within = nil }()
		out.Array(len(tx.queue))
		x.times.Start()
		for _, q := range tx.queue {
			x.step(q)
		}
	}
	x.session.srv.log.Transact(&b)
	if b.Broken {
		out.NullArray()
		return
	}
	for _, l := range x.late {
		x.catchUp(l, out)
	}
}

// add has the batch hold what a command touches. Of the server's own only scripts
// touch keys.
func (x *execution) add(b *engine.Batch, cmd *command.Command, args [][]byte) {
	switch {
	case x.session.srv.locals[cmd.ID()].run == nil:
		b.Add(cmd, args)
	case cmd.Group == "scripting":
		b.All = true
	}
}

// step runs one command of the queue.
func (x *execution) step(q queued) {
	c, s := x.call, x.session
	if err := s.forbidQueued(q.cmd, q.args, c.Now); err != nil {
		c.Out.Error(err)
		return
	}
	own := s.srv.locals[q.cmd.ID()].run
	if own != nil && mayWait(q.cmd) {
		last := &late{queued: q}
		x.late = append(x.late, last)
		last.out.SetProto(c.Out.Proto())
		last.rest.SetProto(c.Out.Proto())
		c.Out = &last.rest
		return
	}
	failures := c.Out.Errors()
	c.Cmd, c.Args = q.cmd, q.args
	c.Rand = command.NewRand(c.Rand.Uint64())
	if own != nil {
		own(s, c)
	} else {
		c.Tracked = s.tracks(q.cmd)
		x.tx.Run(c)
		if q.cmd.Is(command.Write) {
			s.srv.borrowed.Add(int64(c.Changes))
		}
	}
	x.account(q, c.Out, c.Out.Errors() != failures)
}

// mayWait tells which of the server's commands cannot run while stripes are held.
func mayWait(cmd *command.Command) bool {
	switch cmd.Group {
	case "connection", "pubsub", "scripting", "transactions":
		return false
	}
	return true
}

// catchUp runs a late command and puts its reply, and those behind it, in place.
func (x *execution) catchUp(l *late, out *protocol.Writer) {
	c, s := x.call, x.session
	c.Out, c.Cmd, c.Args = &l.out, l.cmd, l.args
	x.times.Start()
	s.srv.locals[l.cmd.ID()].run(s, c)
	x.account(l.queued, c.Out, l.out.Errors() != 0)
	l.out.MoveTo(out)
	l.rest.MoveTo(out)
}

// account enters a call of the queue in the figures, and shows it to monitors.
func (x *execution) account(q queued, out *protocol.Writer, failed bool) {
	s, ns := x.session, x.times.Lap()
	outcome := stats.OK
	if failed {
		outcome = stats.Failed
		s.srv.stats.Errors.Add(out.LastErrorCode())
	}
	x.times.Shard.Record(figureOf(q.cmd), ns, outcome)
	s.noteSlowCall(q.cmd, q.args, x.call.Now, ns)
	if s.srv.monitors.any() {
		s.srv.monitors.show(s, q.cmd, q.args)
	}
}
