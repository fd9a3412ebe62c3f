package eviction

// A timeline is the list under lru and fifo: all entries in the order of a
// time that only grows, oldest and newest at hand. Everything is O(1).
//
// The tick is kept in units of 64 accesses, so that 32 bits reach 2^38
// accesses back (three days at a million a second); an older entry is
// mistaken for a younger one when instances are compared, never within one.
type timeline struct {
	moments        column[moment]
	oldest, newest uint32
	len            int
	now            uint64 // the newest tick, in units
}

type moment struct {
	older, newer uint32
	tick         uint32 // low bits of the unit in which it was put here
}

const tickUnit = 6

func newTimeline() timeline { return timeline{oldest: none, newest: none} }

// push makes slot, which is not in the list, its newest.
func (l *timeline) push(slot uint32, tick uint64) {
	l.now = max(l.now, tick>>tickUnit)
	l.moments.reach(slot)
	*l.moments.at(slot) = moment{older: l.newest, newer: none, tick: uint32(l.now)}
	if l.newest == none {
		l.oldest = slot
	} else {
		l.moments.at(l.newest).newer = slot
	}
	l.newest = slot
	l.len++
}

func (l *timeline) remove(slot uint32) {
	m := l.moments.at(slot)
	if m.older == none {
		l.oldest = m.newer
	} else {
		l.moments.at(m.older).newer = m.newer
	}
	if m.newer == none {
		l.newest = m.older
	} else {
		l.moments.at(m.newer).older = m.older
	}
	l.len--
}

// coldness turns the oldest entry's tick into one that instances can compare.
func (l *timeline) coldness() uint64 {
	if l.oldest == none {
		return 0
	}
	age := uint32(l.now) - l.moments.at(l.oldest).tick
	return ^(l.now - uint64(age))
}

func (l *timeline) each(yield func(slot uint32) bool) {
	for s := l.oldest; s != none; {
		next := l.moments.at(s).newer
		if !yield(s) {
			return
		}
		s = next
	}
}
