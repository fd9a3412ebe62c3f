package value

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"

	"github.com/cachedserver/cached/server/value/tree"
)

// zsetElement is what a member of a chunked sorted set is charged beside its bytes
// in each of the two trees.
const zsetElement = 30

// ZSet is a sorted set: members ordered by (score, member). It is Packed (member,
// score, ... in order) or Chunked: a tree of members in hash order with their
// scores, and a tree of (score, member), whose counts give ranks.
//
// A score of -0 is kept as 0: they compare equal and order by member.
type ZSet struct {
	it  Item
	lim *Limits
	tmp [96]byte // key or encoding of the member at hand
	num [20]byte // digits of the member last returned
}

// NewZSet makes the item an empty sorted set.
func NewZSet(it Item, lim *Limits) ZSet {
	InitPacked(it)
	return ZSet{it: it, lim: lim}
}

// OpenZSet opens the item's sorted set.
func OpenZSet(it Item, lim *Limits) ZSet { return ZSet{it: it, lim: lim} }

func (z *ZSet) chunked() bool { return z.it.Encoding() == Chunked }

// Len returns the number of members.
func (z *ZSet) Len() int {
	if !z.chunked() {
		return packed(z.it.Payload()).len() / 2
	}
	t := openTree(z.it, 0)
	return t.Len()
}

// Score returns the member's score.
func (z *ZSet) Score(m []byte) (float64, bool) {
	if !z.chunked() {
		p := packed(z.it.Payload())
		off, _ := p.find(appendElem(z.tmp[:0], m), 2)
		if off < 0 {
			return 0, false
		}
		_, rest := next(p[off:])
		s, _ := next(rest)
		return s.score(), true
	}
	t := openTree(z.it, 0)
	v, ok := t.Get(hashKey(z.tmp[:0], m))
	if !ok {
		return 0, false
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(v)), true
}

// Set gives the member a score, which is not NaN, and tells whether it is new.
func (z *ZSet) Set(m []byte, score float64) (isNew bool) {
	score += 0 // -0 becomes 0
	if z.chunked() {
		return z.setChunked(m, score)
	}
	old, there := z.Score(m)
	if there && old == score {
		return false
	}
	full := !there && z.Len() >= min(z.lim.Entries, maxPacked/2)
	if full || len(m) > z.lim.Bytes {
		z.becomeTrees()
		return z.setChunked(m, score)
	}
	if there {
		z.Remove(m)
	}
	i := z.search(score, m)
	p := packed(z.it.Payload())
	off := p.at(2 * i)
	splice(z.it, off, off, appendScore(appendElem(z.tmp[:0], m), score), 2)
	return !there
}

func (z *ZSet) setChunked(m []byte, score float64) (isNew bool) {
	members, order := openTree(z.it, 0), openTree(z.it, 1)
	key := hashKey(z.tmp[:0], m)
	var buf [104]byte
	old, there := members.Get(key)
	if there {
		was := math.Float64frombits(binary.LittleEndian.Uint64(old))
		if was == score {
			return false
		}
		order.Delete(orderKey(buf[:0], was, m))
		binary.LittleEndian.PutUint64(old, math.Float64bits(score))
	} else {
		var v [8]byte
		binary.LittleEndian.PutUint64(v[:], math.Float64bits(score))
		members.Put(key, v[:])
	}
	order.Put(orderKey(buf[:0], score, m), nil)
	saveTree(z.it, 0, &members)
	saveTree(z.it, 1, &order)
	if !there {
		charge(z.it, 2*len(m)+zsetElement)
	}
	return !there
}

// Remove removes the member and tells whether it was there.
func (z *ZSet) Remove(m []byte) bool {
	if !z.chunked() {
		p := packed(z.it.Payload())
		off, _ := p.find(appendElem(z.tmp[:0], m), 2)
		if off < 0 {
			return false
		}
		splice(z.it, off, p.off(skip(p[off:], 2)), nil, -2)
		return true
	}
	score, ok := z.Score(m)
	if ok {
		z.removeChunked(m, score)
	}
	return ok
}

