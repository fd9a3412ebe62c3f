package server

import (
	"sync/atomic"
)

// samples are figures that need a look now and then, not only when INFO asks.
type samples struct {
	peakBytes atomic.Int64
	peakTime  atomic.Int64 // unix seconds
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
	srv.samples.peak(srv.ks.Memory().Used)
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
