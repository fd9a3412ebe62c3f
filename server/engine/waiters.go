package engine

import (
	"container/list"
	"slices"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

// Waiting calls. A blocking call that finds nothing becomes a Waiter, queued
// under each key that it watches while their stripes are still locked. A call
// that changes such a key runs the queue again before it lets go of its locks:
// what it brought is taken by those who came first, within the same entry, and no
// wake-up is lost.
//
// Order of locks: stripes, a waiter, a shard of the table. Nobody who holds a
// waiter or a shard takes a stripe.

// Waiter is a call that waits. Its owner attaches itself to be told of the end,
// and may cancel.
type Waiter struct {
	engine *Engine
	call   command.Call
	db     int
	wait   command.Wait
	wide   bool // running it takes more stripes than that of one key
	out    protocol.Writer

	mu   sync.Mutex
	over bool   // guarded by mu; served or cancelled: nobody runs it again
	done func() // guarded by mu

	places []place // in the queues; set before it can be found
}

// place is where a waiter stands in a key's queue.
type place struct {
	key  string
	spot *list.Element // guarded by the shard; nil: not queued
}

// Attach has done called once when the call was served, at once if it already
// was. done runs under stripe locks: it must not wait.
func (w *Waiter) Attach(done func()) {
	w.mu.Lock()
	over := w.over
	w.done = done
	w.mu.Unlock()
	if over {
		done()
	}
}

// Cancel ends the wait unserved. False: the call was served or cancelled before.
func (w *Waiter) Cancel() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	w.finish()
	return true
}

// Till is when the wait is to be cancelled, in ms since the epoch; 0: never.
func (w *Waiter) Till() int64 { return w.wait.Till }

// Call is what waits; after it was served its reply is in Out.
func (w *Waiter) Call() *command.Call { return &w.call }

// Out holds the reply of a call that was served.
func (w *Waiter) Out() *protocol.Writer { return &w.out }

// newWaiter makes a waiter of a call that asked to wait.
func newWaiter(e *Engine, c *command.Call) *Waiter {
	args := c.Args
	if c.Wait.Args != nil {
		args = c.Wait.Args
	}
	w := &Waiter{engine: e, db: c.DB.Index(), wait: *c.Wait}
	w.call = command.Call{
		Cmd: c.Cmd, Args: copyArgs(args), Settings: c.Settings, NoTouch: c.NoTouch,
		Origin: c.Origin, Tracked: c.Tracked, Rand: c.Rand, Out: &w.out,
	}
	w.wait.Args = nil
	w.out.SetProto(c.Out.Proto())
	seen := make(map[string]bool)
	for _, key := range c.Wait.Keys {
		if k := string(key); !seen[k] {
			seen[k] = true
			w.places = append(w.places, place{key: k})
		}
	}
	for _, key := range c.Cmd.KeysOf(args, nil) {
		seen[string(key)] = true
	}
	w.wide = len(seen) > 1
	return w
}

func copyArgs(args [][]byte) [][]byte {
	out := make([][]byte, len(args))
	for i, a := range args {
		out[i] = append([]byte(nil), a...)
	}
	return out
}

// waitShards is how many locks the table has.
const waitShards = 64

// waiters are the queues of all keys that somebody waits for.
type waiters struct {
	shards [waitShards]waitShard
}

type waitShard struct {
	mu     sync.Mutex
	queues map[string]*queue // guarded by mu; none is empty
	_      [40]byte
}

// queue is who waits for one key, in order of arrival.
type queue struct {
	list.List // of *Waiter

	kinds [8]int // how many wait for each kind of value
	gone  int    // how many want to know when the key goes, too
	wide  int    // how many take other stripes
}

func (q *queue) count(w *Waiter, n int) {
	q.kinds[w.wait.Kind] += n
	if w.wait.Gone {
		q.gone += n
	}
	if w.wide {
		q.wide += n
	}
}

func (t *waiters) shard(key []byte) *waitShard {
	return &t.shards[xxhash.Sum64(key)%waitShards]
}

// enter queues a waiter under its keys.
func (t *waiters) enter(w *Waiter) {
	for i := range w.places {
		p := &w.places[i]
		s := t.shard([]byte(p.key))
		s.mu.Lock()
		q := s.queues[p.key]
		if q == nil {
			if s.queues == nil {
				s.queues = make(map[string]*queue)
			}
			q = new(queue)
			s.queues[p.key] = q
		}
		p.spot = q.PushBack(w)
		q.count(w, 1)
		s.mu.Unlock()
	}
}

// leave takes a waiter out of all queues.
func (t *waiters) leave(w *Waiter) {
	for i := range w.places {
		p := &w.places[i]
		s := t.shard([]byte(p.key))
		s.mu.Lock()
		if q := s.queues[p.key]; q != nil && p.spot != nil {
			q.Remove(p.spot)
			q.count(w, -1)
			if q.Len() == 0 {
				delete(s.queues, p.key)
			}
		}
		p.spot = nil
		s.mu.Unlock()
	}
}

// next returns who has waited longest for a key, or, given one, who came after
// him; the first again if he has left. nil, too, when none of them can be served
// by what the key holds.
func (t *waiters) next(key []byte, at *Waiter, holds store.Kind) *Waiter {
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[string(key)]
	if q == nil || q.kinds[holds] == 0 && q.gone == 0 {
		return nil
	}
	next := q.Front()
	if at != nil {
		for i := range at.places {
			if p := &at.places[i]; p.key == string(key) && p.spot != nil {
				next = p.spot.Next()
			}
		}
	}
	if next == nil {
		return nil
	}
	return next.Value.(*Waiter)
}

