package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/cachedserver/cached/eviction/sim"
)

const simulateUsage = `usage: cached simulate [--flag value ...] TRACE...

Plays traces of requests through caches of several sizes, under each eviction
policy and under Belady's optimum (min), and tells what share of the requests
would have been hits.

A trace has a request a line, gzipped or not: key,size[,ttl-seconds,op], or just
the key, or a line of ARC's .lis (first block, number of blocks, ...). op is g
for a read, which stores the value when it misses, or s for a write.

`

// simulation is what the command line asks for.
type simulation struct {
	traces   []string
	plan     sim.Plan
	output   string // text, json or markdown
	plot     string // file, or empty
	policies string
	plain    bool
}

// simulate is the subcommand. Tables go to std.out, progress to std.err if that is
// a terminal.
func simulate(args []string, std streams) (exit int) {
	s, err := parseSimulate(args, std.err)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(std.err, "cached simulate:", err)
		return 2
	}
	if err := s.run(std.out, newProgress(std.err)); err != nil {
		fmt.Fprintln(std.err, "cached simulate:", err)
		return 1
	}
	return 0
}

func parseSimulate(args []string, usage io.Writer) (simulation, error) {
	var s simulation
	f := flag.NewFlagSet("simulate", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	sizes := f.String("sizes", "0.1%,1%,10%,25%", "cache sizes: `list` of 1% (of the keys), 5000 (values), 8mb")
	f.StringVar(&s.policies, "policies", "", "`list` of "+strings.Join(sim.Policies(), ", ")+" (default all; ttl only if the trace has TTLs)")
	f.StringVar(&s.output, "output", "text", "`form` of the result: text, json or markdown")
	f.StringVar(&s.plot, "plot", "", "`file` for a picture of the miss ratio curves, .svg or .png")
	f.BoolVar(&s.plain, "plain", false, "ignore TTLs, and take writes for reads")
	f.Int64Var(&s.plan.Setup.Overhead, "overhead", 45, "`bytes` charged for each value beside its size, when sizes are in bytes")
	f.IntVar(&s.plan.Setup.Instances, "instances", 1, "`number` of instances of the policy that share the cache, as stripes do")
	f.IntVar(&s.plan.Setup.Rate, "rate", sim.DefaultRate, "requests a `second`, for TTLs")
	f.Uint64Var(&s.plan.Setup.Seed, "seed", 1, "`number` from which policies draw")
	traces, err := parseMixed(f, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(usage, simulateUsage)
		f.SetOutput(usage)
		f.PrintDefaults()
	}
	if err != nil {
		return s, err
	}
	s.traces = traces
	if s.plan.Sizes, err = sim.ParseSizes(*sizes); err != nil {
		return s, err
	}
	return s, s.check()
}

// parseMixed lets flags stand before, between and behind the traces.
func parseMixed(f *flag.FlagSet, args []string) (rest []string, err error) {
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if args = f.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, nil
}

func (s *simulation) check() error {
	if len(s.traces) == 0 {
		return errors.New("no trace named; see cached simulate --help")
	}
	if !slices.Contains([]string{"text", "json", "markdown"}, s.output) {
		return fmt.Errorf("--output is text, json or markdown, not %q", s.output)
	}
	if form := s.plotForm(); s.plot != "" && form != "svg" && form != "png" {
		return fmt.Errorf("--plot wants a file that ends in .svg or .png, not %q", s.plot)
	}
	if s.policies != "" {
		s.plan.Policies = strings.Split(s.policies, ",")
	}
	for name, n := range map[string]int64{"overhead": s.plan.Setup.Overhead, "rate": int64(s.plan.Setup.Rate) - 1, "instances": int64(s.plan.Setup.Instances) - 1} {
		if n < 0 {
			return fmt.Errorf("--%s is too small", name)
		}
	}
	return s.plan.Check()
}

func (s *simulation) plotForm() string { return strings.TrimPrefix(filepath.Ext(s.plot), ".") }

func (s *simulation) run(out io.Writer, bar *progress) error {
	var rows []sim.Row
	for _, path := range s.traces {
		more, err := s.play(path, bar)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if s.plot != "" {
		if err := s.draw(rows); err != nil {
			return err
		}
	}
	switch s.output {
	case "json":
		return sim.WriteJSON(out, rows)
	case "markdown":
		return sim.WriteMarkdown(out, rows)
	}
	return sim.WriteText(out, rows)
}

func (s *simulation) play(path string, bar *progress) ([]sim.Row, error) {
	name := filepath.Base(path)
	t, err := sim.Open(path, bar.begin("reading "+name))
	bar.end()
	if err != nil {
		return nil, err
	}
	if s.plain {
		t.TTLs, t.Writes = nil, nil
	}
	plan := s.plan
	if len(plan.Policies) == 0 {
		plan.Policies = sim.Policies()
		if t.TTLs == nil {
			plan.Policies = slices.DeleteFunc(plan.Policies, func(p string) bool { return p == "ttl" })
		}
	}
	defer bar.end()
	return sim.Run(context.Background(), t, plan, bar.begin("playing "+name))
}

func (s *simulation) draw(rows []sim.Row) (err error) {
	f, err := os.Create(s.plot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return sim.Plot(f, s.plotForm(), rows)
}

// progress draws a bar on a terminal, and nothing elsewhere.
type progress struct {
	out   io.Writer // nil: no terminal
	drawn string
}

func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{out: out}
	}
	return &progress{}
}

func (p *progress) begin(what string) sim.Progress {
	if p.out == nil {
		return nil
	}
	return func(done, total int64) { p.draw(what, done, total) }
}

func (p *progress) draw(what string, done, total int64) {
	const cells = 30
	full := 0
	if total > 0 {
		full = int(min(done, total) * cells / total)
	}
	line := fmt.Sprintf("\r%-28s [%s%s] %3d %%", what, strings.Repeat("#", full), strings.Repeat(".", cells-full), full*100/cells)
	if line != p.drawn {
		p.drawn = line
		fmt.Fprint(p.out, line)
	}
}

// end wipes the bar away.
func (p *progress) end() {
	if p.drawn != "" {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = ""
	}
}
