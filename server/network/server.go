package network

import (
	"cmp"
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sharedShards is how many shard indexes the goroutine connections share.
const sharedShards = 4

// Server owns listeners, loops and connections.
type Server struct {
	log    *slog.Logger
	charge func(delta int64)
	commit func() // before replies are sent
	clock  func() time.Time
	limits atomic.Pointer[Limits]
	loops  []*loop // empty where connections have goroutines

	counts  counts
	nextID  atomic.Uint64
	unsent  atomic.Int64 // bytes of replies that clients have not taken
	partial atomic.Int64 // memory of incomplete commands

	mu      sync.Mutex // guards what follows
	conns   map[uint64]*Conn
	doors   []*door
	closing bool
	empty   chan struct{} // closed when closing and the last of conns is gone

	running  sync.WaitGroup // loops, accepting goroutines, connections' goroutines, the sweeper
	stopping chan struct{}  // closed when the sweeper is to end
}

// Door is a place to listen at, and who answers there.
type Door struct {
	Handler Handler

	// Bind and Port are as in redis.conf: addresses, of which those with a
	// leading "-" may be unavailable; "*" is every IPv4 address, "::*" every
	// IPv6 one. Port 0 takes a free one. Setting names the port's directive
	// in errors; empty: "port".
	Bind    []string
	Port    int
	Setting string
	// Backlog is the length of the queue of connections not yet accepted;
	// 0: 511.
	Backlog int

	// Path is that of a Unix socket, instead of Bind and Port. Perm, if not
	// 0, is given to the file.
	Path string
	Perm fs.FileMode

	// TLS encrypts what comes by this door.
	TLS *tls.Config
}

// door is a Door in use.
type door struct {
	handler   Handler
	path      string
	encrypted bool
	listeners []listener
}

// listener is one bound address.
type listener interface {
	addr() string
	// stop ends accepting and closes the socket.
	stop()
	// tune applies changed limits to sockets yet to be accepted.
	tune(l *Limits)
}

// New starts a server that has no door yet.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{
		log: o.Log, charge: o.Charge, commit: o.Commit, clock: o.Now,
		conns:    make(map[uint64]*Conn),
		empty:    make(chan struct{}),
		stopping: make(chan struct{}),
	}
	s.limits.Store(&o.Limits)
	if !o.Goroutines {
		if err := s.startLoops(o.Loops); err != nil {
			return nil, err
		}
	}
	s.running.Go(s.sweepEachSecond)
	return s, nil
}

// Listen opens a door and returns the addresses it is bound to.
func (s *Server) Listen(d Door) ([]string, error) {
	opened := &door{handler: d.Handler, path: d.Path, encrypted: d.TLS != nil}
	open := s.listenGoroutines
	if len(s.loops) > 0 && d.TLS == nil {
		open = s.listenLoops
	}
	orDefault(&d.Backlog, 511)
	if err := d.eachAddress(func(a address) error {
		l, err := open(opened, d, a)
		if err == nil {
			opened.listeners = append(opened.listeners, l)
		}
		return err
	}); err != nil {
		opened.stop()
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		opened.stop()
		return nil, ErrClosed
	}
	s.doors = append(s.doors, opened)
	return opened.addrs(), nil
}

func (d *door) stop() {
	for _, l := range d.listeners {
		l.stop()
	}
}

func (d *door) addrs() (addrs []string) {
	for _, l := range d.listeners {
		addrs = append(addrs, l.addr())
	}
	return addrs
}

// Loops is the number of event loops: their indexes are [0, Loops).
func (s *Server) Loops() int { return len(s.loops) }

// Shards bounds [Conn.Loop]: a slice so long has a shard for each of them.
func (s *Server) Shards() int { return len(s.loops) + sharedShards }

// Limits returns those in force.
func (s *Server) Limits() Limits { return *s.limits.Load() }

