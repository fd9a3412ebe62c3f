package eviction

import "math/bits"

// LFU throws out the entry that was used least often, where uses count for
// less as time goes by: LFU with dynamic aging [1].
//
// Every entry has a level. A new one starts one above the floor, a use raises
// it by one, up to 255 above the floor, and the floor rises to the level of
// each victim. So an entry that is used no more keeps its level while the
// floor comes nearer, and one day is the lowest. Without it, the favourites of
// yesterday would never leave (plain LFU falls far behind LRU on many traces).
//
//	floor       +1          +2              +255
//	 | queue    | queue      | queue  ...    | queue     a ring of 256 queues,
//	 victim = oldest of the lowest queue     level mod 256
//
// In a level the entry that came there first goes first. Every call takes
// O(1); bits tell which queues have entries. 9 bytes a slot: two links, and the
// level's low byte.
//
// [1] M. Arlitt et al., Evaluating content management techniques for Web proxy
// caches, SIGMETRICS Performance Evaluation Review 27(4), 2000.
type LFU struct {
	links  links
	levels column[uint8]
	queues [256]queue
	filled [4]uint64 // a bit for each queue with entries
	floor  uint64    // every level is in [floor, floor+255]
	len    int
}

// NewLFU returns an empty LFU.
func NewLFU() *LFU {
	p := &LFU{}
	for i := range p.queues {
		p.queues[i] = newQueue()
	}
	return p
}

// Add puts a new entry one above the floor.
func (p *LFU) Add(slot uint32, e Entry) {
	p.links.reach(slot)
	p.levels.reach(slot)
	p.push(slot, uint8(p.floor+1))
}

func (p *LFU) push(slot uint32, level uint8) {
	*p.levels.at(slot) = level
	p.queues[level].push(&p.links, slot)
	p.filled[level/64] |= 1 << (level % 64)
	p.len++
}

// Hit raises the entry by a level.
func (p *LFU) Hit(slot uint32, _, _ uint64) {
	above := p.Frequency(slot)
	if above == 255 {
		return
	}
	p.Remove(slot)
	p.push(slot, uint8(p.floor)+above+1)
}

// Update is a use as any other.
func (p *LFU) Update(slot uint32, e Entry) { p.Hit(slot, e.Hash, e.Tick) }

// Remove takes the entry out of its queue.
func (p *LFU) Remove(slot uint32) {
	level := *p.levels.at(slot)
	q := &p.queues[level]
	q.remove(&p.links, slot)
	if q.len == 0 {
		p.filled[level/64] &^= 1 << (level % 64)
	}
	p.len--
}

// Victim is the oldest of the lowest level.
func (p *LFU) Victim() (slot uint32, ok bool) {
	if p.len == 0 {
		return none, false
	}
	return p.queues[uint8(p.floor)+p.lowest()].oldest, true
}

// lowest finds how far the lowest level with entries is above the floor.
func (p *LFU) lowest() uint8 {
	from := uint8(p.floor)
	word := p.filled[from/64] >> (from % 64)
	for up := uint8(0); ; {
		if word != 0 {
			return up + uint8(bits.TrailingZeros64(word))
		}
		up += 64 - (from+up)%64
		word = p.filled[(from+up)/64]
	}
}

// Evict takes the entry out and raises the floor to its level.
func (p *LFU) Evict(slot uint32, _ uint64) {
	above := p.Frequency(slot)
	p.Remove(slot)
	if p.len == 0 || above <= p.lowest() {
		p.floor += uint64(above)
	}
}

// Coldness is larger the closer the victim is to the level 0 of long ago, so
// that the floors of all instances rise together.
func (p *LFU) Coldness() uint64 {
	if p.len == 0 {
		return 0
	}
	return ^(p.floor + uint64(p.lowest()))
}

// NeedsTick is false.
func (p *LFU) NeedsTick() bool { return false }

// Each yields the slots by level, lowest first.
func (p *LFU) Each(yield func(slot uint32) bool) {
	for up := range 256 {
		if !p.queues[uint8(p.floor)+uint8(up)].each(&p.links, yield) {
			return
		}
	}
}

// Frequency is how far the entry is above the floor.
func (p *LFU) Frequency(slot uint32) uint8 { return *p.levels.at(slot) - uint8(p.floor) }

// Len is the number of entries.
func (p *LFU) Len() int { return p.len }

// Bytes is the memory held for metadata.
func (p *LFU) Bytes() int { return p.links.bytes() + p.levels.bytes() + len(p.queues)*16 }
