package stats

import "sync/atomic"

// Command is one command's figures since the last reset.
type Command struct {
	Name             string
	Calls            uint64
	Usec             uint64
	Failed, Rejected uint64
}

// totals is what a command's cells add up to.
type totals struct {
	calls, nanos, failed, rejected uint64
	hist                           *Histogram // nil: no call timed yet
}

// Commands returns the figures of each command that was called or rejected, in
// index order.
func (s *Stats) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Command
	for i, name := range s.names {
		t := s.counters(i)
		b := &s.base[i]
		c := Command{name, t.calls - b.calls, (t.nanos - b.nanos) / 1000, t.failed - b.failed, t.rejected - b.rejected}
		if c.Calls+c.Rejected > 0 {
			out = append(out, c)
		}
	}
	return out
}

// Calls is the number of commands run since the last reset.
func (s *Stats) Calls() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n uint64
	for i := range s.names {
		n += s.counters(i).calls - s.base[i].calls
	}
	return n
}

// Histogram returns command i's latencies since the last reset; nil when it was
// not called, or latency tracking is off.
func (s *Stats) Histogram(i int) *Histogram {
	if !s.Tracking() || i < 0 || i >= len(s.names) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.sum(i).hist
	if h != nil && s.base[i].hist != nil {
		h.sub(s.base[i].hist)
	}
	if h == nil || h.total == 0 {
		return nil
	}
	return h
}

// Histograms calls visit for each command with latencies, in index order.
func (s *Stats) Histograms(visit func(name string, h *Histogram)) {
	for i, name := range s.names {
		if h := s.Histogram(i); h != nil {
			visit(name, h)
		}
	}
}

// counters sums a command's plain counters over the shards.
func (s *Stats) counters(i int) (t totals) {
	for _, sh := range s.shards {
		c := &sh.cells[i]
		t.calls += atomic.LoadUint64(&c.calls)
		t.nanos += atomic.LoadUint64(&c.nanos)
		t.failed += atomic.LoadUint64(&c.failed)
		t.rejected += atomic.LoadUint64(&c.rejected)
	}
	return t
}

// sum is counters with the histogram.
func (s *Stats) sum(i int) totals {
	t := s.counters(i)
	for _, sh := range s.shards {
		b := sh.cells[i].hist.Load()
		if b == nil {
			continue
		}
		if t.hist == nil {
			t.hist = new(Histogram)
		}
		t.hist.add(b)
	}
	return t
}
