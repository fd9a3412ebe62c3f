package rdb

import "math"

// lzfRatio is more than what one byte of LZF data can stand for.
const lzfRatio = 264

// unpackLZF unpacks data that must give just size bytes. A control byte below 32
// announces that many and one more bytes as they are; any other holds the length
// (3 bits, 7: one more byte) and with the next byte the distance (13 bits) of a
// copy from what was unpacked.
func unpackLZF(data []byte, size int) (out []byte, ok bool) {
	out = make([]byte, 0, size)
	for len(data) > 0 {
		control := int(data[0])
		data = data[1:]
		if control < 32 {
			n := control + 1
			if n > len(data) || len(out)+n > size {
				return nil, false
			}
			out = append(out, data[:n]...)
			data = data[n:]
			continue
		}
		n := control>>5 + 2
		if n == 9 && len(data) > 0 {
			n += int(data[0])
			data = data[1:]
		}
		if len(data) == 0 {
			return nil, false
		}
		from := len(out) - (control&0x1f<<8 | int(data[0])) - 1
		data = data[1:]
		if from < 0 || len(out)+n > size {
			return nil, false
		}
		for i := range n { // may overlap: byte by byte
			out = append(out, out[from+i])
		}
	}
	return out, len(out) == size
}

const (
	lzfHashBits = 13
	lzfLiterals = 32      // most bytes of a run as they are
	lzfReach    = 1 << 13 // largest distance
	lzfCopy     = 264     // longest copy
)

// packer packs strings; it keeps the table of places between calls.
type packer struct {
	seen [1 << lzfHashBits]int32 // hash of three bytes -> base + place
	base int32
	out  []byte
}

// pack returns data packed, good until the next call; nil when it would save less
// than four bytes.
func (p *packer) pack(data []byte) []byte {
	if len(data) > math.MaxInt32/2 {
		return nil
	}
	if p.base > math.MaxInt32/2 {
		p.base = 0
		clear(p.seen[:])
	}
	p.base++ // a place of 0 is nowhere
	base := p.base
	p.base += int32(len(data))
	out := p.out[:0]
	from, i := 0, 0 // literals not yet written begin at from
	for i+2 < len(data) {
		h := lzfHash(data[i:])
		at := int(p.seen[h] - base)
		p.seen[h] = base + int32(i)
		if at < 0 || i-at > lzfReach || data[at] != data[i] || data[at+1] != data[i+1] || data[at+2] != data[i+2] {
			i++
			continue
		}
		n := 3
		for n < lzfCopy && i+n < len(data) && data[at+n] == data[i+n] {
			n++
		}
		out = appendCopy(appendLiterals(out, data[from:i]), i-at-1, n-2)
		if len(out) > len(data)-4 {
			p.out = out
			return nil
		}
		for end := i + n; i < end; i++ {
			if i+2 < len(data) {
				p.seen[lzfHash(data[i:])] = base + int32(i)
			}
		}
		from = i
	}
	p.out = appendLiterals(out, data[from:])
	if len(p.out) > len(data)-4 {
		return nil
	}
	return p.out
}

func lzfHash(b []byte) uint32 {
	x := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	return x * 2654435761 >> (32 - lzfHashBits)
}

func appendLiterals(out, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), lzfLiterals)
		out = append(append(out, byte(n-1)), b[:n]...)
		b = b[n:]
	}
	return out
}

// appendCopy appends a copy: distance and length less one and two.
func appendCopy(out []byte, distance, n int) []byte {
	if n < 7 {
		return append(out, byte(n<<5|distance>>8), byte(distance))
	}
	return append(out, byte(7<<5|distance>>8), byte(n-7), byte(distance))
}
