package eviction

// Adaptive is S3-FIFO [1] that learns from its own mistakes.
//
//	      new                 hit in small, returned from a ghost,
//	       |                  or gambled on
//	       v                                 |
//	+-------------+   tail was hit    +------v----------------------+
//	|    small    | ----------------> |            main             | <-+
//	+-------------+                   +-----------------------------+   | tail has
//	       | tail was not hit                | tail has no count left   | count left
//	       v                                 v                      ----+
//	early ghost (1/2)                 late ghost (1/4)
//
// New entries queue in small. A hit only counts up a few bits of the entry, so
// it costs next to nothing. What reaches small's tail without a hit leaves:
// most keys of most traffic are never asked for again, and go after a short
// stay. What was hit moves to main, whose tail goes round again as long as it
// has count left, losing one a lap. Ghosts remember who left.
//
// The size of small follows the ghosts, by ARC's rule [2]: a key that returns
// from the early ghost should have been given longer to prove itself, and
// small grows; one that returns from the late ghost was pushed out of main,
// and small shrinks. Both were wrongly thrown out and come back to main.
//
// Now and then an entry without hits is let into main all the same: a gamble.
// How often, and how high an entry's count may rise, it learns too: see lessons.
//
// Every call is O(1): the number of entries that Victim moves is bounded. 10.5
// bytes a slot: 8 for the links, 1 for the mark below, 1.5 for the ghosts.
//
// [1] J. Yang et al., FIFO queues are all you need for cache eviction, SOSP 2023.
// [2] N. Megiddo, D. Modha, ARC: a self-tuning, low overhead replacement cache,
// FAST 2003.
type Adaptive struct {
	links       links
	marks       column[mark]
	small, main queue
	early, late ghost
	turnover    turnover

	lessons lessons

	target float64 // small's wanted length, in entries
	victim uint32  // as named, or none
}

// mark is what adaptive knows of an entry beside its place.
type mark uint8

const (
	countBits mark = 0x07
	inMain    mark = 0x80
	gambled   mark = 0x40 // came to main unhit, and still is
	idle      mark = 0x20 // ended a lap unhit with count left, and still is unhit
	hitOnLap  mark = 0x10 // was hit since it entered its queue
)

const (
	smallest, largest = 0.01, 0.9 // small's share
	initialShare      = 0.1
	earlyShare        = 0.5 // of ghosts
	lateShare         = 0.25
	patience          = 256 // entries of a queue that one Victim may move
)

// NewAdaptive returns an empty Adaptive.
func NewAdaptive() *Adaptive {
	return &Adaptive{
		small: newQueue(), main: newQueue(), victim: none,
		target: -1, lessons: newLessons(),
	}
}

// Add puts a new entry into small, or into main if a ghost knows it.
func (p *Adaptive) Add(slot uint32, e Entry) {
	p.links.reach(slot)
	p.marks.reach(slot)
	p.turnover.add(e.Tick, p.Len())
	q, m := &p.small, mark(0)
	if p.returned(e.Hash) {
		q, m = &p.main, inMain
	}
	*p.marks.at(slot) = m
	q.push(&p.links, slot)
}

// returned asks the ghosts for hash and lets small's size follow.
func (p *Adaptive) returned(hash uint64) bool {
	early, late := float64(p.early.len()), float64(p.late.len())
	switch {
	case p.early.take(hash):
		p.target += max(1, late/early)
	case p.late.take(hash):
		p.target -= max(1, early/late)
	default:
		return false
	}
	return true
}

// Hit counts, and learns if the entry was on trial.
func (p *Adaptive) Hit(slot uint32, _, _ uint64) {
	at := p.marks.at(slot)
	m := *at
	if m&(gambled|idle) != 0 {
		p.lessons.proved(m)
		m &^= gambled | idle
	}
	m |= hitOnLap
	if m&countBits < p.lessons.highestCount() {
		m++
	}
	if m != *at {
		*at = m
	}
	if slot == p.victim {
		p.victim = none
	}
}

// Update is a use as any other.
func (p *Adaptive) Update(slot uint32, e Entry) { p.Hit(slot, e.Hash, e.Tick) }

// Remove takes the entry out of its queue. Nothing is learnt from it.
func (p *Adaptive) Remove(slot uint32) {
	p.queueOf(slot).remove(&p.links, slot)
	if slot == p.victim {
		p.victim = none
	}
}

func (p *Adaptive) queueOf(slot uint32) *queue {
	if *p.marks.at(slot)&inMain != 0 {
		return &p.main
	}
	return &p.small
}

// Victim is small's tail if small is over its size, else main's, after those
// that deserve to stay have been moved out of the way.
func (p *Adaptive) Victim() (slot uint32, ok bool) {
	if p.Len() == 0 {
		return none, false
	}
	if p.victim == none {
		p.victim = p.choose()
	}
	return p.victim, true
}

func (p *Adaptive) choose() uint32 {
	n := float64(p.Len())
	if p.target < 0 {
		p.target = initialShare * n
	}
	p.target = max(1, min(max(p.target, smallest*n), largest*n))
	for range patience {
		if p.main.len > 0 && float64(p.small.len) <= p.target {
			return p.mainTail()
		}
		tail := p.small.oldest
		m := mark(inMain)
		if *p.marks.at(tail)&countBits == 0 {
			if !p.lessons.gamble() {
				return tail
			}
			m |= gambled
		}
		p.small.remove(&p.links, tail)
		*p.marks.at(tail) = m
		p.main.push(&p.links, tail)
		if p.small.len == 0 {
			break
		}
	}
	return p.mainTail()
}

// mainTail lets main's tail go round until one has no count left.
func (p *Adaptive) mainTail() uint32 {
	for range patience {
		tail := p.main.oldest
		at := p.marks.at(tail)
		m := *at
		if m&countBits == 0 {
			return tail
		}
		if m&hitOnLap == 0 {
			p.lessons.failed(m & idle)
			m |= idle
		}
		m &^= hitOnLap
		m = m&^countBits | min(m&countBits, p.lessons.highestCount()) - 1
		*at = m
		p.main.remove(&p.links, tail)
		p.main.push(&p.links, tail)
	}
	return p.main.oldest
}

// Evict takes the entry out and remembers it in the ghost of its queue.
func (p *Adaptive) Evict(slot uint32, hash uint64) {
	n, m := float64(p.Len()), *p.marks.at(slot)
	p.Remove(slot)
	if m&inMain == 0 {
		p.early.put(hash, int(earlyShare*n))
		return
	}
	p.lessons.failed(m)
	p.late.put(hash, int(lateShare*n))
}

// Coldness grows with the time that it took to add as many entries as there
// are: instances come to renew themselves equally fast.
func (p *Adaptive) Coldness() uint64 { return p.turnover.coldness(p.Len()) }

// NeedsTick is false: only the ticks of Add are used.
func (p *Adaptive) NeedsTick() bool { return false }

// Each yields small's entries, then main's, from the tails on.
func (p *Adaptive) Each(yield func(slot uint32) bool) {
	if p.small.each(&p.links, yield) {
		p.main.each(&p.links, yield)
	}
}

// Frequency is the entry's count of hits, up to 7, less the laps it made.
func (p *Adaptive) Frequency(slot uint32) uint8 { return uint8(*p.marks.at(slot) & countBits) }

// Len is the number of entries.
func (p *Adaptive) Len() int { return p.small.len + p.main.len }

// Bytes is the memory held for metadata and ghosts.
func (p *Adaptive) Bytes() int {
	return p.links.bytes() + p.marks.bytes() + p.early.bytes() + p.late.bytes() + len(p.turnover.ticks)*8
}
