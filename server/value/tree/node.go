package tree

import "encoding/binary"

// MaxNode is the largest node in bytes: with a block header of 16 it fits a
// page of 4 KiB.
const MaxNode = 4096 - 16

const (
	nodeHeader = 8
	growStep   = 32 // a node's chunk is a multiple; it grows by this and a sixteenth
	firstNode  = 64 // bytes of a new root

	// Longer fields live in a chunk of their own, so that at least five entries
	// fit into any node.
	maxInlineKey   = 256
	maxInlineValue = 512
)

// node is the bytes of one chunk; see the package comment for its layout.
type node []byte

func (p node) level() int    { return int(p[0]) }
func (p node) len() int      { return int(binary.LittleEndian.Uint16(p[2:])) }
func (p node) low() int      { return int(binary.LittleEndian.Uint16(p[4:])) }
func (p node) setLen(n int)  { binary.LittleEndian.PutUint16(p[2:], uint16(n)) }
func (p node) setLow(n int)  { binary.LittleEndian.PutUint16(p[4:], uint16(n)) }
func (p node) setDead(n int) { binary.LittleEndian.PutUint16(p[6:], uint16(n)) }

func (p node) dead() int {
	if p.dense() {
		return 0
	}
	return int(binary.LittleEndian.Uint16(p[6:]))
}

// dense tells whether the node is a sequence's leaf; low is then where the
// entries end, and there are no offsets and no dead bytes.
func (p node) dense() bool { return p[1] != 0 }

// off returns where entry i begins.
func (p node) off(i int) int {
	if p.dense() {
		return p.denseOff(i)
	}
	return int(binary.LittleEndian.Uint16(p[nodeHeader+2*i:]))
}

// slotted returns where entry i of a node that is not dense begins.
func (p node) slotted(i int) int {
	return int(binary.LittleEndian.Uint16(p[nodeHeader+2*i:]))
}

// gap is the free room between the offsets and the entries.
func (p node) gap() int {
	if p.dense() {
		return len(p) - p.low()
	}
	return p.low() - nodeHeader - 2*p.len()
}

// live is how many bytes the node needs when it is packed.
func (p node) live() int { return len(p) - p.gap() - p.dead() }

func (p node) init(level int, dense bool) {
	p[0], p[1] = byte(level), 0
	p.setLen(0)
	p.setLow(len(p))
	p.setDead(0)
	if dense && level == 0 {
		p.setLow(nodeHeader)
		p.setHint(0, nodeHeader)
	}
}

// open makes room for an entry of size bytes before entry i and returns it. The
// gap must hold size+2.
func (p node) open(i, size int) []byte {
	if p.dense() {
		return p.denseOpen(i, size)
	}
	n, low := p.len(), p.low()-size
	at := nodeHeader + 2*i
	copy(p[at+2:nodeHeader+2*n+2], p[at:nodeHeader+2*n])
	binary.LittleEndian.PutUint16(p[at:], uint16(low))
	p.setLen(n + 1)
	p.setLow(low)
	return p[low : low+size]
}

// cut takes k entries from i on out of the node.
func (p node) cut(i, k int) {
	if p.dense() {
		p.denseCut(i, k)
		return
	}
	gone := 0
	for j := i; j < i+k; j++ {
		gone += p.size(j)
	}
	n := p.len()
	copy(p[nodeHeader+2*i:], p[nodeHeader+2*(i+k):nodeHeader+2*n])
	p.setLen(n - k)
	p.setDead(p.dead() + gone)
}

// size returns the length of entry i in bytes.
func (p node) size(i int) int {
	e := p[p.off(i):]
	if p.dense() {
		return denseSize(e)
	}
	if p.level() > 0 {
		_, n := field(e[8:])
		return 8 + n
	}
	_, k := field(e)
	_, v := field(e[k:])
	return k + v
}

// take appends entries [from, to) of src.
func (p node) take(src node, from, to int) {
	if src.dense() {
		start, end := src.off(from), src.off(to)
		copy(p.denseOpen(p.len(), end-start), src[start:end])
		p.setLen(p.len() - 1 + to - from)
		return
	}
	if p.len() == 0 && from == 0 && to == src.len() && src.dead() == 0 {
		p.takeAll(src)
		return
	}
	n, low := p.len(), p.low()
	for i := from; i < to; i++ {
		off, size := src.slotted(i), src.size(i)
		low -= size
		copy(p[low:low+size], src[off:])
		binary.LittleEndian.PutUint16(p[nodeHeader+2*n:], uint16(low))
		n++
	}
	p.setLen(n)
	p.setLow(low)
}

// takeAll makes an empty node one with src's entries, which have no holes between.
func (p node) takeAll(src node) {
	n, shift := src.len(), len(p)-len(src)
	copy(p[src.low()+shift:], src[src.low():])
	for i := range n {
		binary.LittleEndian.PutUint16(p[nodeHeader+2*i:], uint16(src.slotted(i)+shift))
	}
	p.setLen(n)
	p.setLow(src.low() + shift)
}

// bytesOf returns what entries [from, to) take, offsets included.
func (p node) bytesOf(from, to int) int {
	if p.dense() {
		return p.off(to) - p.off(from)
	}
	n := 0
	for i := from; i < to; i++ {
		n += 2 + p.size(i)
	}
	return n
}

func (p node) childAt(i int) uint32 { return binary.LittleEndian.Uint32(p[p.off(i):]) }
func (p node) countAt(i int) uint32 { return binary.LittleEndian.Uint32(p[p.off(i)+4:]) }
func (p node) setCount(i int, n uint32) {
	binary.LittleEndian.PutUint32(p[p.off(i)+4:], n)
}

// sepAt returns the lower bound of child i.
func (p node) sepAt(i int) slot {
	f, _ := field(p[p.off(i)+8:])
	return f
}

// total returns the number of elements at and below the node.
func (p node) total() uint32 {
	if p.level() == 0 {
		return uint32(p.len())
	}
	var n uint32
	for i := range p.len() {
		n += p.countAt(i)
	}
	return n
}

// slot is a field as it stands in an entry: bytes, or the handle of a chunk that has them.
type slot struct {
	bytes   []byte
	outside bool
}

// field reads the field at the head of b and returns its length in b.
func field(b []byte) (slot, int) {
	if x := b[0]; x < 0x80 { // one-byte length: nearly always
		if x&1 == 0 {
			end := 1 + int(x>>1)
			return slot{bytes: b[1:end:end]}, end
		}
		return slot{b[1:5:5], true}, 5
	}
	x, n := binary.Uvarint(b)
	if x&1 != 0 {
		return slot{b[n : n+4 : n+4], true}, n + 4
	}
	end := n + int(x>>1)
	return slot{bytes: b[n:end:end]}, end
}

// size returns the field's length in an entry.
func (f slot) size() int {
	switch n := len(f.bytes); {
	case f.outside:
		return 5 // the length byte says no more than "outside"
	case n < 0x40:
		return 1 + n
	default:
		return 2 + n
	}
}

// putField writes a field and returns its length.
func putField(b []byte, f slot) int {
	if f.outside {
		b[0] = 1
		copy(b[1:5], f.bytes)
		return 5
	}
	n := binary.PutUvarint(b, uint64(len(f.bytes))<<1)
	return n + copy(b[n:], f.bytes)
}
