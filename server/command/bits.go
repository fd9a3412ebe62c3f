package command

import (
	"encoding/binary"
	"math/bits"
)

// Bit 0 of a string is the highest of its first byte.

// bitAt returns a bit; behind the string there are zeros.
func bitAt(b []byte, offset uint64) bool {
	i := offset / 8
	return i < uint64(len(b)) && b[i]<<(offset%8)&0x80 != 0
}

// edges cuts the bits [from, to), of which there are some, into a first byte, whole
// bytes and a last byte; the masks tell which bits of the edges belong to it.
func edges(from, to int64) (first, last int64, firstMask, lastMask byte) {
	first, last = from/8, (to-1)/8
	return first, last, 0xff >> (from % 8), ^byte(0) << (7 - (to-1)%8)
}

// countBits counts the bits set in [from, to), from < to.
func countBits(b []byte, from, to int64) int64 {
	first, last, firstMask, lastMask := edges(from, to)
	if first == last {
		return int64(bits.OnesCount8(b[first] & firstMask & lastMask))
	}
	n := bits.OnesCount8(b[first]&firstMask) + bits.OnesCount8(b[last]&lastMask)
	return int64(n + countBytes(b[first+1:last]))
}

func countBytes(b []byte) (n int) {
	for ; len(b) >= 32; b = b[32:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b)) +
			bits.OnesCount64(binary.LittleEndian.Uint64(b[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(b[16:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(b[24:]))
	}
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

// findBit returns the first bit of [from, to), from < to, that is set or clear; -1
// if there is none.
func findBit(b []byte, from, to int64, set bool) int64 {
	first, last, firstMask, lastMask := edges(from, to)
	flip := byte(0xff) // turns what is sought into ones
	if set {
		flip = 0
	}
	x := (b[first] ^ flip) & firstMask
	if first == last {
		return bitIn(x&lastMask, first)
	}
	if x != 0 {
		return bitIn(x, first)
	}
	at := first + 1 + skipBytes(b[first+1:last], flip)
	x = b[at] ^ flip
	if at == last {
		x &= lastMask
	}
	return bitIn(x, at)
}

// bitIn returns the position of the highest bit of x, which is byte i.
func bitIn(x byte, i int64) int64 {
	if x == 0 {
		return -1
	}
	return i*8 + int64(bits.LeadingZeros8(x))
}

// skipBytes returns how many bytes at the head of b are dull.
func skipBytes(b []byte, dull byte) (n int64) {
	const each = 0x0101010101010101
	for ; len(b) >= 8 && binary.LittleEndian.Uint64(b) == each*uint64(dull); b = b[8:] {
		n += 8
	}
	for ; len(b) > 0 && b[0] == dull; b = b[1:] {
		n++
	}
	return n
}

// loadBits reads width bits, at most 64, from offset on; behind b there are zeros.
func loadBits(b []byte, offset uint64, width uint) uint64 {
	var buf [9]byte
	if at := offset / 8; at < uint64(len(b)) {
		copy(buf[:], b[at:])
	}
	shift := offset % 8
	x := binary.BigEndian.Uint64(buf[:])<<shift | uint64(buf[8])>>(8-shift)
	return x >> (64 - width)
}

// storeBits writes the low width bits of x at offset; b holds them all.
func storeBits(b []byte, offset uint64, width uint, x uint64) {
	var buf [9]byte
	b = b[offset/8:]
	copy(buf[:], b)
	shift := offset % 8
	mask := ^uint64(0) << (64 - width) // the field, at the top of a word
	x = x << (64 - width)
	head := binary.BigEndian.Uint64(buf[:])
	head = head&^(mask>>shift) | x>>shift
	binary.BigEndian.PutUint64(buf[:], head)
	buf[8] = buf[8]&^byte(mask<<(8-shift)) | byte(x<<(8-shift))
	copy(b, buf[:])
}
