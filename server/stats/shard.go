package stats

import "sync/atomic"

// Outcome tells how a call ended.
type Outcome uint8

// The outcomes of a call.
const (
	OK       Outcome = iota // ran and replied
	Failed                  // ran and replied an error
	Rejected                // refused by a gate, never ran: no call, no time
)

// Shard is one writer's counters. A loop's shard is written by its loop alone,
// with plain additions; a shared one with atomic additions.
type Shard struct {
	owner  *Stats
	shared bool
	cells  []cell
}

// cell is one command's counters in one shard.
type cell struct {
	calls, nanos     uint64
	failed, rejected uint64
	hist             atomic.Pointer[buckets] // made at the command's first call
}

// newShard keeps a cell's distance to whatever the allocator puts beside the
// slice, so that two loops never write to one cache line.
func newShard(s *Stats, commands int, shared bool) *Shard {
	const pad = 2
	return &Shard{owner: s, shared: shared, cells: make([]cell, commands+2*pad)[pad : pad+commands]}
}

// Record counts one call of the command with the given index that took ns
// nanoseconds. An index out of range is ignored.
func (s *Shard) Record(cmd int, ns int64, o Outcome) {
	if uint(cmd) >= uint(len(s.cells)) {
		return
	}
	c := &s.cells[cmd]
	if o != OK {
		if o == Rejected {
			s.add(&c.rejected, 1)
			return
		}
		s.add(&c.failed, 1)
	}
	s.time(c, 1, uint64(max(ns, 0)))
}

// recordRun counts calls that took ns nanoseconds together and succeeded.
func (s *Shard) recordRun(cmd, calls int, ns int64) {
	if uint(cmd) < uint(len(s.cells)) {
		s.time(&s.cells[cmd], uint64(calls), uint64(max(ns, 0)))
	}
}

func (s *Shard) time(c *cell, calls, ns uint64) {
	s.add(&c.calls, calls)
	s.add(&c.nanos, ns)
	h := c.hist.Load()
	if h == nil {
		if h = s.open(c); h == nil {
			return
		}
	}
	s.add(&h[bucketOf(ns/calls)], calls)
}

// open gives a cell its histogram, or nil while tracking is off.
//
// Turning tracking off leaves the histograms that exist; they go on counting,
// which is harmless: readers look at Tracking first.
func (s *Shard) open(c *cell) *buckets {
	if !s.owner.tracking.Load() {
		return nil
	}
	c.hist.CompareAndSwap(nil, new(buckets))
	return c.hist.Load()
}

func (s *Shard) add(p *uint64, n uint64) {
	if s.shared {
		atomic.AddUint64(p, n)
		return
	}
	addOwned(p, n)
}
