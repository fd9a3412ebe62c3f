package command

import (
	"github.com/cachedserver/cached/server/value"
)

var streamInfoCommands = []Command{
	{
		Name: "XINFO", Group: "stream", Since: "5.0.0", Complexity: "Depends on subcommand.",
		Summary: "Tells about streams, groups and consumers.",
		Sub: []Command{
			{
				Name: "CONSUMERS", Group: "stream", Since: "5.0.0", Complexity: "O(N) with N consumers",
				Syntax:  "key group",
				Summary: "Tells about the consumers of a group.",
				Flags:   Read, Keys: keyAt(2, RO|Access), Run: xinfoConsumers,
				Tips: []string{"nondeterministic_output"},
			},
			{
				Name: "GROUPS", Group: "stream", Since: "5.0.0", Complexity: "O(N) with N groups",
				Syntax:  "key",
				Summary: "Tells about the consumer groups of a stream.",
				Flags:   Read, Keys: keyAt(2, RO|Access), Run: xinfoGroups,
			},
			{
				Name: "STREAM", Group: "stream", Since: "5.0.0", Complexity: "O(1); with FULL, O(N) with N entries, groups and consumers told of",
				Syntax:  "key [full-block: FULL [COUNT count]]",
				Summary: "Tells about a stream.",
				Flags:   Read, Keys: keyAt(2, RO|Access), Run: xinfoStream,
				Notes: []string{"`radix-tree-keys` is the number of blocks that the entries lie in."},
			},
		},
	},
}

// infoStream opens the stream of which a subcommand of XINFO tells.
func (c *Call) infoStream() (*value.Stream, bool) {
	s, found, ok := c.readStream(c.Args[2])
	if ok && !found {
		c.Out.Error(ErrNoSuchKey)
	}
	return s, ok && found
}

func xinfoConsumers(c *Call) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	g, ok := s.Group(c.Args[3])
	if !ok {
		c.Out.Error(errNoGroupOfKey(c, c.Args[2], c.Args[3]))
		return
	}
	c.Out.Array(g.Consumers())
	for who := range g.EachConsumer {
		inactive := int64(-1)
		if who.Active != -1 {
			inactive = c.Now - who.Active
		}
		c.Out.Map(4)
		c.Out.BulkString("name")
		c.Out.Bulk(who.Name())
		c.figure("pending", int64(who.Pending()))
		c.figure("idle", max(c.Now-who.Seen, 0))
		c.figure("inactive", inactive)
	}
}

func (c *Call) figure(name string, n int64) {
	c.Out.BulkString(name)
	c.Out.Int(n)
}

func (c *Call) idFigure(name string, id value.StreamID) {
	c.Out.BulkString(name)
	c.replyID(id)
}

func xinfoGroups(c *Call) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	c.Out.Array(s.Groups())
	for g := range s.EachGroup {
		c.Out.Map(6)
		c.Out.BulkString("name")
		c.Out.Bulk(g.Name())
		c.figure("consumers", int64(g.Consumers()))
		c.figure("pending", int64(g.Pending()))
		c.groupProgress(s, g)
	}
}

// groupProgress tells how far a group has read.
func (c *Call) groupProgress(s *value.Stream, g *value.StreamGroup) {
	c.idFigure("last-delivered-id", g.Last)
	c.Out.BulkString("entries-read")
	c.intOrNull(g.Read, g.Read != value.UnknownRead)
	c.Out.BulkString("lag")
	c.intOrNull(s.Lag(g))
}

func (c *Call) intOrNull(n int64, known bool) {
	if known {
		c.Out.Int(n)
		return
	}
	c.Out.Null()
}

func xinfoStream(c *Call) {
	count := int64(10)
	full := c.argc() > 3
	if full {
		if n := c.argc(); n != 4 && n != 6 || !equalFold(c.Args[3], "FULL") || n == 6 && !equalFold(c.Args[4], "COUNT") {
			c.Out.Error(errSubcommandSyntax(c))
			return
		}
	}
	if c.argc() == 6 {
		n, ok := c.int(5)
		if !ok {
			return
		}
		if n >= 0 {
			count = n
		}
	}
	s, ok := c.infoStream()
	switch {
	case !ok:
	case full:
		c.Out.Map(9)
		c.streamFigures(s)
		c.fullStream(s, count)
	default:
		c.Out.Map(10)
		c.streamFigures(s)
		c.figure("groups", int64(s.Groups()))
		c.entryFigure("first-entry", s.Range(value.StreamID{}, value.MaxStreamID))
		c.entryFigure("last-entry", s.Backward(value.MaxStreamID, value.StreamID{}))
	}
}

func (c *Call) streamFigures(s *value.Stream) {
	blocks := int64(s.Blocks())
	c.figure("length", int64(s.Len()))
	c.figure("radix-tree-keys", blocks)
	c.figure("radix-tree-nodes", blocks+1)
	c.idFigure("last-generated-id", s.Last())
	c.idFigure("max-deleted-entry-id", s.MaxDeleted())
	c.figure("entries-added", int64(s.Added()))
	c.idFigure("recorded-first-entry-id", s.First())
}

// entryFigure tells the first of some entries.
func (c *Call) entryFigure(name string, entries func(func(*value.StreamEntry) bool)) {
	c.Out.BulkString(name)
	for e := range entries {
		c.replyEntry(e)
		return
	}
	c.Out.Null()
}

func (c *Call) fullStream(s *value.Stream, count int64) {
	c.Out.BulkString("entries")
	c.replyEntries(s.Range(value.StreamID{}, value.MaxStreamID), count)
	c.Out.BulkString("groups")
	c.Out.Array(s.Groups())
	for g := range s.EachGroup {
		c.Out.Map(7)
		c.Out.BulkString("name")
		c.Out.Bulk(g.Name())
		c.groupProgress(s, g)
		c.figure("pel-count", int64(g.Pending()))
		c.Out.BulkString("pending")
		mark, n := c.Out.Deferred(), int64(0)
		for id, p := range g.EachPending(value.StreamID{}, nil) {
			c.Out.Array(4)
			c.replyID(id)
			c.Out.Bulk(g.ConsumerName(p))
			c.Out.Int(p.Time)
			c.Out.Int(int64(p.Count))
			if n++; n == count {
				break
			}
		}
		c.Out.FillArray(mark, int(n))
		c.fullConsumers(g, count)
	}
}

func (c *Call) fullConsumers(g *value.StreamGroup, count int64) {
	c.Out.BulkString("consumers")
	c.Out.Array(g.Consumers())
	for who := range g.EachConsumer {
		c.Out.Map(5)
		c.Out.BulkString("name")
		c.Out.Bulk(who.Name())
		c.figure("seen-time", who.Seen)
		c.figure("active-time", who.Active)
		c.figure("pel-count", int64(who.Pending()))
		c.Out.BulkString("pending")
		mark, n := c.Out.Deferred(), int64(0)
		for id, p := range g.EachPending(value.StreamID{}, who) {
			c.Out.Array(3)
			c.replyID(id)
			c.Out.Int(p.Time)
			c.Out.Int(int64(p.Count))
			if n++; n == count {
				break
			}
		}
		c.Out.FillArray(mark, int(n))
	}
}
