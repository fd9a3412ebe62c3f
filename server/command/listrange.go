package command

import (
	"bytes"

	"github.com/cachedserver/cached/server/value"
)

var listRangeCommands = []Command{
	{
		Name: "LINDEX", Group: "list", Since: "1.0.0", Complexity: "O(log N) with N elements",
		Syntax:  "key index",
		Summary: "Returns an element of a list by its index.",
		Flags:   Read, Keys: key(RO | Access), Run: lindex,
	},
	{
		Name: "LINSERT", Group: "list", Since: "2.2.0", Complexity: "O(N) with N elements to be looked at",
		Syntax:  "key <where: BEFORE | AFTER> pivot element",
		Summary: "Puts an element before or after another one.",
		Flags:   Write | DenyOOM, Keys: key(RW | Insert), Run: linsert,
	},
	{
		Name: "LPOS", Group: "list", Since: "6.0.6", Complexity: "O(N) with N elements to be looked at",
		Syntax:  "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
		Summary: "Returns the indexes of the elements that equal one.",
		Flags:   Read, Keys: key(RO | Access), Run: lpos,
	},
	{
		Name: "LRANGE", Group: "list", Since: "1.0.0", Complexity: "O(log N+M) with M elements returned",
		Syntax:  "key start stop",
		Summary: "Returns a range of a list.",
		Flags:   Read, Keys: key(RO | Access), Run: lrange,
	},
	{
		Name: "LREM", Group: "list", Since: "1.0.0", Complexity: "O(N+M log N) with M elements removed",
		Syntax:  "key count element",
		Summary: "Removes elements that equal one.",
		Flags:   Write, Keys: key(RW | Delete), Run: lrem,
	},
	{
		Name: "LSET", Group: "list", Since: "1.0.0", Complexity: "O(log N) with N elements",
		Syntax:  "key index element",
		Summary: "Replaces an element of a list by its index.",
		Flags:   Write | DenyOOM, Keys: key(RW | Update), Run: lset,
	},
	{
		Name: "LTRIM", Group: "list", Since: "1.0.0", Complexity: "O(N) with N elements removed",
		Syntax:  "key start stop",
		Summary: "Removes all elements outside a range.",
		Flags:   Write, Keys: key(RW | Delete), Run: ltrim,
	},
}

func lindex(c *Call) {
	l, found, ok := c.readList(c.Args[1])
	switch {
	case !ok:
		return
	case !found: // whatever the index
		c.Out.Null()
		return
	}
	i, ok := c.int(2)
	if !ok {
		return
	}
	if i, found = position(i, l.Len()); !found {
		c.Out.Null()
		return
	}
	c.Out.Bulk(l.At(int(i)))
}

func linsert(c *Call) {
	after := equalFold(c.Args[2], "AFTER")
	if !after && !equalFold(c.Args[2], "BEFORE") {
		c.Out.Error(ErrSyntax)
		return
	}
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	if !found {
		c.Out.Int(0)
		return
	}
	i := 0
	for v := range l.Ascend(0) {
		if bytes.Equal(v, c.Args[3]) {
			break
		}
		i++
	}
	if i == l.Len() {
		c.Out.Int(-1)
		return
	}
	if after {
		i++
	}
	l.Insert(i, c.Args[4])
	c.Notify(NotifyList, "linsert", key)
	c.Out.Int(int64(l.Len()))
}

// posOptions are those of LPOS.
type posOptions struct {
	rank, count, maxLen int64
	counted             bool
}

func (c *Call) readPosOptions() (p posOptions, ok bool) {
	p.rank = 1
	o := c.options(3)
	for o.next() {
		switch {
		case o.is("RANK"):
			if p.rank = o.int(); p.rank == 0 && o.err == "" {
				o.fail(ErrRankZero)
			} else if p.rank == -1<<63 {
				o.fail(ErrRankRange)
			}
		case o.is("COUNT"):
			p.counted, p.count = true, o.natural(ErrCountNegative)
		case o.is("MAXLEN"):
			p.maxLen = o.natural(ErrMaxLenNegative)
		default:
			o.fail(ErrSyntax)
		}
	}
	return p, !o.failed()
}

