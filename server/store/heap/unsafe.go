package heap

import "unsafe"

// This file is the only one that computes addresses. What must hold:
//   - an addr lies in a page that h.base knows, and is that of a block made by
//     place or of a free block in a bin;
//   - memory behind base comes from an Arena, never from Go's heap, so the
//     collector neither moves nor frees it;
//   - blocks are 8-byte aligned and hold no Go pointers.

// at returns the address of unit addr.
func (h *Heap) at(addr uint32) unsafe.Pointer {
	return unsafe.Add(h.base[addr>>h.shift], uintptr(addr&h.mask)<<3)
}

// head returns the header word of the block at addr.
func (h *Heap) head(addr uint32) *uint64 { return (*uint64)(h.at(addr)) }

// word returns the i-th word after the header of the block at addr.
func (h *Heap) word(addr uint32, i uintptr) *uint64 {
	return (*uint64)(unsafe.Add(h.at(addr), i<<3))
}

// Bytes returns the payload of a block, slack included.
func (h *Heap) Bytes(handle uint32) []byte {
	p := h.at(*h.slot(handle))
	n := int(*(*uint64)(p)&unitsMask)<<3 - headerLen
	return unsafe.Slice((*byte)(unsafe.Add(p, headerLen)), n)
}

// Words returns a whole block as words. The low 48 bits of the first are the
// heap's header and must be kept; the high 16 and all others are the caller's.
func (h *Heap) Words(handle uint32) []uint64 {
	p := (*uint64)(h.at(*h.slot(handle)))
	return unsafe.Slice(p, int(*p&unitsMask))
}

// Prefix returns the first n words of a block, which must be that long, without
// looking at its header: a cache line less to wait for.
func (h *Heap) Prefix(handle uint32, n int) []uint64 {
	return unsafe.Slice((*uint64)(h.at(*h.slot(handle))), n)
}

// Touch reads where a block is, for those who want that in the processor's caches.
func (h *Heap) Touch(handle uint32) uint32 { return *h.slot(handle) }

// TouchBlock reads the beginning of a block, two cache lines of it.
func (h *Heap) TouchBlock(handle uint32) uint64 {
	addr := *h.slot(handle)
	p := h.at(addr)
	sum := *(*uint64)(p)
	if addr&h.mask+lineUnits <= h.mask {
		sum += *(*uint64)(unsafe.Add(p, lineUnits<<3))
	}
	return sum
}

const lineUnits = 8

// Lent is some bytes and the handle that they belong to in two words, so that a
// struct that holds it is small enough to be passed in registers.
type Lent struct {
	first  *byte
	n      uint32
	handle uint32
}

// Lend makes a Lent of less than 4 GiB.
func Lend(b []byte, handle uint32) Lent {
	return Lent{unsafe.SliceData(b), uint32(len(b)), handle}
}

// Bytes are those that were lent.
func (l Lent) Bytes() []byte { return unsafe.Slice(l.first, int(l.n)) }

// Handle is what the bytes belong to.
func (l Lent) Handle() uint32 { return l.handle }

// raw returns n units of the block at addr, header included.
func (h *Heap) raw(addr uint32, n uint32) []byte {
	return unsafe.Slice((*byte)(h.at(addr)), int(n)<<3)
}

// slot returns the place of a handle's address.
func (h *Heap) slot(handle uint32) *uint32 {
	return &h.table[handle>>chunkBits][handle&(chunkLen-1)]
}

// chunkOf makes a handle-table chunk of a run.
func chunkOf(b []byte) *[chunkLen]uint32 { return (*[chunkLen]uint32)(unsafe.Pointer(&b[0])) }

// baseOf returns where a run begins.
func baseOf(b []byte) unsafe.Pointer { return unsafe.Pointer(&b[0]) }

// recordsOf makes run records of raw memory.
func recordsOf(b []byte) []record {
	return unsafe.Slice((*record)(unsafe.Pointer(&b[0])), len(b)/int(unsafe.Sizeof(record{})))
}
