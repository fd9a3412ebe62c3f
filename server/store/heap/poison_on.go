//go:build invariants

package heap

// poison overwrites a freed block, so that a slice kept too long shows.
func poison(h *Heap, addr, n uint32) {
	b := h.raw(addr, n)[8:]
	for i := range b {
		b[i] = 0xDB
	}
}
