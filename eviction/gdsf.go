package eviction

import "math/bits"

// GDSF, Greedy-Dual-Size-Frequency [1], throws out the entry that gives the
// fewest hits for its bytes.
//
//	worth = floor + uses / size       victim: the smallest worth
//
// The floor rises to the worth of each victim, so that what was worth much once
// ages (as in LFU). Many small entries are kept in the place of a large
// one: more requests are hit, but not more bytes. Use it where a hit saves
// the same whatever its size, as with most databases behind a cache.
//
// A hit only counts and leaves the entry where it stands in the heap. Entries
// gain but never lose worth, so it is enough to look when one comes to the
// top: if it was used since, its worth is set anew, and it sinks. At most 64 do
// so in one Victim.
//
// Worths are whole numbers that may wrap around: only their distance from the
// floor counts, which is below 2^31. Sizes are kept as a byte, in steps of
// an eighth of a power of two, which errs by 4 %.
//
// Hit takes O(1), the others O(log n). 14 bytes a slot: heap 8, worth 4, uses
// 1, size 1.
//
// [1] L. Cherkasova, Improving WWW proxies performance with
// Greedy-Dual-Size-Frequency caching policy, HP Labs, 1998.
type GDSF struct {
	heap   heap
	worths column[uint32]
	cards  column[card]
	floor  uint32
	aged   uint64 // the floor without wrapping around
}

type card struct {
	uses uint8 // 1 to 127; the top bit: used since its worth was set
	size uint8 // as logSize
}

const (
	usedSince  = 0x80
	mostUses   = 0x7f
	worthShift = 22 // an entry of 1 byte gains 1<<22 a use, one of 4 MiB or more 1
	mostSinks  = 64 // in one Victim
)

// NewGDSF returns an empty GDSF.
func NewGDSF() *GDSF { return &GDSF{} }

func (p *GDSF) lower(a, b uint32) bool {
	return *p.worths.at(a)-p.floor < *p.worths.at(b)-p.floor
}

// Add puts a new entry, used once, into the heap.
func (p *GDSF) Add(slot uint32, e Entry) {
	p.worths.reach(slot)
	p.cards.reach(slot)
	c := card{uses: 1, size: logSize(e.Size)}
	*p.cards.at(slot) = c
	*p.worths.at(slot) = p.floor + c.gain()
	p.heap.push(slot, p.lower)
}

// gain is the worth above the floor.
func (c card) gain() uint32 {
	e, eighth := uint32(c.size)/8, uint32(c.size)%8
	perUse := (8 << worthShift / (8 + eighth)) >> e
	return uint32(c.uses&mostUses) * max(1, perUse)
}

// logSize is 8 times the logarithm of size to the base 2.
func logSize(size uint32) uint8 {
	e := uint32(bits.Len32(max(size, 1)) - 1)
	eighth := uint32(uint64(max(size, 1))<<3>>e) & 7
	return uint8(8*e + eighth)
}

// Hit counts.
func (p *GDSF) Hit(slot uint32, _, _ uint64) {
	c := p.cards.at(slot)
	c.uses |= usedSince
	if c.uses != usedSince|mostUses {
		c.uses++
	}
}

// Update counts, and takes the new size at once.
func (p *GDSF) Update(slot uint32, e Entry) {
	p.Hit(slot, e.Hash, e.Tick)
	p.cards.at(slot).size = logSize(e.Size)
	p.settle(slot)
}

// settle gives an entry the worth that it has by now.
func (p *GDSF) settle(slot uint32) {
	c := p.cards.at(slot)
	c.uses &^= usedSince
	*p.worths.at(slot) = p.floor + c.gain()
	p.heap.fix(slot, p.lower)
}

// Remove takes the entry out of the heap.
func (p *GDSF) Remove(slot uint32) { p.heap.remove(slot, p.lower) }

// Victim is the entry of the smallest worth.
func (p *GDSF) Victim() (slot uint32, ok bool) {
	if p.heap.len == 0 {
		return none, false
	}
	for range mostSinks {
		if slot = p.heap.min(); p.cards.at(slot).uses&usedSince == 0 {
			break
		}
		p.settle(slot)
	}
	return p.heap.min(), true
}

// Evict takes the entry out and raises the floor to its worth.
func (p *GDSF) Evict(slot uint32, _ uint64) {
	worth, lowest := *p.worths.at(slot), p.heap.min() == slot
	p.Remove(slot)
	if lowest {
		p.aged += uint64(worth - p.floor)
		p.floor = worth
	}
}

// Coldness is larger the lower the victim's worth: all floors rise together.
func (p *GDSF) Coldness() uint64 {
	slot, ok := p.Victim()
	if !ok {
		return 0
	}
	return ^(p.aged + uint64(*p.worths.at(slot)-p.floor))
}

// NeedsTick is false.
func (p *GDSF) NeedsTick() bool { return false }

// Each yields the slots in the heap's order: the lowest comes first, the
// others only roughly by their worth.
func (p *GDSF) Each(yield func(slot uint32) bool) { p.heap.each(yield) }

// Frequency is the number of uses, up to 127.
func (p *GDSF) Frequency(slot uint32) uint8 { return p.cards.at(slot).uses & mostUses }

// Len is the number of entries.
func (p *GDSF) Len() int { return int(p.heap.len) }

// Bytes is the memory held for metadata.
func (p *GDSF) Bytes() int { return p.heap.bytes() + p.worths.bytes() + p.cards.bytes() }
