package eviction

// A sketch guesses how often a key was asked for lately, present or not: a
// count-min sketch [1] of 4-bit counters, with conservative sizes and aging.
//
// 16 counters fill a word, 8 words a block, which is a cache line. A key has four
// words of one block, and in each one counter, of which the smallest is the guess:
// it may be too high when keys collide, but aside from aging never too low.
// Counters stop at 15. Aging halves them, as TinyLFU does every ten times as many
// additions as the cache has entries; here a hand goes round all the while and
// halves a word now and then, which comes to the same without the pause.
//
//	block  [word 0 or 1 | word 2 or 3 | word 4 or 5 | word 6 or 7]
//	word   [4|0|1|0|2|15|0|...]  16 counters
//
// [1] G. Cormode, S. Muthukrishnan, An improved data stream summary: the
// count-min sketch and its applications, Journal of Algorithms 55(1), 2005.
type sketch struct {
	words []uint64 // their number is a power of two
	hand  int      // next word to halve
	due   int      // additions until then
}

const (
	countersPerEntry = 8  // at least
	stride           = 10 // additions until the hand moves on: 5 to 10 for each entry and round
)

// fit grows the sketch for n entries. A word's copies keep its counts.
func (s *sketch) fit(n int) {
	if len(s.words) == 0 {
		s.words = make([]uint64, 8)
	}
	for len(s.words)*16 < n*countersPerEntry {
		s.words = append(s.words, s.words...)
	}
}

// block returns the key's block, and the hash that chooses in it.
func (s *sketch) block(hash uint64) (*[8]uint64, uint64) {
	h := hash * 0x9e3779b97f4a7c15
	h ^= h >> 32
	i := int(h>>32) & (len(s.words) - 1) &^ 7
	return (*[8]uint64)(s.words[i:]), h
}

// counter chooses the word of a pair, and the counter in it, by 5 bits.
func counter(h uint64, pair int) (word int, shift uint) {
	return pair*2 + int(h&1), uint(h>>1&15) * 4
}

// add counts one request for the key.
func (s *sketch) add(hash uint64) {
	b, h := s.block(hash)
	for pair := range 4 {
		word, shift := counter(h, pair)
		if b[word]>>shift&15 < 15 {
			b[word] += 1 << shift
		}
		h >>= 5
	}
	if s.due--; s.due <= 0 {
		s.age()
	}
}

// age halves the hand's word.
func (s *sketch) age() {
	s.hand = (s.hand + 1) & (len(s.words) - 1)
	s.words[s.hand] = s.words[s.hand] >> 1 & 0x7777777777777777
	s.due = stride
}

// guess is the number of requests for the key, up to 15.
func (s *sketch) guess(hash uint64) uint8 {
	b, h := s.block(hash)
	least := uint64(15)
	for pair := range 4 {
		word, shift := counter(h, pair)
		least = min(least, b[word]>>shift&15)
		h >>= 5
	}
	return uint8(least)
}

func (s *sketch) bytes() int { return 8 * cap(s.words) }
