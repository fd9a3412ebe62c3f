package server

import (
	"strings"
	"sync/atomic"
)

// samples are figures that need a look now and then, not only when INFO asks.
type samples struct {
	peakBytes atomic.Int64 // the largest use of memory seen

	heap   heapCharge
	queues bool // warnOfQueues has warned; cron's alone
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
	srv.chargeHeap(mem.External, nowMs)
	srv.warnOfQueues()
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

// warnOfQueues says once that lists and streams are stored under a policy that
// may evict any key: who uses them as queues loses work that nobody has seen.
func (srv *Server) warnOfQueues() {
	policy := srv.ks.Policy()
	if !srv.ks.Queues() || srv.ks.MaxMemory() == 0 || !strings.HasPrefix(policy, "allkeys-") {
		return
	}
	srv.warnOnce("lists or streams are stored, and the policy may evict them when memory is full; "+
		"if they are queues, choose a volatile- policy and give the other keys a time to live, or noeviction",
		"maxmemory-policy", policy)
}
