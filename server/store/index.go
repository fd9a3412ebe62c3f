package store

import (
	"slices"

	"github.com/cachedserver/cached/server/store/heap"
)

// index finds the entries of one database in one stripe: a sorted array of
// (hash fragment, handle) cut into segments by extendible hashing.
//
//	dir[top depth bits of the fragment] -> number of a segment
//	segs[number] = handle of its block, count, depth
//	block: word 0: the heap's header; words 1..count: fragment<<32 | handle, ascending
//
// Fragments are uniform, so the place of one in its segment is known within
// a few words (the deviation is below sqrt(n)/2): a lookup reads one or two
// cache lines of the segment; dir and segs, 12 bytes for some 190 keys, stay
// in the caches. A sorted segment is full to the last word and grows by 16 words
// until it has splitAt; then it is split at its next bit. So a key costs 8.4
// bytes at any count of keys, nothing is ever rehashed, and the order of the
// arrays is the order of SCAN. The price is moving half a segment, 1 KiB at
// most, at each insertion: 15 ns.
//
// Invariants: words ascend; a segment of depth d is at 2^(depth-d) places of
// dir in a row; all its fragments share their top d bits.
type index struct {
	heap  *heap.Heap
	dir   []uint32
	segs  []segment
	depth uint
	id    uint16 // what entries call it; 0 costs them nothing
	db    int    // which database it is now, -1: flushed
	gone  uint64 // up to which fragment a flushed one is emptied

	keys    int
	expires int
	ttls    int64 // sum of the times of expiry
	dataset int64 // sum of the charges of its entries
}

// segment is what is known of a segment beside its words.
type segment struct {
	handle uint32
	count  uint16
	depth  uint8
}

const (
	splitAt  = 256
	segGrow  = 16
	segMost  = 2000 // at maxDepth: a block still holds them
	maxDepth = 26
)

func newIndex(h *heap.Heap, id uint16, db int) *index {
	return &index{
		heap: h, id: id, db: db, dir: make([]uint32, 1),
		segs: []segment{{handle: h.Alloc(segBytes(segGrow / 4))}},
	}
}

// bytes is what the directory takes; segments are counted by the heap.
func (ix *index) bytes() int64 { return int64(cap(ix.dir))*4 + int64(cap(ix.segs))*8 + 128 }

// segBytes is the payload of a segment's block: the first word has room for two
// bytes only, which are not used.
func segBytes(capacity int) int { return 2 + 8*capacity }

// segRoom is the capacity that a segment of n words is cut to: few different
// lengths, so that the heap's holes fit.
func segRoom(n int) int { return (n + segGrow + 3) / segGrow * segGrow }

// at returns the segment for a fragment.
func (ix *index) at(frag uint32) *segment { return &ix.segs[ix.dir[ix.place(frag)]] }

func (ix *index) place(frag uint32) uint32 { return uint32(uint64(frag) >> (32 - ix.depth)) }

// words returns a segment's block; word 0 is the heap's.
func (ix *index) words(sg *segment) []uint64 { return ix.heap.Words(sg.handle) }

// guess returns where the words of a fragment should be, from 1 to count, or 1.
func (sg *segment) guess(frag uint32) int {
	return 1 + int(uint64(frag<<sg.depth)*uint64(sg.count)>>32)
}

// bound returns the place in words w of the first word >= want.
func (sg *segment) bound(w []uint64, want uint64) int {
	n := int(sg.count)
	i := sg.guess(uint32(want >> 32))
	if i <= n && w[i] < want {
		for i++; i <= n && w[i] < want; i++ {
		}
		return i
	}
	for i > 1 && w[i-1] >= want {
		i--
	}
	return i
}

// insert enters a handle that is not there.
func (ix *index) insert(frag, handle uint32) {
	word := uint64(frag)<<32 | uint64(handle)
	sg := ix.at(frag)
	for int(sg.count) == len(ix.words(sg))-1 {
		ix.widen(frag)
		sg = ix.at(frag)
	}
	w := ix.words(sg)
	n := int(sg.count)
	i := sg.bound(w, word)
	copy(w[i+1:n+2], w[i:n+1])
	w[i] = word
	sg.count++
}