func (z *ZSet) removeChunked(m []byte, score float64) {
	members, order := openTree(z.it, 0), openTree(z.it, 1)
	members.Delete(hashKey(z.tmp[:0], m))
	order.Delete(orderKey(z.tmp[:0], score, m))
	saveTree(z.it, 0, &members)
	saveTree(z.it, 1, &order)
	charge(z.it, -2*len(m)-zsetElement)
}

// At returns the member of the given rank, 0 <= rank < Len, and its score.
func (z *ZSet) At(rank int) ([]byte, float64) {
	if !z.chunked() {
		p := packed(z.it.Payload())
		m, s, _ := z.read(p[p.at(2*rank):])
		return m, s
	}
	order := openTree(z.it, 1)
	key, _ := order.At(rank)
	return key[8:], scoreOf(key)
}

func (z *ZSet) read(b []byte) (m []byte, score float64, rest []byte) {
	e, b := next(b)
	s, b := next(b)
	return e.bytes(&z.num), s.score(), b
}

// Rank returns the member's rank.
func (z *ZSet) Rank(m []byte) (int, bool) {
	if !z.chunked() {
		_, i := packed(z.it.Payload()).find(appendElem(z.tmp[:0], m), 2)
		return i / 2, i >= 0
	}
	score, ok := z.Score(m)
	if !ok {
		return 0, false
	}
	order := openTree(z.it, 1)
	return order.Rank(orderKey(z.tmp[:0], score, m))
}

// Below returns how many members score below score; with through, at or below it.
func (z *ZSet) Below(score float64, through bool) int {
	if z.chunked() {
		var key [8]byte
		k := sortable(score + 0)
		if through {
			k++
		}
		binary.BigEndian.PutUint64(key[:], k)
		order := openTree(z.it, 1)
		i, _ := order.Rank(key[:])
		return i
	}
	i := 0
	for _, s := range z.Each {
		if s > score || s == score && !through {
			break
		}
		i++
	}
	return i
}

// BelowLex returns how many members come before m by their bytes; with through,
// before or at it. All members must have the same score.
func (z *ZSet) BelowLex(m []byte, through bool) int {
	return sort.Search(z.Len(), func(i int) bool {
		at, _ := z.At(i)
		c := bytes.Compare(at, m)
		return c > 0 || c == 0 && !through
	})
}

// search returns the rank that (score, m) has or would have.
func (z *ZSet) search(score float64, m []byte) int {
	i := 0
	for at, s := range z.Each {
		if s > score || s == score && bytes.Compare(at, m) >= 0 {
			break
		}
		i++
	}
	return i
}

// Each yields all members in order; each ends with the next.
func (z *ZSet) Each(yield func(m []byte, score float64) bool) { z.Ascend(0)(yield) }

// Ascend yields the members from rank on, upwards. The set must not change meanwhile.
func (z *ZSet) Ascend(rank int) func(yield func(m []byte, score float64) bool) {
	return func(yield func(m []byte, score float64) bool) {
		if z.chunked() {
			order := openTree(z.it, 1)
			for c := order.SeekAt(rank); c.Valid(); c.Next() {
				if key := c.Key(); !yield(key[8:], scoreOf(key)) {
					return
				}
			}
			return
		}
		p := packed(z.it.Payload())
		for rest := []byte(p[p.at(2*rank):]); len(rest) > 0; {
			m, s, after := z.read(rest)
			if !yield(m, s) {
				return
			}
			rest = after
		}
	}
}

