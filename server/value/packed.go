package value

import (
	"encoding/binary"
	"strconv"

	"github.com/cachedserver/cached/server/value/tree"
)

// A packed payload is a count and its elements one behind the other. An element
// is a header, uvarint(length<<1) and the bytes, or, when the bytes are the
// canonical decimal form of an integer, uvarint(zigzag<<1|1) alone. Equal
// elements have equal encodings, so a search compares encodings.

const packedHeader = 2

// elem is an element as it stands in a payload.
type elem []byte

// appendElem appends the encoding of an element's bytes.
func appendElem(dst, b []byte) []byte {
	if n, ok := tree.ParseInt(b); ok && n > -1<<62 && n < 1<<62 {
		return binary.AppendUvarint(dst, zigzag(n)<<1|1)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))<<1), b...)
}

func zigzag(n int64) uint64   { return uint64(n<<1) ^ uint64(n>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// next returns the element at the head of b and what follows it.
func next(b []byte) (e elem, rest []byte) {
	x, n := uint64(b[0]), 1
	if x >= 0x80 {
		x, n = binary.Uvarint(b)
	}
	if x&1 == 0 {
		n += int(x >> 1)
	}
	return elem(b[:n:n]), b[n:]
}

// int returns the element's integer, if it is one.
func (e elem) int() (int64, bool) {
	x, _ := binary.Uvarint(e)
	return unzigzag(x >> 1), x&1 != 0
}

// append appends the element's bytes.
func (e elem) append(dst []byte) []byte {
	x, n := binary.Uvarint(e)
	if x&1 != 0 {
		return strconv.AppendInt(dst, unzigzag(x>>1), 10)
	}
	return append(dst, e[n:]...)
}

// bytes returns the element's bytes: where they are, or formatted into scratch.
func (e elem) bytes(scratch *[20]byte) []byte {
	x, n := binary.Uvarint(e)
	if x&1 != 0 {
		return strconv.AppendInt(scratch[:0], unzigzag(x>>1), 10)
	}
	return e[n:]
}

// packed is a packed payload.
type packed []byte

func (p packed) len() int         { return int(binary.LittleEndian.Uint16(p)) }
func (p packed) elems() []byte    { return p[packedHeader:] }
func (p packed) setLen(n int)     { binary.LittleEndian.PutUint16(p, uint16(n)) }
func (p packed) off(b []byte) int { return len(p) - len(b) }

// find returns the offset of the element with encoding e among every stride-th
// one, and its number; -1 when there is none.
func (p packed) find(e elem, stride int) (off, index int) {
	rest := p.elems()
	for i := 0; len(rest) > 0; i++ {
		at := rest
		var cur elem
		cur, rest = next(rest)
		if i%stride == 0 && string(cur) == string(e) {
			return p.off(at), i
		}
	}
	return -1, -1
}

// at returns the offset of element i; the payload's length when i is len.
func (p packed) at(i int) int {
	rest := p.elems()
	for range i {
		_, rest = next(rest)
	}
	return p.off(rest)
}

// splice replaces the bytes [from, to) of the item's packed payload by those given
// and adds delta to its count.
func splice(it Item, from, to int, with []byte, delta int) {
	p := it.Payload()
	grow := len(with) - (to - from)
	size := len(p)
	if grow > 0 {
		p = it.Resize(size + grow)
	}
	copy(p[to+grow:], p[to:size])
	copy(p[from:], with)
	packed(p).setLen(packed(p).len() + delta)
	if grow < 0 {
		it.Resize(size + grow)
	}
}

// InitPacked writes an empty packed payload into an item made for it
// (EmptyPacked bytes).
func InitPacked(it Item) {
	clear(it.Resize(EmptyPacked))
	it.SetEncoding(Packed)
}

// EmptyPacked is the size of a packed payload without elements.
const EmptyPacked = packedHeader
