package store

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/cachedserver/cached/server/store/heap"
)

// wheel finds the entries that are due, to the millisecond: a hierarchical
// timing wheel (Varghese and Lauck 1987) of eight levels with 64 slots each.
// An entry due at E lies, when the wheel stands at now, on the level of the
// highest digit (6 bits) in which E and now differ, in the slot of E's digit
// there; what is due already lies in slot 0 of the list past the levels. So the
// lowest level that is not empty holds the earliest entries, and its first slot
// is the next event. When now reaches a slot of level 0 its entries are due;
// those of a higher slot go down, each at most seven times in its life.
//
// Slots are doubly linked lists through the entries' own fields, by handle. The
// first entry's prev is its slot number with firstBit set.
//
// A step handles a bounded number of entries; a slot that is not finished is
// remembered in draining, and nothing else happens before it is.
type wheel struct {
	heap     *heap.Heap
	now      int64
	draining int // slot + 1, 0: none
	used     [levels + 1]uint64
	slots    [levels*64 + 64]uint32
}

const (
	levels   = 8
	digit    = 6
	dueSlot  = levels * 64
	latest   = 1<<(levels*digit) - 1 // ms; what is due later lies as if due then
	firstBit = 1 << 31
	never    = math.MaxInt64
)

// links of an entry's timer field.
func linkNext(t []byte) uint32       { return binary.LittleEndian.Uint32(t[8:]) }
func linkPrev(t []byte) uint32       { return binary.LittleEndian.Uint32(t[12:]) }
func setLinkNext(t []byte, n uint32) { binary.LittleEndian.PutUint32(t[8:], n) }
func setLinkPrev(t []byte, n uint32) { binary.LittleEndian.PutUint32(t[12:], n) }

func (w *wheel) timer(handle uint32) []byte { return entry(w.heap.Bytes(handle)).timer() }

// slotOf is where an entry due at a time belongs.
func (w *wheel) slotOf(at int64) int {
	at = min(at, latest)
	if at <= w.now {
		return dueSlot
	}
	level := (bits.Len64(uint64(at^w.now)) - 1) / digit
	return level*64 + int(at>>(level*digit))&63
}

// start moves an empty wheel to the present, so that the first entry does not
// go down all levels.
func (w *wheel) start(now int64) {
	if _, at := w.event(); at == never {
		w.now = max(w.now, min(now, latest))
	}
}

// add enters an entry that has a TTL.
func (w *wheel) add(handle uint32) {
	t := w.timer(handle)
	slot := w.slotOf(int64(u64(t)))
	next := w.slots[slot]
	setLinkNext(t, next)
	setLinkPrev(t, firstBit|uint32(slot))
	if next != 0 {
		setLinkPrev(w.timer(next), handle)
	}
	w.slots[slot] = handle
	w.used[slot/64] |= 1 << (slot % 64)
}

// remove takes an entry out.
func (w *wheel) remove(handle uint32) {
	t := w.timer(handle)
	next, prev := linkNext(t), linkPrev(t)
	if next != 0 {
		setLinkPrev(w.timer(next), prev)
	}
	if prev&firstBit == 0 {
		setLinkNext(w.timer(prev), next)
		return
	}
	slot := prev &^ firstBit
	w.slots[slot] = next
	if next == 0 {
		w.used[slot/64] &^= 1 << (slot % 64)
	}
}

// event returns the next slot to look at and when; never if there is none.
func (w *wheel) event() (slot int, at int64) {
	if w.draining != 0 {
		return w.draining - 1, w.now
	}
	if w.used[levels] != 0 {
		return dueSlot, w.now
	}
	for level := range levels {
		if w.used[level] != 0 {
			d := bits.TrailingZeros64(w.used[level])
			at := w.now>>((level+1)*digit)<<((level+1)*digit) | int64(d)<<(level*digit)
			return level*64 + d, at
		}
	}
	return 0, never
}

// due returns the next entry whose time has come, still in the wheel, after at
// most *budget moves of others; 0 if none. The budget is lowered.
func (w *wheel) due(now int64, budget *int) (handle uint32) {
	for *budget > 0 {
		slot, at := w.event()
		if at > now {
			w.now = max(w.now, min(now, latest))
			return 0
		}
		w.now = max(w.now, at)
		handle = w.slots[slot]
		if handle == 0 {
			w.draining = 0
			continue
		}
		w.draining = slot + 1
		*budget--
		if int64(u64(w.timer(handle))) <= now {
			return handle
		}
		w.remove(handle)
		w.add(handle)
	}
	return 0
}
