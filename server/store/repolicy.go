package store

import (
	"math/bits"

	"github.com/cachedserver/cached/eviction"
)

// change is a stripe's way from one policy to another, in steps: first the old
// policy's entries, coldest first, then those that it did not know. Each entry is
// one policy's business at a time: the new one's if its bit is set, else the old
// one's. Whether that knows it, depends on its TTL as ever. What is written
// meanwhile stays with the old policy: it comes last, as what was written last should.
type change struct {
	scheme *scheme
	old    eviction.Policy // nil once it is empty
	counts eviction.Counter
	moved  []uint64 // handles that have left the old policy, a bit each
	id     int      // of the index that is searched for unknown entries
	from   uint64   // and where it goes on
}

// changeStep is how many entries one step moves: some 50 us.
const changeStep = 128

// has tells whether an entry has moved.
func (c *change) has(handle uint32) bool {
	w := int(handle / 64)
	return w < len(c.moved) && c.moved[w]>>(handle%64)&1 != 0
}

// mark notes whether it has.
func (c *change) mark(handle uint32, moved bool) {
	w, bit := int(handle/64), uint64(1)<<(handle%64)
	switch {
	case moved:
		for w >= len(c.moved) {
			c.moved = append(c.moved, 0)
		}
		c.moved[w] |= bit
	case w < len(c.moved):
		c.moved[w] &^= bit
	}
}

// SetPolicy changes the policy and loses no key: until a stripe's entries have all
// moved, in steps of Maintain, of writers and of Evict, both policies serve it.
// Only a change that comes before the last one is through finishes that first.
func (ks *Keyspace) SetPolicy(name string) error {
	ks.policyMu.Lock()
	defer ks.policyMu.Unlock()
	sc, err := newScheme(name, ks.o.Seed)
	if err != nil {
		return err
	}
	for i := range ks.stripes {
		for ks.stripes[i].proceed() {
		}
	}
	ks.scheme.Store(sc)
	for i := range ks.stripes {
		ks.stripes[i].repolicy(sc)
	}
	return nil
}

// proceed is a step of a change under the stripe's lock.
func (s *stripe) proceed() (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.advance()
}

// repolicy begins a change. Nothing has to move to a policy that is none.
func (s *stripe) repolicy(sc *scheme) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scheme == sc {
		return // flushed since sc is the keyspace's
	}
	c := &change{scheme: s.scheme, old: s.policy, counts: s.counts}
	s.setPolicy(sc)
	if s.policy != nil {
		c.moved = make([]uint64, s.heap.Handles()/64+1)
		s.change = c
		s.ks.calm.Store(0)
	}
	s.remeasure()
	s.tell()
}

// advance does a step of the change that is under way, if any.
func (s *stripe) advance() (more bool) {
	c := s.change
	if c == nil {
		return false
	}
	n := s.advanceOld(c, changeStep)
	if n > 0 && c.id < len(s.ids) {
		s.advanceUnknown(c, n)
	}
	if c.old == nil && c.id >= len(s.ids) {
		s.change = nil
		s.remeasure()
		s.tell()
	}
	s.cold.Store(unknown)
	return s.change != nil
}

// advanceOld moves up to n entries of the old policy, and returns what is left of n.
func (s *stripe) advanceOld(c *change, n int) (left int) {
	for ; n > 0 && c.old != nil; n-- {
		handle, ok := c.old.Victim()
		if !ok {
			c.old = nil
			break
		}
		c.old.Remove(handle)
		s.admit(c, handle)
	}
	return n
}

// advanceUnknown looks at some n entries, which the old policy did not know.
func (s *stripe) advanceUnknown(c *change, n int) {
	ix := s.ids[c.id]
	if ix == nil {
		c.id++
		return
	}
	c.from = ix.next(c.from, func(_, handle uint32) bool {
		if n <= 0 {
			return false
		}
		n--
		if !c.has(handle) {
			s.admit(c, handle)
		}
		return true
	})
	if c.from >= 1<<32 {
		c.id, c.from = c.id+1, 0
	}
}

// admit makes an entry known to the new policy, if that is for such entries.
func (s *stripe) admit(c *change, handle uint32) {
	e := entry(s.heap.Bytes(handle))
	if s.scheme.covers(e) {
		s.policy.Add(handle, s.facts(e, s.ks.hash.sum(s.key(e))))
	}
	c.mark(handle, true)
}

// changing is knower while there is a change.
func (s *stripe) changing(handle uint32, e entry) eviction.Policy {
	switch c := s.change; {
	case c.has(handle):
		if s.scheme.covers(e) {
			return s.policy
		}
	case c.old != nil && c.scheme.covers(e):
		return c.old
	}
	return nil
}

// listener is the policy that shall know an entry from now on.
func (s *stripe) listener(handle uint32, e entry) eviction.Policy {
	if c := s.change; c != nil && c.old != nil && !c.has(handle) && c.scheme.covers(e) {
		return c.old
	}
	if s.scheme.covers(e) {
		return s.policy
	}
	return nil
}

// changeBytes is what the change takes: the old policy and the bits.
func (s *stripe) changeBytes() (n int64) {
	if c := s.change; c != nil {
		n = int64(len(c.moved)) * bits.UintSize / 8
		if c.old != nil {
			n += int64(c.old.Bytes())
		}
	}
	return n
}
