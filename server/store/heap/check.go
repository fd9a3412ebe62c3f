package heap

import "fmt"

// Check walks the whole heap and reports the first broken invariant. For
// tests; it costs as much as the heap is large.
func (h *Heap) Check() error {
	var live, free int64
	for p := range h.pages {
		if h.base[p] == nil {
			continue
		}
		l, f, err := h.checkPage(uint32(p))
		if err != nil {
			return err
		}
		live, free = live+l, free+f
	}
	if live != h.live {
		return fmt.Errorf("heap: %d live bytes, %d counted", live, h.live)
	}
	if binned := h.binned(); binned != free {
		return fmt.Errorf("heap: %d free bytes, %d in bins", free, binned)
	}
	return nil
}

// checkPage checks the blocks of one page.
func (h *Heap) checkPage(p uint32) (live, free int64, err error) {
	before := false
	h.walk(p<<h.shift|1, func(addr, n uint32, w uint64) {
		isFree := w&freeBit != 0
		switch handle := uint32(w>>ownerPos) & MaxHandles; {
		case err != nil:
		case before != (w&prevFree != 0):
			err = fmt.Errorf("heap: block %#x: wrong mark of the block before", addr)
		case isFree && before:
			err = fmt.Errorf("heap: block %#x: two free blocks touch", addr)
		case isFree && uint32(*h.word(addr, uintptr(n-1))>>tagPos) != n:
			err = fmt.Errorf("heap: block %#x: wrong length at its end", addr)
		case !isFree && *h.slot(handle) != addr:
			err = fmt.Errorf("heap: block %#x: handle %d is elsewhere", addr, handle)
		}
		if isFree {
			free += int64(n) << 3
		} else {
			live += int64(n) << 3
		}
		before = isFree
	})
	if err == nil && uint32(live) != h.pages[p].live {
		err = fmt.Errorf("heap: page %d: %d live bytes, %d counted", p, live, h.pages[p].live)
	}
	return live, free, err
}

// binned is how many bytes the bins hold.
func (h *Heap) binned() (bytes int64) {
	for _, addr := range h.bins {
		for ; addr != 0; addr = uint32(*h.head(addr) >> ownerPos) {
			bytes += int64(*h.head(addr)&unitsMask) << 3
		}
	}
	return bytes
}
