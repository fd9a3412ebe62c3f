package command

import (
	"bytes"
	"math"

	"github.com/cachedserver/cached/server/store"
)

var setCommands = []Command{
	{
		Name: "SADD", Group: "set", Since: "1.0.0", Complexity: "O(log N) for each member added, with N members in the set",
		Syntax:  "key member [member ...]",
		Summary: "Adds members to a set and returns how many are new.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: sadd,
	},
	{
		Name: "SCARD", Group: "set", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the number of members of a set.",
		Flags:   Read | Fast, Keys: key(RO), Run: scard,
	},
	{
		Name: "SISMEMBER", Group: "set", Since: "1.0.0", Complexity: "O(log N) with N members in the set",
		Syntax:  "key member",
		Summary: "Tells whether a set has a member.",
		Flags:   Read | Fast, Keys: key(RO), Run: sisMember,
	},
	{
		Name: "SMEMBERS", Group: "set", Since: "1.0.0", Complexity: "O(N) with N members",
		Syntax:  "key",
		Summary: "Returns all members of a set.",
		Flags:   Read, Keys: key(RO | Access), Run: smembers,
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "SMISMEMBER", Group: "set", Since: "6.2.0", Complexity: "O(M log N) for M members asked for, with N in the set",
		Syntax:  "key member [member ...]",
		Summary: "Tells for several members whether a set has them.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: smisMember,
	},
	{
		Name: "SMOVE", Group: "set", Since: "1.0.0", Complexity: "O(log N)",
		Syntax:  "source destination member",
		Summary: "Moves a member from one set to another.",
		Flags:   Write | Fast, Keys: twoKeys(RW|Access|Delete, RW|Insert), Run: smove,
	},
	{
		Name: "SPOP", Group: "set", Since: "1.0.0", Complexity: "O(M log N) for M members taken, with N in the set",
		Syntax:  "key [count]",
		Summary: "Returns members of a set drawn at random and removes them.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: spop,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "SRANDMEMBER", Group: "set", Since: "1.0.0", Complexity: "O(M log N) for M members returned, with N in the set",
		Syntax:  "key [count]",
		Summary: "Returns members of a set drawn at random.",
		Flags:   Read, Keys: key(RO | Access), Run: srandMember,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "SREM", Group: "set", Since: "1.0.0", Complexity: "O(log N) for each member removed, with N members in the set",
		Syntax:  "key member [member ...]",
		Summary: "Removes members from a set, and the set with the last one.",
		Flags:   Write | Fast, Keys: key(RW | Delete), Run: srem,
	},
	{
		Name: "SSCAN", Group: "set", Since: "2.8.0", Complexity: "O(1) a call, O(N) for all N members",
		Syntax:  "key cursor [MATCH pattern] [COUNT count]",
		Summary: "Goes through the members of a set in small steps.",
		Flags:   Read, Keys: key(RO | Access), Run: sscan,
		Tips: []string{"nondeterministic_output"},
	},
}

func sadd(c *Call) {
	s, ok := c.findSet(c.Args[1])
	if !ok {
		return
	}
	s.make()
	n := int64(0)
	for _, m := range c.Args[2:] {
		if s.Add(m) {
			n++
		}
	}
	if n > 0 {
		c.Notify(NotifySet, "sadd", c.Args[1])
	}
	c.Out.Int(n)
}

func scard(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok {
		c.Out.Int(int64(s.size()))
	}
}

func sisMember(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok {
		c.truth(s.has(c.Args[2]))
	}
}

func smembers(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok {
		s.replyAll()
	}
}

// replyAll replies all members.
func (s *openSet) replyAll() {
	s.c.Out.Set(s.size())
	for m := range s.members {
		s.c.Out.Bulk(m)
	}
}

