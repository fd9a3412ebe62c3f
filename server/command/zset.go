package command

import (
	"math"

	"github.com/cachedserver/cached/server/store"
)

var zsetCommands = []Command{
	{
		Name: "ZADD", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N) for each of the members added, N the size of the sorted set",
		Syntax:  "key [condition: NX | XX] [comparison: GT | LT] [CH] [INCR] score member [score member ...]",
		Summary: "Gives members of a sorted set their scores, adding those that are not there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: zadd,
	},
	{
		Name: "ZCARD", Group: "sorted-set", Since: "1.2.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the number of members.",
		Flags:   Read | Fast, Keys: key(RO), Run: zcard,
	},
	{
		Name: "ZCOUNT", Group: "sorted-set", Since: "2.0.0", Complexity: "O(log N)",
		Syntax:  "key min:double max:double",
		Summary: "Returns the number of members in a range of scores.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zcount,
	},
	{
		Name: "ZINCRBY", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N)",
		Syntax:  "key increment member",
		Summary: "Adds to the score of a member, which is added with it if it is not there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: zincrBy,
	},
	{
		Name: "ZLEXCOUNT", Group: "sorted-set", Since: "2.8.9", Complexity: "O(log N)",
		Syntax:  "key min max",
		Summary: "Returns the number of members in a range by bytes, all scores being equal.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zlexCount,
	},
	{
		Name: "ZMPOP", Group: "sorted-set", Since: "7.0.0", Complexity: "O(K+M log N) with K keys and M members returned",
		Syntax:  "numkeys key [key ...] <where: MIN | MAX> [COUNT count]",
		Summary: "Takes members with the lowest or highest scores off the first sorted set that has any.",
		Flags:   Write, Keys: numkeysAt(1, RW|Access|Delete), Run: zmpop,
	},
	{
		Name: "ZMSCORE", Group: "sorted-set", Since: "6.2.0", Complexity: "O(log N) for each member asked for",
		Syntax:  "key member [member ...]",
		Summary: "Returns the scores of several members.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zmscore,
	},
	{
		Name: "ZPOPMAX", Group: "sorted-set", Since: "5.0.0", Complexity: "O(M log N) with M members returned",
		Syntax:  "key [count]",
		Summary: "Takes the members with the highest scores off and returns them.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: zpopMax,
	},
	{
		Name: "ZPOPMIN", Group: "sorted-set", Since: "5.0.0", Complexity: "O(M log N) with M members returned",
		Syntax:  "key [count]",
		Summary: "Takes the members with the lowest scores off and returns them.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: zpopMin,
	},
	{
		Name: "ZRANDMEMBER", Group: "sorted-set", Since: "6.2.0", Complexity: "O(M log N) with M members returned",
		Syntax:  "key [count [WITHSCORES]]",
		Summary: "Returns random members.",
		Flags:   Read, Keys: key(RO | Access), Run: zrandMember,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "ZRANK", Group: "sorted-set", Since: "2.0.0", Complexity: "O(log N)",
		Syntax:  "key member [WITHSCORE]",
		Summary: "Returns how many members have a lower place, by score, than one.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zrank,
	},
	{
		Name: "ZREM", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N) for each member",
		Syntax:  "key member [member ...]",
		Summary: "Removes members; the key goes with the last.",
		Flags:   Write | Fast, Keys: key(RW | Delete), Run: zrem,
	},
	{
		Name: "ZREVRANK", Group: "sorted-set", Since: "2.0.0", Complexity: "O(log N)",
		Syntax:  "key member [WITHSCORE]",
		Summary: "Returns how many members have a higher place, by score, than one.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zrevRank,
	},
	{
		Name: "ZSCAN", Group: "sorted-set", Since: "2.8.0", Complexity: "O(1) a call, O(N) for all N members",
		Syntax:  "key cursor [MATCH pattern] [COUNT count]",
		Summary: "Goes through members and scores in small steps.",
		Flags:   Read, Keys: key(RO | Access), Run: zscan,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "ZSCORE", Group: "sorted-set", Since: "1.2.0", Complexity: "O(log N)",
		Syntax:  "key member",
		Summary: "Returns the score of a member.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: zscore,
	},
}

// zaddOptions are those of ZADD; ZINCRBY is ZADD with incr.
type zaddOptions struct{ nx, xx, gt, lt, ch, incr bool }