// widen makes room in the full segment of frag.
func (ix *index) widen(frag uint32) {
	sg := ix.at(frag)
	n := int(sg.count)
	switch {
	case n >= splitAt && sg.depth < maxDepth:
		ix.split(frag)
	case n >= segMost:
		panic("store: two thousand keys with one hash")
	default:
		more := min(max(n/4, 4), segGrow)
		ix.heap.Resize(sg.handle, segBytes(n+more), segBytes(n))
	}
}

// split parts a segment in two at its next bit.
func (ix *index) split(frag uint32) {
	d := uint(ix.at(frag).depth)
	if d == ix.depth {
		ix.double()
	}
	half := frag>>(31-d) | 1 // the top d+1 bits of the upper half
	lower := ix.at(frag)
	n := int(lower.count)
	mid := lower.bound(ix.words(lower), uint64(half)<<(63-d))
	upper := segment{handle: ix.heap.Alloc(segBytes(segRoom(n + 1 - mid))), count: uint16(n + 1 - mid), depth: uint8(d + 1)}
	copy(ix.words(&upper)[1:], ix.words(lower)[mid:n+1])
	lower.count, lower.depth = uint16(mid-1), upper.depth
	ix.heap.Resize(lower.handle, segBytes(segRoom(mid-1)), segBytes(mid-1))
	number := uint32(len(ix.segs))
	ix.segs = append(ix.segs, upper)
	span := uint32(1) << (ix.depth - d - 1)
	for i := half * span; i < (half+1)*span; i++ {
		ix.dir[i] = number
	}
}

// double gives the directory another bit. It is copied whole: 5 us for a
// stripe of a million keys.
func (ix *index) double() {
	dir := make([]uint32, 2*len(ix.dir))
	for i, id := range ix.dir {
		dir[2*i], dir[2*i+1] = id, id
	}
	ix.dir = dir
	ix.depth++
}

// remove takes a handle out.
func (ix *index) remove(frag, handle uint32) {
	word := uint64(frag)<<32 | uint64(handle)
	sg := ix.at(frag)
	w := ix.words(sg)
	n := int(sg.count)
	i := sg.bound(w, word)
	if i > n || w[i] != word {
		panic("store: an entry is not in its index")
	}
	copy(w[i:n], w[i+1:n+1])
	sg.count--
	if len(w)-n >= 2*segGrow {
		ix.heap.Resize(sg.handle, segBytes(segRoom(n-1)), segBytes(n-1))
	}
}

// next calls visit for the handles from fragment from on in ascending order,
// those of one segment at most, until it returns false. It returns the
// fragment after the last that was looked at; 1<<32 at the end.
func (ix *index) next(from uint64, visit func(frag, handle uint32) bool) uint64 {
	sg := ix.at(uint32(from))
	w := ix.words(sg)
	end := (from>>(32-sg.depth) + 1) << (32 - sg.depth)
	for i := sg.bound(w, from<<32); i <= int(sg.count); i++ {
		if !visit(uint32(w[i]>>32), uint32(w[i])) {
			return w[i] >> 32
		}
	}
	return end
}

// any returns a handle, each with the same chance while the index is dense.
func (ix *index) any(seed uint64) (handle uint32, ok bool) {
	if ix.keys == 0 {
		return 0, false
	}
	widest := uint64(splitAt)
	if len(ix.segs) == 1 {
		widest = uint64(ix.keys)
	}
	for range 1024 {
		seed = mix(seed+0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9)
		sg := &ix.segs[(seed>>32)*uint64(len(ix.segs))>>32]
		if i := 1 + int(uint64(uint32(seed))*widest>>32); i <= int(sg.count) {
			return uint32(ix.words(sg)[i]), true
		}
	}
	return ix.after(seed >> 32)
}

// after returns the first handle at or after a fragment, wrapping around: for
// an index so thin that any does not hit.
func (ix *index) after(from uint64) (handle uint32, ok bool) {
	for range 2 {
		for from < 1<<32 && !ok {
			from = ix.next(from, func(_, id uint32) bool { handle, ok = id, true; return false })
		}
		from = 0
	}
	return handle, ok
}

// ordered tells whether all words ascend; for tests.
func (ix *index) ordered() bool {
	for i := range ix.segs {
		sg := &ix.segs[i]
		if !slices.IsSorted(ix.words(sg)[1 : sg.count+1]) {
			return false
		}
	}
	return true
}
