// Package stats holds what a node knows about itself: calls and time per
// command, latency histograms, the slow log, the latency monitor, error counts
// and rates. It imports nothing of ours; the server feeds it and INFO, LATENCY,
// SLOWLOG and /metrics read it.
//
// The life of one command here: the session takes its loop's [Shard] and, when
// the handler has returned, calls [Shard.Record] with the command's index and
// the nanoseconds since the previous reading of its [Timer] (one clock reading
// a command, chained through a pipeline; or fewer, see [Run]). Record adds to
// three words that only this loop writes: no lock, no allocation, about 3 ns
// besides the clock's 22. Readers sum the shards.
//
// Counters never go back. CONFIG RESETSTAT remembers where they stood and
// readers subtract that, so a writer never races with a reset.
//
// What is counted elsewhere is not repeated here: hits, misses, expired and
// evicted keys belong to the store's stripes, bytes in and out to the network.
package stats

import (
	"sync"
	"sync/atomic"
)

// Options are fixed for a node's life.
type Options struct {
	Loops    int      // shards with a single writer each, one an event loop
	Commands []string // names by index, in lower case; "config|get" for a subcommand
}

// sharedShards is how many shards serve the goroutines that have no loop of
// their own: TLS connections, workers, cron.
const sharedShards = 8

// Stats is one node's figures. All methods may be called from any goroutine.
type Stats struct {
	Slowlog Slowlog
	Latency Monitor
	Errors  Errors
	Rates   Rates

	names  []string
	loops  int
	shards []*Shard
	next   atomic.Uint32 // round robin over the shared shards

	// tracking is off when the user said "latency-tracking no": calls and time
	// are still counted, histograms are not.
	tracking atomic.Bool

	mu   sync.Mutex
	base []totals // guarded by mu; where each command's counters stood at the last Reset
}

// New makes the figures of one node. The slow log and the latency monitor begin
// with Redis's defaults.
func New(o Options) *Stats {
	s := &Stats{names: o.Commands, loops: max(o.Loops, 1), base: make([]totals, len(o.Commands))}
	for i := range s.loops + sharedShards {
		s.shards = append(s.shards, newShard(s, len(o.Commands), i >= s.loops))
	}
	s.tracking.Store(true)
	s.Slowlog.SetThreshold(10_000)
	s.Slowlog.SetMax(128)
	return s
}

// Shard returns the recorder of loop i. Only that loop's thread may use it; an
// index outside the loops gives a shard that any number of goroutines may share.
func (s *Stats) Shard(i int) *Shard {
	if i >= 0 && i < s.loops {
		return s.shards[i]
	}
	return s.shards[s.loops+int(uint(i)%sharedShards)]
}

// Shared returns a recorder that any goroutine may use.
func (s *Stats) Shared() *Shard { return s.Shard(s.loops + int(s.next.Add(1)%sharedShards)) }

// SetTracking turns the latency histograms on or off (latency-tracking).
func (s *Stats) SetTracking(on bool) { s.tracking.Store(on) }

// Tracking tells whether latency histograms are kept.
func (s *Stats) Tracking() bool { return s.tracking.Load() }

// Reset begins all figures that CONFIG RESETSTAT clears anew. The slow log and
// the latency monitor have resets of their own, as in Redis.
func (s *Stats) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.base {
		s.base[i] = s.sum(i)
	}
	s.Errors.Reset()
	s.Rates.Reset()
}
