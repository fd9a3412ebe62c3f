package rdb

import (
	"encoding/binary"
	"strconv"
)

// The compact forms of small collections are blobs of their own. Each of these
// readers calls visit for the elements of a blob and tells whether it was well
// formed and visit never refused. Integers are passed as their digits.

// listpack:
//
//	u32 bytes | u16 count | element, its length backwards | ... | 0xFF
func listpack(b []byte, visit func(v []byte) bool) bool {
	if len(b) < 7 || int(binary.LittleEndian.Uint32(b)) != len(b) || b[len(b)-1] != 0xff {
		return false
	}
	var digits [20]byte
	for b = b[6:]; len(b) > 0 && b[0] != 0xff; {
		v, n, size := listpackElement(b)
		if size == 0 || size+backLength(size) > len(b) {
			return false
		}
		if v == nil {
			v = strconv.AppendInt(digits[:0], n, 10)
		}
		if !visit(v) {
			return false
		}
		b = b[size+backLength(size):]
	}
	return len(b) == 1
}

// backLength is how many bytes the length of an element takes behind it.
func backLength(size int) int {
	switch {
	case size <= 127:
		return 1
	case size < 16383: // not 16384, as Redis has it
		return 2
	case size < 2097151:
		return 3
	case size < 268435455:
		return 4
	}
	return 5
}

// listpackElement reads the element at the head of b: a string, or nil and a
// number, and its size; 0 when it is malformed.
func listpackElement(b []byte) (v []byte, n int64, size int) {
	switch c := b[0]; {
	case c < 0x80:
		return nil, int64(c), 1
	case c < 0xc0:
		return part(b, 1, int(c&0x3f))
	case c < 0xe0 && len(b) >= 2:
		n := int64(c&0x1f)<<8 | int64(b[1])
		return nil, n << 51 >> 51, 2
	case c < 0xe0:
		return nil, 0, 0
	case c < 0xf0 && len(b) >= 2:
		return part(b, 2, int(c&0xf)<<8|int(b[1]))
	case c == 0xf0 && len(b) >= 5:
		return part(b, 5, int(binary.LittleEndian.Uint32(b[1:])))
	case c >= 0xf1 && c <= 0xf3:
		return number(b, 1, int(c-0xf1)+2)
	case c == 0xf4:
		return number(b, 1, 8)
	}
	return nil, 0, 0
}

// part returns the n bytes of b behind the first head, and where they end.
func part(b []byte, head, n int) ([]byte, int64, int) {
	if n > len(b)-head {
		return nil, 0, 0
	}
	return b[head : head+n : head+n], 0, head + n
}

// number returns a little-endian number of n bytes behind the first head.
func number(b []byte, head, n int) ([]byte, int64, int) {
	if len(b) < head+n {
		return nil, 0, 0
	}
	var full [8]byte
	copy(full[8-n:], b[head:head+n])
	return nil, int64(binary.LittleEndian.Uint64(full[:])) >> (64 - 8*n), head + n
}

// ziplist:
//
//	u32 bytes | u32 offset of the last | u16 count | length of the one before, element | ... | 0xFF
func ziplist(b []byte, visit func(v []byte) bool) bool {
	if len(b) < 11 || int(binary.LittleEndian.Uint32(b)) != len(b) || b[len(b)-1] != 0xff {
		return false
	}
	var digits [20]byte
	for b = b[10:]; len(b) > 0 && b[0] != 0xff; {
		head := 1
		if b[0] == 0xfe {
			head = 5
		}
		if head >= len(b) {
			return false
		}
		v, n, size := ziplistElement(b[head:])
		if size == 0 {
			return false
		}
		if v == nil {
			v = strconv.AppendInt(digits[:0], n, 10)
		}
		if !visit(v) {
			return false
		}
		b = b[head+size:]
	}
	return len(b) == 1
}

func ziplistElement(b []byte) (v []byte, n int64, size int) {
	switch c := b[0]; {
	case c < 0x40:
		return part(b, 1, int(c))
	case c < 0x80 && len(b) >= 2:
		return part(b, 2, int(c&0x3f)<<8|int(b[1]))
	case c == 0x80 && len(b) >= 5:
		return part(b, 5, int(binary.BigEndian.Uint32(b[1:])))
	case c == 0xc0:
		return number(b, 1, 2)
	case c == 0xd0:
		return number(b, 1, 4)
	case c == 0xe0:
		return number(b, 1, 8)
	case c == 0xf0:
		return number(b, 1, 3)
	case c == 0xfe:
		return number(b, 1, 1)
	case c >= 0xf1 && c <= 0xfd:
		return nil, int64(c&0xf) - 1, 1
	}
	return nil, 0, 0
}

// intset:
//
//	u32 bytes of one | u32 count | numbers, little-endian
func intset(b []byte, visit func(v []byte) bool) bool {
	if len(b) < 8 {
		return false
	}
	width := int(binary.LittleEndian.Uint32(b))
	count := int(binary.LittleEndian.Uint32(b[4:]))
	b = b[8:]
	if width != 2 && width != 4 && width != 8 || len(b)%width != 0 || len(b)/width != count {
		return false
	}
	var digits [20]byte
	for ; len(b) > 0; b = b[width:] {
		_, n, _ := number(b, 0, width)
		if !visit(strconv.AppendInt(digits[:0], n, 10)) {
			return false
		}
	}
	return true
}

// zipmap, of Redis before 2.6:
//
//	u8 count | length, field | length, u8 unused bytes, value, unused | ... | 0xFF
func zipmap(b []byte, visit func(v []byte) bool) bool {
	if len(b) < 2 || b[len(b)-1] != 0xff {
		return false
	}
	for b = b[1:]; len(b) > 0 && b[0] != 0xff; {
		for value := range 2 {
			n, head := zipmapLength(b)
			free := 0
			if value == 1 && head > 0 && head < len(b) {
				free = int(b[head])
				head++
			}
			if head == 0 || n+free > len(b)-head || !visit(b[head:head+n]) {
				return false
			}
			b = b[head+n+free:]
		}
	}
	return len(b) == 1
}

// zipmapLength reads a length and how many bytes it takes; 0 when malformed.
func zipmapLength(b []byte) (n, head int) {
	switch {
	case len(b) == 0 || b[0] == 0xff:
		return 0, 0
	case b[0] < 0xfe:
		return int(b[0]), 1
	case len(b) < 5:
		return 0, 0
	}
	return int(binary.LittleEndian.Uint32(b[1:])), 5
}
