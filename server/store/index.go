package store

import (
	"sort"

	"github.com/cachedserver/cached/server/store/heap"
)

// index finds the entries of one database in one stripe: a sorted array of
// (hash fragment, handle) cut into segments by extendible hashing.
//
//	dir[top depth bits of the fragment] -> handle of a segment
//	segment: word 0: depth (5 bits), count (11 bits), the heap's header (48 bits)
//	         words 1..count: fragment<<32 | handle, ascending
//
// Fragments are uniform, so the place of one in its segment is known within
// a few words (the deviation is below sqrt(n)/2): a lookup reads one or two
// cache lines. A sorted segment is full to the last word and grows by 16 words
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
	depth uint
	id    uint16 // what entries call it; 0 costs them nothing
	db    int    // which database it is now, -1: flushed

	gone uint64 // up to which fragment a flushed one is emptied

	keys    int
	expires int
	ttls    int64 // sum of the times of expiry
	dataset int64 // sum of the charges of its entries
}

const (
	splitAt    = 256
	segGrow    = 16
	maxDepth   = 26
	countMask  = 1<<11 - 1
	countPos   = 48
	depthPos   = 59
	headerMask = 1<<countPos - 1
)

func newIndex(h *heap.Heap, id uint16, db int) *index {
	ix := &index{heap: h, id: id, db: db, dir: make([]uint32, 1)}
	ix.dir[0] = ix.segment(4, 0)
	return ix
}

// bytes is what the directory takes; segments are counted by the heap.
func (ix *index) bytes() int64 { return int64(cap(ix.dir))*4 + 128 }

// segment makes an empty segment.
func (ix *index) segment(capacity int, depth uint) uint32 {
	id := ix.heap.Alloc(segBytes(capacity))
	seg(ix.heap.Words(id)).set(0, depth)
	return id
}

func segBytes(capacity int) int { return 2 + 8*capacity }

// segRoom is the capacity that a segment of n words is cut to: few different
// lengths, so that the heap's holes fit.
func segRoom(n int) int { return (n + segGrow + 3) / segGrow * segGrow }

// seg is the words of a segment.
type seg []uint64

func (s seg) count() int  { return int(s[0] >> countPos & countMask) }
func (s seg) depth() uint { return uint(s[0] >> depthPos) }
func (s seg) set(count int, depth uint) {
	s[0] = s[0]&headerMask | uint64(count)<<countPos | uint64(depth)<<depthPos
}

// at returns the segment for a fragment.
func (ix *index) at(frag uint32) seg { return ix.heap.Words(ix.dir[ix.place(frag)]) }

func (ix *index) place(frag uint32) uint32 { return uint32(uint64(frag) >> (32 - ix.depth)) }

// bound returns the place of the first word >= want.
func (s seg) bound(want uint64) int {
	n := s.count()
	frag := uint32(want >> 32)
	i := 1 + int(uint64(frag<<s.depth())*uint64(n)>>32)
	if i <= n && s[i] < want {
		for i++; i <= n && s[i] < want; i++ {
		}
		return i
	}
	for i > 1 && s[i-1] >= want {
		i--
	}
	return i
}

// insert enters a handle that is not there.
func (ix *index) insert(frag, handle uint32) {
	word := uint64(frag)<<32 | uint64(handle)
	s := ix.at(frag)
	for s.count() == len(s)-1 {
		ix.widen(frag)
		s = ix.at(frag)
	}
	n := s.count()
	i := s.bound(word)
	copy(s[i+1:n+2], s[i:n+1])
	s[i] = word
	s.set(n+1, s.depth())
}

// widen makes room in the full segment of frag.
func (ix *index) widen(frag uint32) {
	s := ix.at(frag)
	n := s.count()
	switch {
	case n >= splitAt && s.depth() < maxDepth:
		ix.split(frag)
	case n >= countMask:
		panic("store: two thousand keys with one hash")
	default:
		more := min(max(n/4, 4), segGrow)
		ix.heap.Resize(ix.dir[ix.place(frag)], segBytes(min(n+more, countMask)), segBytes(n))
	}
}

// split parts a segment in two at its next bit.
func (ix *index) split(frag uint32) {
	s := ix.at(frag)
	n, d := s.count(), s.depth()
	if d == ix.depth {
		ix.double()
	}
	half := frag>>(31-d) | 1 // the top d+1 bits of the upper half
	mid := s.bound(uint64(half) << (63 - d))
	upper := ix.segment(segRoom(n+1-mid), d+1)
	lower := ix.dir[ix.place(frag)]
	s = ix.heap.Words(lower)
	t := seg(ix.heap.Words(upper))
	copy(t[1:], s[mid:n+1])
	t.set(n+1-mid, d+1)
	s.set(mid-1, d+1)
	ix.heap.Resize(lower, segBytes(segRoom(mid-1)), segBytes(mid-1))
	span := uint32(1) << (ix.depth - d - 1)
	for i := half * span; i < (half+1)*span; i++ {
		ix.dir[i] = upper
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
	s := ix.at(frag)
	n := s.count()
	i := s.bound(word)
	if i > n || s[i] != word {
		panic("store: an entry is not in its index")
	}
	copy(s[i:n], s[i+1:n+1])
	n--
	s.set(n, s.depth())
	if len(s)-1-n >= 2*segGrow {
		ix.heap.Resize(ix.dir[ix.place(frag)], segBytes(segRoom(n)), segBytes(n))
	}
}

// next calls visit for the handles from fragment from on in ascending order,
// those of one segment at most, until it returns false. It returns the
// fragment after the last that was looked at; 1<<32 at the end.
func (ix *index) next(from uint64, visit func(frag, handle uint32) bool) uint64 {
	s := ix.at(uint32(from))
	n := s.count()
	end := (from>>(32-s.depth()) + 1) << (32 - s.depth())
	for i := s.bound(from << 32); i <= n; i++ {
		if w := s[i]; !visit(uint32(w>>32), uint32(w)) {
			return w >> 32
		}
	}
	return end
}

// any returns a handle, each with the same chance while the index is dense.
func (ix *index) any(seed uint64) (handle uint32, ok bool) {
	if ix.keys == 0 {
		return 0, false
	}
	for range 1024 {
		seed = mix(seed+0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9)
		frag := uint32(seed >> 32)
		s := ix.at(frag)
		// A segment of a lesser depth has several places in dir: take it
		// from the first only, so that all segments are equally likely.
		if first := ix.place(frag) << (32 - ix.depth) << s.depth(); first != 0 {
			continue
		}
		if i := 1 + int(uint64(uint32(seed))*ix.widest()>>32); i <= s.count() {
			return uint32(s[i]), true
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

// widest bounds the count of any segment, so that any is fair.
func (ix *index) widest() uint64 {
	if len(ix.dir) == 1 {
		return uint64(ix.at(0).count())
	}
	return splitAt
}

// ordered tells whether all words ascend; for tests.
func (ix *index) ordered() bool {
	for i := range ix.dir {
		s := seg(ix.heap.Words(ix.dir[i]))
		w := s[1 : s.count()+1]
		if !sort.SliceIsSorted(w, func(a, b int) bool { return w[a] < w[b] }) {
			return false
		}
	}
	return true
}