func smisMember(c *Call) {
	s, ok := c.readSet(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(c.argc() - 2)
	for _, m := range c.Args[2:] {
		c.truth(s.has(m))
	}
}

func smove(c *Call) {
	src, dst, m := c.Args[1], c.Args[2], c.Args[3]
	it, found, ok := c.findItem(src, store.Set)
	if !ok {
		return
	}
	from := c.openSet(src, it, found)
	if !found {
		c.truth(false)
		return
	}
	to, ok := c.findSet(dst)
	if !ok {
		return
	}
	if string(src) == string(dst) {
		c.truth(from.Has(m))
		return
	}
	if !from.Remove(m) {
		c.truth(false)
		return
	}
	c.Notify(NotifySet, "srem", src)
	from.dropEmpty()
	to.make()
	if to.Add(m) {
		c.Notify(NotifySet, "sadd", dst)
	}
	c.truth(true)
}

func spop(c *Call) {
	if c.argc() > 3 {
		c.Out.Error(ErrSyntax)
		return
	}
	n, ok := 1, true
	if c.argc() == 3 {
		if n, ok = c.popCount(c.Args[2]); !ok {
			return
		}
	}
	s, ok := c.findSet(c.Args[1])
	if !ok {
		return
	}
	switch {
	case c.argc() == 2 && !s.there:
		c.Out.Null()
	case n == 0 || !s.there:
		c.Out.Set(0)
	case c.argc() == 3 && n >= s.Len():
		s.popAll()
	default:
		if c.argc() == 3 {
			c.Out.Set(n)
		}
		s.pop(n)
	}
}

// popCount reads how many members to take.
func (c *Call) popCount(arg []byte) (int, bool) {
	n, ok := ParseInt(arg)
	if !ok || n < 0 {
		c.Out.Error(ErrNotPositive)
		return 0, false
	}
	return int(min(n, math.MaxInt)), true
}

// popAll takes all members and the key.
func (s *openSet) popAll() {
	s.replyAll()
	s.c.Notify(NotifySet, "spop", s.key)
	s.c.DB.Delete(s.key)
	s.c.Notify(NotifyGeneric, "del", s.key)
}

// pop takes n members; there are as many.
func (s *openSet) pop(n int) {
	instead := [][]byte{[]byte("SREM"), s.key}
	for range n {
		m := s.At(s.c.Rand.IntN(s.Len()))
		s.c.Out.Bulk(m)
		if s.c.Kept { // which one it is depends on how the set lies in memory
			instead = append(instead, bytes.Clone(m))
		}
		s.Remove(m)
	}
	if s.c.Kept {
		s.c.Instead = instead
	}
	s.c.Notify(NotifySet, "spop", s.key)
	s.dropEmpty()
}

func srandMember(c *Call) {
	switch c.argc() {
	case 2:
		if s, ok := c.readSet(c.Args[1]); ok {
			s.replyRandom()
		}
	case 3:
		n, err := sampleCount(c.Args[2])
		if err != "" {
			c.Out.Error(err)
			return
		}
		if s, ok := c.readSet(c.Args[1]); ok {
			s.replySample(n)
		}
	default:
		c.Out.Error(ErrSyntax)
	}
}

func (s *openSet) replyRandom() {
	if !s.there {
		s.c.Out.Null()
		return
	}
	s.c.Out.Bulk(s.At(s.c.Rand.IntN(s.Len())))
}

// replySample replies n members drawn at random, each once at most, or -n that may
// repeat.
func (s *openSet) replySample(n int) {
	have := s.size()
	if n < 0 && have > 0 {
		s.c.Out.Array(-n)
		for range -n {
			s.replyRandom()
		}
		return
	}
	n = min(max(n, 0), have)
	s.c.Out.Array(n)
	if n == 0 {
		return
	}
	if sparse(n, have) {
		for i := range s.c.distinct(n, have) {
			s.c.Out.Bulk(s.At(i))
		}
		return
	}
	for m := range s.members {
		if s.c.Rand.IntN(have) < n {
			s.c.Out.Bulk(m)
			n--
		}
		have--
	}
}

func srem(c *Call) {
	s, ok := c.findSet(c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	for _, m := range c.Args[2:] {
		if s.there && s.Remove(m) {
			n++
		}
	}
	if n > 0 {
		c.Notify(NotifySet, "srem", c.Args[1])
		s.dropEmpty()
	}
	c.Out.Int(n)
}

func sscan(c *Call) {
	cursor, ok := c.cursor(2)
	if !ok {
		return
	}
	s, ok := c.readSet(c.Args[1])
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
	next := s.Scan(cursor, o.count, func(m []byte) {
		if o.matches(m) {
			found.add(m)
		}
	})
	found.replyScan(c, next)
}
