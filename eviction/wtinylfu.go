package eviction

// WTinyLFU lets a newcomer in only if it is asked for more often than the
// entry that would have to go [1]. Caffeine and otter made it well known.
//
//	 new   +--------+   tail    +-----------+  hit    +-----------+
//	-----> | window | --------> | probation | ------> | protected |
//	       +--------+  admitted +-----------+ <------ +-----------+
//	                    if more   victim      its tail, when over 4/5
//	                  often asked for
//
// Three LRU lists: new entries go through the window; what falls out of it
// stands for election against the tail of probation. A sketch guesses how often
// both were asked for lately, and the rarer one leaves, the newcomer if equal.
// What is hit on probation is protected. So scans and loops pass through the
// window and harm nobody.
//
// Where recent keys are the ones asked for, a small window hurts badly, so its
// size climbs the hill [2]: every ten requests for each entry the hit ratio is
// compared with the last one's, and the window goes on growing (or shrinking) if
// it got better, else turns round, in steps that fade away, and start large
// again when the hit ratio has changed much.
//
// Hits are seen as they are told, and each Add is taken for a miss. Every call
// is O(1). 17 to 21 bytes a slot: links 8, list 1, hash 4, sketch 4 to 8.
//
// [1] G. Einziger, R. Friedman, B. Manes, TinyLFU: a highly efficient cache
// admission policy, ACM Transactions on Storage 13(4), 2017.
// [2] G. Einziger et al., Adaptive software cache management, Middleware 2018.
type WTinyLFU struct {
	links  links
	lists  column[uint8]  // by slot: the list it is in
	hashes column[uint32] // by slot
	queues [3]queue
	sketch sketch
	share  float64 // the window's
	hill   climber
	draws  uint64
	victim uint32 // as named, or none
}

const (
	window = iota
	probation
	protected
)

const protectedShare = 0.8

// NewWTinyLFU returns an empty WTinyLFU.
func NewWTinyLFU(seed uint64) *WTinyLFU {
	p := &WTinyLFU{share: 0.01, hill: newClimber(), draws: seed, victim: none}
	for i := range p.queues {
		p.queues[i] = newQueue()
	}
	return p
}

// Add puts a new entry into the window.
func (p *WTinyLFU) Add(slot uint32, e Entry) {
	p.links.reach(slot)
	p.lists.reach(slot)
	p.hashes.reach(slot)
	p.sketch.fit(p.Len() + 1)
	*p.lists.at(slot) = window
	*p.hashes.at(slot) = fold(e.Hash)
	p.queues[window].push(&p.links, slot)
	p.count(slot, false)
	p.victim = none
	p.spill()
}

// fold keeps 32 bits of a hash that callers may have used half of.
func fold(hash uint64) uint32 { return uint32(hash ^ hash>>32) }

// count tells the sketch and the climber of a request.
func (p *WTinyLFU) count(slot uint32, hit bool) {
	p.sketch.add(uint64(*p.hashes.at(slot)))
	p.share = p.hill.climb(p.share, hit, p.Len())
}

// spill moves what is over the window's size to probation's newest end, where
// it stands for election.
func (p *WTinyLFU) spill() {
	for q := &p.queues[window]; float64(q.len) > max(1, p.share*float64(p.Len())); {
		p.move(q.oldest, probation)
	}
}

func (p *WTinyLFU) move(slot uint32, list uint8) {
	at := p.lists.at(slot)
	p.queues[*at].remove(&p.links, slot)
	*at = list
	p.queues[list].push(&p.links, slot)
}

// Hit moves the entry to its list's newest end, or from probation to protected.
func (p *WTinyLFU) Hit(slot uint32, _, _ uint64) {
	p.count(slot, true)
	p.victim = none
	if *p.lists.at(slot) == window {
		p.move(slot, window)
		return
	}
	p.move(slot, protected)
	most := protectedShare * (1 - p.share) * float64(p.Len())
	for q := &p.queues[protected]; float64(q.len) > max(1, most); {
		p.move(q.oldest, probation)
	}
}

// Update is a use as any other.
func (p *WTinyLFU) Update(slot uint32, e Entry) { p.Hit(slot, e.Hash, e.Tick) }

// Remove takes the entry out of its list.
func (p *WTinyLFU) Remove(slot uint32) {
	p.queues[*p.lists.at(slot)].remove(&p.links, slot)
	if slot == p.victim {
		p.victim = none
	}
}

// Victim is the loser of the election, or the oldest there is.
func (p *WTinyLFU) Victim() (slot uint32, ok bool) {
	if p.Len() == 0 {
		return none, false
	}
	if p.victim == none {
		p.victim = p.elect()
	}
	return p.victim, true
}

func (p *WTinyLFU) elect() uint32 {
	p.spill()
	q := &p.queues[probation]
	if q.len == 0 {
		if p.queues[protected].len > 0 {
			return p.queues[protected].oldest
		}
		return p.queues[window].oldest
	}
	newcomer, tail := q.newest, q.oldest
	if p.admitted(newcomer, tail) {
		return tail
	}
	return newcomer
}

// admitted compares the two. Now and then a newcomer that is asked for at all
// often wins against the odds, so that keys made to collide cannot keep it out.
func (p *WTinyLFU) admitted(newcomer, tail uint32) bool {
	n := p.sketch.guess(uint64(*p.hashes.at(newcomer)))
	if n > p.sketch.guess(uint64(*p.hashes.at(tail))) {
		return true
	}
	p.draws = p.draws*6364136223846793005 + 1442695040888963407
	return n > 5 && p.draws>>57 == 0
}

// Evict takes the entry out; the sketch remembers it.
func (p *WTinyLFU) Evict(slot uint32, _ uint64) { p.Remove(slot) }

// Coldness is the number of entries: instances stay equally full.
func (p *WTinyLFU) Coldness() uint64 { return uint64(p.Len()) }

// NeedsTick is false.
func (p *WTinyLFU) NeedsTick() bool { return false }

// Each yields probation, the window, then protected, from the tails on.
func (p *WTinyLFU) Each(yield func(slot uint32) bool) {
	for _, list := range []uint8{probation, window, protected} {
		if !p.queues[list].each(&p.links, yield) {
			return
		}
	}
}

// Frequency is the sketch's guess, up to 15.
func (p *WTinyLFU) Frequency(slot uint32) uint8 {
	return p.sketch.guess(uint64(*p.hashes.at(slot)))
}

// Len is the number of entries.
func (p *WTinyLFU) Len() int {
	return p.queues[window].len + p.queues[probation].len + p.queues[protected].len
}

// Bytes is the memory held for metadata and the sketch.
func (p *WTinyLFU) Bytes() int {
	return p.links.bytes() + p.lists.bytes() + p.hashes.bytes() + p.sketch.bytes()
}
