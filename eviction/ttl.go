package eviction

import "math"

// TTL throws out the entry that would expire soonest; those that never expire
// go last. Redis calls it volatile-ttl, and takes the soonest of a few
// samples; here it is exact.
//
// The entries stand in a heap by their time of expiry.
//
//	    soonest
//	   /       \      each expires no sooner
//	later     later   than the one above it
//
// Reads change nothing. Victim and Hit take O(1), the others O(log n). 16 bytes
// a slot: 8 for the heap, 8 for the time.
type TTL struct {
	heap  heap
	times column[int64] // ms
}

// NewTTL returns an empty TTL.
func NewTTL() *TTL { return &TTL{} }

func (p *TTL) sooner(a, b uint32) bool { return *p.times.at(a) < *p.times.at(b) }

// Add puts a new entry into the heap.
func (p *TTL) Add(slot uint32, e Entry) {
	p.times.reach(slot)
	*p.times.at(slot) = ttlKey(e)
	p.heap.push(slot, p.sooner)
}

func ttlKey(e Entry) int64 {
	if e.Expire == 0 {
		return math.MaxInt64
	}
	return e.Expire
}

// Hit changes nothing.
func (p *TTL) Hit(slot uint32, hash, tick uint64) {}

// Update moves the entry if its time of expiry has changed.
func (p *TTL) Update(slot uint32, e Entry) {
	if at := p.times.at(slot); *at != ttlKey(e) {
		*at = ttlKey(e)
		p.heap.fix(slot, p.sooner)
	}
}

// Remove takes the entry out of the heap.
func (p *TTL) Remove(slot uint32) { p.heap.remove(slot, p.sooner) }

// Victim is the entry that expires soonest.
func (p *TTL) Victim() (slot uint32, ok bool) {
	if p.heap.len == 0 {
		return none, false
	}
	return p.heap.min(), true
}

// Evict is a removal as any other.
func (p *TTL) Evict(slot uint32, _ uint64) { p.Remove(slot) }

// Coldness is larger the sooner the victim expires.
func (p *TTL) Coldness() uint64 {
	if p.heap.len == 0 {
		return 0
	}
	return ^uint64(*p.times.at(p.heap.min()))
}

// NeedsTick is false.
func (p *TTL) NeedsTick() bool { return false }

// Each yields the slots in the heap's order: the soonest comes first, the
// others only roughly by their time.
func (p *TTL) Each(yield func(slot uint32) bool) { p.heap.each(yield) }

// Len is the number of entries.
func (p *TTL) Len() int { return int(p.heap.len) }

// Bytes is the memory held for metadata.
func (p *TTL) Bytes() int { return p.heap.bytes() + p.times.bytes() }
