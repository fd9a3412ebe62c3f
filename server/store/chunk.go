package store

import (
	"github.com/cachedserver/cached/server/store/heap"
	"github.com/cachedserver/cached/server/value"
)

// chunks is a stripe as the memory of its collections: tree.Memory. A chunk is
// a block in the same heap as the entries, so that counting, compaction and
// stepwise freeing are those of entries. Its payload begins with one byte:
//
//	bits 0-2: 7, the kind that no entry has   3-6: slack   7: in a run
//
// followed by the bytes, or by the descriptor of a run if they are too many.
// Nothing moves while a caller works on a collection, but the chunk that he
// resizes: compaction keeps quiet.
type chunks struct{ s *stripe }

const (
	chunkKind   Kind = 7
	chunkRun         = 1 << 7
	chunkSlack       = 3
	buryAtOnce       = 32 // chunks freed at once rather than in steps
	buriedAStep      = 64
	chunkedLen       = 64 // payloads of chunked collections are shorter
)

// Alloc returns a new chunk of n bytes.
func (c *chunks) Alloc(n int) uint32 {
	h := c.s.heap
	h.Quiet = true
	defer func() { h.Quiet = false }()
	if n+1 <= h.MaxBlock() {
		handle := h.Alloc(n + 1)
		c.head(handle, n)
		return handle
	}
	handle := h.Alloc(1 + descLen)
	b := h.Bytes(handle)
	b[0] = byte(chunkKind) | chunkRun
	c.s.newRun(b[1:], n, n)
	h.MarkRun(handle, true)
	return handle
}

// head writes the first byte of a chunk of n bytes in its block.
func (c *chunks) head(handle uint32, n int) {
	b := c.s.heap.Bytes(handle)
	b[0] = byte(chunkKind) | byte(len(b)-1-n)<<chunkSlack
}

// Bytes returns a chunk.
func (c *chunks) Bytes(handle uint32) []byte { return chunkOf(c.s.heap, c.s.ks.arena, handle) }

func chunkOf(h *heap.Heap, a *heap.Arena, handle uint32) []byte {
	b := h.Bytes(handle)
	if b[0]&chunkRun == 0 {
		end := len(b) - int(b[0]>>chunkSlack&15)
		return b[1:end:end]
	}
	d := desc(b[1:])
	return a.Bytes(heap.Run(d.run()), d.length())
}

// Resize makes a chunk n bytes long.
func (c *chunks) Resize(handle uint32, n int) []byte {
	h := c.s.heap
	h.Quiet = true
	defer func() { h.Quiet = false }()
	b := h.Bytes(handle)
	if b[0]&chunkRun != 0 || n+1 > h.MaxBlock() {
		c.transplant(handle, n)
		return c.Bytes(handle)
	}
	h.Resize(handle, n+1, min(n, len(c.Bytes(handle)))+1)
	c.head(handle, n)
	return c.Bytes(handle)
}

// transplant moves a chunk's bytes into, out of, or to another run.
func (c *chunks) transplant(handle uint32, n int) {
	other := c.Alloc(n)
	copy(c.Bytes(other), c.Bytes(handle))
	h := c.s.heap
	h.Swap(handle, other)
	c.Free(other)
}

// Free gives a chunk back.
func (c *chunks) Free(handle uint32) {
	b := c.s.heap.Bytes(handle)
	if b[0]&chunkRun != 0 {
		d := desc(b[1:])
		c.s.dropRun(d, d.length())
	}
	c.s.heap.Free(handle)
}

// tomb is a collection whose key is gone.
type tomb struct {
	payload []byte
	left    int64 // bytes of chunks still to be freed, by their charge
}

// bury frees the chunks of a payload whose key is gone, many of them later. All
// are credited at once, so that who evicts a large collection to make room need
// not evict others until it is freed.
func (s *stripe) bury(payload []byte) {
	var small [chunkedLen]byte
	p := append(small[:0], payload...)
	live := s.heap.Live()
	if value.FreeStep(&s.chunks, p, buryAtOnce) {
		return
	}
	t := tomb{payload: append([]byte(nil), p...)}
	t.left = max(0, value.Charged(payload)-(live-s.heap.Live()))
	s.buried += t.left
	s.tombs = append(s.tombs, t)
}

// dead is how many bytes the buried chunks take, no more than there are.
func (s *stripe) dead() int64 { return min(s.buried, s.heap.Live()+s.large) }

// decay frees some chunks of what is buried.
func (s *stripe) decay() (more bool) {
	last := len(s.tombs) - 1
	if last < 0 {
		return false
	}
	t := &s.tombs[last]
	live := s.heap.Live() + s.large
	done := value.FreeStep(&s.chunks, t.payload, buriedAStep)
	freed := min(live-s.heap.Live()-s.large, t.left)
	if done {
		freed = t.left
		s.tombs = s.tombs[:last]
	}
	t.left -= freed
	s.buried -= freed
	return len(s.tombs) > 0
}
