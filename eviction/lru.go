package eviction

// LRU throws out the entry that was used least recently [1].
//
// All entries stand in one list in the order of their last use. A use moves
// the entry to the newest end; the victim stands at the oldest. It is exact:
// Redis's lru takes the oldest of a few samples. It forgets popularity at
// once, so one scan through cold keys, or a loop a little longer than the
// cache, washes everything out.
//
//	oldest <-> ... <-> used, moved there -> newest
//	  victim
//
// Every call takes O(1). 12 bytes a slot: two links, and the tick of the last
// use, which makes the order exact over several instances too.
//
// [1] L. A. Belady, A study of replacement algorithms for a virtual-storage
// computer, IBM Systems Journal 5(2), 1966.
type LRU struct {
	list timeline
}

// NewLRU returns an empty LRU.
func NewLRU() *LRU { return &LRU{newTimeline()} }

// Add puts a new entry at the newest end.
func (p *LRU) Add(slot uint32, e Entry) { p.list.push(slot, e.Tick) }

// Hit moves the entry to the newest end.
func (p *LRU) Hit(slot uint32, _, tick uint64) {
	p.list.remove(slot)
	p.list.push(slot, tick)
}

// Update is a use as any other.
func (p *LRU) Update(slot uint32, e Entry) { p.Hit(slot, e.Hash, e.Tick) }

// Remove takes the entry out of the list.
func (p *LRU) Remove(slot uint32) { p.list.remove(slot) }

// Victim is the entry whose last use is longest ago.
func (p *LRU) Victim() (slot uint32, ok bool) { return p.list.oldest, p.list.oldest != none }

// Evict takes the entry out of the list.
func (p *LRU) Evict(slot uint32, _ uint64) { p.list.remove(slot) }

// Coldness grows with the time since the victim's last use.
func (p *LRU) Coldness() uint64 { return p.list.coldness() }

// NeedsTick is true: only ticks order the uses seen by different instances.
func (p *LRU) NeedsTick() bool { return true }

// Each yields the slots by last use, oldest first.
func (p *LRU) Each(yield func(slot uint32) bool) { p.list.each(yield) }

// Len is the number of entries.
func (p *LRU) Len() int { return p.list.len }

// Bytes is the memory held for metadata.
func (p *LRU) Bytes() int { return p.list.moments.bytes() }
