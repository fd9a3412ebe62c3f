package main

import (
	"fmt"
	"math"
	"strings"
)

// intros say how each chapter was measured.
var intros = map[string]string{
	"throughput": "`redis-benchmark` against each server in turn, order changing from pair to pair, both servers running all the time. " +
		"100,000 keys, all present. CPU is the processor time of all of the server's threads, user and system (`/proc/PID/task/*/schedstat`), per operation; p99 is redis-benchmark's. " +
		"Figures are medians over the pairs, ratios medians of the pairs' ratios; under 15 % apart is noise.",
	"families": "As above, for commands of collections, which grow from nothing during a run or are emptied by it; 10 keys in an MSET.",
	"idle":     "Connections each do one 1 KiB SET and GET and then nothing. Growth of the server's resident memory per connection; the kernel's socket memory is not in it.",
	"perkey": "Keys of 20 bytes loaded by one pipelined connection; resident memory less that of the empty server, per key, after a pause for the server to settle. " +
		"Both servers with a bound far away, expiry and an eviction policy on.",
	"drift": "`maxmemory 200mb`; 2 M keys are written with 64-byte values, all overwritten with 200 bytes, then with 90. RSS is the highest seen, sampled every 50 ms.",
	"stalls": "One connection sends GET every millisecond and notes how long the reply took, while another makes trouble; requests that could not be sent during a pause are counted as having waited. " +
		"On a machine this small part of what is seen is the scheduler's.",
	"trace": "Look-aside replay over the wire: one connection, GET, on a miss SET with the trace's size, which travels with the next GET. " +
		"Redis with the better of allkeys-lru and allkeys-lfu.",
}

func (r *report) markdown() string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `make bench`; not to be edited. Raw figures of every run: [benchmarks.json](benchmarks.json).\n\n")
	m := r.Machine
	fmt.Fprintf(&b, "%s: %s, %d cores, %d GB, %s, %s; Redis %s, memcached %s, all from Debian, one process each on loopback, client and server on the same machine. %d interleaved pairs.",
		r.Date, m.CPU, m.Cores, m.MemoryGB, m.Kernel, m.Go, m.Redis, m.Mem, r.Pairs)
	if r.Quick {
		b.WriteString(" A quick run: fewer pairs and fewer keys than `make bench` takes.")
	}
	if r.Note != "" {
		b.WriteString(" " + r.Note)
	}
	b.WriteString("\n\n\"accepted\" is a target missed within what the project has said it accepts.\n")
	for _, c := range chapters {
		r.chapter(&b, c.name)
	}
	if len(r.Skipped) > 0 {
		b.WriteString("\n## Not measured\n\n")
		for _, s := range r.Skipped {
			fmt.Fprintf(&b, "- %s\n", s)
		}
	}
	return b.String()
}

func (r *report) chapter(b *strings.Builder, name string) {
	head := false
	for _, w := range r.Rows {
		if w.Chapter != name {
			continue
		}
		if !head {
			fmt.Fprintf(b, "\n## %s\n\n%s Took %s.\n\n| what | unit | cached | peer | ratio | target | met |\n|---|---|--:|--:|--:|---|---|\n", title(name), intros[name], r.Took[name])
			head = true
		}
		peer := number(w.Peer)
		if w.PeerIs != "" && w.PeerIs != "redis" {
			peer += " (" + w.PeerIs + ")"
		}
		what := w.What
		if w.Note != "" {
			what += " (" + w.Note + ")"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", what, w.Unit, number(w.Ours), peer, ratioText(w.Ratio), w.Target, w.Met)
	}
}

func title(name string) string {
	return map[string]string{
		"throughput": "Throughput and processor time", "families": "Collections", "idle": "Idle connections", "perkey": "Memory per key",
		"drift": "Drifting sizes under a bound", "stalls": "Stalls", "trace": "Hit ratio over the wire",
	}[name]
}

func number(v float64) string {
	switch a := math.Abs(v); {
	case v == 0:
		return "-"
	case a >= 1000:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func ratioText(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}
