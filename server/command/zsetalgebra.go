package command

import (
	"math"
	"slices"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var zsetAlgebraCommands = []Command{
	{
		Name: "ZDIFF", Group: "sorted-set", Since: "6.2.0", Complexity: "O(L+N log N) with L members in all sets and N in the result",
		Syntax:  "numkeys key [key ...] [WITHSCORES]",
		Summary: "Returns the members of the first sorted set that are in none of the others.",
		Flags:   Read, Keys: numkeysAt(1, RO|Access), Run: zdiff,
	},
	{
		Name: "ZDIFFSTORE", Group: "sorted-set", Since: "6.2.0", Complexity: "O(L+N log N) with L members in all sets and N in the result",
		Syntax:  "destination numkeys key [key ...]",
		Summary: "Stores the members of the first sorted set that are in none of the others.",
		Flags:   Write | DenyOOM, Keys: storeAndNumkeys(), Run: zdiffStore,
	},
	{
		Name: "ZINTER", Group: "sorted-set", Since: "6.2.0", Complexity: "O(N*K+M log M) with N members in the smallest of K sets and M in the result",
		Syntax:  "numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE <aggregate: SUM | MIN | MAX>] [WITHSCORES]",
		Summary: "Returns the members that are in all of the sorted sets.",
		Flags:   Read, Keys: numkeysAt(1, RO|Access), Run: zinter,
	},
	{
		Name: "ZINTERCARD", Group: "sorted-set", Since: "7.0.0", Complexity: "O(N*K) with N members in the smallest of K sets",
		Syntax:  "numkeys key [key ...] [LIMIT limit:integer]",
		Summary: "Returns how many members are in all of the sorted sets.",
		Flags:   Read, Keys: numkeysAt(1, RO|Access), Run: zinterCard,
	},
	{
		Name: "ZINTERSTORE", Group: "sorted-set", Since: "2.0.0", Complexity: "O(N*K+M log M) with N members in the smallest of K sets and M in the result",
		Syntax:  "destination numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE <aggregate: SUM | MIN | MAX>]",
		Summary: "Stores the members that are in all of the sorted sets.",
		Flags:   Write | DenyOOM, Keys: storeAndNumkeys(), Run: zinterStore,
	},
	{
		Name: "ZUNION", Group: "sorted-set", Since: "6.2.0", Complexity: "O(L+N log N) with L members in all sets and N in the result",
		Syntax:  "numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE <aggregate: SUM | MIN | MAX>] [WITHSCORES]",
		Summary: "Returns the members that are in any of the sorted sets.",
		Flags:   Read, Keys: numkeysAt(1, RO|Access), Run: zunion,
	},
	{
		Name: "ZUNIONSTORE", Group: "sorted-set", Since: "2.0.0", Complexity: "O(L+N log N) with L members in all sets and N in the result",
		Syntax:  "destination numkeys key [key ...] [WEIGHTS weight:integer [weight:integer ...]] [AGGREGATE <aggregate: SUM | MIN | MAX>]",
		Summary: "Stores the members that are in any of the sorted sets.",
		Flags:   Write | DenyOOM, Keys: storeAndNumkeys(), Run: zunionStore,
	},
}

// storeAndNumkeys: the first argument is a key to be stored to, the second the
// number of keys that follow it.
func storeAndNumkeys() []KeySpec { return append(key(OW|Update), numkeysAt(2, RO|Access)...) }

// zsetQuery is a union, an intersection or a difference: of which keys, and how
// scores are weighed and put together.
type zsetQuery struct {
	keys      [][]byte
	weights   []float64 // one a key
	aggregate func(a, b float64) float64
	scores    bool // wanted in the reply
	limit     int  // of ZINTERCARD; 0: none
}

func zdiff(c *Call)  { c.replyZSetQuery(zsetDiff) }
func zinter(c *Call) { c.replyZSetQuery(zsetInter) }
func zunion(c *Call) { c.replyZSetQuery(zsetUnion) }

func zdiffStore(c *Call)  { c.storeZSetQuery(zsetDiff, "zdiffstore") }
func zinterStore(c *Call) { c.storeZSetQuery(zsetInter, "zinterstore") }
func zunionStore(c *Call) { c.storeZSetQuery(zsetUnion, "zunionstore") }

// zsetOp is one of the three operations.
type zsetOp uint8

const (
	zsetUnion zsetOp = iota
	zsetInter
	zsetDiff
)

func (c *Call) replyZSetQuery(op zsetOp) {
	q, ok := c.readZSetQuery(1, op, true)
	if !ok {
		return
	}
	found, ok := q.run(c, op)
	if !ok {
		return
	}
	slices.SortFunc(found, lessScored)
	f := membersOnly
	if q.scores {
		f = pairsInRESP3
	}
	c.replyHead(len(found), f)
	for _, m := range found {
		c.replyMember([]byte(m.member), m.score, f)
	}
}

func (c *Call) storeZSetQuery(op zsetOp, event string) {
	q, ok := c.readZSetQuery(2, op, false)
	if !ok {
		return
	}
	if found, ok := q.run(c, op); ok {
		slices.SortFunc(found, lessScored)
		c.storeZSet(c.Args[1], found, event)
	}
}

func zinterCard(c *Call) {
	q := zsetQuery{aggregate: sumScores}
	if !q.readKeys(c, 1) {
		return
	}
	o := c.options(2 + len(q.keys))
	for o.next() {
		if !o.is("LIMIT") || !o.more() {
			o.fail(ErrSyntax)
			break
		}
		limit, ok := ParseInt(o.arg())
		if !ok || limit < 0 {
			o.fail(ErrLimitNegative)
		}
		q.limit = int(min(limit, math.MaxInt32))
	}
	if o.failed() {
		return
	}
	if found, ok := q.run(c, zsetInter); ok {
		c.Out.Int(int64(len(found)))
	}
}

// readZSetQuery reads the keys, whose number is argument at, and the options.
func (c *Call) readZSetQuery(at int, op zsetOp, reply bool) (q zsetQuery, ok bool) {
	q.aggregate = sumScores
	if !q.readKeys(c, at) {
		return q, false
	}
	o := c.options(at + 1 + len(q.keys))
	for o.next() {
		switch {
		case op != zsetDiff && o.is("WEIGHTS") && len(c.Args)-o.pos > len(q.keys):
			q.readWeights(&o)
		case op != zsetDiff && o.is("AGGREGATE") && o.more():
			q.readAggregate(&o)
		case reply && o.is("WITHSCORES"):
			q.scores = true
		default:
			o.fail(ErrSyntax)
		}
	}
	return q, !o.failed()
}

// readKeys takes the keys behind their number.
func (q *zsetQuery) readKeys(c *Call, at int) bool {
	n, ok := c.int(at)
	switch {
	case !ok:
		return false
	case n < 1:
		c.Out.Error(errNoInputKeys(c.Cmd))
		return false
	case n > int64(c.argc()-at-1):
		c.Out.Error(ErrSyntax)
		return false
	}
	q.keys = c.Args[at+1 : at+1+int(n)]
	return q.checkKinds(c)
}

// checkKinds refuses keys of another kind: Redis does so before it looks at the
// options.
func (q *zsetQuery) checkKinds(c *Call) bool {
	for _, key := range q.keys {
		if v, found := c.DB.Peek(key); found && v.Kind() != store.ZSet && v.Kind() != store.Set {
			c.Out.Error(ErrWrongType)
			return false
		}
	}
	return true
}

func (q *zsetQuery) readWeights(o *options) {
	q.weights = nil
	for range q.keys {
		w, ok := parseScore(o.arg())
		if !ok {
			o.fail(ErrWeight)
			return
		}
		q.weights = append(q.weights, w)
	}
}

func (q *zsetQuery) readAggregate(o *options) {
	o.arg()
	switch {
	case o.is("SUM"):
		q.aggregate = sumScores
	case o.is("MIN"):
		q.aggregate = minScores
	case o.is("MAX"):
		q.aggregate = maxScores
	default:
		o.fail(ErrSyntax)
	}
}

// zsource is one operand: a sorted set, a set, whose members score 1, or nothing.
type zsource struct {
	zset   *openZSet
	set    *value.Set
	weight float64
}

// source opens operand i. Not ok: the key holds another kind, and the error is
// replied.
func (q *zsetQuery) source(c *Call, i int) (s zsource, ok bool) {
	s.weight = 1
	if q.weights != nil {
		s.weight = q.weights[i]
	}
	key := q.keys[i]
	it, kind, found := c.DB.ReadItem(key)
	switch {
	case !found:
		c.Notify(NotifyKeyMiss, "keymiss", key)
	case kind == store.ZSet:
		s.zset = c.openZSet(key, it, true)
	case kind == store.Set:
		set := value.OpenSet(it, c.settings().set())
		s.set = &set
	default:
		c.Out.Error(ErrWrongType)
		return s, false
	}
	return s, true
}

func (s *zsource) len() int {
	switch {
	case s.zset != nil:
		return s.zset.Len()
	case s.set != nil:
		return s.set.Len()
	}
	return 0
}

// weigh returns a member's weighted score; 0 where it would be no number
// (infinity times 0).
func (s *zsource) weigh(score float64) float64 {
	if w := score * s.weight; !math.IsNaN(w) {
		return w
	}
	return 0
}

// score returns a member's weighted score, to be put together with another. It may
// be no number: as in Redis, that is for the aggregate to deal with.
func (s *zsource) score(m []byte) (float64, bool) {
	switch {
	case s.zset != nil:
		score, ok := s.zset.Score(m)
		return score * s.weight, ok
	case s.set != nil:
		return s.weight, s.set.Has(m)
	}
	return 0, false
}

func (s *zsource) each(yield func(m []byte, score float64) bool) {
	switch {
	case s.zset != nil:
		for m, score := range s.zset.Each {
			if !yield(m, s.weigh(score)) {
				return
			}
		}
	case s.set != nil:
		for m := range s.set.Each {
			if !yield(m, s.weigh(1)) {
				return
			}
		}
	}
}

// run computes the result, in no order. Operands are opened one after the other.
// Not ok: one was of another kind, and the error is replied.
func (q *zsetQuery) run(c *Call, op zsetOp) (found []scoredMember, ok bool) {
	sizes := make([]int, len(q.keys))
	for i := range q.keys {
		s, ok := q.source(c, i)
		if !ok {
			return nil, false
		}
		sizes[i] = s.len()
	}
	switch op {
	case zsetUnion:
		return q.union(c), true
	case zsetInter:
		return q.intersection(c, sizes), true
	default:
		return q.difference(c), true
	}
}

func (q *zsetQuery) union(c *Call) (found []scoredMember) {
	at := map[string]int{}
	for i := range q.keys {
		s, _ := q.source(c, i)
		for m, score := range s.each {
			if j, there := at[string(m)]; there {
				found[j].score = q.aggregate(found[j].score, score)
				continue
			}
			at[string(m)] = len(found)
			found = append(found, scoredMember{string(m), score})
		}
	}
	return found
}

// intersection goes from the smallest operand to the largest.
func (q *zsetQuery) intersection(c *Call, sizes []int) (found []scoredMember) {
	by := make([]int, len(q.keys))
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(a, b int) int { return sizes[a] - sizes[b] })
	if sizes[by[0]] == 0 {
		return nil
	}
	s, _ := q.source(c, by[0])
	for m, score := range s.each {
		found = append(found, scoredMember{string(m), score})
	}
	for _, i := range by[1:] {
		s, _ := q.source(c, i)
		kept := found[:0]
		for _, m := range found {
			if score, ok := s.score([]byte(m.member)); ok {
				kept = append(kept, scoredMember{m.member, q.aggregate(m.score, score)})
			}
		}
		found = kept
	}
	if q.limit > 0 {
		found = found[:min(len(found), q.limit)]
	}
	return found
}

func (q *zsetQuery) difference(c *Call) (found []scoredMember) {
	s, _ := q.source(c, 0)
	for m, score := range s.each {
		found = append(found, scoredMember{string(m), score})
	}
	for i := 1; i < len(q.keys) && len(found) > 0; i++ {
		s, _ := q.source(c, i)
		found = slices.DeleteFunc(found, func(m scoredMember) bool {
			_, there := s.score([]byte(m.member))
			return there
		})
	}
	return found
}
