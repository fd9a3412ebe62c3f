package server

import (
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
)

// connectionCommands are those by which a client says who it is and how it
// wants to talk.
func connectionCommands() []local {
	const free = command.NoAuth | command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy
	return []local{
		{Command: command.Command{
			Name: "AUTH", Group: "connection", Since: "1.0.0", Complexity: "O(1)",
			Syntax:  "[username] password",
			Summary: "Proves who the client is.",
			Flags:   free,
		}, run: (*session).auth, secret: secretOfAuth},
		{Command: command.Command{
			Name: "ECHO", Group: "connection", Since: "1.0.0", Complexity: "O(1)",
			Syntax:  "message",
			Summary: "Returns the given text.",
			Flags:   command.Loading | command.Stale | command.Fast,
		}, run: (*session).echo},
		{Command: command.Command{
			Name: "HELLO", Group: "connection", Since: "6.0.0", Complexity: "O(1)",
			Syntax:  "[protover [AUTH username password] [SETNAME clientname]]",
			Summary: "Opens a conversation: chooses RESP2 or RESP3, and may authenticate and name the client.",
			Flags:   free,
		}, run: (*session).hello, secret: secretOfHello},
		{Command: command.Command{
			Name: "PING", Group: "connection", Since: "1.0.0", Complexity: "O(1)",
			Syntax:  "[message]",
			Summary: "Answers PONG, or the given text.",
			Flags:   command.Fast, Tips: []string{allShards, allSucceeded},
		}, run: (*session).ping, listening: true},
		{Command: command.Command{
			Name: "QUIT", Group: "connection", Since: "1.0.0", Complexity: "O(1)",
			Summary: "Closes the connection once the replies before it are sent.",
			Flags:   free, Arity: -1,
		}, run: (*session).quit, atOnce: true, listening: true},
		{Command: command.Command{
			Name: "RESET", Group: "connection", Since: "6.2.0", Complexity: "O(1)",
			Summary: "Puts the connection back in the state of a fresh one.",
			Flags:   free,
		}, run: (*session).reset, atOnce: true, listening: true},
		{Command: command.Command{
			Name: "SELECT", Group: "connection", Since: "1.0.0", Complexity: "O(1)",
			Syntax:  "index",
			Summary: "Chooses the database that later commands work on.",
			Flags:   command.Loading | command.Stale | command.Fast,
		}, run: (*session).selectDB},
	}
}

func (s *session) auth(c *command.Call) {
	if len(c.Args) > 3 {
		c.Out.Error(protocol.ErrSyntax)
		return
	}
	if len(c.Args) == 2 && s.srv.root.Rules().NoPassword() {
		c.Out.Error(errAuthUnset)
		return
	}
	user := []byte(acl.DefaultName)
	if len(c.Args) == 3 {
		user = c.Args[1]
	}
	if err := s.login(c, user, c.Args[len(c.Args)-1]); err != nil {
		c.Out.Error(err)
		return
	}
	c.Out.OK()
}

func (s *session) echo(c *command.Call) { c.Out.Bulk(c.Args[1]) }

func (s *session) ping(c *command.Call) {
	if len(c.Args) < 3 && s.subscribed() && c.Out.Proto() == 2 {
		s.pingAmongMessages(c)
		return
	}
	switch len(c.Args) {
	case 1:
		c.Out.Simple("PONG")
	case 2:
		c.Out.Bulk(c.Args[1])
	default:
		c.Out.Error(protocol.WrongArity(c.Cmd.FullName()))
	}
}

// pingAmongMessages answers in the form of a message.
func (s *session) pingAmongMessages(c *command.Call) {
	c.Out.Array(2)
	c.Out.BulkString("pong")
	if len(c.Args) == 2 {
		c.Out.Bulk(c.Args[1])
	} else {
		c.Out.BulkString("")
	}
}

func (s *session) quit(c *command.Call) {
	c.Out.OK()
	s.set(closing)
	s.conn.CloseAfterFlush()
}

func (s *session) reset(c *command.Call) {
	if s.is(monitoring) {
		s.srv.monitors.remove(s)
	}
	s.detach()
	s.conn.SetClass(network.Normal)
	s.greet()
	s.rename(func(who *identity) { who.name, who.user = "", s.srv.root })
	c.Out.SetProto(2)
	c.Out.Simple("RESET")
}

func (s *session) selectDB(c *command.Call) {
	n, ok := protocol.ParseInt(c.Args[1])
	switch {
	case !ok:
		c.Out.Error(protocol.ErrNotInteger)
	case n != int64(int32(n)):
		c.Out.Error(errBetween(math.MinInt32, math.MaxInt32))
	case n < 0 || n >= int64(s.srv.ks.Databases()):
		c.Out.Error(protocol.ErrDBIndex)
	default:
		s.db.Store(int32(n))
		c.DB.Select(int(n))
		c.Out.OK()
	}
}

// hello is read whole before any of it is done, so that a refused HELLO leaves
// the connection as it was.
func (s *session) hello(c *command.Call) {
	h, err := parseHello(c.Args[1:])
	if err == nil && h.password != nil {
		err = s.login(c, h.user, h.password)
	}
	if err == nil && !s.is(authenticated) && s.srv.needsPassword() {
		err = errHelloNoAuth
	}
	if err != nil {
		c.Out.Error(err)
		return
	}
	if h.named {
		s.rename(func(who *identity) { who.name = string(h.name) })
	}
	if h.proto != 0 {
		s.proto.Store(int32(h.proto))
		c.Out.SetProto(int(h.proto))
	}
	s.introduce(c.Out)
}

type helloOptions struct {
	proto          int64 // 0: as it is
	user, password []byte
	name           []byte
	named          bool
}

func parseHello(args [][]byte) (h helloOptions, err error) {
	if len(args) == 0 {
		return h, nil
	}
	n, ok := protocol.ParseInt(args[0])
	switch {
	case !ok:
		return h, protocol.ErrProtoNotInt
	case n < 2 || n > 3:
		return h, protocol.ErrNoProto
	}
	h.proto = n
	for args = args[1:]; len(args) > 0; {
		switch opt := args[0]; {
		case equalFold(opt, "AUTH") && len(args) > 2:
			h.user, h.password = args[1], args[2]
			args = args[3:]
		case equalFold(opt, "SETNAME") && len(args) > 1:
			if !plain(args[1]) {
				return h, errNameSpaces
			}
			h.name, h.named = args[1], true
			args = args[2:]
		default:
			return h, errHelloOption(opt)
		}
	}
	return h, nil
}

// secretOfAuth hides all that follows the name.
func secretOfAuth(_ *Server, _ [][]byte, i int) bool { return i > 0 }

// secretOfHello hides user and password.
func secretOfHello(_ *Server, args [][]byte, i int) bool {
	is := func(at int) bool { return at > 1 && equalFold(args[at], "AUTH") }
	return is(i-1) || is(i-2)
}

// introduce is the answer to HELLO.
func (s *session) introduce(out *protocol.Writer) {
	out.Map(7)
	out.BulkString("server")
	out.BulkString("redis")
	out.BulkString("version")
	out.BulkString(redisVersion)
	out.BulkString("proto")
	out.Int(int64(s.proto.Load()))
	out.BulkString("id")
	out.Uint(s.conn.ID())
	out.BulkString("mode")
	out.BulkString("standalone")
	out.BulkString("role")
	out.BulkString("master")
	out.BulkString("modules")
	out.Array(0)
}
