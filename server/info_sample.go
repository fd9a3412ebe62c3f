package server

import (
	"runtime/metrics"
	"sync/atomic"
)

// samples are figures that need a look now and then, not only when INFO asks.
type samples struct {
	peakBytes atomic.Int64 // the largest use of memory seen

	// Cron's alone:
	heap        []metrics.Sample // for heldHeap
	heapCharged int64            // what chargeHeap has told the keyspace
}

// The counters whose growth INFO shows per second.
const (
	rateOps    = "ops"
	rateInput  = "input"
	rateOutput = "output"
	rateCycles = "cycles"
	rateBusy   = "busy"
)

// sample is cron's part, ten times a second: nowMs only ever grows.
func (srv *Server) sample(nowMs int64) {
	n, r := srv.net.Stats(), &srv.stats.Rates
	r.Sample(rateOps, nowMs, srv.stats.Calls())
	r.Sample(rateInput, nowMs, n.BytesIn)
	r.Sample(rateOutput, nowMs, n.BytesOut)
	r.Sample(rateCycles, nowMs, n.Cycles)
	r.Sample(rateBusy, nowMs, n.BusyNs)
	mem := srv.ks.Memory()
	srv.samples.peak(mem.Used)
	srv.chargeHeap(mem.External)
}

// peak remembers the largest use of memory.
func (s *samples) peak(used int64) {
	for {
		old := s.peakBytes.Load()
		if used <= old || s.peakBytes.CompareAndSwap(old, used) {
			return
		}
	}
}

// heapAllowance is the part of the Go heap that maxmemory does not pay for: it
// and the binary's pages make up the constant that is promised beside maxmemory.
const heapAllowance = 6 << 20

// chargeHeap makes maxmemory pay for a Go heap beyond its allowance, garbage
// included, as far as nobody charged it as a client's buffer already.
func (srv *Server) chargeHeap(external int64) {
	s := &srv.samples
	buffers := external - s.heapCharged
	due := max(s.heldHeap()-buffers-heapAllowance, 0)
	srv.ks.Charge(due - s.heapCharged)
	s.heapCharged = due
}

// heldHeap is what the Go heap holds from the system, used or not.
func (s *samples) heldHeap() int64 {
	if s.heap == nil {
		s.heap = []metrics.Sample{
			{Name: "/memory/classes/heap/objects:bytes"},
			{Name: "/memory/classes/heap/unused:bytes"},
			{Name: "/memory/classes/heap/free:bytes"},
			{Name: "/memory/classes/heap/stacks:bytes"},
		}
	}
	metrics.Read(s.heap)
	var sum int64
	for _, v := range s.heap {
		sum += int64(v.Value.Uint64())
	}
	return sum
}
