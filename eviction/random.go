package eviction

// Random throws out any entry, each as likely as the next.
//
// It keeps the slots in a dense row and where in the row each one stands. A
// slot that leaves is replaced by the row's last, so a number drawn below the
// row's length always finds an entry.
//
//	row    [ 7 | 2 | 9 | 4 ]        places  4 -> 3, 7 -> 0, ...
//	             ^ drawn
//
// Reads change nothing. It needs no thought and falls into no trap: on loops
// longer than the cache it beats LRU by far. Every call takes O(1). 8 bytes a
// slot.
type Random struct {
	row    column[uint32]
	places column[uint32] // by slot
	len    uint32
	state  uint64 // of the generator
	victim uint32 // as named, or none
}

// NewRandom returns an empty Random whose draws follow from seed.
func NewRandom(seed uint64) *Random { return &Random{state: seed, victim: none} }

// Add puts a new entry at the row's end.
func (p *Random) Add(slot uint32, e Entry) {
	p.row.reach(p.len)
	p.places.reach(slot)
	*p.row.at(p.len) = slot
	*p.places.at(slot) = p.len
	p.len++
}

// Hit changes nothing.
func (p *Random) Hit(slot uint32, hash, tick uint64) {}

// Update changes nothing.
func (p *Random) Update(slot uint32, e Entry) {}

// Remove moves the row's last slot to the entry's place.
func (p *Random) Remove(slot uint32) {
	p.len--
	last, place := *p.row.at(p.len), *p.places.at(slot)
	*p.row.at(place) = last
	*p.places.at(last) = place
	if slot == p.victim {
		p.victim = none
	}
}

// Victim is drawn anew after each eviction.
func (p *Random) Victim() (slot uint32, ok bool) {
	if p.len == 0 {
		return none, false
	}
	if p.victim == none {
		p.victim = *p.row.at(uint32(p.draw() >> 32 * uint64(p.len) >> 32))
	}
	return p.victim, true
}

// draw is splitmix64.
func (p *Random) draw() uint64 {
	p.state += 0x9e3779b97f4a7c15
	x := p.state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Evict is a removal as any other.
func (p *Random) Evict(slot uint32, _ uint64) { p.Remove(slot) }

// Coldness is the number of entries: instances stay equally full.
func (p *Random) Coldness() uint64 { return uint64(p.len) }

// NeedsTick is false.
func (p *Random) NeedsTick() bool { return false }

// Each yields the slots in the row's order.
func (p *Random) Each(yield func(slot uint32) bool) {
	for i := range p.len {
		if !yield(*p.row.at(i)) {
			return
		}
	}
}

// Len is the number of entries.
func (p *Random) Len() int { return int(p.len) }

// Bytes is the memory held for metadata.
func (p *Random) Bytes() int { return p.row.bytes() + p.places.bytes() }
