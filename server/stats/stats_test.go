package stats

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestShardsAddUpWhoeverWroteThem(t *testing.T) {
	const loops, each = 3, 10_000
	s := New(Options{Loops: loops, Commands: []string{"get", "set"}})
	var wg sync.WaitGroup
	for i := range loops { // one writer a loop shard
		wg.Go(func() {
			for range each {
				s.Shard(i).Record(0, 1500, OK)
			}
		})
	}
	for range 4 { // several writers on the shared ones
		wg.Go(func() {
			for range each {
				s.Shard(loops).Record(1, 2500, Failed)
				s.Shard(-1).Record(1, 0, Rejected)
			}
		})
	}
	for range 50 { // a reader beside them
		s.Commands()
		s.Histogram(0)
	}
	wg.Wait()
	want := []Command{
		{Name: "get", Calls: loops * each, Usec: loops * each * 3 / 2},
		{Name: "set", Calls: 4 * each, Usec: 4 * each * 5 / 2, Failed: 4 * each, Rejected: 4 * each},
	}
	if got := s.Commands(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if got := s.Calls(); got != (loops+4)*each {
		t.Errorf("calls %d", got)
	}
}

func TestResetBeginsAnewAndForgetsNoLaterCall(t *testing.T) {
	s := New(Options{Commands: []string{"get"}})
	sh := s.Shard(0)
	sh.Record(0, 1_000_000, OK)
	s.Errors.Add("ERR no such thing")
	s.Reset()
	if got := s.Commands(); len(got) != 0 {
		t.Errorf("after Reset: %v", got)
	}
	if s.Histogram(0) != nil || s.Errors.Total() != 0 || s.Calls() != 0 {
		t.Error("after Reset: histogram, errors or calls left")
	}
	sh.Record(0, 2000, OK)
	if h := s.Histogram(0); h.Count() != 1 || h.Percentile(100) > 2200 {
		t.Errorf("count %d, p100 %d: calls before Reset are seen", h.Count(), h.Percentile(100))
	}
}

func TestLatencyTrackingOffKeepsCallsOnly(t *testing.T) {
	s := New(Options{Commands: []string{"get"}})
	s.SetTracking(false)
	s.Shard(0).Record(0, 100, OK)
	if s.Histogram(0) != nil || s.Calls() != 1 {
		t.Error("want one call and no histogram")
	}
}

func TestARowOutOfRangeIsIgnored(t *testing.T) {
	s := New(Options{Commands: []string{"get"}})
	s.Shard(0).Record(-1, 1, OK)
	s.Shard(0).Record(1, 1, OK)
	if s.Calls() != 0 {
		t.Error("counted")
	}
}

func TestErrorsAreToldApartByTheirFirstWordUpToABound(t *testing.T) {
	var e Errors
	e.Add("-ERR syntax error")
	e.Add("ERR other")
	e.Add("WRONGTYPE Operation")
	if got := fmt.Sprint(e.Counts()); got != "[{ERR 2} {WRONGTYPE 1}]" {
		t.Error(got)
	}
	for i := range 1000 {
		e.Add(fmt.Sprintf("E%d x", i))
	}
	if n := len(e.Counts()); n > errorKinds+1 {
		t.Errorf("%d kinds", n)
	}
	if e.Total() != 1003 {
		t.Errorf("total %d", e.Total())
	}
}

func TestRatesAverageGrowth(t *testing.T) {
	var r Rates
	for i := range uint64(40) {
		r.Sample("ops", int64(i)*100, i*50)
	}
	if got := r.PerSecond("ops"); got != 500 {
		t.Errorf("%v per second, want 500", got)
	}
	if r.PerSecond("never") != 0 {
		t.Error("unknown counter")
	}
}

func TestSlowlogKeepsTheNewestWithinRedisLimits(t *testing.T) {
	s := New(Options{})
	l := &s.Slowlog
	if l.Slow(9_999_999) || !l.Slow(10_000_000) {
		t.Error("default threshold is 10 ms")
	}
	l.SetMax(3)
	var args [][]byte
	for range 40 {
		args = append(args, []byte(strings.Repeat("x", 200)))
	}
	for i := range int64(5) {
		l.Add(100+i, 20_000, args, "127.0.0.1:1", "name")
	}
	got := l.Get(-1)
	if len(got) != 3 || got[0].ID != 4 || got[2].ID != 2 || l.Len() != 3 {
		t.Fatalf("%d entries: %v", len(got), got)
	}
	e := got[0]
	if len(e.Args) != 32 || e.Args[31] != "... (9 more arguments)" || e.Args[0] != strings.Repeat("x", 128)+"... (72 more bytes)" {
		t.Errorf("arguments %d %q %q", len(e.Args), e.Args[0], e.Args[31])
	}
	l.Reset()
	l.Add(1, 1, nil, "", "")
	if got := l.Get(10); len(got) != 1 || got[0].ID != 5 {
		t.Errorf("after Reset: %v", got)
	}
	l.SetThreshold(-1)
	if l.Slow(1 << 60) {
		t.Error("negative threshold logs nothing")
	}
	l.SetThreshold(0)
	if !l.Slow(0) {
		t.Error("zero logs every command")
	}
}

func TestMonitorMergesASecondAndRemembersTheWorst(t *testing.T) {
	var m Monitor
	if m.Slow(1 << 60) {
		t.Error("off at first")
	}
	m.SetThreshold(10)
	if m.Slow(9_999_999) || !m.Slow(10_000_000) {
		t.Error("threshold")
	}
	m.Add("command", 100, 20)
	m.Add("command", 100, 50)
	m.Add("command", 101, 30)
	m.Add("expire-cycle", 101, 12)
	if got := fmt.Sprint(m.Events()); got != "[{command {101 30} 50} {expire-cycle {101 12} 12}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(m.History("command")); got != "[{100 50} {101 30}]" {
		t.Error(got)
	}
	for i := range int64(500) {
		m.Add("command", 200+i, 10)
	}
	if n := len(m.History("command")); n != historyLen {
		t.Errorf("%d in history", n)
	}
	if n := m.Reset("nosuch", "command"); n != 1 || m.History("command") != nil {
		t.Errorf("reset %d", n)
	}
	if n := m.Reset(); n != 1 || len(m.Events()) != 0 {
		t.Errorf("reset all %d", n)
	}
}

