package eviction

// FIFO throws out the entry that came first, used or not.
//
// All entries stand in one list in the order of their arrival. Reads and
// writes change nothing, so it is the cheapest policy and keeps popular
// entries no longer than others. It fits data whose worth falls with age
// alone, such as recent events.
//
//	oldest <-> ... <-> newest
//	  victim
//
// Every call takes O(1); a hit takes nothing. 12 bytes a slot: two links, so
// that a deleted entry can leave from the middle, and the tick of the arrival,
// which makes the order exact over several instances too.
type FIFO struct {
	list timeline
}

// NewFIFO returns an empty FIFO.
func NewFIFO() *FIFO { return &FIFO{newTimeline()} }

// Add puts a new entry at the newest end.
func (p *FIFO) Add(slot uint32, e Entry) { p.list.push(slot, e.Tick) }

// Hit changes nothing.
func (p *FIFO) Hit(slot uint32, hash, tick uint64) {}

// Update changes nothing: a new value keeps its key's place.
func (p *FIFO) Update(slot uint32, e Entry) {}

// Remove takes the entry out of the list.
func (p *FIFO) Remove(slot uint32) { p.list.remove(slot) }

// Victim is the entry that came first.
func (p *FIFO) Victim() (slot uint32, ok bool) { return p.list.oldest, p.list.oldest != none }

// Evict takes the entry out of the list.
func (p *FIFO) Evict(slot uint32, _ uint64) { p.list.remove(slot) }

// Coldness grows with the time since the victim's arrival.
func (p *FIFO) Coldness() uint64 { return p.list.coldness() }

// NeedsTick is true: only ticks order the arrivals at different instances.
func (p *FIFO) NeedsTick() bool { return true }

// Each yields the slots by arrival, oldest first.
func (p *FIFO) Each(yield func(slot uint32) bool) { p.list.each(yield) }

// Len is the number of entries.
func (p *FIFO) Len() int { return p.list.len }

// Bytes is the memory held for metadata.
func (p *FIFO) Bytes() int { return p.list.moments.bytes() }
