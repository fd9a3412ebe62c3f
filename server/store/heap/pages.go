package heap

// newPage takes a page from the arena and returns it as one free block.
func (h *Heap) newPage() (addr, n uint32) {
	run := h.arena.Alloc(h.pageBytes())
	h.arena.Commit(int64(h.pageBytes()))
	h.count++
	var p uint32
	if last := len(h.holes) - 1; last >= 0 {
		p = h.holes[last]
		h.holes = h.holes[:last]
	} else {
		p = uint32(len(h.pages))
		if uint64(p+1)<<h.shift > 1<<32 {
			panic("heap: more than 32 GiB in one stripe")
		}
		h.pages = append(h.pages, page{})
		h.base = append(h.base, nil)
	}
	h.base[p] = baseOf(h.arena.Bytes(run, h.pageBytes()))
	h.pages[p] = page{run: run}
	h.enlist(p)
	h.newest = p
	addr = p<<h.shift | 1
	h.setFree(addr, h.mask)
	return addr, h.mask
}

// dropPage gives a page without live blocks back. Its blocks are in no bin.
func (h *Heap) dropPage(p uint32) {
	h.delist(p)
	h.arena.Free(h.pages[p].run, h.pageBytes(), int64(h.pageBytes()))
	h.pages[p] = page{}
	h.base[p] = nil
	h.holes = append(h.holes, p)
	h.count--
}

// account notes that the live bytes of addr's page changed.
func (h *Heap) account(addr uint32, units int64) {
	h.live += units << 3
	p := addr >> h.shift
	pg := &h.pages[p]
	pg.live += uint32(units << 3)
	if h.fillOf(pg.live) != pg.fill {
		h.delist(p)
		h.enlist(p)
	}
}

// fillOf is the list of pages with that many live bytes.
func (h *Heap) fillOf(live uint32) uint8 {
	return uint8(min(live*fillLists>>(h.shift+3), fillLists-1))
}

func (h *Heap) enlist(p uint32) {
	pg := &h.pages[p]
	pg.fill = h.fillOf(pg.live)
	first := &h.fills[pg.fill]
	pg.prev, pg.next = 0, *first
	if *first != 0 {
		h.pages[*first-1].prev = p + 1
	}
	*first = p + 1
}

func (h *Heap) delist(p uint32) {
	pg := &h.pages[p]
	if pg.next != 0 {
		h.pages[pg.next-1].prev = pg.prev
	}
	if pg.prev != 0 {
		h.pages[pg.prev-1].next = pg.next
	} else {
		h.fills[pg.fill] = pg.next
	}
}

// Wants tells whether Compact(spare) would do something.
func (h *Heap) Wants(spare int64) bool {
	_, ok := h.emptiest(spare)
	return ok
}

// Compact empties the emptiest page into the holes of others and gives it
// back, if more than spare bytes and two pages lie in holes. It moves at most
// a page: some 50 us.
//
// The newest page is never chosen: it is where blocks go that fit no hole, so
// that each page emptied leaves the rest denser and the work comes to an end.
func (h *Heap) Compact(spare int64) bool {
	if h.compacting {
		return false
	}
	p, ok := h.emptiest(spare)
	if !ok {
		return false
	}
	h.compacting = true
	h.empty(p)
	h.compacting = false
	return true
}

// emptiest returns the page that is worth most to compact.
func (h *Heap) emptiest(spare int64) (p uint32, ok bool) {
	if h.PageBytes()-h.live <= spare+2*int64(h.pageBytes()) {
		return 0, false
	}
	for f := range fillLists - 1 {
		for id := h.fills[f]; id != 0; id = h.pages[id-1].next {
			if id-1 != h.newest {
				return id - 1, true
			}
		}
	}
	return 0, false
}

// empty moves the live blocks of page p elsewhere.
func (h *Heap) empty(p uint32) {
	first := p<<h.shift | 1
	h.walk(first, func(addr, n uint32, w uint64) {
		if w&freeBit != 0 {
			h.unlink(addr, n)
		}
	})
	h.walk(first, func(addr, n uint32, w uint64) {
		if w&freeBit == 0 {
			h.relocate(addr, n, w)
		}
	})
	h.dropPage(p)
}

// relocate copies one block to another page.
func (h *Heap) relocate(addr, n uint32, w uint64) {
	handle := uint32(w>>ownerPos) & MaxHandles
	h.account(addr, -int64(n))
	to := h.place(n, handle)
	*h.head(to) = *h.head(to)&(1<<ownerPos-1) | w>>ownerPos<<ownerPos
	copy(h.raw(to, n)[8:], h.raw(addr, n)[8:])
	*h.slot(handle) = to
	h.moved++
}

// walk visits all blocks of a page, from its first.
func (h *Heap) walk(addr uint32, visit func(addr, n uint32, w uint64)) {
	for {
		w := *h.head(addr)
		n := uint32(w & unitsMask)
		visit(addr, n, w)
		next, ok := h.following(addr, n)
		if !ok {
			return
		}
		addr = next
	}
}

// Drain gives up to max pages and chunks of a heap back that nobody uses any
// more, and tells whether there are others. owner sees each payload that is
// marked to own a run.
func (h *Heap) Drain(max int, owner func(payload []byte)) (more bool) {
	for ; max > 0 && len(h.pages) > 0; max-- {
		last := uint32(len(h.pages) - 1)
		if h.base[last] != nil {
			h.owners(last, owner)
			h.arena.Free(h.pages[last].run, h.pageBytes(), int64(h.pageBytes()))
			h.count--
		}
		h.pages, h.base = h.pages[:last], h.base[:last]
	}
	for ; max > 0 && len(h.runs) > 0; max-- {
		last := len(h.runs) - 1
		h.arena.Free(h.runs[last], 4*chunkLen, 4*chunkLen)
		h.runs, h.table = h.runs[:last], h.table[:last]
	}
	return len(h.pages)+len(h.runs) > 0
}

// owners shows the payloads of a page that own runs.
func (h *Heap) owners(p uint32, owner func(payload []byte)) {
	h.walk(p<<h.shift|1, func(addr, n uint32, w uint64) {
		if w&freeBit == 0 && w&runMark != 0 {
			owner(h.raw(addr, n)[headerLen:])
		}
	})
}

// newHandle returns a handle without an address.
func (h *Heap) newHandle() uint32 {
	if n := h.free; n != 0 {
		h.free = *h.slot(n)
		if h.Marks != nil {
			h.Marks.Set(n)
		}
		return n
	}
	n := h.handles
	if n>>chunkBits >= uint32(len(h.table)) {
		h.growTable()
	}
	h.handles++
	return n
}

func (h *Heap) growTable() {
	if h.handles >= MaxHandles {
		panic("heap: too many blocks in one stripe")
	}
	r := h.arena.Alloc(4 * chunkLen)
	h.arena.Commit(4 * chunkLen)
	h.runs = append(h.runs, r)
	h.table = append(h.table, chunkOf(h.arena.Bytes(r, 4*chunkLen)))
}
