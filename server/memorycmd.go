package server

import (
	"runtime/debug"
	"strconv"

	"github.com/cachedserver/cached/server/command"
)

// memoryCommands is MEMORY without USAGE, which concerns a key and stands with
// the data commands.
func memoryCommands() []local {
	sub := func(name, complexity, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: "4.0.0", Complexity: complexity, Summary: summary, Flags: flags,
		}, run: run}
	}
	return []local{{
		Command: command.Command{
			Name: "MEMORY", Group: "server", Since: "4.0.0", Complexity: "Depends on subcommand.",
			Summary: "Tells where the memory is.",
		},
		sub: []local{
			sub("DOCTOR", "O(1)", "Says what is wrong with the use of memory, if anything is.", 0, (*session).memoryDoctor).tips(varies, allShards, special),
			sub("MALLOC-STATS", "O(1)", "Returns the figures of the pages that values lie in.", 0, (*session).memoryPages).tips(varies, allShards, special),
			sub("PURGE", "O(1)", "Gives free memory back to the system.", command.Unbounded, (*session).memoryPurge).tips(allShards, allSucceeded),
			sub("STATS", "O(1)", "Returns the use of memory part by part.", 0, (*session).memoryStats).tips(varies, allShards, special),
		},
	}}
}

func (s *session) memoryPurge(c *command.Call) {
	for s.srv.ks.Maintain(purgeStep) {
	}
	debug.FreeOSMemory()
	c.Out.OK()
}

// purgeStep bounds one hold of a stripe.
const purgeStep = 64

// memoryStats gives Redis's fields, with what they mean here: the dataset is
// what the eviction formula counts, the allocator is the pages.
func (s *session) memoryStats(c *command.Call) {
	v := s.srv.look()
	m, peak := v.mem, s.srv.samples.peakBytes.Load()
	databases := v.ks.Databases
	used := 0
	for _, d := range databases {
		if d.Keys > 0 {
			used++
		}
	}
	out := c.Out
	num := func(name string, n int64) { out.BulkString(name); out.Int(n) }
	double := func(name string, f float64) { out.BulkString(name); out.Double(f) }

	out.Map(27 + used)
	num("peak.allocated", peak)
	num("total.allocated", v.used)
	num("startup.allocated", s.srv.startupBytes)
	num("replication.backlog", 0)
	num("clients.slaves", 0)
	num("clients.normal", s.srv.clientBytes())
	num("cluster.links", 0)
	num("aof.buffer", 0)
	num("lua.caches", 0)
	num("functions.caches", 0)
	for i, d := range databases {
		if d.Keys == 0 {
			continue
		}
		out.BulkString("db." + strconv.Itoa(i))
		out.Map(3)
		num("overhead.hashtable.main", int64(d.Keys)*(m.Index+m.Handles)/max(m.Keys, 1))
		num("overhead.hashtable.expires", 0)
		num("overhead.hashtable.slot-to-keys", 0)
	}
	num("overhead.total", v.used-m.Dataset)
	num("keys.count", m.Keys)
	num("keys.bytes-per-key", max(v.used-s.srv.startupBytes, 0)/max(m.Keys, 1))
	num("dataset.bytes", m.Dataset)
	double("dataset.percentage", percent(m.Dataset, v.used-s.srv.startupBytes))
	double("peak.percentage", percent(v.used, peak))
	num("allocator.allocated", m.Used)
	num("allocator.active", m.Resident)
	num("allocator.resident", m.Resident)
	double("allocator-fragmentation.ratio", m.Fragmentation())
	num("allocator-fragmentation.bytes", m.Resident-m.Used)
	double("allocator-rss.ratio", 1)
	num("allocator-rss.bytes", 0)
	double("rss-overhead.ratio", float64(v.proc.rss)/float64(max(m.Resident, 1)))
	num("rss-overhead.bytes", v.proc.rss-m.Resident)
	double("fragmentation", float64(v.proc.rss)/float64(max(v.used, 1)))
	num("fragmentation.bytes", v.proc.rss-v.used)
}

func (s *session) memoryPages(c *command.Call) {
	m := s.srv.ks.Memory()
	var b []byte
	line := func(name string, n int64) {
		b = append(strconv.AppendInt(append(append(b, name...), ": "...), n, 10), '\n')
	}
	line("resident", m.Resident)
	line("used", m.Used)
	line("dataset", m.Dataset)
	line("pages", m.Pages)
	line("free in pages", m.Free)
	line("large values", m.Large)
	line("handles", m.Handles)
	line("index", m.Index)
	line("eviction policy", m.Policy)
	line("pinned by replies", m.Pinned)
	line("clients and others", m.External)
	line("pending frees", m.Pending)
	c.Out.Verbatim("txt", string(b))
}

// Bounds above which the doctor has something to say, as in Redis.
const (
	doctorEmpty    = 5 << 20
	doctorPeak     = 1.5
	doctorFrag     = 1.4
	doctorFragMin  = 10 << 20
	doctorPerClien = 200 << 10
)

func (s *session) memoryDoctor(c *command.Call) {
	c.Out.Verbatim("txt", s.srv.diagnose())
}

func (srv *Server) diagnose() string {
	v := srv.look()
	if v.used < doctorEmpty {
		return "There is little in memory yet, too little to judge. Ask again when the cache has filled.\n"
	}
	report := ""
	find := func(wrong bool, text string) {
		if wrong {
			report += " * " + text + "\n\n"
		}
	}
	find(float64(srv.samples.peakBytes.Load()) > doctorPeak*float64(v.used),
		"Peak: at its peak the node used more than 150% of what it uses now. Free pages are given back step by step; MEMORY PURGE gives them back at once.")
	find(v.mem.Fragmentation() > doctorFrag && v.mem.Resident-v.mem.Used > doctorFragMin,
		"Holes: pages hold more than 140% of what lies in them. Compaction is at work, and costs no entry; if this stays, values change size faster than pages can be packed.")
	find(v.proc.rss-v.mem.Resident > doctorFragMin && float64(v.proc.rss) > doctorFrag*float64(v.mem.Resident),
		"Runtime: the process holds much more than its keyspace and clients. Look at /debug/pprof/heap on the http port.")
	find(srv.clientBytes() > doctorPerClien*max(int64(srv.net.Len()), 1),
		"Clients: they hold more than 200 KiB each in buffers. CLIENT LIST shows in omem who does not read its replies; maxmemory-clients bounds them all.")
	if report == "" {
		return "The use of memory is fine.\n"
	}
	return "The use of memory could be better:\n\n" + report
}
