package command

import (
	"bytes"
	"errors"
	"math"
	"strconv"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// openZSet is the sorted set at a key while a call works on it, or the want of
// one: then it has no members, and make makes it.
type openZSet struct {
	value.ZSet
	c     *Call
	key   []byte
	there bool
}

func (c *Call) openZSet(key []byte, it *store.Item, found bool) *openZSet {
	s := &c.zsets
	s.c, s.key, s.there = c, key, found
	if found {
		s.ZSet = value.OpenZSet(it, c.settings().zset())
	}
	return s
}

// make makes the sorted set if it is not there.
func (s *openZSet) make() {
	if s.there {
		return
	}
	s.c.creates(s.key)
	it := s.c.DB.Create(s.key, store.ZSet, store.ListPack, value.EmptyPacked)
	s.ZSet = value.NewZSet(it, s.c.settings().zset())
	s.there = true
}

func (s *openZSet) len() int {
	if !s.there {
		return 0
	}
	return s.Len()
}

// dropEmpty deletes the key if the last member has gone.
func (s *openZSet) dropEmpty() {
	if s.Len() == 0 {
		s.c.DB.Delete(s.key)
		s.c.Notify(NotifyGeneric, "del", s.key)
	}
}

func (s *openZSet) replyScore(m []byte) {
	if s.there {
		if score, ok := s.Score(m); ok {
			s.c.Out.Double(score)
			return
		}
	}
	s.c.Out.Null()
}

// pairForm is how members come with their scores in a reply.
type pairForm uint8

const (
	membersOnly  pairForm = iota
	pairsFlat             // member, score, member, score
	pairsInRESP3          // arrays of two in RESP3, flat in RESP2
	pairsNested           // arrays of two
	pairsBare             // flat, in an array that has begun
)

// replyHead begins a reply of n members.
func (c *Call) replyHead(n int, f pairForm) {
	if f == pairsBare {
		return
	}
	if f == pairsFlat || f == pairsInRESP3 && c.Out.Proto() < 3 {
		n *= 2
	}
	c.Out.Array(n)
}

func (c *Call) replyMember(m []byte, score float64, f pairForm) {
	if f == pairsNested || f == pairsInRESP3 && c.Out.Proto() >= 3 {
		c.Out.Array(2)
	}
	c.Out.Bulk(m)
	if f != membersOnly {
		c.Out.Double(score)
	}
}

// pop takes up to count members with the lowest or the highest scores off the set
// and replies them.
func (s *openZSet) pop(high bool, count int, f pairForm) {
	n := min(count, s.Len())
	s.c.replyHead(n, f)
	if n == 0 {
		return
	}
	rank, event := 0, "zpopmin"
	if high {
		rank, event = s.Len()-n, "zpopmax"
		s.Walk(s.Len()-1, n, true, func(m []byte, score float64) { s.c.replyMember(m, score, f) })
	}
	s.RemoveRange(rank, n, func(m []byte, score float64) {
		if !high {
			s.c.replyMember(m, score, f)
		}
	})
	s.c.Notify(NotifyZSet, event, s.key)
	s.dropEmpty()
}

// replySample replies random members: n different ones, or -n that may repeat.
func (s *openZSet) replySample(n int, scores bool) {
	f := membersOnly
	if scores {
		f = pairsInRESP3
	}
	have := s.len()
	switch {
	case have == 0 || n == 0:
		s.c.Out.Array(0)
	case n < 0:
		s.c.replyHead(-n, f)
		for ; n < 0; n++ {
			m, score := s.At(s.c.Rand.IntN(have))
			s.c.replyMember(m, score, f)
		}
	case n >= have:
		s.c.replyHead(have, f)
		for m, score := range s.Each {
			s.c.replyMember(m, score, f)
		}
	default:
		s.c.replyHead(n, f)
		for i := range s.c.distinct(n, have) {
			m, score := s.At(i)
			s.c.replyMember(m, score, f)
		}
	}
}

// parseScore reads a score: a float as strtod does, infinities too, no NaN.
func parseScore(b []byte) (float64, bool) {
	if bytes.IndexByte(b, '_') >= 0 { // Go's digit separators are no floats elsewhere
		return 0, false
	}
	f, err := strconv.ParseFloat(hexWithExponent(b), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, !math.IsNaN(f)
}

// hexWithExponent gives a hexadecimal float the exponent that Go wants to see.
func hexWithExponent(b []byte) string {
	if bytes.ContainsAny(b, "xX") && !bytes.ContainsAny(b, "pP") {
		return string(b) + "p0"
	}
	return string(b)
}

// appendScore appends a score in the form of a RESP2 reply.
func appendScore(dst []byte, score float64) []byte { return protocol.AppendDouble(dst, score) }

// bound is an end of a range of scores.
type bound struct {
	score float64
	open  bool // the score itself is outside
}

func parseBound(b []byte) (bound, bool) {
	open := len(b) > 0 && b[0] == '('
	if open {
		b = b[1:]
	}
	score, ok := parseScore(b)
	return bound{score, open}, ok
}

// scoreRange is a range of scores.
type scoreRange struct{ min, max bound }

// scoreRange reads the range whose ends are the arguments at min and max.
func (c *Call) scoreRange(min, max int) (r scoreRange, ok bool) {
	var ok1, ok2 bool
	r.min, ok1 = parseBound(c.Args[min])
	r.max, ok2 = parseBound(c.Args[max])
	if !ok1 || !ok2 {
		c.Out.Error(ErrScoreRange)
	}
	return r, ok1 && ok2
}

// ranks returns the ranks [from, to) of the range; none if to <= from.
func (r *scoreRange) ranks(s *openZSet) (from, to int) {
	return s.Below(r.min.score, r.min.open), s.Below(r.max.score, !r.max.open)
}

// lexBound is an end of a range by bytes.
type lexBound struct {
	member   []byte
	open     bool // the member itself is outside
	infinite int  // -1 before all members, +1 behind all
}

func parseLexBound(b []byte) (lexBound, bool) {
	switch {
	case len(b) == 1 && b[0] == '-':
		return lexBound{infinite: -1}, true
	case len(b) == 1 && b[0] == '+':
		return lexBound{infinite: 1}, true
	case len(b) > 0 && (b[0] == '[' || b[0] == '('):
		return lexBound{member: b[1:], open: b[0] == '('}, true
	}
	return lexBound{}, false
}

// rank returns how many members are before the bound; those equal to it count if
// through.
func (b *lexBound) rank(s *openZSet, through bool) int {
	switch b.infinite {
	case -1:
		return 0
	case 1:
		return s.Len()
	}
	return s.BelowLex(b.member, through)
}

// lexRange is a range by bytes.
type lexRange struct{ min, max lexBound }

// lexRange reads the range whose ends are the arguments at min and max.
func (c *Call) lexRange(min, max int) (r lexRange, ok bool) {
	var ok1, ok2 bool
	r.min, ok1 = parseLexBound(c.Args[min])
	r.max, ok2 = parseLexBound(c.Args[max])
	if !ok1 || !ok2 {
		c.Out.Error(ErrLexRange)
	}
	return r, ok1 && ok2
}

// ranks returns the ranks [from, to) of the range; none if to <= from.
func (r *lexRange) ranks(s *openZSet) (from, to int) {
	return r.min.rank(s, r.min.open), r.max.rank(s, !r.max.open)
}
