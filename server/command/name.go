package command

import "encoding/binary"

// packedName is a command's name in upper case, filled up with zeros: to compare
// two is to compare three words. No name is longer than maxName.
type packedName struct{ a, b, c uint64 }

const maxName = 24

// pack folds the case of a name of at most maxName bytes.
func pack(name []byte) (p packedName) {
	switch n := len(name); {
	case n > 16:
		p.c = word(name[16:])
		fallthrough
	case n > 8:
		p.b = word(name[8:])
	}
	p.a = word(name)
	return p
}

// word is the first eight bytes, or all if they are fewer, in upper case.
func word(b []byte) uint64 {
	if len(b) >= 8 {
		return upperWord(binary.LittleEndian.Uint64(b))
	}
	if len(b) == 0 {
		return 0
	}
	return upperWord(shortWord(b))
}

// shortWord loads 1 to 7 bytes; parts that overlap hold the same bits.
func shortWord(b []byte) uint64 {
	n := len(b)
	if n >= 4 {
		low := uint64(binary.LittleEndian.Uint32(b))
		high := uint64(binary.LittleEndian.Uint32(b[n-4:]))
		return low | high<<(8*(n-4))
	}
	return uint64(b[0]) | uint64(b[n/2])<<(8*(n/2)) | uint64(b[n-1])<<(8*(n-1))
}

// upperWord turns the letters among eight bytes into capitals, all at once: a byte
// is a small letter if adding takes its low seven bits over 0x7f for the bound 'a'
// and not for the bound behind 'z'.
func upperWord(w uint64) uint64 {
	const each = 0x0101010101010101
	low := w & (0x7f * each)
	fromA := low + (0x80-'a')*each
	pastZ := low + (0x7f-'z')*each
	small := (fromA ^ pastZ) &^ w & (0x80 * each)
	return w ^ small>>2 // 0x80>>2 is the bit of case
}

// hash mixes the words so that the high bits depend on all of them.
func (p packedName) hash() uint64 {
	h := p.a*0x9e3779b97f4a7c15 ^ p.b*0xc2b2ae3d27d4eb4f ^ p.c*0x165667b19e3779f9
	return h ^ h>>32
}

// equalFold compares an argument with a word in capitals, ASCII case ignored.
func equalFold(arg []byte, word string) bool {
	if len(arg) != len(word) {
		return false
	}
	for i, b := range arg {
		if b != word[i] && upper(b) != word[i] {
			return false
		}
	}
	return true
}

func upper(b byte) byte {
	if 'a' <= b && b <= 'z' {
		b -= 'a' - 'A'
	}
	return b
}
