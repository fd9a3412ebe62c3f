package server

import (
	"maps"
	"slices"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
)

// pubsubCommands are those by which clients listen and speak to each other.
func pubsubCommands() []local {
	const flags = command.PubSub | command.Loading | command.Stale
	row := func(name, since, syntax, summary, complexity string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "pubsub", Since: since, Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: flags,
		}, run: run}
	}
	listener := func(name, since, syntax, summary, complexity string, run func(*session, *command.Call)) local {
		l := row(name, since, syntax, summary, complexity, flags|command.NoScript, run)
		l.listening = true
		return l
	}
	sharded := func(l local, syntaxKeys command.KeySpec) local {
		l.Keys = []command.KeySpec{syntaxKeys}
		return l
	}
	allShardChannels := command.KeySpec{Flags: command.NotKey, Index: 1, Last: -1, Step: 1}
	oneShardChannel := command.KeySpec{Flags: command.NotKey, Index: 1, Step: 1}
	using := func(l local, use command.ChannelUse) local {
		l.Channels = use
		return l
	}
	const one = "O(N) where N is the number of channels"
	return []local{
		using(listener("PSUBSCRIBE", "2.0.0", "pattern [pattern ...]", "Listens to all channels that match patterns.",
			"O(N) where N is the number of patterns", (*session).psubscribe), command.SubscribeFit),
		using(row("PUBLISH", "2.0.0", "channel message", "Sends a message to all who listen to a channel.",
			"O(N+M) where N is the number of subscribers and M the number of patterns of all clients",
			flags|command.Fast|command.MayReplicate, (*session).say), command.PublishTo),
		{Command: command.Command{
			Name: "PUBSUB", Group: "pubsub", Since: "2.8.0", Complexity: "Depends on subcommand.",
			Summary: "Tells of channels and their subscribers.",
		}, sub: []local{
			row("CHANNELS", "2.8.0", "[pattern]", "Lists the channels that have subscribers.",
				"O(N) where N is the number of channels", flags, (*session).pubsubChannels),
			row("NUMPAT", "2.8.0", "", "Counts the patterns that have subscribers.", "O(1)", flags, (*session).pubsubNumPat),
			row("NUMSUB", "2.8.0", "[channel [channel ...]]", "Counts the subscribers of channels.", one, flags, (*session).pubsubNumSub),
			row("SHARDCHANNELS", "7.0.0", "[pattern]", "Lists the sharded channels that have subscribers.",
				"O(N) where N is the number of sharded channels", flags, (*session).pubsubShardChannels),
			row("SHARDNUMSUB", "7.0.0", "[shardchannel [shardchannel ...]]", "Counts the subscribers of sharded channels.", one, flags, (*session).pubsubShardNumSub),
		}},
		listener("PUNSUBSCRIBE", "2.0.0", "[pattern [pattern ...]]", "Ends listening to patterns, or to all of them.",
			"O(N) where N is the number of patterns", (*session).punsubscribe),
		using(sharded(row("SPUBLISH", "7.0.0", "shardchannel message", "Sends a message to all who listen to a sharded channel.",
			"O(N) where N is the number of subscribers", flags|command.Fast|command.MayReplicate, (*session).sayToShard), oneShardChannel), command.PublishTo),
		using(sharded(listener("SSUBSCRIBE", "7.0.0", "shardchannel [shardchannel ...]", "Listens to sharded channels.", one, (*session).ssubscribe), allShardChannels), command.SubscribeTo),
		using(listener("SUBSCRIBE", "2.0.0", "channel [channel ...]", "Listens to channels.", one, (*session).subscribe), command.SubscribeTo),
		sharded(listener("SUNSUBSCRIBE", "7.0.0", "[shardchannel [shardchannel ...]]", "Ends listening to sharded channels, or to all of them.", one, (*session).sunsubscribe), allShardChannels),
		listener("UNSUBSCRIBE", "2.0.0", "[channel [channel ...]]", "Ends listening to channels, or to all of them.", one, (*session).unsubscribe),
	}
}

// way is one of the three ways to listen.
type way struct {
	begin, end string // what confirmations are called
	own        func(*subscriptions) map[string]struct{}
	add        func(*pubsub, string, *session)
	remove     func(*pubsub, string, *session)
	count      func(*subscriptions) int // what confirmations tell
}

func total(subs *subscriptions) int { return len(subs.channels) + len(subs.patterns) }