// Descend yields the members from rank on, downwards.
func (z *ZSet) Descend(rank int) func(yield func(m []byte, score float64) bool) {
	return func(yield func(m []byte, score float64) bool) {
		if z.chunked() {
			order := openTree(z.it, 1)
			for c := order.SeekAt(rank); c.Valid(); c.Prev() {
				if key := c.Key(); !yield(key[8:], scoreOf(key)) {
					return
				}
			}
			return
		}
		for ; rank >= 0; rank-- {
			if m, s := z.At(rank); !yield(m, s) {
				return
			}
		}
	}
}

// Walk visits up to n members from rank on, upwards or downwards.
func (z *ZSet) Walk(rank, n int, down bool, visit func(m []byte, score float64)) {
	if n <= 0 {
		return
	}
	if !z.chunked() {
		z.walkPacked(rank, n, down, visit)
		return
	}
	order := openTree(z.it, 1)
	for c := order.SeekAt(rank); c.Valid() && n > 0; n-- {
		key := c.Key()
		visit(key[8:], scoreOf(key))
		if down {
			c.Prev()
		} else {
			c.Next()
		}
	}
}

func (z *ZSet) walkPacked(rank, n int, down bool, visit func(m []byte, score float64)) {
	if down {
		for ; n > 0 && rank >= 0; n-- {
			m, s := z.At(rank)
			visit(m, s)
			rank--
		}
		return
	}
	p := packed(z.it.Payload())
	for rest := []byte(p[p.at(2*rank):]); n > 0 && len(rest) > 0; n-- {
		m, s, after := z.read(rest)
		visit(m, s)
		rest = after
	}
}

// RemoveRange removes n members from rank on, naming each to gone before it goes.
func (z *ZSet) RemoveRange(rank, n int, gone func(m []byte, score float64)) {
	for range n {
		m, s := z.At(rank)
		gone(m, s)
		if z.chunked() {
			z.removeChunked(append([]byte(nil), m...), s)
			continue
		}
		p := packed(z.it.Payload())
		off := p.at(2 * rank)
		splice(z.it, off, p.off(skip(p[off:], 2)), nil, -2)
	}
}

// Scan visits about count members from cursor on and returns the next cursor, 0
// at the end. A member that is there from the first call to the last is visited.
func (z *ZSet) Scan(cursor uint64, count int, visit func(m []byte, score float64)) uint64 {
	if !z.chunked() {
		for m, s := range z.Each {
			visit(m, s)
		}
		return 0
	}
	members := openTree(z.it, 0)
	return scan(&members, cursor, count, func(key, v []byte) {
		visit(key, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	})
}

func (z *ZSet) becomeTrees() {
	members, order := tree.New(z.it.Memory()), tree.New(z.it.Memory())
	charged := 0
	var v [8]byte
	for m, s := range z.Each {
		binary.LittleEndian.PutUint64(v[:], math.Float64bits(s))
		members.Put(hashKey(z.tmp[:0], m), v[:])
		order.Put(orderKey(z.tmp[:0], s, m), nil)
		charged += 2*len(m) + zsetElement
	}
	becomeChunked(z.it, 2)
	saveTree(z.it, 0, &members)
	saveTree(z.it, 1, &order)
	charge(z.it, charged)
}

// sortable maps scores to integers of the same order.
func sortable(score float64) uint64 {
	b := math.Float64bits(score)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func orderKey(dst []byte, score float64, m []byte) []byte {
	return append(binary.BigEndian.AppendUint64(dst, sortable(score)), m...)
}

func scoreOf(key []byte) float64 {
	u := binary.BigEndian.Uint64(key)
	if u>>63 != 0 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}

// appendScore appends a score as an element: an integer, or eight bytes.
func appendScore(dst []byte, score float64) []byte {
	if n := int64(score); float64(n) == score && n > -1<<53 && n < 1<<53 {
		return appendInt(dst, n)
	}
	return binary.LittleEndian.AppendUint64(append(dst, 8<<1), math.Float64bits(score))
}

func (e elem) score() float64 {
	if n, ok := e.int(); ok {
		return float64(n)
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(e[1:]))
}
