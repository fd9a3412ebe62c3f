package server

import (
	"runtime/debug"
	"runtime/metrics"
)

// heapCharge is what the keyspace is told of the Go heap, which holds no values but
// buffers of clients, and their garbage. Cron's alone.
type heapCharge struct {
	samples  []metrics.Sample
	charged  int64 // what chargeHeap has told the keyspace
	returned int64 // ms, when garbage was last given back to the system
}

const (
	// heapAllowance is the part of the Go heap that maxmemory does not pay for:
	// it and the binary's pages make up the constant that is promised beside
	// maxmemory.
	heapAllowance = 6 << 20
	// Garbage beyond garbageMost, or 1/garbageShare of maxmemory where that is
	// more, is given back to the system at once, at most once in garbagePeriod:
	// the collector would leave it for minutes once its makers have gone, and
	// values would be evicted for it.
	garbageMost   = 16 << 20
	garbageShare  = 32
	garbagePeriod = 1000 // ms
)

// chargeHeap makes maxmemory pay for a Go heap beyond its allowance, garbage
// included, as far as nobody charged it as a client's buffer already.
func (srv *Server) chargeHeap(external, nowMs int64) {
	h := &srv.samples.heap
	buffers := external - h.charged
	due := h.held() - buffers - heapAllowance
	if due > max(garbageMost, srv.ks.MaxMemory()/garbageShare) && nowMs-h.returned >= garbagePeriod {
		debug.FreeOSMemory()
		h.returned = nowMs
		due = h.held() - buffers - heapAllowance
	}
	due = max(due, 0)
	srv.ks.Charge(due - h.charged)
	h.charged = due
}

// held is what the Go heap holds from the system, used or not.
func (h *heapCharge) held() int64 {
	if h.samples == nil {
		h.samples = []metrics.Sample{
			{Name: "/memory/classes/heap/objects:bytes"},
			{Name: "/memory/classes/heap/unused:bytes"},
			{Name: "/memory/classes/heap/free:bytes"},
			{Name: "/memory/classes/heap/stacks:bytes"},
		}
	}
	metrics.Read(h.samples)
	var sum int64
	for _, v := range h.samples {
		sum += int64(v.Value.Uint64())
	}
	return sum
}
