package server

import (
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// clientCommands is CLIENT: what a connection may say and learn of itself and
// of others.
func clientCommands() []local {
	const (
		any = command.NoScript | command.Loading | command.Stale
		op  = any | command.Admin
	)
	sub := func(name, since, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "connection", Since: since, Complexity: "O(1)",
			Syntax: syntax, Summary: summary, Flags: flags,
		}, run: run}
	}
	kill := sub("KILL", "2.4.0",
		"<address | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR address] | [LADDR address] | [SKIPME <YES | NO>] [[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR address] | [LADDR address] | [SKIPME <YES | NO>] ...]>>",
		"Closes the connections that fit all the filters.", op|command.Unbounded, (*session).clientKill)
	kill.Arity, kill.Complexity = -3, "O(N) where N is the number of client connections"
	list := sub("LIST", "2.4.0", "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
		"Describes the connections, one a line.", op|command.Unbounded, (*session).clientList)
	list.Complexity = "O(N) where N is the number of client connections"
	list = list.tips(varies)

	return []local{{
		Command: command.Command{
			Name: "CLIENT", Group: "connection", Since: "2.4.0", Complexity: "Depends on subcommand.",
			Summary: "Shows and changes client connections.",
		},
		sub: []local{
			sub("CACHING", "6.0.0", "<YES | NO>", "Tells whether the next command's keys are tracked.", any, (*session).clientCaching),
			sub("GETNAME", "2.6.9", "", "Returns the connection's name.", any, (*session).clientGetName),
			sub("GETREDIR", "6.0.0", "", "Returns the client that invalidation messages go to.", any, (*session).clientGetRedir),
			sub("ID", "5.0.0", "", "Returns the connection's number.", any, (*session).clientID),
			sub("INFO", "6.2.0", "", "Describes this connection.", any, (*session).clientInfo).tips(varies),
			kill,
			list,
			sub("NO-EVICT", "7.0.0", "<ON | OFF>", "Spares this connection when clients take too much memory.", op, (*session).clientNoEvict),
			sub("NO-TOUCH", "7.2.0", "<ON | OFF>", "Leaves the recency of keys alone that this connection reads.", any, (*session).clientNoTouch),
			sub("PAUSE", "3.0.0", "timeout [WRITE | ALL]", "Puts off commands, or writes alone, for some milliseconds.", op, (*session).clientPause),
			sub("REPLY", "3.2.0", "<ON | OFF | SKIP>", "Tells whether replies are sent.", any, (*session).clientReply),
			sub("SETINFO", "7.2.0", "<LIB-NAME libname | LIB-VER libver>", "Tells the client library's name or version.", any, (*session).clientSetInfo),
			sub("SETNAME", "2.6.9", "connection-name", "Names the connection.", any, (*session).clientSetName),
			sub("TRACKING", "6.0.0", "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
				"Turns client-side caching on or off.", any, (*session).clientTracking),
			sub("TRACKINGINFO", "6.2.0", "", "Tells the state of client-side caching.", any, (*session).clientTrackingInfo),
			sub("UNBLOCK", "5.0.0", "client-id [TIMEOUT | ERROR]", "Ends the wait of a client in a blocking command.", op, (*session).clientUnblock),
			sub("UNPAUSE", "6.2.0", "", "Ends CLIENT PAUSE.", op, (*session).clientUnpause),
		},
	}}
}

func (s *session) clientID(c *command.Call) { c.Out.Uint(s.conn.ID()) }

func (s *session) clientGetName(c *command.Call) {
	if name := s.who.Load().name; name != "" {
		c.Out.BulkString(name)
		return
	}
	c.Out.Null()
}

func (s *session) clientSetName(c *command.Call) {
	name := c.Args[2]
	if !plain(name) {
		c.Out.Error(errNameSpaces)
		return
	}
	s.rename(func(who *identity) { who.name = string(name) })
	c.Out.OK()
}

func (s *session) clientSetInfo(c *command.Call) {
	attr, value := c.Args[2], c.Args[3]
	isName := equalFold(attr, "LIB-NAME")
	if !isName && !equalFold(attr, "LIB-VER") {
		c.Out.Error(errInfoOption(attr))
		return
	}
	if !plain(value) {
		c.Out.Error(errInfoPlain(attr))
		return
	}
	s.rename(func(who *identity) {
		if isName {
			who.libName = string(value)
		} else {
			who.libVer = string(value)
		}
	})
	c.Out.OK()
}

// onOff reads the only argument of a subcommand; ok is false, and the error
// replied, when it is neither.
func onOff(c *command.Call) (on, ok bool) {
	switch arg := c.Args[2]; {
	case equalFold(arg, "ON"):
		return true, true
	case equalFold(arg, "OFF"):
		return false, true
	}
	c.Out.Error(protocol.ErrSyntax)
	return false, false
}

func (s *session) clientNoEvict(c *command.Call) {
	if on, ok := onOff(c); ok {
		s.switchTo(noEvict, on)
		c.Out.OK()
	}
}

func (s *session) clientNoTouch(c *command.Call) {
	if on, ok := onOff(c); ok {
		s.switchTo(noTouch, on)
		c.NoTouch = on
		c.Out.OK()
	}
}

func (s *session) clientReply(c *command.Call) {
	switch mode := c.Args[2]; {
	case equalFold(mode, "ON"):
		s.clear(replyOff | replySkip | replySkipNext)
		c.Out.OK()
	case equalFold(mode, "OFF"):
		s.set(replyOff)
	case equalFold(mode, "SKIP"):
		s.switchTo(replySkipNext, !s.is(replyOff))
	default:
		c.Out.Error(protocol.ErrSyntax)
	}
}

func (s *session) clientPause(c *command.Call) {
	if len(c.Args) > 4 {
		c.Out.Error(errSubcommand(c))
		return
	}
	all := true
	if len(c.Args) == 4 {
		all = !equalFold(c.Args[3], "WRITE")
		if all && !equalFold(c.Args[3], "ALL") {
			c.Out.Error(errPauseMode)
			return
		}
	}
	ms, err := pauseTime(c.Args[2])
	if err != nil {
		c.Out.Error(err)
		return
	}
	s.srv.pauses.begin(time.Now(), ms, all)
	c.Out.OK()
}

func pauseTime(arg []byte) (time.Duration, error) {
	const longest = 1 << 40 // ms; centuries
	ms, ok := protocol.ParseInt(arg)
	switch {
	case !ok || ms > longest:
		return 0, errTimeout
	case ms < 0:
		return 0, errTimeoutSign
	}
	return time.Duration(ms) * time.Millisecond, nil
}

func (s *session) clientUnpause(c *command.Call) {
	s.srv.pauses.end()
	c.Out.OK()
}