// read takes the options from the arguments and returns where the pairs begin.
func (z *zaddOptions) read(c *Call) (from int, ok bool) {
	for from = 2; from < c.argc(); from++ {
		switch w := c.Args[from]; {
		case equalFold(w, "NX"):
			z.nx = true
		case equalFold(w, "XX"):
			z.xx = true
		case equalFold(w, "GT"):
			z.gt = true
		case equalFold(w, "LT"):
			z.lt = true
		case equalFold(w, "CH"):
			z.ch = true
		case equalFold(w, "INCR"):
			z.incr = true
		default:
			return from, z.check(c, c.argc()-from)
		}
	}
	return from, z.check(c, 0)
}

func (z *zaddOptions) check(c *Call, words int) bool {
	switch {
	case words == 0 || words%2 != 0:
		c.Out.Error(ErrSyntax)
	case z.nx && z.xx:
		c.Out.Error(ErrZaddNXXX)
	case z.gt && z.nx, z.lt && z.nx, z.gt && z.lt:
		c.Out.Error(ErrZaddGTLTNX)
	case z.incr && words > 2:
		c.Out.Error(ErrZaddIncr)
	default:
		return true
	}
	return false
}

// set applies one pair. score is what the member has then; set is false where the
// options forbid the change.
func (z *zaddOptions) set(s *openZSet, member []byte, score float64) (now float64, added, changed, ok bool) {
	old, there := s.Score(member)
	switch {
	case there && z.nx, !there && z.xx:
		return old, false, false, false
	case there && z.incr:
		score += old
	}
	if there && (z.gt && score <= old || z.lt && score >= old) {
		return old, false, false, false
	}
	if math.IsNaN(score) {
		return score, false, false, true
	}
	s.Set(member, score)
	return score, !there, there && old != score, true
}

func zadd(c *Call) {
	var z zaddOptions
	if from, ok := z.read(c); ok {
		z.apply(c, from)
	}
}

func zincrBy(c *Call) {
	z := zaddOptions{incr: true}
	z.apply(c, 2)
}

// apply sets the pairs (score, member) from argument from on and replies.
func (z *zaddOptions) apply(c *Call, from int) {
	for i := from; i < c.argc(); i += 2 {
		if _, ok := parseScore(c.Args[i]); !ok {
			c.Out.Error(ErrNotFloat)
			return
		}
	}
	key := c.Args[1]
	s, ok := c.findZSet(key)
	if !ok {
		return
	}
	if !s.there && z.xx {
		z.reply(c, 0, false, 0, 0)
		return
	}
	s.make()
	var now float64
	var done bool
	added, changed := 0, 0
	for i := from; i < c.argc(); i += 2 {
		score, _ := parseScore(c.Args[i])
		var isNew, moved bool
		now, isNew, moved, done = z.set(s, c.Args[i+1], score)
		if math.IsNaN(now) {
			c.Out.Error(ErrScoreNaN)
			return
		}
		added += toInt(isNew)
		changed += toInt(moved)
	}
	if added+changed > 0 {
		c.Notify(NotifyZSet, z.event(), key)
	}
	z.reply(c, now, done, added, changed)
}

func (z *zaddOptions) event() string {
	if z.incr {
		return "zincr"
	}
	return "zadd"
}

func (z *zaddOptions) reply(c *Call, score float64, done bool, added, changed int) {
	switch {
	case z.incr && done:
		c.Out.Double(score)
	case z.incr:
		c.Out.Null()
	case z.ch:
		c.Out.Int(int64(added + changed))
	default:
		c.Out.Int(int64(added))
	}
}

func zcard(c *Call) {
	if s, ok := c.readZSet(c.Args[1]); ok {
		c.Out.Int(int64(s.len()))
	}
}

func zcount(c *Call) { c.replyCount(rangeQuery{by: byScore}) }

func zlexCount(c *Call) { c.replyCount(rangeQuery{by: byLex}) }

// replyCount replies how many members of the sorted set at the first key are in the
// range that the other arguments give.
func (c *Call) replyCount(q rangeQuery) {
	if !q.readEnds(c, 1) {
		return
	}
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	n := 0
	if s.there {
		from, to := q.ranks(s)
		n = max(to-from, 0)
	}
	c.Out.Int(int64(n))
}

func zmpop(c *Call) {
	if m, ok := c.readMPop(1, "MIN", "MAX"); ok && !c.zmpop(m) {
		c.Out.NullArray()
	}
}

// zmpop takes members off the first sorted set that has any. False: there is none,
// and nothing is replied.
func (c *Call) zmpop(m mpopArgs) (done bool) {
	for _, key := range m.keys {
		s, ok := c.findZSet(key)
		if !ok {
			return true
		}
		if s.there {
			c.Out.Array(2)
			c.Out.Bulk(key)
			s.pop(!m.first, m.count, pairsNested)
			return true
		}
	}
	return false
}

