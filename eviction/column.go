package eviction

import "unsafe"

// none is the slot that is no slot: the end of a list.
const none = ^uint32(0)

const (
	chunkBits = 10
	chunkLen  = 1 << chunkBits
)

// column holds one value of type T for each slot. It grows by whole chunks
// that never move, so that growing costs the same however long it is, and T
// has no pointers, so that the garbage collector never looks inside.
type column[T any] struct {
	chunks []*[chunkLen]T
}

// at returns the value of a slot that reach has seen.
func (c *column[T]) at(slot uint32) *T {
	return &c.chunks[slot>>chunkBits][slot%chunkLen]
}

// reach makes room for slot.
func (c *column[T]) reach(slot uint32) {
	for int(slot>>chunkBits) >= len(c.chunks) {
		c.chunks = append(c.chunks, new([chunkLen]T))
	}
}

func (c *column[T]) bytes() int {
	var v T
	return cap(c.chunks)*int(unsafe.Sizeof(&v)) + len(c.chunks)*chunkLen*int(unsafe.Sizeof(v))
}
