package eviction

// A sketch guesses how often a key was asked for lately, present or not: a
// count-min sketch [1] of 4-bit counters, with conservative sizes and aging.
//
// 16 counters fill a word. A key has four words, and in each one counter, of
// which the smallest is the guess: it may be too high when keys collide,
// never too low. Counters stop at 15. Aging halves them, as TinyLFU does every
// ten times as many additions as the cache has entries; here a hand goes round
// all the while and halves a word now and then, which comes to the same
// without the pause.
//
//	word   [4|0|1|0|2|15|0|...]  16 counters
//	          hash -> word and counter, four times
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
	agingPeriod      = 10 // additions for each entry in which all counters are halved once
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

func (s *sketch) at(hash uint64, row uint) (word *uint64, shift uint) {
	h := (hash + uint64(row)) * 0x9e3779b97f4a7c15
	h ^= h >> 29
	return &s.words[h&uint64(len(s.words)-1)], uint(h>>58) & 15 * 4
}

// add counts one request for the key, in a cache of n entries.
func (s *sketch) add(hash uint64, n int) {
	for row := range uint(4) {
		if word, shift := s.at(hash, row); *word>>shift&15 < 15 {
			*word += 1 << shift
		}
	}
	if s.due--; s.due <= 0 {
		s.age(n)
	}
}

// age halves the hand's word.
func (s *sketch) age(n int) {
	s.hand = (s.hand + 1) & (len(s.words) - 1)
	s.words[s.hand] = s.words[s.hand] >> 1 & 0x7777777777777777
	s.due = max(1, agingPeriod*n/len(s.words))
}

// guess is the number of requests for the key, up to 15.
func (s *sketch) guess(hash uint64) uint8 {
	least := uint64(15)
	for row := range uint(4) {
		word, shift := s.at(hash, row)
		least = min(least, *word>>shift&15)
	}
	return uint8(least)
}

func (s *sketch) bytes() int { return 8 * cap(s.words) }
