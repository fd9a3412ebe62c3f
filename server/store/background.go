package store

// unknown is the coldness of a stripe that was not asked yet.
const unknown = ^uint64(0)

// Evict removes one entry: a due one if there is any, otherwise the coldest
// victim of all stripes. false means that nothing may go.
//
// A stripe's coldness is remembered when it is looked at. Accesses make a
// victim warmer only, so that what is remembered is a bound from above: the
// stripe that seems coldest is asked again, and if it disappoints, the next. One
// stripe is asked anew at each call, for policies that may go the other way.
func (ks *Keyspace) Evict(now int64) bool {
	for i := range ks.stripes {
		if s := &ks.stripes[i]; s.due.Load() <= now {
			if done, _ := s.expire(now, stepEntries); done > 0 {
				return true
			}
		}
	}
	ks.stripes[ks.turn.Add(1)%uint32(len(ks.stripes))].cold.Store(unknown)
	for {
		s, next := ks.coldest()
		if s == nil {
			return false
		}
		if s.evict(next) {
			return true
		}
	}
}

// coldest returns the stripe that seems coldest, and how cold the next is.
func (ks *Keyspace) coldest() (best *stripe, next uint64) {
	var most uint64
	for i := range ks.stripes {
		s := &ks.stripes[i]
		switch c := s.cold.Load(); {
		case c > most:
			best, most, next = s, c, most
		case c > next:
			next = c
		}
	}
	return best, next
}

// evict removes the stripe's victim, unless it turns out warmer than next.
func (s *stripe) evict(next uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	handle, cold := s.victim()
	if handle == 0 || cold < next {
		return false
	}
	e := entry(s.heap.Bytes(handle))
	ix := s.ids[e.index()]
	s.removed(ix, e, Evicted)
	s.drop(ix, handle, s.ks.hash.sum(s.key(e)), true)
	s.tell()
	s.victim()
	return true
}

// victim asks the policy and remembers how cold its victim is.
func (s *stripe) victim() (handle uint32, cold uint64) {
	ok := false
	p := s.policy // during a change, what has moved to it is colder than the rest
	if p != nil {
		handle, ok = p.Victim()
	}
	if !ok && s.change != nil {
		s.advance()
		if handle, ok = p.Victim(); !ok && s.change != nil {
			s.cold.Store(unknown) // to be asked again, with the lock free in between
			return 0, 0
		}
	}
	if !ok {
		s.cold.Store(0)
		return 0, 0
	}
	cold = min(max(p.Coldness(), 1), unknown-1)
	s.cold.Store(cold)
	return handle, cold
}

// ExpireStep removes due keys, after handling at most max of them; more tells
// that others are due. Each lock is held for stepEntries at most.
func (ks *Keyspace) ExpireStep(now int64, max int) (done int, more bool) {
	for i := range ks.stripes {
		s := &ks.stripes[i]
		for s.due.Load() <= now {
			if max <= 0 {
				return done, true
			}
			n, handled := s.expire(now, min(max, stepEntries))
			done += n
			max -= handled
		}
	}
	return done, false
}

// expire removes due entries; handled counts those that only moved in the
// wheel as well.
func (s *stripe) expire(now int64, budget int) (done, handled int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := budget
	for {
		handle := s.wheel.due(now, &left)
		if handle == 0 {
			break
		}
		e := entry(s.heap.Bytes(handle))
		if isReminder(e) {
			s.wake(handle, now, &left)
			continue
		}
		ix := s.ids[e.index()]
		s.removed(ix, e, Expired)
		s.drop(ix, handle, s.ks.hash.sum(s.key(e)), false)
		done++
	}
	s.noteDue()
	s.tell()
	return done, max(budget-left, 1)
}

// Maintain does up to max steps of what is owed to the system and to density:
// giving back large runs and flushed heaps, dismantling flushed indexes,
// compacting pages. Each step holds a lock for some 50 us, 0.3 ms at most. The
// next call goes on where this one stopped. more tells whether there is more to
// do: it is false once everything was looked at in turn and needed nothing.
func (ks *Keyspace) Maintain(max int) (more bool) {
	all := uint32(len(ks.stripes)) + 2
	for range max {
		if ks.chore(ks.turns.Add(1) % all) {
			ks.calm.Store(0)
		} else if ks.calm.Add(1) >= all {
			ks.calm.Store(0)
			ks.noteTight()
			return false
		}
	}
	ks.noteTight()
	return true
}

// chore does a step of one of the things that Maintain looks at.
func (ks *Keyspace) chore(i uint32) (more bool) {
	switch n := uint32(len(ks.stripes)); i {
	case n:
		return ks.arena.Release(releaseStep)
	case n + 1:
		return ks.empty(pagesStep)
	}
	return ks.stripes[i].tidy()
}

// relieve compacts before a run of n bytes is taken while memory is short, so
// that those who take runs pay for the holes that their room has left: a page
// for each that they take, at most reliefMax.
func (s *stripe) relieve(n int) {
	for i := 0; i <= min(n/s.ks.pageBytes, reliefMax) && s.ks.tight.Load() && !s.heap.Quiet; i++ {
		if !s.heap.Compact(s.heap.Live() / holeShare) {
			return
		}
		s.ks.noteTight()
	}
}

// help lets a writer in stripe s do a step of the work that others owe while
// memory is short: holes may be elsewhere than where pages are needed.
func (ks *Keyspace) help(s *stripe) {
	if !ks.tight.Load() {
		return
	}
	ks.empty(pagesStep / 2)
	other := &ks.stripes[ks.turn.Add(1)%uint32(len(ks.stripes))]
	if other != s && other.mu.TryLock() { // not Lock: the order is by number
		other.heap.Compact(other.heap.Live() / holeShare)
		other.mu.Unlock()
	}
	ks.noteTight()
}

const (
	reliefMax   = 16
	releaseStep = 1 << 20
	pagesStep   = 16
	// idleShare is the share of holes from which pages are compacted although
	// memory is not short; short, it is holeShare.
	idleShare = 8
)

// tidy does one step of a stripe's own work.
func (s *stripe) tidy() (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	more = s.dismantle()
	more = s.decay() || more
	more = s.advance() || more
	spare := s.heap.Live() / idleShare
	if s.ks.tight.Load() {
		spare = s.heap.Live() / holeShare
	}
	return s.heap.Compact(spare) || more
}
