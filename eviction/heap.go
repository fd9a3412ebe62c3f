package eviction

// heap is a binary min-heap of slots in which a slot can be found, so that it
// can leave from the middle or change its key: 8 bytes a slot, and O(log n) a
// change. less compares the keys, which the owner keeps by slot.
type heap struct {
	row    column[uint32] // row[i] is not above row[2i+1] and row[2i+2]
	places column[uint32] // by slot
	len    uint32
}

type less func(a, b uint32) bool

func (h *heap) push(slot uint32, less less) {
	h.row.reach(h.len)
	h.places.reach(slot)
	h.len++
	h.put(h.len-1, slot)
	h.up(h.len-1, less)
}

func (h *heap) min() uint32 { return *h.row.at(0) }

func (h *heap) remove(slot uint32, less less) {
	h.len--
	i, last := *h.places.at(slot), *h.row.at(h.len)
	if i == h.len {
		return
	}
	h.put(i, last)
	h.fix(last, less)
}

// fix restores the order after slot's key has changed.
func (h *heap) fix(slot uint32, less less) {
	i := *h.places.at(slot)
	h.up(i, less)
	if *h.row.at(i) == slot {
		h.down(i, less)
	}
}

func (h *heap) put(i, slot uint32) {
	*h.row.at(i) = slot
	*h.places.at(slot) = i
}

func (h *heap) up(i uint32, less less) {
	slot := *h.row.at(i)
	for i > 0 {
		parent := *h.row.at((i - 1) / 2)
		if !less(slot, parent) {
			break
		}
		h.put(i, parent)
		i = (i - 1) / 2
	}
	h.put(i, slot)
}

func (h *heap) down(i uint32, less less) {
	slot := *h.row.at(i)
	for 2*i+1 < h.len {
		c := 2*i + 1
		if c+1 < h.len && less(*h.row.at(c + 1), *h.row.at(c)) {
			c++
		}
		child := *h.row.at(c)
		if !less(child, slot) {
			break
		}
		h.put(i, child)
		i = c
	}
	h.put(i, slot)
}

func (h *heap) bytes() int { return h.row.bytes() + h.places.bytes() }

func (h *heap) each(yield func(slot uint32) bool) {
	for i := range h.len {
		if !yield(*h.row.at(i)) {
			return
		}
	}
}