// wide tells whether one who waits for a key needs other stripes to be served.
func (t *waiters) wide(key []byte) bool {
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[string(key)]
	return q != nil && q.wide > 0
}

// waited tells whether anybody waits for a key.
func (t *waiters) waited(key []byte) bool {
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queues[string(key)] != nil
}

// all are the keys that anybody waits for.
func (t *waiters) all() (keys []readyKey) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		// order: sorted by name below.
		for key, q := range s.queues {
			for e := q.Front(); e != nil; e = e.Next() {
				keys = append(keys, readyKey{e.Value.(*Waiter).db, key})
			}
		}
		s.mu.Unlock()
	}
	slices.SortFunc(keys, func(a, b readyKey) int { return strings.Compare(a.key, b.key) })
	return slices.Compact(keys)
}

// WaitedKeys is how many keys are waited for, and how many of them by someone who
// wants to know when they go.
func (e *Engine) WaitedKeys() (keys, gone int) {
	for i := range e.waiters.shards {
		s := &e.waiters.shards[i]
		s.mu.Lock()
		keys += len(s.queues)
		// order: they are counted.
		for _, q := range s.queues {
			if q.gone > 0 {
				gone++
			}
		}
		s.mu.Unlock()
	}
	return keys, gone
}

// readyKey is a key that those who wait for it should look at.
type readyKey struct {
	db  int
	key string
}

// readyKeys are those that a call has changed, in order.
type readyKeys struct {
	list  []readyKey
	batch *[]byte // what the journal keeps of a batch; nil: no batch
}

// note adds the keys of an event that somebody waits for.
func (t *waiters) note(ev *command.Event, ready *readyKeys) {
	if ready == nil {
		return
	}
	if ev.Key == nil {
		t.noteWhole(ev, ready)
		return
	}
	if ev.Class&^(command.NotifyKeyMiss|command.NotifyNew) != 0 && t.waited(ev.Key) {
		ready.add(readyKey{ev.DB, string(ev.Key)})
	}
}

// noteWhole adds all keys that anybody waits for: a database has changed.
func (t *waiters) noteWhole(ev *command.Event, ready *readyKeys) {
	for _, w := range t.all() {
		if ev.DB < 0 || w.db == ev.DB {
			ready.add(w)
		}
	}
}

func (r *readyKeys) add(k readyKey) {
	if n := len(r.list); n == 0 || r.list[n-1] != k {
		r.list = append(r.list, k)
	}
}

// enqueue makes a waiter of a call that found nothing.
func (e *Engine) enqueue(c *command.Call) {
	w := newWaiter(e, c)
	e.hearing.waiting.Add(1)
	e.waiters.enter(w)
	c.Ticket = w
}

// widen takes all stripes for a write that could serve a waiter who needs others
// than the call's own. Who waits cannot begin to meanwhile, since that takes the
// stripe, too, but it may between the two locks: all is always enough.
func (e *Engine) widen(c *command.Call) {
	if i := c.Cmd.OneKey(); i != 0 {
		if e.waiters.wide(c.Args[i]) {
			lockRest(c.DB)
		}
		return
	}
	if c.Cmd.Is(command.AtOnce) {
		return // it has them all
	}
	for _, key := range c.Keys {
		if e.waiters.wide(key) {
			lockRest(c.DB)
			return
		}
	}
}

func lockRest(db *store.DB) {
	db.Unlock()
	db.LockAll()
}

// serve runs again, in order of arrival, what waits for the ready keys, until
// they have nothing to give. All stripes that this takes are locked.
func (e *Engine) serve(db *store.DB, now int64, ready *readyKeys) {
	home := db.Index()
	for i := 0; i < len(ready.list); i++ { // grows
		e.serveKey(db, now, ready.list[i], ready)
	}
	db.Select(home)
}

func (e *Engine) serveKey(db *store.DB, now int64, r readyKey, ready *readyKeys) {
	key := []byte(r.key)
	db.Select(r.db)
	for w := e.waiters.next(key, nil, kindAt(db, key)); w != nil; w = e.waiters.next(key, w, kindAt(db, key)) {
		e.serveOne(db, now, w, key, ready)
		db.Select(r.db)
	}
}

// kindAt is what a key holds.
func kindAt(db *store.DB, key []byte) store.Kind {
	if v, found := db.Peek(key); found {
		return v.Kind()
	}
	return store.None
}

// serveOne runs one waiter again, if the key may have something for it.
func (e *Engine) serveOne(db *store.DB, now int64, w *Waiter, key []byte, ready *readyKeys) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.db != db.Index() || kindAt(db, key) != w.wait.Kind && !w.wait.Gone {
		return
	}
	c := &w.call
	c.DB, c.Now = db, now
	e.within(c, ready)
	c.DB = nil
	if c.Wait != nil {
		c.Wait = nil
		w.out.Reset(nil)
		return
	}
	w.finish()
	if w.done != nil {
		w.done()
	}
}

// finish takes the waiter off the table. Called with mu held.
func (w *Waiter) finish() {
	w.over = true
	w.engine.waiters.leave(w)
	w.engine.hearing.waiting.Add(-1)
}
