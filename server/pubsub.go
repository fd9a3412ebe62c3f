package server

import (
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
)

// pubsub is who listens to which channel. A message is encoded once for each
// version of the protocol, and all who get it share the bytes.
//
// Messages of one channel reach all of its subscribers in one order, since they
// are sent under the channel's lock, which is below all others: keyspace events
// are published while stripes are locked.
type pubsub struct {
	channels, shards audience // SUBSCRIBE's, SSUBSCRIBE's
	patterns         patterns
}

const audienceLocks = 64

// audience are the subscribers of channels by name.
type audience struct {
	parts [audienceLocks]audiencePart
	n     atomic.Int64 // channels that have subscribers
}

type audiencePart struct {
	mu   sync.Mutex
	subs map[string]map[*session]struct{} // guarded by mu; none is empty
	_    [40]byte
}

func (a *audience) part(channel []byte) *audiencePart {
	return &a.parts[xxhash.Sum64(channel)%audienceLocks]
}

func (a *audience) add(channel string, s *session) {
	p := a.part([]byte(channel))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.subs == nil {
		p.subs = make(map[string]map[*session]struct{})
	}
	set := p.subs[channel]
	if set == nil {
		set = make(map[*session]struct{})
		p.subs[channel] = set
		a.n.Add(1)
	}
	set[s] = struct{}{}
}

func (a *audience) remove(channel string, s *session) {
	p := a.part([]byte(channel))
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subs[channel], s)
	if set, there := p.subs[channel]; there && len(set) == 0 {
		delete(p.subs, channel)
		a.n.Add(-1)
	}
}

func (a *audience) count(channel []byte) int {
	p := a.part(channel)
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.subs[string(channel)])
}

// names are the channels that match a pattern; nil: all.
func (a *audience) names(pattern []byte) (names []string) {
	for i := range a.parts {
		p := &a.parts[i]
		p.mu.Lock()
		for name := range p.subs {
			if pattern == nil || command.Match(pattern, []byte(name), false) {
				names = append(names, name)
			}
		}
		p.mu.Unlock()
	}
	return names
}

// patterns are the subscribers of patterns.
type patterns struct {
	n    atomic.Int64
	mu   sync.RWMutex
	subs map[string]map[*session]struct{} // guarded by mu; none is empty
}

func (p *patterns) add(pattern string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.subs == nil {
		p.subs = make(map[string]map[*session]struct{})
	}
	if p.subs[pattern] == nil {
		p.subs[pattern] = make(map[*session]struct{})
	}
	p.subs[pattern][s] = struct{}{}
	p.n.Store(int64(len(p.subs)))
}

func (p *patterns) remove(pattern string, s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subs[pattern], s)
	if len(p.subs[pattern]) == 0 {
		delete(p.subs, pattern)
	}
	p.n.Store(int64(len(p.subs)))
}

// message is what a channel's subscribers are sent, encoded for each version of
// the protocol when it is first needed.
type message struct {
	words [4][]byte
	n     int
	forms [2][]byte
}

func newMessage(words ...[]byte) message {
	m := message{n: len(words)}
	copy(m.words[:], words)
	return m
}

func (m *message) form(proto int) []byte {
	f := &m.forms[proto-2]
	if *f == nil {
		var w protocol.Writer
		w.SetProto(proto)
		w.Push(m.n)
		for _, word := range m.words[:m.n] {
			w.Bulk(word)
		}
		*f, _ = w.Bytes()
	}
	return *f
}

// send gives a message to sessions and returns how many they are.
func (m *message) send(to map[*session]struct{}) int {
	for s := range to {
		s.conn.Send(m.form(int(s.proto.Load())))
	}
	return len(to)
}

// publish sends a message to all who listen to a channel, by its name or by a
// pattern, and returns how many they are. Any goroutine may call it, holding
// stripe locks or none.
func (ps *pubsub) publish(channel, payload []byte) (n int) {
	if ps.channels.n.Load() == 0 && ps.patterns.n.Load() == 0 {
		return 0
	}
	p := ps.channels.part(channel)
	p.mu.Lock()
	defer p.mu.Unlock()
	if set := p.subs[string(channel)]; set != nil {
		m := newMessage(wordMessage, channel, payload)
		n += m.send(set)
	}
	if ps.patterns.n.Load() != 0 {
		n += ps.patterns.publish(channel, payload)
	}
	return n
}

func (p *patterns) publish(channel, payload []byte) (n int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for pattern, set := range p.subs {
		if command.Match([]byte(pattern), channel, false) {
			m := newMessage(wordPMessage, []byte(pattern), channel, payload)
			n += m.send(set)
		}
	}
	return n
}

// publishShard is publish for sharded channels, which have no patterns.
func (ps *pubsub) publishShard(channel, payload []byte) int {
	if ps.shards.n.Load() == 0 {
		return 0
	}
	p := ps.shards.part(channel)
	p.mu.Lock()
	defer p.mu.Unlock()
	m := newMessage(wordSMessage, channel, payload)
	return m.send(p.subs[string(channel)])
}

var (
	wordMessage  = []byte("message")
	wordPMessage = []byte("pmessage")
	wordSMessage = []byte("smessage")
)

// subscriptions are a session's own; only its thread changes them.
type subscriptions struct {
	channels, patterns, shards map[string]struct{}
	counts                     [3]atomic.Int32 // their sizes, for CLIENT LIST
}

// subscriptionCost is what listening to one channel takes, about.
func subscriptionCost(name string) int64 { return 2*int64(len(name)) + 200 }

// subscriptions returns the session's, made if there are none.
func (s *session) subscriptions() *subscriptions {
	subs := s.subs.Load()
	if subs == nil {
		subs = &subscriptions{
			channels: map[string]struct{}{}, patterns: map[string]struct{}{}, shards: map[string]struct{}{},
		}
		s.subs.Store(subs)
	}
	return subs
}

// note shows CLIENT LIST the sizes, and puts the session under the output limit
// that it now falls under.
func (s *session) noteSubscriptions() {
	subs := s.subs.Load()
	subs.counts[0].Store(int32(len(subs.channels)))
	subs.counts[1].Store(int32(len(subs.patterns)))
	subs.counts[2].Store(int32(len(subs.shards)))
	if s.subscribed() || s.is(monitoring) {
		s.conn.SetClass(network.PubSub)
		return
	}
	s.conn.SetClass(network.Normal)
}

// subscribed tells whether the session listens to anything. Any goroutine may ask.
func (s *session) subscribed() bool {
	subs := s.subs.Load()
	return subs != nil && subs.counts[0].Load()+subs.counts[1].Load()+subs.counts[2].Load() > 0
}

// quiet ends all subscriptions without a word.
func (s *session) quiet() {
	subs, ps := s.subs.Load(), &s.srv.pubsub
	if subs == nil {
		return
	}
	for _, w := range []*way{&byChannel, &byPattern, &byShard} {
		for name := range w.own(subs) {
			w.remove(ps, name, s)
			s.srv.charge(-subscriptionCost(name))
		}
		clear(w.own(subs))
	}
	s.noteSubscriptions()
	s.subs.Store(nil)
}
