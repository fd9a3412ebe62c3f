package server

import (
	"slices"
	"strconv"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
)

// describe appends the line by which CLIENT LIST and CLIENT INFO show a
// session. Any goroutine may call it.
func (s *session) describe(b []byte, now int64) []byte {
	c, who := s.conn, s.who.Load()
	in, out, total := c.InputSize(), c.OutputSize(), c.MemoryUse()
	b = strconv.AppendUint(append(b, "id="...), c.ID(), 10)
	b = appendText(b, "addr", c.RemoteAddr())
	b = appendText(b, "laddr", c.LocalAddr())
	b = appendField(b, "fd", int64(c.FD()))
	b = appendText(b, "name", who.name)
	b = appendField(b, "age", (now-s.created)/1000)
	b = appendField(b, "idle", max(now-c.LastActive(), 0)/1000)
	b = appendText(b, "flags", s.flags())
	b = appendField(b, "db", int64(s.db.Load()))
	b = s.appendTies(b)
	b = appendField(b, "qbuf", int64(in))
	b = appendField(b, "qbuf-free", int64(c.InputFree()))
	b = append(b, " argv-mem=0 multi-mem=0"...) // arguments lie in qbuf, queues count in tot-mem
	b = appendField(b, "rbs", int64(c.OutputHeld()))
	b = append(b, " rbp=0"...)
	b = appendField(b, "obl", int64(out))
	b = appendField(b, "oll", int64(c.Queued()))
	b = appendField(b, "omem", int64(out))
	b = appendField(b, "tot-mem", int64(total)+sessionSize)
	b = appendText(b, "events", eventsOf(out))
	b = appendText(b, "cmd", s.lastName())
	b = appendText(b, "user", who.user.Name())
	b = appendField(b, "redir", s.redirectsTo())
	b = appendField(b, "resp", int64(s.proto.Load()))
	b = appendText(b, "lib-name", who.libName)
	return appendText(b, "lib-ver", who.libVer)
}

// appendTies appends how many channels the session listens to and commands it has
// queued.
func (s *session) appendTies(b []byte) []byte {
	var counts [3]int32
	if subs := s.subs.Load(); subs != nil {
		for i := range counts {
			counts[i] = subs.counts[i].Load()
		}
	}
	b = appendField(b, "sub", int64(counts[0]))
	b = appendField(b, "psub", int64(counts[1]))
	b = appendField(b, "ssub", int64(counts[2]))
	return appendField(b, "multi", int64(s.queueLen()))
}

// queueLen is how many commands MULTI has queued; -1: there was none.
func (s *session) queueLen() int32 {
	n := s.execLen.Load() - 1
	if tx := s.tx.Load(); tx != nil {
		n = tx.n.Load()
	}
	return n
}

func eventsOf(unsent int) string {
	if unsent > 0 {
		return "rw"
	}
	return "r"
}

func (s *session) lastName() string {
	if cmd := s.last.Load(); cmd != nil {
		return cmd.FullName()
	}
	return "NULL"
}

// flags are Redis's letters for a client's state.
func (s *session) flags() string {
	t := s.tracker.Load()
	letters := [...]struct {
		is     bool
		letter byte
	}{
		{s.is(monitoring), 'O'}, {s.subscribed(), 'P'}, {s.queueLen() >= 0, 'x'}, {s.is(waiting), 'b'},
		{t != nil, 't'}, {t != nil && s.redirectIsBroken(t), 'R'}, {t != nil && t.bcast, 'B'},
		{s.is(closing), 'c'}, {s.is(unixSocket), 'U'}, {s.is(noEvict), 'e'}, {s.is(noTouch), 'T'},
	}
	var b []byte
	for _, l := range letters {
		if l.is {
			b = append(b, l.letter)
		}
	}
	if len(b) == 0 {
		return "N"
	}
	return string(b)
}

func (s *session) clientInfo(c *command.Call) {
	s.last.Store(c.Cmd)
	c.Out.Verbatim("txt", string(append(s.describe(nil, c.Now), '\n')))
}

// sessions are all that are open, by ID.
func (srv *Server) sessions() []*session {
	var all []*session
	srv.net.Each(func(c *network.Conn) {
		if s, ok := c.Session.(*session); ok {
			all = append(all, s)
		}
	})
	slices.SortFunc(all, func(a, b *session) int { return int(a.conn.ID()) - int(b.conn.ID()) })
	return all
}

func (s *session) clientList(c *command.Call) {
	fits, err := listFilter(c.Args[2:])
	if err != nil {
		c.Out.Error(err)
		return
	}
	var b []byte
	for _, o := range s.srv.sessions() {
		if fits(o) {
			b = append(o.describe(b, c.Now), '\n')
		}
	}
	c.Out.Verbatim("txt", string(b))
}

func listFilter(args [][]byte) (fits func(*session) bool, err error) {
	switch {
	case len(args) == 0:
		return func(*session) bool { return true }, nil
	case len(args) == 2 && equalFold(args[0], "TYPE"):
		class, ok := classOf(args[1])
		if !ok {
			return nil, errClientType(args[1])
		}
		return func(s *session) bool { return class == s.class() }, nil
	case len(args) > 1 && equalFold(args[0], "ID"):
		ids := make(map[uint64]bool)
		for _, a := range args[1:] {
			id, ok := protocol.ParseInt(a)
			if !ok {
				return nil, errClientID
			}
			ids[uint64(id)] = true
		}
		return func(s *session) bool { return ids[s.conn.ID()] }, nil
	}
	return nil, protocol.ErrSyntax
}

// class is what kind of client it is: subscribers are told from others.
func (s *session) class() string {
	if s.subscribed() {
		return classPubSub
	}
	return classNormal
}

// Client types as CLIENT LIST and KILL name them.
const (
	classNormal  = "normal"
	classMaster  = "master"
	classReplica = "replica"
	classPubSub  = "pubsub"
)

func classOf(name []byte) (class string, ok bool) {
	switch {
	case equalFold(name, "NORMAL"):
		return classNormal, true
	case equalFold(name, "SLAVE"), equalFold(name, "REPLICA"):
		return classReplica, true
	case equalFold(name, "PUBSUB"):
		return classPubSub, true
	case equalFold(name, "MASTER"):
		return classMaster, true
	}
	return "", false
}
