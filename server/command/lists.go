package command

import (
	"bytes"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var listCommands = []Command{
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
		Name: "LLEN", Group: "list", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the length of a list.",
		Flags:   Read | Fast, Keys: key(RO), Run: llen,
	},
	{
		Name: "LMOVE", Group: "list", Since: "6.2.0", Complexity: "O(1)",
		Syntax:  "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT>",
		Summary: "Moves an element from one end of a list to an end of another and returns it.",
		Flags:   Write | DenyOOM, Keys: twoKeys(RW|Access|Delete, RW|Insert), Run: lmove,
	},
	{
		Name: "LMPOP", Group: "list", Since: "7.0.0", Complexity: "O(N+M) with N keys and M elements returned",
		Syntax:  "numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]",
		Summary: "Takes elements off the first list that has any and returns them.",
		Flags:   Write, Keys: numkeysAt(1, RW|Access|Delete), Run: lmpop,
	},
	{
		Name: "LPOP", Group: "list", Since: "1.0.0", Complexity: "O(N) with N elements returned",
		Syntax:  "key [count]",
		Summary: "Takes the first elements off a list and returns them.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: lpop,
	},
	{
		Name: "LPOS", Group: "list", Since: "6.0.6", Complexity: "O(N) with N elements to be looked at",
		Syntax:  "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
		Summary: "Returns the indexes of the elements that equal one.",
		Flags:   Read, Keys: key(RO | Access), Run: lpos,
	},
	{
		Name: "LPUSH", Group: "list", Since: "1.0.0", Complexity: "O(N) with N elements pushed",
		Syntax:  "key element [element ...]",
		Summary: "Puts elements before the first of a list, which is made if it is not there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: lpush,
	},
	{
		Name: "LPUSHX", Group: "list", Since: "2.2.0", Complexity: "O(N) with N elements pushed",
		Syntax:  "key element [element ...]",
		Summary: "Puts elements before the first of a list that is there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: lpushX,
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
	{
		Name: "RPOP", Group: "list", Since: "1.0.0", Complexity: "O(N) with N elements returned",
		Syntax:  "key [count]",
		Summary: "Takes the last elements off a list and returns them.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: rpop,
	},
	{
		Name: "RPOPLPUSH", Group: "list", Since: "1.2.0", Complexity: "O(1)",
		Syntax:     "source destination",
		Summary:    "Moves the last element of a list before the first of another and returns it.",
		Deprecated: "6.2.0", Instead: "`LMOVE` with `RIGHT` and `LEFT`",
		Flags: Write | DenyOOM, Keys: twoKeys(RW|Access|Delete, RW|Insert), Run: rpopLpush,
	},
	{
		Name: "RPUSH", Group: "list", Since: "1.0.0", Complexity: "O(N) with N elements pushed",
		Syntax:  "key element [element ...]",
		Summary: "Puts elements behind the last of a list, which is made if it is not there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: rpush,
	},
	{
		Name: "RPUSHX", Group: "list", Since: "2.2.0", Complexity: "O(N) with N elements pushed",
		Syntax:  "key element [element ...]",
		Summary: "Puts elements behind the last of a list that is there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: rpushX,
	},
}

// end is an end of a list.
type end bool

const (
	left  end = true
	right end = false
)

func (e end) pushEvent() string {
	if e == left {
		return "lpush"
	}
	return "rpush"
}

func (e end) popEvent() string {
	if e == left {
		return "lpop"
	}
	return "rpop"
}

// parseEnd reads LEFT or RIGHT.
func parseEnd(word []byte) (e end, ok bool) {
	e = end(equalFold(word, "LEFT"))
	return e, e == left || equalFold(word, "RIGHT")
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

func llen(c *Call) {
	if l, found, ok := c.readList(c.Args[1]); ok {
		n := 0
		if found {
			n = l.Len()
		}
		c.Out.Int(int64(n))
	}
}

func lmove(c *Call) {
	from, ok1 := parseEnd(c.Args[3])
	to, ok2 := parseEnd(c.Args[4])
	if !ok1 || !ok2 {
		c.Out.Error(ErrSyntax)
		return
	}
	c.moveElement(from, to)
}

func rpopLpush(c *Call) { c.moveElement(right, left) }

// moveElement moves an element between the lists at the first two keys.
func (c *Call) moveElement(from, to end) {
	src, dst := c.Args[1], c.Args[2]
	l, found, ok := c.findList(src)
	if !ok {
		return
	}
	if !found {
		c.Out.Null()
		return
	}
	d, there, ok := c.findList(dst)
	if !ok {
		return
	}
	i := 0
	if from == right {
		i = l.Len() - 1
	}
	v := bytes.Clone(l.At(i))
	l.Delete(i, 1)
	// Into the same list the element goes before the list can be found empty.
	if bytes.Equal(src, dst) {
		l.Push(bool(to), v)
		c.Notify(NotifyList, to.pushEvent(), dst)
		c.Notify(NotifyList, from.popEvent(), src)
	} else {
		if !there {
			c.makeList(d, dst)
		}
		d.Push(bool(to), v)
		c.Notify(NotifyList, to.pushEvent(), dst)
		c.popped(l, src, from)
	}
	c.Out.Bulk(v)
}

func lmpop(c *Call) {
	if m, ok := c.readLMPop(1); ok && !c.lmpop(m) {
		c.Out.NullArray()
	}
}

// lmpopArgs are those of LMPOP and BLMPOP.
type lmpopArgs struct {
	keys  [][]byte
	end   end
	count int
}

// readLMPop reads the arguments from numkeys on, which stands at i.
func (c *Call) readLMPop(i int) (m lmpopArgs, ok bool) {
	n, ok := ParseInt(c.Args[i])
	if !ok || n <= 0 {
		c.Out.Error(ErrNumKeys)
		return m, false
	}
	if n > int64(c.argc()-i-2) {
		c.Out.Error(ErrSyntax)
		return m, false
	}
	first := i + 1
	m.keys = c.Args[first : first+int(n)]
	m.end, m.count, ok = c.mpopOptions(first + int(n))
	return m, ok
}

// lmpop takes elements off the first list that has any. False: there is none, and
// nothing is replied.
func (c *Call) lmpop(m lmpopArgs) (done bool) {
	for _, key := range m.keys {
		l, found, ok := c.findList(key)
		if !ok {
			return true
		}
		if found {
			c.Out.Array(2)
			c.Out.Bulk(key)
			c.popInto(l, key, m.end, m.count)
			return true
		}
	}
	return false
}

// mpopOptions reads LEFT|RIGHT [COUNT count] from argument i on.
func (c *Call) mpopOptions(i int) (e end, count int, ok bool) {
	if i >= c.argc() {
		c.Out.Error(ErrSyntax)
		return
	}
	e, ok = parseEnd(c.Args[i])
	if !ok {
		c.Out.Error(ErrSyntax)
		return
	}
	count = 1
	given := false
	o := c.options(i + 1)
	for o.next() {
		if given || !o.is("COUNT") || !o.more() {
			o.fail(ErrSyntax)
			break
		}
		given = true
		n, valid := ParseInt(o.arg())
		if !valid || n <= 0 {
			o.fail(ErrCount)
		}
		count = int(min(n, 1<<31))
	}
	return e, count, !o.failed()
}

func lpop(c *Call) { c.pop(left) }

func rpop(c *Call) { c.pop(right) }

func (c *Call) pop(e end) {
	if c.argc() > 3 {
		c.Out.Error(c.errArity())
		return
	}
	counted := c.argc() == 3
	count := int64(1)
	if counted {
		n, ok := ParseInt(c.Args[2])
		if !ok || n < 0 {
			c.Out.Error(ErrNotPositive)
			return
		}
		count = n
	}
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	switch {
	case !found && counted:
		c.Out.NullArray()
	case !found:
		c.Out.Null()
	case counted:
		c.popInto(l, key, e, int(min(count, 1<<31)))
	default:
		c.popOne(l, key, e)
	}
}

// popOne takes the element at an end of the list at key and replies it.
func (c *Call) popOne(l *value.List, key []byte, e end) {
	i := 0
	if e == right {
		i = l.Len() - 1
	}
	c.Out.Bulk(l.At(i))
	l.Delete(i, 1)
	c.popped(l, key, e)
}

// popInto takes up to count elements off the end of the list at key and replies
// them as an array.
func (c *Call) popInto(l *value.List, key []byte, e end, count int) {
	n := min(count, l.Len())
	c.Out.Array(n)
	if n == 0 {
		return
	}
	from, walk := 0, l.Ascend(0)
	if e == right {
		from, walk = l.Len()-n, l.Descend(l.Len()-1)
	}
	sent := 0
	for v := range walk {
		if sent == n {
			break
		}
		c.Out.Bulk(v)
		sent++
	}
	l.Delete(from, n)
	c.popped(l, key, e)
}

// popped tells that elements have left an end of the list at key, and deletes the
// key if they were the last ones.
func (c *Call) popped(l *value.List, key []byte, e end) {
	c.Notify(NotifyList, e.popEvent(), key)
	c.dropEmptyList(l, key)
}

func (c *Call) dropEmptyList(l *value.List, key []byte) {
	if l.Len() == 0 {
		c.DB.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	}
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

func lpush(c *Call) { c.push(left, false) }

func rpush(c *Call) { c.push(right, false) }

func lpushX(c *Call) { c.push(left, true) }

func rpushX(c *Call) { c.push(right, true) }

func (c *Call) push(e end, only bool) {
	key := c.Args[1]
	l, found, ok := c.findList(key)
	if !ok {
		return
	}
	if !found && only {
		c.Out.Int(0)
		return
	}
	if !found {
		c.makeList(l, key)
	}
	for _, v := range c.Args[2:] {
		l.Push(bool(e), v)
	}
	c.Notify(NotifyList, e.pushEvent(), key)
	c.Out.Int(int64(l.Len()))
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

// readList opens the list at key for a reading command. Not ok: the error is replied.
func (c *Call) readList(key []byte) (l *value.List, found, ok bool) {
	it, found, ok := c.readItem(key, store.List)
	return c.openList(it, found), found, ok
}

// findList opens the list at key for a writing command. Not ok: the error is replied.
func (c *Call) findList(key []byte) (l *value.List, found, ok bool) {
	it, found, ok := c.findItem(key, store.List)
	return c.openList(it, found), found, ok
}

// openList keeps the list in the call, where it costs no allocation; the one before
// it stays good, since a command works on two at most.
func (c *Call) openList(it *store.Item, found bool) *value.List {
	c.listTurn ^= 1
	l := &c.lists[c.listTurn]
	if found {
		*l = value.OpenList(it, c.settings().list())
	}
	return l
}

// makeList makes l the list at key, which is absent.
func (c *Call) makeList(l *value.List, key []byte) {
	c.creates(key)
	it := c.DB.Create(key, store.List, store.ListPack, value.EmptyPacked)
	*l = value.NewList(it, c.settings().list())
}
