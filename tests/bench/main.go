// Command bench measures cached beside its peers, redis-server and memcached,
// in one interleaved run on loopback, and writes docs/benchmarks.md and .json.
//
//	go run ./tests/bench                    everything, 9 pairs: about an hour
//	go run ./tests/bench -quick             3 pairs, smaller data: some minutes
//	go run ./tests/bench -only idle,drift   some chapters; the page keeps the others
//
// Each chapter is a file: throughput, families, idle, perkey, drift, stalls, trace. A
// chapter starts the servers it needs and ends them; what it finds are rows of
// one table, each with our figure, the peer's, and the target if the project
// has set one.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachedserver/cached/tests/peer"
)

// bench is one run.
type bench struct {
	pairs  int
	quick  bool
	traces string // folder of the traces

	cached, redis, memcached, redisBenchmark string // programs

	report report
}

// chapters in the order in which they run.
var chapters = []struct {
	name string
	run  func(*bench) error
}{
	{"throughput", (*bench).throughput},
	{"families", (*bench).families},
	{"idle", (*bench).idle},
	{"perkey", (*bench).perKey},
	{"drift", (*bench).drift},
	{"stalls", (*bench).stalls},
	{"trace", (*bench).trace},
}

func main() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		peer.KillAll()
		os.Exit(1)
	}()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var b bench
	var only, out, pgo string
	flag.IntVar(&b.pairs, "pairs", 0, "interleaved `pairs` of throughput runs; 0: 9, or 3 with -quick")
	flag.BoolVar(&b.quick, "quick", false, "fewer pairs, fewer keys")
	flag.StringVar(&only, "only", "", "`chapters` to run, with commas: "+chapterNames())
	flag.StringVar(&out, "out", "docs/benchmarks.md", "`file` of the table; the raw figures go beside it as .json; empty: standard output only")
	flag.StringVar(&b.cached, "cached", "", "`program` to measure; empty: build ./cmd/cached")
	flag.StringVar(&b.traces, "traces", "../shared/traces", "`folder` of the cache traces, seen from the module")
	flag.StringVar(&b.report.Note, "note", "", "`text` for the head of the page, such as what else the machine was doing")
	flag.StringVar(&pgo, "pgo", "", "measure nothing, and write the profile that cmd/cached is to be built by to this `file`")
	flag.Parse()
	if b.pairs == 0 {
		b.pairs = map[bool]int{true: 3, false: 9}[b.quick]
	}
	if err := b.find(); err != nil {
		return err
	}
	if pgo != "" {
		return b.record(pgo)
	}
	raiseFileLimit()
	b.report.Took = took{}
	if err := b.runChapters(only); err != nil {
		return err
	}
	if only != "" {
		if err := b.report.keepOthers(out, only); err != nil {
			return err
		}
	}
	return b.report.write(out, &b)
}

// find looks for the programs, builds ours, and goes to the module's folder.
func (b *bench) find() error {
	root, err := peer.Root()
	if err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	for name, to := range map[string]*string{"redis-server": &b.redis, "redis-benchmark": &b.redisBenchmark, "memcached": &b.memcached} {
		path, err := exec.LookPath(name)
		if err != nil {
			return fmt.Errorf("%s is not installed; `make peers` does it (apt-get install redis-server redis-tools memcached)", name)
		}
		*to = path
	}
	if b.cached != "" {
		return nil
	}
	dir := filepath.Join(os.TempDir(), "cached-bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b.cached, err = peer.Build(root, dir)
	return err
}

func (b *bench) runChapters(only string) error {
	for _, c := range chapters {
		if only != "" && !slices.Contains(strings.Split(only, ","), c.name) {
			continue
		}
		fmt.Printf("== %s\n", c.name)
		start := time.Now()
		if err := c.run(b); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.report.Took[c.name] = time.Since(start).Round(time.Second).String() + " on " + start.UTC().Format(time.DateOnly)
	}
	return nil
}

func chapterNames() string {
	var names []string
	for _, c := range chapters {
		names = append(names, c.name)
	}
	return strings.Join(names, ",")
}

// raiseFileLimit lets ten thousand connections be open, here and in the servers
// that inherit the limit.
func raiseFileLimit() {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return
	}
	l.Cur = min(l.Max, 65536)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &l) //nolint:errcheck // the idle chapter tells when it is too low
}
