package heap

import (
	"sync/atomic"
	"unsafe"
)

// Heap is the blocks of one stripe. Its owner's lock guards it.
//
// A page is cut into blocks of whole units of 8 bytes; unit 0 is left alone,
// so that an address is never 0. A block begins with a header of 48 bits, its
// payload follows without a gap:
//
//	 0         13 14 15 16                    44   48
//	+------------+--+--+----------------------+----+- - - -
//	| units      |F |P | handle               |R   | payload
//	+------------+--+--+----------------------+----+- - - -
//
// R: the payload owns a run, see MarkRun; three bits are unused, room for a
// snapshot's mark. F: the block is free. P: the block before it is free. A free block has the
// next one of its bin in place of the handle, the one before in the low half of
// its second unit, and its length again in the top 16 bits of its last unit,
// where the block behind it finds it. So the least block is two units.
//
// Invariants: two free blocks never touch; a page without a live block is not
// kept; live = sum of the live blocks' bytes; len(table)*chunkLen > every handle.
type Heap struct {
	arena *Arena
	shift uint   // log2 of units in a page
	mask  uint32 // units in a page - 1

	base  []unsafe.Pointer // by page number; nil: number not in use
	pages []page
	holes []uint32 // page numbers to use again

	table   []*[chunkLen]uint32 // handle -> address; a free handle -> next free handle
	runs    []Run               // where the table's chunks lie
	free    uint32              // first free handle, 0: none
	handles uint32              // handles ever made, the null handle included

	bins [binCount]uint32
	full [binCount / 64]uint64 // bit set: bin not empty

	fills [fillLists]uint32 // pages + 1 by how full they are
	live  int64
	count int64 // pages in use

	// Tight, when set and true, makes Alloc compact before it takes a page.
	Tight *atomic.Bool
	// Quiet forbids that, while a caller holds bytes of other blocks.
	Quiet bool
	moved uint64 // blocks moved by Compact

	// Marks, when set, gets each handle that is given out again.
	Marks *Marks

	newest     uint32 // page number that new blocks are cut from when no hole fits
	compacting bool
}

// page is what is known of a page beside its bytes.
type page struct {
	run        Run
	live       uint32 // bytes
	next, prev uint32 // pages + 1 of the same fill
	fill       uint8  // which list it is in
}

const (
	unitsMask = 1<<13 - 1
	freeBit   = 1 << 13
	prevFree  = 1 << 14
	flagMask  = freeBit | prevFree
	ownerBits = 28
	ownerPos  = 16
	runMark   = 1 << 44
	tagPos    = 48

	headerLen = 6
	leastLen  = 2 // units

	chunkBits = 12
	chunkLen  = 1 << chunkBits

	fillLists = 32

	// MaxHandles is how many blocks a heap can hold.
	MaxHandles = 1<<ownerBits - 1
)

// New returns an empty heap with pages of pageBytes, a power of two between
// 4 KiB and 64 KiB and no less than the system's page.
func New(a *Arena, pageBytes int) *Heap {
	pageBytes = max(pageBytes, a.PageSize())
	h := &Heap{arena: a, handles: 1}
	for h.shift = 0; 8<<h.shift < pageBytes; h.shift++ {
	}
	h.mask = 1<<h.shift - 1
	return h
}

// MaxBlock is the longest payload that Alloc takes; what is longer should be a
// run of the arena. A quarter of a page, so that page ends waste little.
func (h *Heap) MaxBlock() int { return h.pageBytes()/4 - headerLen }

func (h *Heap) pageBytes() int { return 8 << h.shift }

// Live is how many bytes the live blocks take, headers and slack included.
func (h *Heap) Live() int64 { return h.live }

// PageBytes is how many bytes of pages are held.
func (h *Heap) PageBytes() int64 { return h.count * int64(h.pageBytes()) }

// TableBytes is how many bytes the handle table takes.
func (h *Heap) TableBytes() int64 { return int64(len(h.table)) * (4*chunkLen + 12) }

// Handles bounds every handle in use from above.
func (h *Heap) Handles() uint32 { return h.handles }

// Moved is how many blocks compaction has moved.
func (h *Heap) Moved() uint64 { return h.moved }

// units is the length of a block with n bytes of payload.
func units(n int) uint32 { return max(uint32(n+headerLen+7)>>3, leastLen) }

// BlockBytes is what a payload of n bytes takes in a page.
func BlockBytes(n int) int { return int(units(n)) << 3 }

// Alloc makes a block with at least n bytes of payload and returns its handle.
// The bytes are arbitrary.
func (h *Heap) Alloc(n int) uint32 {
	handle := h.newHandle()
	*h.slot(handle) = h.place(units(n), handle)
	return handle
}

// Free drops a block and its handle.
func (h *Heap) Free(handle uint32) {
	s := h.slot(handle)
	h.drop(*s)
	*s = h.free
	h.free = handle
}

// OwnsRun tells whether MarkRun noted that the payload owns a run.
func (h *Heap) OwnsRun(handle uint32) bool { return *h.head(*h.slot(handle))&runMark != 0 }

// Swap exchanges the blocks behind two handles.
func (h *Heap) Swap(a, b uint32) {
	s, t := h.slot(a), h.slot(b)
	*s, *t = *t, *s
	h.own(*s, a)
	h.own(*t, b)
}

