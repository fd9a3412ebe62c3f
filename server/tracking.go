package server

import (
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// tracking is client-side caching: which clients may hold which keys, so that
// they are told when these change. Reads are noted and changes told under the
// stripe's lock of the key, so a client that cached an old value hears of the new
// one after it got the old.
//
// As in Redis keys are noted without their database.
type tracking struct {
	parts [trackLocks]trackPart
	keys  atomic.Int64 // in all parts
	items atomic.Int64 // pairs of key and client
	most  atomic.Int64 // keys that may be noted; 0: no bound (tracking-table-max-keys)
	turn  atomic.Uint32

	charge func(delta int64) // takes what the table takes

	mu       sync.RWMutex
	prefixes map[string]map[*session]struct{} // guarded by mu; of BCAST
	clients  int                              // guarded by mu; sessions that track
	n        atomic.Int64                     // prefixes
}

const trackLocks = 64

type trackPart struct {
	mu   sync.Mutex
	keys map[string]map[uint64]struct{} // guarded by mu: who read a key, by connection; none is empty
	_    [40]byte
}

// tracker is a session's part: what it asked for. It is replaced as a whole, but
// for the word of CLIENT CACHING.
type tracker struct {
	bcast, optIn, optOut, noLoop bool

	redirect uint64   // connection that gets the messages; 0: the session's own
	prefixes []string // of bcast
	broken   atomic.Bool
	caching  caching // what CLIENT CACHING said for the next command
}

type caching uint8

const (
	cachingUnsaid caching = iota
	cachingYes
	cachingNo
)

// tracks tells whether the keys that a command reads are to be noted.
func (s *session) tracks(cmd *command.Command) bool {
	t := s.tracker.Load()
	if t == nil || !cmd.Is(command.Read) || t.bcast {
		return false
	}
	return !(t.optIn && t.caching != cachingYes) && !(t.optOut && t.caching == cachingNo)
}

// cachingSpent ends what CLIENT CACHING said, after the command that it was said
// for: the next one that is not queued.
func (s *session) cachingSpent(cmd *command.Command) {
	t := s.tracker.Load()
	if t == nil || t.caching == cachingUnsaid || s.inMulti() {
		return
	}
	if p := cmd.Parent(); p == nil || p.FullName() != "client" {
		t.caching = cachingUnsaid
	}
}

// any tells whether there is somebody to be told of changes: a key was noted, or a
// prefix is listened to.
func (t *tracking) any() bool { return t.keys.Load() != 0 || t.n.Load() != 0 }

func (t *tracking) part(key []byte) *trackPart {
	return &t.parts[xxhash.Sum64(key)%trackLocks]
}

// remember notes that a client has read a key.
func (t *tracking) remember(key []byte, client uint64) {
	p := t.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	set := p.keys[string(key)]
	if set == nil {
		if p.keys == nil {
			p.keys = make(map[string]map[uint64]struct{})
		}
		set = make(map[uint64]struct{})
		p.keys[string(key)] = set
		t.keys.Add(1)
		t.charge(noteCost(key, 0))
	}
	if _, there := set[client]; !there {
		set[client] = struct{}{}
		t.items.Add(1)
		t.charge(noteItem)
	}
}

// What a key in the table takes, about, and each client that read it.
const (
	noteKey  = 160
	noteItem = 16
)

func noteCost[K string | []byte](key K, clients int) int64 {
	return int64(len(key)) + noteKey + int64(clients)*noteItem
}

// take removes a key from the table and returns who read it.
func (t *tracking) take(key []byte) map[uint64]struct{} {
	p := t.part(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	set := p.keys[string(key)]
	if set != nil {
		delete(p.keys, string(key))
		t.keys.Add(-1)
		t.items.Add(-int64(len(set)))
		t.charge(-noteCost(key, len(set)))
	}
	return set
}

// invalidate tells of a key that has changed. by is the client that did it, 0 nobody.
func (srv *Server) invalidate(key []byte, by uint64) {
	srv.invalidateReaders(key, by)
	if srv.tracking.n.Load() > 0 {
		srv.tracking.broadcast(key, by)
	}
}

// invalidateReaders tells those who read a key.
func (srv *Server) invalidateReaders(key []byte, by uint64) {
	m := invalidation{key: key}
	for id := range srv.tracking.take(key) {
		if s := srv.session(id); s != nil {
			m.send(s, by, false)
		}
	}
}

// session returns the session of a connection; nil if it is gone.
func (srv *Server) session(id uint64) *session {
	conn := srv.net.ByID(id)
	if conn == nil {
		return nil
	}
	s, _ := conn.Session.(*session)
	return s
}

// broadcast tells those who listen to a prefix of the key.
func (t *tracking) broadcast(key []byte, by uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m := invalidation{key: key}
	for prefix, set := range t.prefixes {
		if len(prefix) <= len(key) && string(key[:len(prefix)]) == prefix {
			for s := range set {
				m.send(s, by, true)
			}
		}
	}
}

// flushed tells all who track that every key may have changed. All stripes are
// locked, so nobody notes a key meanwhile.
func (srv *Server) flushed() {
	srv.tracking.clear()
	var m invalidation
	for _, s := range srv.sessions() {
		if t := s.tracker.Load(); t != nil {
			m.send(s, 0, t.bcast)
		}
	}
}

// trimTracking forgets keys that are over the bound, and tells their clients: what
// is not noted may not be cached.
func (srv *Server) trimTracking() {
	t := &srv.tracking
	for most := t.most.Load(); most > 0 && t.keys.Load() > most; {
		if key := t.some(); key != nil {
			srv.invalidateReaders(key, 0)
		}
	}
}

// some returns any key of the next part; nil if that is empty.
func (t *tracking) some() []byte {
	p := &t.parts[t.turn.Add(1)%trackLocks]
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.keys {
		return []byte(key)
	}
	return nil
}

// invalidation is the message that a key, or with none every key, has changed.
type invalidation struct {
	key   []byte
	push  []byte // RESP3
	plain []byte // RESP2: a message of the channel __redis__:invalidate
}

// send gives the message to a session that tracks the key, or to whom it named
// instead. bcast: it was found by a prefix.
func (m *invalidation) send(s *session, by uint64, bcast bool) {
	t := s.tracker.Load()
	if t == nil || t.bcast != bcast || t.noLoop && by == s.conn.ID() {
		return // it was noted before the session changed its mind
	}
	to := s
	if t.redirect != 0 {
		if to = s.srv.session(t.redirect); to == nil {
			s.redirectBroken(t)
			return
		}
	}
	switch {
	case to.proto.Load() == 3:
		to.push(m.encoded(3))
	case to != s && to.listensTo(invalidateChannel):
		to.conn.Send(m.encoded(2))
	}
}

const invalidateChannel = "__redis__:invalidate"

func (m *invalidation) encoded(proto int) []byte {
	form := &m.push
	if proto == 2 {
		form = &m.plain
	}
	if *form != nil {
		return *form
	}
	var w protocol.Writer
	w.SetProto(proto)
	if proto == 3 {
		w.Push(2)
		w.BulkString("invalidate")
	} else {
		w.Array(3)
		w.Bulk(wordMessage)
		w.BulkString(invalidateChannel)
	}
	if m.key == nil {
		w.Null()
	} else {
		w.Array(1)
		w.Bulk(m.key)
	}
	*form, _ = w.Bytes()
	return *form
}

// redirectBroken tells a RESP3 client once that the one it named is gone.
func (s *session) redirectBroken(t *tracker) {
	if t.broken.Swap(true) || s.proto.Load() != 3 {
		return
	}
	var w protocol.Writer
	w.SetProto(3)
	w.Push(2)
	w.BulkString("tracking-redir-broken")
	w.Uint(t.redirect)
	b, _ := w.Bytes()
	s.conn.Send(b)
}

// heldPushes are invalidations for a session whose command runs on a worker. They
// must not come before its reply: the client would cache what they mean.
type heldPushes struct {
	mu   sync.Mutex
	list [][]byte // guarded by mu
	over bool     // guarded by mu; the reply is on its way
}

// push sends an invalidation. Any goroutine may call it.
func (s *session) push(b []byte) {
	if h := s.held.Load(); h == nil || !h.add(b) {
		s.conn.Send(b)
	}
}

func (h *heldPushes) add(b []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return false
	}
	h.list = append(h.list, b)
	return true
}

// holdPushes begins to hold them back, on the session's thread.
func (s *session) holdPushes() {
	if s.tracker.Load() != nil {
		s.held.Store(new(heldPushes))
	}
}

// letPushes lets them go, behind the reply.
func (s *session) letPushes(out *protocol.Writer) {
	h := s.held.Swap(nil)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	for _, b := range h.list {
		out.Raw(b)
	}
}

// listensTo tells whether the session listens to a channel. Any goroutine may ask.
func (s *session) listensTo(channel string) bool {
	p := s.srv.pubsub.channels.part([]byte(channel))
	p.mu.Lock()
	defer p.mu.Unlock()
	_, there := p.subs[channel][s]
	return there
}

// track has a session track as t says, which replaces what it said before.
func (srv *Server) track(s *session, t *tracker) {
	tab := &srv.tracking
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if old := s.tracker.Load(); old == nil {
		srv.engine.Track(1)
		tab.clients++
	} else {
		tab.dropPrefixes(s, old)
	}
	for _, prefix := range t.prefixes {
		if tab.prefixes == nil {
			tab.prefixes = make(map[string]map[*session]struct{})
		}
		if tab.prefixes[prefix] == nil {
			tab.prefixes[prefix] = make(map[*session]struct{})
		}
		tab.prefixes[prefix][s] = struct{}{}
	}
	tab.n.Store(int64(len(tab.prefixes)))
	s.tracker.Store(t)
}

// dropPrefixes forgets those of a session. Called with mu held.
func (tab *tracking) dropPrefixes(s *session, t *tracker) {
	for _, prefix := range t.prefixes {
		delete(tab.prefixes[prefix], s)
		if len(tab.prefixes[prefix]) == 0 {
			delete(tab.prefixes, prefix)
		}
	}
	tab.n.Store(int64(len(tab.prefixes)))
}

// untrack ends a session's tracking. Keys that were noted for it stay until they
// change, or nobody tracks any more.
func (srv *Server) untrack(s *session) {
	if s.tracker.Load() == nil {
		return
	}
	tab := &srv.tracking
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.dropPrefixes(s, s.tracker.Swap(nil))
	srv.engine.Track(-1)
	if tab.clients--; tab.clients == 0 {
		tab.clear()
	}
}

// sessions is how many sessions track.
func (t *tracking) sessions() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.clients
}

// clear forgets all keys.
func (t *tracking) clear() {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		for key, set := range p.keys {
			t.items.Add(-int64(len(set)))
			t.charge(-noteCost(key, len(set)))
		}
		t.keys.Add(-int64(len(p.keys)))
		p.keys = nil
		p.mu.Unlock()
	}
}