// SetLimits changes the limits for all connections, present and future.
// Keep-alive times hold for connections yet to come.
func (s *Server) SetLimits(l Limits) {
	l = l.withDefaults()
	s.limits.Store(&l)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.doors {
		for _, ln := range d.listeners {
			ln.tune(&l)
		}
	}
}

// Len is the number of connections.
func (s *Server) Len() int { return int(s.counts.connected.Load()) }

// Each calls fn for every connection, on the caller's goroutine: fn may use
// what any goroutine may use.
func (s *Server) Each(fn func(*Conn)) {
	for _, c := range s.all() {
		if c.greeted.Load() && !c.gone.Load() {
			fn(c)
		}
	}
}

// ByID finds a connection, nil if there is none.
func (s *Server) ByID(id uint64) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conns[id]; c != nil && c.greeted.Load() {
		return c
	}
	return nil
}

// all also returns connections that the handler has not seen yet.
func (s *Server) all() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Conn, 0, len(s.conns))
	for _, c := range s.conns {
		all = append(all, c)
	}
	return all
}

// newConn makes a Conn for an accepted socket.
func (s *Server) newConn(d *door, th thread, peer netip.AddrPort, fd int) *Conn {
	now := s.clock().UnixMilli()
	c := &Conn{srv: s, door: d, thread: th, peer: peer, fd: int32(fd), opened: now, id: s.nextID.Add(1)}
	c.active.Store(now)
	return c
}

// admit counts c in. false: there are too many, or the server closes.
func (s *Server) admit(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit := s.limits.Load().MaxClients; s.closing || (limit > 0 && len(s.conns) >= limit) {
		s.counts.rejected.Add(1)
		return false
	}
	s.conns[c.id] = c
	s.counts.accepted.Add(1)
	s.counts.connected.Store(int64(len(s.conns)))
	s.charge(connSize)
	return true
}

// forget is the end of what admit began.
func (s *Server) forget(c *Conn) {
	s.charge(-connSize)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.id)
	s.counts.connected.Store(int64(len(s.conns)))
	if s.closing && len(s.conns) == 0 {
		close(s.empty)
	}
}

// flushAt is how many bytes of replies a handler may write before they are
// sent.
func (s *Server) flushAt() int {
	if s.pressed() {
		return flushAtPressed
	}
	return flushAt
}

// mayOwe is how many bytes a client may leave unread and still be served.
func (s *Server) mayOwe() int {
	if s.pressed() {
		return 1
	}
	return s.limits.Load().Unread
}

// pressed tells whether clients together leave too much unread.
func (s *Server) pressed() bool { return s.unsent.Load() >= int64(s.limits.Load().UnreadTotal) }

// relieve cuts the clients with the largest incomplete commands until those of
// the others take no more than they may.
func (s *Server) relieve() {
	limit, sum := int64(s.limits.Load().PartialTotal), int64(0)
	holders := slices.DeleteFunc(s.all(), func(c *Conn) bool { return c.gone.Load() || c.inHeld.Load() == 0 })
	for _, c := range holders {
		sum += c.inHeld.Load()
	}
	if sum <= limit {
		return // those cut before are about to give back enough
	}
	slices.SortFunc(holders, func(a, b *Conn) int { return cmp.Compare(b.inHeld.Load(), a.inHeld.Load()) })
	for _, c := range holders {
		if sum <= limit {
			return
		}
		held := c.inHeld.Load()
		sum -= held
		s.counts.inputCuts.Add(1)
		s.log.Warn("network: closing the client with the largest incomplete command: all together take too much",
			"client", c.RemoteAddr(), "id", c.id, "bytes", held, "limit", limit)
		c.Kill(ErrInputTotal)
	}
}

// sweepEachSecond looks after what only time brings: idle clients, slow ones.
func (s *Server) sweepEachSecond() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.sweep()
		case <-s.stopping:
			return
		}
	}
}

func (s *Server) sweep() {
	for _, l := range s.loops {
		l.do(l.sweep)
	}
	for _, c := range s.all() {
		if st, ok := c.thread.(*stream); ok {
			st.sweep()
		}
	}
}
