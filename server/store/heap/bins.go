package heap

import "math/bits"

// Free blocks are kept in bins by length: one for each length below exactUnits
// units, then sixteen for each octave. A bit for each bin tells which have
// something, so that finding the best bin that fits is a few instructions.
const (
	exactUnits = 128
	binCount   = 256
	// tries is how many blocks of an inexact bin are looked at before a
	// longer bin is taken.
	tries = 8
)

func binOf(n uint32) uint {
	if n < exactUnits {
		return uint(n)
	}
	o := uint(bits.Len32(n)) - 8
	return exactUnits + o*16 + uint(n>>(o+3))&15
}

// fit returns a free block of exactly want units, or of so many that the rest
// makes a block, and its length; or 0. Blocks thus have the length that was
// asked for, and keep it when they are moved.
func (h *Heap) fit(want uint32) (addr, n uint32) {
	b, more := binOf(want), binOf(want+leastLen)
	if addr, n = h.search(b, want); addr != 0 {
		return addr, n
	}
	if more != b {
		if addr, n = h.search(more, want); addr != 0 {
			return addr, n
		}
	}
	more++
	for w := more / 64; w < binCount/64; w++ {
		set := h.full[w]
		if w == more/64 {
			set = set >> (more % 64) << (more % 64)
		}
		if set != 0 {
			addr = h.bins[w*64+uint(bits.TrailingZeros64(set))]
			return addr, uint32(*h.head(addr) & unitsMask)
		}
	}
	return 0, 0
}

// search looks through a bin whose blocks may be too short.
func (h *Heap) search(b uint, want uint32) (addr, n uint32) {
	addr = h.bins[b]
	for i := 0; addr != 0 && i < tries; i++ {
		w := *h.head(addr)
		if n = uint32(w & unitsMask); n == want || n >= want+leastLen {
			return addr, n
		}
		addr = uint32(w >> ownerPos)
	}
	return 0, 0
}

// link enters a free block in its bin.
func (h *Heap) link(addr, n uint32) {
	b := binOf(n)
	next := h.bins[b]
	w := h.head(addr)
	*w = *w&(1<<ownerPos-1) | uint64(next)<<ownerPos
	h.setBefore(addr, 0)
	if next != 0 {
		h.setBefore(next, addr)
	}
	h.bins[b] = addr
	h.full[b/64] |= 1 << (b % 64)
}

// unlink takes a free block out of its bin.
func (h *Heap) unlink(addr, n uint32) {
	next := uint32(*h.head(addr) >> ownerPos)
	before := uint32(*h.word(addr, 1))
	if next != 0 {
		h.setBefore(next, before)
	}
	if before != 0 {
		w := h.head(before)
		*w = *w&^(uint64(^uint32(0))<<ownerPos) | uint64(next)<<ownerPos
		return
	}
	b := binOf(n)
	h.bins[b] = next
	if next == 0 {
		h.full[b/64] &^= 1 << (b % 64)
	}
}

func (h *Heap) setBefore(addr, before uint32) {
	w := h.word(addr, 1)
	*w = *w>>32<<32 | uint64(before)
}