func lpos(c *Call) {
	p, ok := c.readPosOptions()
	if !ok {
		return
	}
	l, found, ok := c.readList(c.Args[1])
	if !ok {
		return
	}
	if !found {
		if p.counted {
			c.Out.Array(0)
		} else {
			c.Out.Null()
		}
		return
	}
	c.replyPositions(l, p)
}

func (c *Call) replyPositions(l *value.List, p posOptions) {
	mark, n := 0, 0
	if p.counted {
		mark = c.Out.Deferred()
	}
	i, step, walk := 0, 1, l.Ascend(0)
	skip := p.rank - 1
	if p.rank < 0 {
		i, step, walk = l.Len()-1, -1, l.Descend(l.Len()-1)
		skip = -p.rank - 1
	}
	looked := int64(0)
	for v := range walk {
		if looked++; p.maxLen > 0 && looked > p.maxLen {
			break
		}
		if bytes.Equal(v, c.Args[2]) {
			if skip--; skip < 0 {
				c.Out.Int(int64(i))
				if n++; !p.counted || int64(n) == p.count {
					break
				}
			}
		}
		i += step
	}
	switch {
	case p.counted:
		c.Out.FillArray(mark, n)
	case n == 0:
		c.Out.Null()
	}
}

func lrange(c *Call) {
	from, to, ok := c.bounds()
	if !ok {
		return
	}
	l, found, ok := c.readList(c.Args[1])
	if !ok {
		return
	}
	n := 0
	if found {
		from, n = stretch(from, to, l.Len())
	}
	c.Out.Array(n)
	if n == 0 {
		return
	}
	for v := range l.Ascend(int(from)) {
		c.Out.Bulk(v)
		if n--; n == 0 {
			break
		}
	}
}

func lrem(c *Call) {
	count, ok := c.int(2)
	if !ok {
		return
	}
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	removed := 0
	if found {
		removed = removeEqual(l, count, c.Args[3])
	}
	if removed > 0 {
		c.Notify(NotifyList, "lrem", key)
		c.dropEmptyList(l, key)
	}
	c.Out.Int(int64(removed))
}

// removeEqual removes up to count elements that equal v: from the head, from the
// tail if count is negative, all if it is 0.
func removeEqual(l *value.List, count int64, v []byte) int {
	most := count
	if count < 0 {
		most = -count
	}
	var at []int // positions in the order of the walk
	i, step, walk := 0, 1, l.Ascend(0)
	if count < 0 {
		i, step, walk = l.Len()-1, -1, l.Descend(l.Len()-1)
	}
	for e := range walk {
		if bytes.Equal(e, v) {
			if at = append(at, i); int64(len(at)) == most {
				break
			}
		}
		i += step
	}
	for n, i := range at {
		if step > 0 {
			i -= n // those before it are gone
		}
		l.Delete(i, 1)
	}
	return len(at)
}

func lset(c *Call) {
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	if !found {
		c.Out.Error(ErrNoSuchKey)
		return
	}
	i, ok := c.int(2)
	if !ok {
		return
	}
	i, found = position(i, l.Len())
	if !found {
		c.Out.Error(ErrIndex)
		return
	}
	l.Set(int(i), c.Args[3])
	c.Notify(NotifyList, "lset", key)
	c.Out.OK()
}

func ltrim(c *Call) {
	from, to, ok := c.bounds()
	if !ok {
		return
	}
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	if found {
		from, n := stretch(from, to, l.Len())
		l.Delete(int(from)+n, l.Len()-int(from)-n)
		l.Delete(0, int(from))
		c.Notify(NotifyList, "ltrim", key)
		c.dropEmptyList(l, key)
	}
	c.Out.OK()
}

// bounds reads the start and stop of a range.
func (c *Call) bounds() (from, to int64, ok bool) {
	if from, ok = c.int(2); ok {
		to, ok = c.int(3)
	}
	return from, to, ok
}

// position turns an index, which may count from the end, into a position.
func position(i int64, n int) (int64, bool) {
	if i < 0 {
		i += int64(n)
	}
	return i, i >= 0 && i < int64(n)
}

// stretch turns start and stop, which may count from the end, into where a range of
// n elements begins and how many it has.
func stretch(from, to int64, n int) (start int64, count int) {
	if from < 0 {
		from = max(from+int64(n), 0)
	}
	if to < 0 {
		to += int64(n)
	}
	to = min(to, int64(n)-1)
	if from > to {
		return 0, 0
	}
	return from, int(to - from + 1)
}
