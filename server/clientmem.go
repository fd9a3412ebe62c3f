package server

import (
	"slices"
	"unsafe"
)

// sessionSize is what a session takes besides its connection's buffers.
const sessionSize = int64(unsafe.Sizeof(session{}))

// onThisMachine tells whether the client came by loopback or a Unix socket.
func (s *session) onThisMachine() bool {
	return s.conn.Unix() || loopbackPeer(s.conn.RemoteAddr())
}

// memory is what a session costs with its buffers.
func (s *session) memory() int64 { return sessionSize + int64(s.conn.MemoryUse()) }

// clientBytes is what all sessions cost.
func (srv *Server) clientBytes() (sum int64) {
	for _, s := range srv.sessions() {
		sum += s.memory()
	}
	return sum
}

// largestBuffers are the longest input and output that wait at any session.
func (srv *Server) largestBuffers() (in, out int) {
	for _, s := range srv.sessions() {
		in, out = max(in, s.conn.InputSize()), max(out, s.conn.OutputSize())
	}
	return in, out
}

// blockedClients is how many sessions wait, in a blocking command or for CLIENT
// PAUSE to end.
func (srv *Server) blockedClients() int { return srv.pauses.len() + int(srv.waits.n.Load()) }

// evictedClients is how many clients maxmemory-clients has cost.
func (srv *Server) evictedClients() int64 { return srv.evicted.Load() }

// charge counts what clients' buffers hold, for the node and for themselves.
// Any goroutine calls it.
func (srv *Server) charge(delta int64) {
	srv.ks.Charge(delta)
	held, bound := srv.clientHeld.Add(delta), srv.clientBound.Load()
	if bound > 0 && held > bound && delta > 0 {
		srv.cron.hurry()
	}
}

// evictClients closes the sessions that hold most memory until all together
// hold no more than their bound. Those that asked to be spared are (CLIENT
// NO-EVICT).
func (srv *Server) evictClients() {
	bound := srv.clientBound.Load()
	if bound <= 0 || srv.clientHeld.Load() <= bound {
		return
	}
	all, sum := srv.sessions(), int64(0)
	held := make(map[*session]int64, len(all))
	for _, s := range all {
		if !s.is(noEvict) {
			held[s] = s.memory()
			sum += held[s]
		}
	}
	if sum <= bound {
		return
	}
	slices.SortFunc(all, func(a, b *session) int { return int(held[b] - held[a]) })
	for _, s := range all {
		if sum <= bound || held[s] == 0 {
			return
		}
		sum -= held[s]
		srv.evicted.Add(1)
		srv.logger.Info("client evicted", "client", s.conn.RemoteAddr(), "id", s.conn.ID(), "bytes", held[s])
		s.conn.Kill(errEvicted)
	}
}
