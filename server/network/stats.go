package network

import "sync/atomic"

// Stats are totals since the start, except for Connected.
type Stats struct {
	Connected, Accepted, Rejected uint64 // connections; rejected by maxclients
	BytesIn, BytesOut             uint64
	Reads, Writes                 uint64 // system calls that moved bytes
	InputLimit, OutputLimit       uint64 // connections closed by those limits
	Unsent                        int64  // bytes of replies that clients have not taken

	Cycles         uint64 // turns of all loops
	BusyNs         uint64 // their wall time, waiting for events not counted
	LongestCycleNs uint64 // in CPU time of a loop's thread, since the last ResetLongest
}

// counts are those that no loop counts for itself.
type counts struct {
	connected             atomic.Int64
	accepted, rejected    atomic.Uint64
	inputCuts, outputCuts atomic.Uint64
	traffic               // of goroutine connections
}

// traffic is counted by each loop for itself, and summed when read.
type traffic struct {
	bytesIn, bytesOut, reads, writes atomic.Uint64
	cycles, busyNs, longestNs        atomic.Uint64
	_                                [64]byte // loops must not share a cache line
}

func (t *traffic) received(n int) {
	t.reads.Add(1)
	t.bytesIn.Add(uint64(n))
}

func (t *traffic) sent(n int) {
	t.writes.Add(1)
	t.bytesOut.Add(uint64(n))
}

func (t *traffic) addTo(s *Stats) {
	s.BytesIn += t.bytesIn.Load()
	s.BytesOut += t.bytesOut.Load()
	s.Reads += t.reads.Load()
	s.Writes += t.writes.Load()
	s.Cycles += t.cycles.Load()
	s.BusyNs += t.busyNs.Load()
	s.LongestCycleNs = max(s.LongestCycleNs, t.longestNs.Load())
}

// Stats sums the counters.
func (s *Server) Stats() Stats {
	sum := Stats{
		Connected:   uint64(s.counts.connected.Load()),
		Accepted:    s.counts.accepted.Load(),
		Rejected:    s.counts.rejected.Load(),
		InputLimit:  s.counts.inputCuts.Load(),
		OutputLimit: s.counts.outputCuts.Load(),
		Unsent:      s.unsent.Load(),
	}
	s.counts.traffic.addTo(&sum)
	for _, l := range s.loops {
		l.traffic.addTo(&sum)
	}
	return sum
}

// ResetLongest begins a new search for the longest turn.
func (s *Server) ResetLongest() {
	for _, l := range s.loops {
		l.traffic.longestNs.Store(0)
	}
}
