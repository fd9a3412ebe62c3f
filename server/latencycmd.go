package server

import (
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/stats"
)

// latencyCommands are LATENCY and SLOWLOG: what took long.
func latencyCommands() []local {
	flags := command.Admin | command.NoScript | command.Loading | command.Stale
	sub := func(name, since, complexity, syntax, summary string, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: since, Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: flags,
		}, run: run}
	}
	latency := local{
		Command: command.Command{
			Name: "LATENCY", Group: "server", Since: "2.8.13", Complexity: "Depends on subcommand.",
			Summary: "Tells which events took long, and when.",
		},
		sub: []local{
			sub("DOCTOR", "2.8.13", "O(1)", "", "Explains the latencies seen, in plain words.", (*session).latencyDoctor).tips(varies, allNodes, special),
			sub("GRAPH", "2.8.13", "O(1)", "event", "Draws an event's latencies.", (*session).latencyGraph).tips(varies, allNodes, special),
			sub("HISTOGRAM", "7.0.0", "O(N) where N is the number of commands with latency information being retrieved.", "[command [command ...]]",
				"Returns how often commands took how long.", (*session).latencyHistogram).tips(varies, allNodes, special),
			sub("HISTORY", "2.8.13", "O(1)", "event", "Returns an event's latencies with their times.", (*session).latencyHistory).tips(varies, allNodes, special),
			sub("LATEST", "2.8.13", "O(1)", "", "Returns each event's last and worst latency.", (*session).latencyLatest).tips(varies, allNodes, special),
			sub("RESET", "2.8.13", "O(1)", "[event [event ...]]", "Forgets latencies, of all events or of some.", (*session).latencyReset).tips(allNodes, allSucceeded),
		},
	}
	flags &^= command.NoScript // as in Redis, scripts may look at the slow log
	slowlog := local{
		Command: command.Command{
			Name: "SLOWLOG", Group: "server", Since: "2.2.12", Complexity: "Depends on subcommand.",
			Summary: "Shows the commands that took long.",
		},
		sub: []local{
			sub("GET", "2.2.12", "O(N) where N is the number of entries returned", "[count]",
				"Returns the last entries: number, time, microseconds, arguments, client, name.", (*session).slowlogGet).tips(varies, allNodes),
			sub("LEN", "2.2.12", "O(1)", "", "Returns the number of entries.", (*session).slowlogLen).tips(varies, allNodes, sumOf),
			sub("RESET", "2.2.12", "O(N) where N is the number of entries in the slowlog", "", "Forgets all entries.", (*session).slowlogReset).tips(allNodes, allSucceeded),
		},
	}
	return []local{latency, slowlog}
}

func (s *session) latencyDoctor(c *command.Call) {
	c.Out.Verbatim("txt", s.srv.stats.Latency.Doctor())
}

func (s *session) latencyGraph(c *command.Call) {
	text, ok := s.srv.stats.Latency.Graph(string(c.Args[2]), c.Now/1000)
	if !ok {
		c.Out.Error(errNoSamples(c.Args[2]))
		return
	}
	c.Out.Verbatim("txt", text)
}

func (s *session) latencyLatest(c *command.Call) {
	events := s.srv.stats.Latency.Events()
	c.Out.Array(len(events))
	for _, e := range events {
		c.Out.Array(4)
		c.Out.BulkString(e.Name)
		c.Out.Int(e.Latest.Time)
		c.Out.Int(e.Latest.Ms)
		c.Out.Int(e.Max)
	}
}

func (s *session) latencyHistory(c *command.Call) {
	spikes := s.srv.stats.Latency.History(string(c.Args[2]))
	c.Out.Array(len(spikes))
	for _, p := range spikes {
		c.Out.Array(2)
		c.Out.Int(p.Time)
		c.Out.Int(p.Ms)
	}
}

func (s *session) latencyReset(c *command.Call) {
	c.Out.Int(int64(s.srv.stats.Latency.Reset(texts(c.Args[2:])...)))
}

// latencyHistogram answers for all commands, or for those named and their
// subcommands; names that nobody has are left out.
func (s *session) latencyHistogram(c *command.Call) {
	var list []*command.Command
	for _, name := range c.Args[2:] {
		if cmd := s.srv.table.Find(string(name)); cmd != nil {
			list = append(append(list, cmd), cmd.Subs()...)
		}
	}
	if len(c.Args) == 2 {
		list = s.srv.table.All()
	}
	mark, n := c.Out.Deferred(), 0
	for _, cmd := range list {
		if h := s.srv.stats.Histogram(cmd.ID()); h != nil {
			c.Out.BulkString(cmd.FullName())
			writeHistogram(c.Out, h)
			n++
		}
	}
	c.Out.FillMap(mark, n)
}

func writeHistogram(out *protocol.Writer, h *stats.Histogram) {
	points := h.Cumulative()
	out.Map(2)
	out.BulkString("calls")
	out.Uint(h.Count())
	out.BulkString("histogram_usec")
	out.Map(len(points))
	for _, p := range points {
		out.Uint(p.Usec)
		out.Uint(p.Count)
	}
}

func (s *session) slowlogGet(c *command.Call) {
	n := int64(10)
	if len(c.Args) > 3 {
		c.Out.Error(errSubcommand(c))
		return
	}
	if len(c.Args) == 3 {
		var ok bool
		if n, ok = protocol.ParseInt(c.Args[2]); !ok || n < -1 {
			c.Out.Error(errSlowlogCount)
			return
		}
	}
	entries := s.srv.stats.Slowlog.Get(int(min(n, math.MaxInt32)))
	c.Out.Array(len(entries))
	for _, e := range entries {
		c.Out.Array(6)
		c.Out.Int(e.ID)
		c.Out.Int(e.Time)
		c.Out.Int(e.Usec)
		c.Out.Array(len(e.Args))
		for _, a := range e.Args {
			c.Out.BulkString(a)
		}
		c.Out.BulkString(e.Client)
		c.Out.BulkString(e.Name)
	}
}

func (s *session) slowlogLen(c *command.Call) { c.Out.Int(int64(s.srv.stats.Slowlog.Len())) }

func (s *session) slowlogReset(c *command.Call) {
	s.srv.stats.Slowlog.Reset()
	c.Out.OK()
}
