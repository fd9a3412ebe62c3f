package command

import (
	"bytes"
	"math"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var zsetRangeCommands = []Command{
	{
		Name: "ZRANGE", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N+M) with M members returned",
		Syntax:  "key start:string stop:string [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
		Summary: "Returns a range of members, by rank, score or bytes.",
		Flags:   Read, Keys: key(RO | Access), Run: zrange,
	},
	{
		Name: "ZRANGEBYLEX", Group: "sorted-set", Since: "2.8.9", Complexity: "O(log N+M) with M members returned",
		Syntax:     "key min max [LIMIT offset count]",
		Summary:    "Returns a range of members by bytes.",
		Deprecated: "6.2.0", Instead: "`ZRANGE` with `BYLEX`",
		Flags: Read, Keys: key(RO | Access), Run: zrangeByLex,
	},
	{
		Name: "ZRANGEBYSCORE", Group: "sorted-set", Since: "1.0.5", Complexity: "O(log N+M) with M members returned",
		Syntax:     "key min:double max:double [WITHSCORES] [LIMIT offset count]",
		Summary:    "Returns a range of members by score.",
		Deprecated: "6.2.0", Instead: "`ZRANGE` with `BYSCORE`",
		Flags: Read, Keys: key(RO | Access), Run: zrangeByScore,
	},
	{
		Name: "ZRANGESTORE", Group: "sorted-set", Since: "6.2.0", Complexity: "O(log N+M) with M members stored",
		Syntax:  "dst:key src:key min max [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset count]",
		Summary: "Stores a range of members in a sorted set.",
		Flags:   Write | DenyOOM, Keys: twoKeys(OW|Update, RO|Access), Run: zrangeStore,
	},
	{
		Name: "ZREMRANGEBYLEX", Group: "sorted-set", Since: "2.8.9", Complexity: "O(log N+M) with M members removed",
		Syntax:  "key min max",
		Summary: "Removes a range of members by bytes.",
		Flags:   Write, Keys: key(RW | Delete), Run: zremRangeByLex,
	},
	{
		Name: "ZREMRANGEBYRANK", Group: "sorted-set", Since: "2.0.0", Complexity: "O(log N+M) with M members removed",
		Syntax:  "key start stop",
		Summary: "Removes a range of members by rank.",
		Flags:   Write, Keys: key(RW | Delete), Run: zremRangeByRank,
	},
	{
		Name: "ZREMRANGEBYSCORE", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N+M) with M members removed",
		Syntax:  "key min:double max:double",
		Summary: "Removes a range of members by score.",
		Flags:   Write, Keys: key(RW | Delete), Run: zremRangeByScore,
	},
	{
		Name: "ZREVRANGE", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N+M) with M members returned",
		Syntax:     "key start stop [WITHSCORES]",
		Summary:    "Returns a range of members by rank, from the highest score down.",
		Deprecated: "6.2.0", Instead: "`ZRANGE` with `REV`",
		Flags: Read, Keys: key(RO | Access), Run: zrevRange,
	},
	{
		Name: "ZREVRANGEBYLEX", Group: "sorted-set", Since: "2.8.9", Complexity: "O(log N+M) with M members returned",
		Syntax:     "key max min [LIMIT offset count]",
		Summary:    "Returns a range of members by bytes, backwards.",
		Deprecated: "6.2.0", Instead: "`ZRANGE` with `REV` and `BYLEX`",
		Flags: Read, Keys: key(RO | Access), Run: zrevRangeByLex,
	},
	{
		Name: "ZREVRANGEBYSCORE", Group: "sorted-set", Since: "2.2.0", Complexity: "O(log N+M) with M members returned",
		Syntax:     "key max:double min:double [WITHSCORES] [LIMIT offset count]",
		Summary:    "Returns a range of members by score, backwards.",
		Deprecated: "6.2.0", Instead: "`ZRANGE` with `REV` and `BYSCORE`",
		Flags: Read, Keys: key(RO | Access), Run: zrevRangeByScore,
	},
}

// order is what a range is a range of.
type order uint8

const (
	byRank order = iota
	byScore
	byLex
)

// rangeQuery is a range command's question: the members of src from start to stop,
// which are ranks, scores or byte bounds.
type rangeQuery struct {
	by            order
	reverse       bool
	scores        bool  // wanted in the reply
	limited       bool  // LIMIT was given
	offset, count int64 // of LIMIT; count < 0: all

	// The ends: those of by.
	start, stop int64
	score       scoreRange
	lex         lexRange
}

func zrange(c *Call) { c.replyRange(rangeQuery{}, true) }

func zrevRange(c *Call) { c.replyRange(rangeQuery{reverse: true}, false) }

func zrangeByScore(c *Call) { c.replyRange(rangeQuery{by: byScore}, false) }

func zrevRangeByScore(c *Call) { c.replyRange(rangeQuery{by: byScore, reverse: true}, false) }

func zrangeByLex(c *Call) { c.replyRange(rangeQuery{by: byLex}, false) }

func zrevRangeByLex(c *Call) { c.replyRange(rangeQuery{by: byLex, reverse: true}, false) }

// replyRange replies a range of the sorted set at the first key. free: BYSCORE, BYLEX
// and REV are options.
func (c *Call) replyRange(q rangeQuery, free bool) {
	if !q.read(c, 1, true, free) {
		return
	}
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	if !s.there {
		c.Out.Array(0)
		return
	}
	f := membersOnly
	if q.scores {
		f = pairsInRESP3
	}
	from, n := q.window(s)
	c.replyHead(n, f)
	s.Walk(from, n, q.reverse, func(m []byte, score float64) { c.replyMember(m, score, f) })
}

