package command

import "github.com/cachedserver/cached/server/store"

// The pops that wait. Each does what its twin without the B does; where that finds
// nothing, it asks for a wait.
var blockingCommands = []Command{
	{
		Name: "BLMOVE", Group: "list", Since: "6.2.0", Complexity: "O(1)",
		Syntax:  "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout",
		Summary: "Moves an element between lists; waits for one if there is none.",
		Flags:   Write | DenyOOM | Blocking, Keys: twoKeys(RW|Access|Delete, RW|Insert), Run: blmove,
	},
	{
		Name: "BLMPOP", Group: "list", Since: "7.0.0", Complexity: "O(N+M) with N keys and M elements returned",
		Syntax:  "timeout numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]",
		Summary: "Takes elements off the first list that has any; waits for one if there is none.",
		Flags:   Write | Blocking, Keys: numkeysAt(2, RW|Access|Delete), Run: blmpop,
	},
	{
		Name: "BLPOP", Group: "list", Since: "2.0.0", Complexity: "O(N) with N keys",
		Syntax:  "key [key ...] timeout",
		Summary: "Takes the first element off the first list that has any; waits for one if there is none.",
		Flags:   Write | Blocking, Keys: keysBeforeLast(RW | Access | Delete), Run: blpop,
	},
	{
		Name: "BRPOP", Group: "list", Since: "2.0.0", Complexity: "O(N) with N keys",
		Syntax:  "key [key ...] timeout",
		Summary: "Takes the last element off the first list that has any; waits for one if there is none.",
		Flags:   Write | Blocking, Keys: keysBeforeLast(RW | Access | Delete), Run: brpop,
	},
	{
		Name: "BRPOPLPUSH", Group: "list", Since: "2.2.0", Complexity: "O(1)",
		Syntax:     "source destination timeout",
		Summary:    "Moves the last element of a list before the first of another; waits for one if there is none.",
		Deprecated: "6.2.0", Instead: "`BLMOVE` with `RIGHT` and `LEFT`",
		Flags: Write | DenyOOM | Blocking, Keys: twoKeys(RW|Access|Delete, RW|Insert), Run: brpopLpush,
	},
	{
		Name: "BZMPOP", Group: "sorted-set", Since: "7.0.0", Complexity: "O(K)+O(M*log(N)) with K keys and M members returned",
		Syntax:  "timeout numkeys key [key ...] <where: MIN | MAX> [COUNT count]",
		Summary: "Takes members off the first sorted set that has any; waits for one if there is none.",
		Flags:   Write | Blocking, Keys: numkeysAt(2, RW|Access|Delete), Run: bzmpop,
	},
	{
		Name: "BZPOPMAX", Group: "sorted-set", Since: "5.0.0", Complexity: "O(log(N))",
		Syntax:  "key [key ...] timeout",
		Summary: "Takes the member with the highest score off the first sorted set that has any; waits for one if there is none.",
		Flags:   Write | Blocking | Fast, Keys: keysBeforeLast(RW | Access | Delete), Run: bzpopMax,
	},
	{
		Name: "BZPOPMIN", Group: "sorted-set", Since: "5.0.0", Complexity: "O(log(N))",
		Syntax:  "key [key ...] timeout",
		Summary: "Takes the member with the lowest score off the first sorted set that has any; waits for one if there is none.",
		Flags:   Write | Blocking | Fast, Keys: keysBeforeLast(RW | Access | Delete), Run: bzpopMin,
	},
}

// keysBeforeLast: all arguments but the last are keys.
func keysBeforeLast(f KeyFlags) []KeySpec {
	return []KeySpec{{Flags: f, Index: 1, Last: -2, Step: 1}}
}

func blpop(c *Call) { c.blockingPop(left) }

func brpop(c *Call) { c.blockingPop(right) }

func (c *Call) blockingPop(e end) {
	last := c.argc() - 1
	till, ok := c.Timeout(c.Args[last])
	if !ok {
		return
	}
	keys := c.Args[1:last]
	for _, key := range keys {
		l, found, ok := c.findList(key)
		if !ok {
			return
		}
		if found {
			c.Out.Array(2)
			c.Out.Bulk(key)
			c.popOne(l, key, e)
			return
		}
	}
	c.await(Wait{Keys: keys, Kind: store.List, Till: till})
}

// await asks for a wait; a call that may not wait answers that it found nothing.
func (c *Call) await(w Wait) {
	if !c.Block(w) {
		c.Out.NullArray()
	}
}

func blmove(c *Call) {
	from, ok1 := parseEnd(c.Args[3])
	to, ok2 := parseEnd(c.Args[4])
	if !ok1 || !ok2 {
		c.Out.Error(ErrSyntax)
		return
	}
	c.blockingMove(from, to, c.Args[5])
}

func brpopLpush(c *Call) { c.blockingMove(right, left, c.Args[3]) }

func (c *Call) blockingMove(from, to end, timeout []byte) {
	till, ok := c.Timeout(timeout)
	if !ok {
		return
	}
	_, found, ok := c.findList(c.Args[1])
	switch {
	case !ok:
	case found:
		c.moveElement(from, to)
	case !c.Block(Wait{Keys: c.Args[1:2], Kind: store.List, Till: till}):
		c.Out.Null()
	}
}

func blmpop(c *Call) {
	till, ok := c.Timeout(c.Args[1])
	if !ok {
		return
	}
	if m, ok := c.readMPop(2, "LEFT", "RIGHT"); ok && !c.lmpop(m) {
		c.await(Wait{Keys: m.keys, Kind: store.List, Till: till})
	}
}

func bzpopMin(c *Call) { c.blockingZPop(false) }

func bzpopMax(c *Call) { c.blockingZPop(true) }

func (c *Call) blockingZPop(high bool) {
	last := c.argc() - 1
	till, ok := c.Timeout(c.Args[last])
	if !ok {
		return
	}
	keys := c.Args[1:last]
	for _, key := range keys {
		s, ok := c.findZSet(key)
		if !ok {
			return
		}
		if s.there {
			c.Out.Array(3)
			c.Out.Bulk(key)
			s.pop(high, 1, pairsBare)
			return
		}
	}
	c.await(Wait{Keys: keys, Kind: store.ZSet, Till: till})
}

func bzmpop(c *Call) {
	till, ok := c.Timeout(c.Args[1])
	if !ok {
		return
	}
	if m, ok := c.readMPop(2, "MIN", "MAX"); ok && !c.zmpop(m) {
		c.await(Wait{Keys: m.keys, Kind: store.ZSet, Till: till})
	}
}
