package tree

import (
	"encoding/binary"
	"strconv"
)

// The leaves of a sequence; see the package comment for their entries.

const (
	denseBytes   = 0
	denseOutside = 1
	denseInt     = 2

	// maxDense is how many elements a leaf of a sequence may have: the way to one
	// of them is a walk.
	maxDense = 256
)

// A dense leaf remembers where one of its entries begins, so that whoever works at
// its end does not walk the whole of it each time: the number of that entry, plus
// one, stands in the second byte of the header and its offset in place of the dead
// bytes, which a dense leaf has none of.

func (p node) hint() (i, off int) {
	return int(p[1]) - 1, int(binary.LittleEndian.Uint16(p[6:]))
}

// setHint remembers entry i; a leaf may forget, by remembering the first.
func (p node) setHint(i, off int) {
	if i < 0 || i >= maxDense-1 {
		i, off = 0, nodeHeader
	}
	p[1] = byte(i + 1)
	binary.LittleEndian.PutUint16(p[6:], uint16(off))
}

// denseOff walks to entry i.
func (p node) denseOff(i int) int {
	if i == p.len() {
		return p.low()
	}
	at, off := p.hint()
	if i < at {
		at, off = 0, nodeHeader
	}
	for ; at < i; at++ {
		off += denseSize(p[off:])
	}
	return off
}

// hintEvery is how far behind the hint a change may be before the hint follows.
const hintEvery = 32

// denseFind is denseOff for a change: it moves the hint near to it.
func (p node) denseFind(i int) int {
	if at, _ := p.hint(); i < p.len() && (i < at || i > at+hintEvery) {
		near := max(i-hintEvery/2, 0)
		p.setHint(near, p.denseOff(near))
	}
	return p.denseOff(i)
}

// outsiders returns how many entries of a dense leaf lie outside.
func (p node) outsiders() (n int) {
	for off := nodeHeader; off < p.low(); off += denseSize(p[off:]) {
		if p[off] == denseOutside {
			n++
		}
	}
	return n
}

// denseHalf returns the number of entries in the first half of the bytes, at
// least one and not all.
func (p node) denseHalf() int {
	off, half := nodeHeader, p.low()/2
	for i := range p.len() - 1 {
		if off += denseSize(p[off:]); off >= half {
			return i + 1
		}
	}
	return p.len() - 1
}

func (p node) denseOpen(i, size int) []byte {
	off, low := p.denseFind(i), p.low()
	copy(p[off+size:low+size], p[off:low])
	p.setLow(low + size)
	p.setLen(p.len() + 1)
	if at, hinted := p.hint(); i <= at && at > 0 {
		p.setHint(at+1, hinted+size)
	}
	return p[off : off+size]
}

func (p node) denseCut(i, k int) {
	off := p.denseFind(i)
	end := off
	for range k {
		end += denseSize(p[end:])
	}
	p.denseDrop(i, k, off, end)
}

// denseDrop takes the k entries from i on, which are the bytes [off, end), out.
func (p node) denseDrop(i, k, off, end int) {
	copy(p[off:], p[end:p.low()])
	p.setLow(p.low() - (end - off))
	p.setLen(p.len() - k)
	switch at, hinted := p.hint(); {
	case at >= i+k:
		p.setHint(at-k, hinted-(end-off))
	case at > i:
		p.setHint(0, nodeHeader)
	}
}

// denseRemove takes k entries from i on out of a leaf and frees their chunks.
func (t *Tree) denseRemove(leaf node, i, k int) {
	off := leaf.denseFind(i)
	end := off
	for range k {
		t.releaseField(denseField(leaf[end:]))
		end += denseSize(leaf[end:])
	}
	leaf.denseDrop(i, k, off, end)
}

// denseSize returns the length of the entry at the head of b.
func denseSize(b []byte) int {
	x, n := uint64(b[0]), 1
	if x >= 0x80 {
		x, n = binary.Uvarint(b)
	}
	switch x & 3 {
	case denseBytes:
		return n + int(x>>2)
	case denseOutside:
		return n + 4
	default:
		return n
	}
}

func denseField(b []byte) slot {
	if b[0] == denseOutside {
		return slot{b[1:5], true}
	}
	return slot{}
}

// denseOffs writes where each entry begins.
func (p node) denseOffs(offs *[maxDense]uint16) {
	off := nodeHeader
	for i := range p.len() {
		offs[i] = uint16(off)
		off += denseSize(p[off:])
	}
}

func (t *Tree) denseValue(b []byte) []byte {
	x, n := binary.Uvarint(b)
	switch x & 3 {
	case denseBytes:
		end := n + int(x>>2)
		return b[n:end:end]
	case denseOutside:
		return t.resolve(slot{b[1:5], true})
	default:
		u := x >> 2
		if t.digits == nil {
			return strconv.AppendInt(nil, int64(u>>1)^-int64(u&1), 10)
		}
		return strconv.AppendInt(t.digits[:0], int64(u>>1)^-int64(u&1), 10)
	}
}

// denseHeader returns the entry's header and how many bytes follow it.
func (f slot) denseHeader() (header uint64, content int) {
	if f.outside {
		return denseOutside, 4
	}
	if n, ok := ParseInt(f.bytes); ok && n >= -1<<60 && n < 1<<60 {
		return (uint64(n<<1)^uint64(n>>63))<<2 | denseInt, 0
	}
	return uint64(len(f.bytes)) << 2, len(f.bytes)
}

func (f slot) denseSize() int {
	var b [binary.MaxVarintLen64]byte
	header, content := f.denseHeader()
	return binary.PutUvarint(b[:], header) + content
}

func putDense(b []byte, f slot) {
	header, content := f.denseHeader()
	copy(b[binary.PutUvarint(b, header):], f.bytes[:content])
}

// ParseInt reads a decimal integer that formats back to the same bytes.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	digits := b
	if b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || digits[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' || u > (1<<63)/10 {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	switch {
	case len(digits) == len(b) && u < 1<<63:
		return int64(u), true
	case len(digits) < len(b) && u <= 1<<63:
		return -int64(u), true
	}
	return 0, false
}