var (
	byChannel = way{"subscribe", "unsubscribe",
		func(s *subscriptions) map[string]struct{} { return s.channels },
		func(ps *pubsub, name string, s *session) { ps.channels.add(name, s) },
		func(ps *pubsub, name string, s *session) { ps.channels.remove(name, s) }, total}
	byPattern = way{"psubscribe", "punsubscribe",
		func(s *subscriptions) map[string]struct{} { return s.patterns },
		func(ps *pubsub, name string, s *session) { ps.patterns.add(name, s) },
		func(ps *pubsub, name string, s *session) { ps.patterns.remove(name, s) }, total}
	byShard = way{"ssubscribe", "sunsubscribe",
		func(s *subscriptions) map[string]struct{} { return s.shards },
		func(ps *pubsub, name string, s *session) { ps.shards.add(name, s) },
		func(ps *pubsub, name string, s *session) { ps.shards.remove(name, s) },
		func(s *subscriptions) int { return len(s.shards) }}
)

func (s *session) subscribe(c *command.Call)    { s.listen(c, &byChannel) }
func (s *session) psubscribe(c *command.Call)   { s.listen(c, &byPattern) }
func (s *session) ssubscribe(c *command.Call)   { s.listen(c, &byShard) }
func (s *session) unsubscribe(c *command.Call)  { s.leave(c, &byChannel) }
func (s *session) punsubscribe(c *command.Call) { s.leave(c, &byPattern) }
func (s *session) sunsubscribe(c *command.Call) { s.leave(c, &byShard) }

// listen confirms each channel before it is listened to, so that no message can
// come first.
func (s *session) listen(c *command.Call, w *way) {
	subs := s.subscriptions()
	for _, name := range c.Args[1:] {
		name := string(name)
		_, there := w.own(subs)[name]
		w.own(subs)[name] = struct{}{}
		confirm(c.Out, w.begin, []byte(name), w.count(subs))
		if !there {
			s.srv.charge(subscriptionCost(name))
			w.add(&s.srv.pubsub, name, s)
		}
	}
	s.noteSubscriptions()
}

func confirm(out *protocol.Writer, kind string, name []byte, count int) {
	out.Push(3)
	out.BulkString(kind)
	if name == nil {
		out.Null()
	} else {
		out.Bulk(name)
	}
	out.Int(int64(count))
}

// leave ends subscriptions. Messages that are already on their way to the session
// come before the confirmation, for it takes the same way.
func (s *session) leave(c *command.Call, w *way) {
	subs := s.subscriptions()
	names := make([]string, 0, len(c.Args)-1)
	for _, name := range c.Args[1:] {
		names = append(names, string(name))
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(w.own(subs)))
	}
	var said protocol.Writer
	said.SetProto(c.Out.Proto())
	for _, name := range names {
		if _, there := w.own(subs)[name]; there {
			delete(w.own(subs), name)
			w.remove(&s.srv.pubsub, name, s)
			s.srv.charge(-subscriptionCost(name))
		}
		confirm(&said, w.end, []byte(name), w.count(subs))
	}
	if len(names) == 0 {
		confirm(&said, w.end, nil, w.count(subs))
	}
	listened := s.subscribed()
	s.noteSubscriptions()
	if s.within != nil || !listened {
		said.MoveTo(c.Out)
		return
	}
	s.conn.Park()
	s.leaving = true
	s.conn.Post(func(conn *network.Conn) {
		s.leaving = false
		if s.is(replyOff) {
			said.Reset(nil)
		}
		said.MoveTo(conn.Out())
		conn.Wake()
	})
}

func (s *session) say(c *command.Call) {
	c.Out.Int(int64(s.srv.pubsub.publish(c.Args[1], c.Args[2])))
}

func (s *session) sayToShard(c *command.Call) {
	c.Out.Int(int64(s.srv.pubsub.publishShard(c.Args[1], c.Args[2])))
}

func (s *session) pubsubChannels(c *command.Call)      { s.listChannels(c, &s.srv.pubsub.channels) }
func (s *session) pubsubShardChannels(c *command.Call) { s.listChannels(c, &s.srv.pubsub.shards) }
func (s *session) pubsubNumSub(c *command.Call)        { s.countSubscribers(c, &s.srv.pubsub.channels) }
func (s *session) pubsubShardNumSub(c *command.Call)   { s.countSubscribers(c, &s.srv.pubsub.shards) }
func (s *session) pubsubNumPat(c *command.Call)        { c.Out.Int(s.srv.pubsub.patterns.n.Load()) }

func (s *session) listChannels(c *command.Call, a *audience) {
	if len(c.Args) > 3 {
		c.Out.Error(errSubcommand(c))
		return
	}
	var pattern []byte
	if len(c.Args) == 3 {
		pattern = c.Args[2]
	}
	names := a.names(pattern)
	c.Out.Array(len(names))
	for _, name := range names {
		c.Out.BulkString(name)
	}
}

func (s *session) countSubscribers(c *command.Call, a *audience) {
	c.Out.Array(2 * (len(c.Args) - 2))
	for _, name := range c.Args[2:] {
		c.Out.Bulk(name)
		c.Out.Int(int64(a.count(name)))
	}
}