func zrangeStore(c *Call) {
	var q rangeQuery
	if !q.read(c, 2, false, true) {
		return
	}
	s, ok := c.readZSet(c.Args[2])
	if !ok {
		return
	}
	var found []scoredMember
	if s.there {
		from, n := q.window(s)
		s.Walk(from, n, q.reverse, func(m []byte, score float64) {
			found = append(found, scoredMember{string(m), score})
		})
	}
	c.storeZSet(c.Args[1], found, "zrangestore")
}

// read takes the ends of the range, which stand behind the key at argument at, and
// the options. scores: WITHSCORES is one of them; free: BYSCORE, BYLEX and REV are.
func (q *rangeQuery) read(c *Call, at int, scores, free bool) bool {
	o := c.options(at + 3)
	for o.next() {
		switch {
		case scores && o.is("WITHSCORES"):
			q.scores = true
		case o.is("LIMIT") && (free || q.by != byRank) && len(c.Args)-o.pos > 2:
			q.limited = true
			q.offset, q.count = o.int(), o.int()
		case free && o.is("REV"):
			q.reverse = true
		case free && o.is("BYLEX"):
			q.by = byLex
		case free && o.is("BYSCORE"):
			q.by = byScore
		default:
			o.fail(ErrSyntax)
		}
	}
	switch {
	case o.err != "":
	case q.limited && q.by == byRank:
		o.fail(ErrRangeLimit)
	case q.scores && q.by == byLex:
		o.fail(ErrRangeScoresLex)
	}
	return !o.failed() && q.readEnds(c, at)
}

// readEnds takes the ends of the range, which stand behind the key at argument at.
func (q *rangeQuery) readEnds(c *Call, at int) (ok bool) {
	min, max := at+1, at+2
	if q.reverse && q.by != byRank {
		min, max = max, min
	}
	switch q.by {
	case byScore:
		q.score, ok = c.scoreRange(min, max)
		return ok
	case byLex:
		q.lex, ok = c.lexRange(min, max)
		return ok
	}
	var ok1, ok2 bool
	q.start, ok1 = ParseInt(c.Args[min])
	q.stop, ok2 = ParseInt(c.Args[max])
	if !ok1 || !ok2 {
		c.Out.Error(ErrNotInteger)
	}
	return ok1 && ok2
}

// ranks returns the ranks [from, to) of the range, LIMIT aside; none if to <= from.
func (q *rangeQuery) ranks(s *openZSet) (from, to int) {
	switch q.by {
	case byScore:
		return q.score.ranks(s)
	case byLex:
		return q.lex.ranks(s)
	}
	start, n := stretch(q.start, q.stop, s.Len())
	if q.reverse {
		return s.Len() - int(start) - n, s.Len() - int(start)
	}
	return int(start), int(start) + n
}

// window returns the rank at which the range begins, in the order of the walk, and
// how many members it has.
func (q *rangeQuery) window(s *openZSet) (from, n int) {
	from, to := q.ranks(s)
	n = max(to-from, 0)
	offset := 0
	if q.limited {
		if q.offset < 0 || q.offset >= int64(n) {
			return 0, 0
		}
		offset = int(q.offset)
		n -= offset
		if q.count >= 0 {
			n = int(min(int64(n), q.count))
		}
	}
	if q.reverse {
		return to - 1 - offset, n
	}
	return from + offset, n
}

func zremRangeByRank(c *Call) { c.removeRange(rangeQuery{by: byRank}, "zremrangebyrank") }

func zremRangeByScore(c *Call) { c.removeRange(rangeQuery{by: byScore}, "zremrangebyscore") }

func zremRangeByLex(c *Call) { c.removeRange(rangeQuery{by: byLex}, "zremrangebylex") }

func (c *Call) removeRange(q rangeQuery, event string) {
	if !q.readEnds(c, 1) {
		return
	}
	key := c.Args[1]
	s, ok := c.findZSet(key)
	if !ok {
		return
	}
	n := 0
	if s.there {
		from, to := q.ranks(s)
		n = max(to-from, 0)
		s.RemoveRange(from, n, func([]byte, float64) {})
	}
	if n > 0 {
		c.Notify(NotifyZSet, event, key)
		s.dropEmpty()
	}
	c.Out.Int(int64(n))
}

// scoredMember is a member on its way from one sorted set to another.
type scoredMember struct {
	member string
	score  float64
}

// storeZSet makes members the sorted set at key, whatever was there, and replies
// their number; of none, the key goes.
func (c *Call) storeZSet(key []byte, members []scoredMember, event string) {
	if len(members) == 0 {
		if c.DB.Delete(key) {
			c.Notify(NotifyGeneric, "del", key)
		}
		c.Out.Int(0)
		return
	}
	c.creates(key)
	it := c.DB.Create(key, store.ZSet, store.ListPack, value.EmptyPacked)
	z := value.NewZSet(it, c.settings().zset())
	for _, m := range members {
		z.Set([]byte(m.member), m.score)
	}
	c.Notify(NotifyZSet, event, key)
	c.Out.Int(int64(len(members)))
}

// sumScores adds scores; the sum of opposite infinities is 0, as in Redis.
func sumScores(a, b float64) float64 {
	if s := a + b; !math.IsNaN(s) {
		return s
	}
	return 0
}

// minScores and maxScores keep a when b is no number.
func minScores(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

func maxScores(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}

// lessScored orders members as a sorted set does.
func lessScored(a, b scoredMember) int {
	switch {
	case a.score < b.score:
		return -1
	case a.score > b.score:
		return 1
	}
	return bytes.Compare([]byte(a.member), []byte(b.member))
}