func zmscore(c *Call) {
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(c.argc() - 2)
	for _, m := range c.Args[2:] {
		s.replyScore(m)
	}
}

func zscore(c *Call) {
	if s, ok := c.readZSet(c.Args[1]); ok {
		s.replyScore(c.Args[2])
	}
}

func zpopMin(c *Call) { c.zpop(false) }

func zpopMax(c *Call) { c.zpop(true) }

func (c *Call) zpop(high bool) {
	if c.argc() > 3 {
		c.Out.Error(ErrSyntax)
		return
	}
	count, form := int64(1), pairsFlat
	if c.argc() == 3 {
		n, ok := ParseInt(c.Args[2])
		if !ok || n < 0 {
			c.Out.Error(ErrNotPositive)
			return
		}
		count, form = n, pairsInRESP3
	}
	s, ok := c.findZSet(c.Args[1])
	if !ok {
		return
	}
	if !s.there {
		c.Out.Array(0)
		return
	}
	s.pop(high, int(min(count, math.MaxInt32)), form)
}

func zrandMember(c *Call) {
	if c.argc() == 2 {
		s, ok := c.readZSet(c.Args[1])
		switch {
		case !ok:
		case !s.there:
			c.Out.Null()
		default:
			m, _ := s.At(c.Rand.IntN(s.Len()))
			c.Out.Bulk(m)
		}
		return
	}
	n, scores, ok := c.randMemberOptions()
	if !ok {
		return
	}
	if s, ok := c.readZSet(c.Args[1]); ok {
		s.replySample(n, scores)
	}
}

func (c *Call) randMemberOptions() (n int, scores, ok bool) {
	count, err := sampleCount(c.Args[2])
	switch {
	case err != "":
	case c.argc() > 4 || c.argc() == 4 && !equalFold(c.Args[3], "WITHSCORES"):
		err = ErrSyntax
	case c.argc() == 4 && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		err = ErrOutOfRange
	}
	if err != "" {
		c.Out.Error(err)
		return 0, false, false
	}
	return count, c.argc() == 4, true
}

func zrank(c *Call) { c.replyRank(false) }

func zrevRank(c *Call) { c.replyRank(true) }

func (c *Call) replyRank(reverse bool) {
	if c.argc() > 4 || c.argc() == 4 && !equalFold(c.Args[3], "WITHSCORE") {
		c.Out.Error(ErrSyntax)
		return
	}
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	withScore := c.argc() == 4
	rank, found := 0, false
	if s.there {
		rank, found = s.Rank(c.Args[2])
	}
	switch {
	case !found && withScore:
		c.Out.NullArray()
		return
	case !found:
		c.Out.Null()
		return
	}
	if reverse {
		rank = s.Len() - 1 - rank
	}
	if !withScore {
		c.Out.Int(int64(rank))
		return
	}
	score, _ := s.Score(c.Args[2])
	c.Out.Array(2)
	c.Out.Int(int64(rank))
	c.Out.Double(score)
}

func zrem(c *Call) {
	key := c.Args[1]
	s, ok := c.findZSet(key)
	if !ok {
		return
	}
	n := 0
	if s.there {
		for _, m := range c.Args[2:] {
			n += toInt(s.Remove(m))
		}
	}
	if n > 0 {
		c.Notify(NotifyZSet, "zrem", key)
		s.dropEmpty()
	}
	c.Out.Int(int64(n))
}

func zscan(c *Call) {
	cursor, ok := c.cursor(2)
	if !ok {
		return
	}
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	var found keyList
	if !s.there {
		found.replyScan(c, 0)
		return
	}
	o, ok := readScanOptions(c, 3)
	if !ok {
		return
	}
	var digits [32]byte
	next := s.Scan(cursor, o.count, func(m []byte, score float64) {
		if o.matches(m) {
			found.add(m)
			found.add(appendScore(digits[:0], score))
		}
	})
	found.replyScan(c, next)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// readZSet opens the sorted set at key for reading. Not ok: the key holds another
// kind, and the error is replied.
func (c *Call) readZSet(key []byte) (s *openZSet, ok bool) {
	it, found, ok := c.readItem(key, store.ZSet)
	return c.openZSet(key, it, found), ok
}

// findZSet opens the sorted set at key for changing it.
func (c *Call) findZSet(key []byte) (s *openZSet, ok bool) {
	it, found, ok := c.findItem(key, store.ZSet)
	return c.openZSet(key, it, found), ok
}