// own writes the handle of the block at addr.
func (h *Heap) own(addr, handle uint32) {
	w := h.head(addr)
	*w = *w&^(MaxHandles<<ownerPos) | uint64(handle)<<ownerPos
}

// MarkRun notes whether the payload owns a run of the arena, so that Drain can
// tell of it. Resize forgets the mark.
func (h *Heap) MarkRun(handle uint32, owns bool) {
	w := h.head(*h.slot(handle))
	*w &^= runMark
	if owns {
		*w |= runMark
	}
}

// Resize makes the block behind handle fit n bytes of payload, in place if it
// can, and keeps the first keep bytes.
func (h *Heap) Resize(handle uint32, n, keep int) {
	s := h.slot(handle)
	addr, want := *s, units(n)
	have := uint32(*h.head(addr) & unitsMask)
	switch {
	case want > have && !h.extend(addr, have, want):
		h.move(handle, want, keep)
	case want+leastLen <= have:
		h.cut(addr, have, want)
	}
}

// move puts a block elsewhere, with another length.
func (h *Heap) move(handle, want uint32, keep int) {
	to := h.place(want, handle)
	from := *h.slot(handle) // place may have compacted
	*h.slot(handle) = to
	tag := *h.head(from) >> tagPos << tagPos
	*h.head(to) = *h.head(to)&(1<<tagPos-1) | tag
	if n := uint32(keep+headerLen+7) >> 3; n > 1 {
		copy(h.raw(to, n)[8:], h.raw(from, n)[8:])
	}
	h.drop(from)
}

// extend grows a block into the free block that follows it.
func (h *Heap) extend(addr, have, want uint32) bool {
	next, ok := h.following(addr, have)
	if !ok || *h.head(next)&freeBit == 0 {
		return false
	}
	n := uint32(*h.head(next) & unitsMask)
	if have+n < want {
		return false
	}
	h.unlink(next, n)
	h.settle(addr, have+n, want)
	h.account(addr, int64(*h.head(addr)&unitsMask)-int64(have))
	return true
}

// cut gives the end of a block back.
func (h *Heap) cut(addr, have, want uint32) {
	tail := addr + want
	*h.head(addr) = *h.head(addr)&^unitsMask | uint64(want)
	*h.head(tail) = uint64(have - want)
	h.account(addr, int64(want)-int64(have))
	h.release(tail)
}

// place finds room for a block, marks it as handle's, and returns where.
func (h *Heap) place(want, handle uint32) uint32 {
	addr, n := h.fit(want)
	if addr == 0 {
		h.relieve()
		if addr, n = h.fit(want); addr == 0 {
			addr, n = h.newPage()
		}
	}
	h.unlink(addr, n)
	*h.head(addr) = *h.head(addr)&prevFree | uint64(handle)<<ownerPos
	h.settle(addr, n, want)
	h.account(addr, int64(*h.head(addr)&unitsMask))
	return addr
}

// relieve compacts a little when the node is short of memory and this heap has
// holes to spare.
func (h *Heap) relieve() {
	if !h.Quiet && h.Tight != nil && h.Tight.Load() {
		h.Compact(h.live / 32)
	}
}

// settle makes the n units at addr a live block of want units and a free rest;
// a rest too short for a block stays with it as slack.
func (h *Heap) settle(addr, n, want uint32) {
	if n-want < leastLen {
		want = n
	}
	*h.head(addr) = *h.head(addr)&^(unitsMask|freeBit) | uint64(want)
	if n > want {
		h.setFree(addr+want, n-want)
		return
	}
	if next, ok := h.following(addr, n); ok {
		*h.head(next) &^= prevFree
	}
}

// drop makes a live block free.
func (h *Heap) drop(addr uint32) {
	h.account(addr, -int64(*h.head(addr)&unitsMask))
	h.release(addr)
}

// release joins a block, not counted as live any more, with its free
// neighbours, and gives a page back that became empty.
func (h *Heap) release(addr uint32) {
	w := *h.head(addr)
	n := uint32(w & unitsMask)
	poison(h, addr, n)
	if next, ok := h.following(addr, n); ok && *h.head(next)&freeBit != 0 {
		m := uint32(*h.head(next) & unitsMask)
		h.unlink(next, m)
		n += m
	}
	if w&prevFree != 0 {
		m := uint32(*h.head(addr - 1) >> tagPos)
		addr -= m
		n += m
		h.unlink(addr, m)
	}
	if n == h.mask {
		h.dropPage(addr >> h.shift)
		return
	}
	h.setFree(addr, n)
}

// following returns the block after the one at addr with n units.
func (h *Heap) following(addr, n uint32) (uint32, bool) {
	next := addr + n
	return next, next&h.mask != 0
}

// setFree makes n units at addr a free block and enters it in its bin.
func (h *Heap) setFree(addr, n uint32) {
	*h.head(addr) = uint64(n) | freeBit
	h.link(addr, n)
	last := h.word(addr, uintptr(n-1))
	*last = *last&(1<<tagPos-1) | uint64(n)<<tagPos
	if next, ok := h.following(addr, n); ok {
		*h.head(next) |= prevFree
	}
}
