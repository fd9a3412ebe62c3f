package command

import (
	"bytes"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var listCommands = []Command{
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
	if m, ok := c.readMPop(1, "LEFT", "RIGHT"); ok && !c.lmpop(m) {
		c.Out.NullArray()
	}
}

// lmpop takes elements off the first list that has any. False: there is none, and
// nothing is replied.
func (c *Call) lmpop(m mpopArgs) (done bool) {
	for _, key := range m.keys {
		l, found, ok := c.findList(key)
		if !ok {
			return true
		}
		if found {
			c.Out.Array(2)
			c.Out.Bulk(key)
			c.popInto(l, key, end(m.first), m.count)
			return true
		}
	}
	return false
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