func TestDoctorAndGraphTellWhatWasSeen(t *testing.T) {
	var m Monitor
	if !strings.Contains(m.Doctor(), "latency-monitor-threshold") {
		t.Error("does not say how to turn it on")
	}
	m.SetThreshold(1)
	for i, ms := range []int64{2, 5, 20, 100} {
		m.Add("command", 100+int64(i), ms)
	}
	if d := m.Doctor(); !strings.Contains(d, "command: 4 latency spikes (average 31ms, mean deviation 33ms, period 1.00 sec). Worst all time event 100ms.") ||
		!strings.Contains(d, "SLOWLOG") {
		t.Error(d)
	}
	if _, ok := m.Graph("nosuch", 0); ok {
		t.Error("graph of an unknown event")
	}
	got, _ := m.Graph("command", 104)
	want := "command - high 100 ms, low 2 ms (all time high 100 ms)\n" + strings.Repeat("-", 80) + `
   #
   |
   |
_##|

4321
ssss
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestARunSharesItsTimeAndLosesNoCall(t *testing.T) {
	s := New(Options{Loops: 1, Commands: []string{"get", "set"}})
	r := Run{Shard: s.Shard(0)}
	r.Start()
	for range 20 {
		r.Note(0)
	}
	if got := s.Calls(); got != 16 {
		t.Errorf("%d calls recorded of 20, want two runs of 8", got)
	}
	r.Note(1)
	r.End()
	s.Shard(0).Record(1, r.Lap(), Failed)
	want := map[string]uint64{"get": 20, "set": 2}
	for _, c := range s.Commands() {
		if c.Calls != want[c.Name] {
			t.Errorf("%s: %d calls, want %d", c.Name, c.Calls, want[c.Name])
		}
	}
	if h := s.Histogram(0); h.Count() != 20 {
		t.Errorf("histogram holds %d calls", h.Count())
	}
	if r.End() != 0 {
		t.Error("an empty run has a time")
	}
}

func TestRunsAreTimedCallByCallWhileSomebodyLooks(t *testing.T) {
	s := New(Options{Loops: 1, Commands: []string{"get"}})
	r := Run{Shard: s.Shard(0)}
	for _, look := range []func(){func() { s.Slowlog.SetThreshold(0) }, func() { s.Slowlog.SetThreshold(-1); s.Latency.SetThreshold(5) }} {
		look()
		before := s.Calls()
		r.Start()
		r.Note(0)
		if s.Calls() != before+1 {
			t.Error("a call waits for others")
		}
	}
}

func TestRecordAllocatesNothing(t *testing.T) {
	s := New(Options{Loops: 1, Commands: []string{"get"}})
	sh := s.Shard(0)
	sh.Record(0, 1, OK)
	if n := testing.AllocsPerRun(100, func() { sh.Record(0, 1234, OK) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What a session pays per command: one clock reading and one Record.
func BenchmarkLapAndRecord(b *testing.B) {
	sh := New(Options{Loops: 1, Commands: make([]string, 300)}).Shard(0)
	var tm Timer
	tm.Start()
	for b.Loop() {
		sh.Record(42, tm.Lap(), OK)
	}
}

// The same in a pipeline of one command.
func BenchmarkRunOfLikeCommands(b *testing.B) {
	r := Run{Shard: New(Options{Loops: 1, Commands: make([]string, 300)}).Shard(0)}
	r.Start()
	for b.Loop() {
		r.Note(42)
	}
}

func BenchmarkRecord(b *testing.B) {
	st := New(Options{Loops: 1, Commands: make([]string, 300)})
	for name, sh := range map[string]*Shard{"loop": st.Shard(0), "shared": st.Shared()} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				sh.Record(42, int64(i&0xffff), OK)
			}
		})
	}
}
