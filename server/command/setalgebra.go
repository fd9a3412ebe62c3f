package command

import (
	"slices"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var setAlgebraCommands = []Command{
	{
		Name: "SDIFF", Group: "set", Since: "1.0.0", Complexity: "O(N) with N members of all sets",
		Syntax:  "key [key ...]",
		Summary: "Returns the members of the first set that are in none of the others.",
		Flags:   Read, Keys: keys(RO | Access), Run: combine(sdiff),
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "SDIFFSTORE", Group: "set", Since: "1.0.0", Complexity: "O(N) with N members of all sets",
		Syntax:  "destination key [key ...]",
		Summary: "Stores the members of the first set that are in none of the others.",
		Flags:   Write | DenyOOM, Keys: destinationAndKeys(OW), Run: combineStore(sdiff, "sdiffstore"),
	},
	{
		Name: "SINTER", Group: "set", Since: "1.0.0", Complexity: "O(N*M) with N members of the smallest of M sets",
		Syntax:  "key [key ...]",
		Summary: "Returns the members that all sets have.",
		Flags:   Read, Keys: keys(RO | Access), Run: combine(sinter),
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "SINTERCARD", Group: "set", Since: "7.0.0", Complexity: "O(N*M) with N members of the smallest of M sets",
		Syntax:  "numkeys key [key ...] [LIMIT limit:integer]",
		Summary: "Returns how many members all sets have, up to a limit.",
		Flags:   Read | MovableKeys, Keys: numkeysAt(1, RO|Access), Run: sinterCard,
	},
	{
		Name: "SINTERSTORE", Group: "set", Since: "1.0.0", Complexity: "O(N*M) with N members of the smallest of M sets",
		Syntax:  "destination key [key ...]",
		Summary: "Stores the members that all sets have.",
		Flags:   Write | DenyOOM, Keys: destinationAndKeys(RW), Run: combineStore(sinter, "sinterstore"),
	},
	{
		Name: "SUNION", Group: "set", Since: "1.0.0", Complexity: "O(N) with N members of all sets",
		Syntax:  "key [key ...]",
		Summary: "Returns the members that any of the sets has.",
		Flags:   Read, Keys: keys(RO | Access), Run: combine(sunion),
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "SUNIONSTORE", Group: "set", Since: "1.0.0", Complexity: "O(N) with N members of all sets",
		Syntax:  "destination key [key ...]",
		Summary: "Stores the members that any of the sets has.",
		Flags:   Write | DenyOOM, Keys: destinationAndKeys(OW), Run: combineStore(sunion, "sunionstore"),
	},
}

// destinationAndKeys: the first argument is written to as dst says, all others are
// read.
func destinationAndKeys(dst KeyFlags) []KeySpec {
	return []KeySpec{
		{Flags: dst | Update, Index: 1, Step: 1},
		{Flags: RO | Access, Index: 2, Last: -1, Step: 1},
	}
}

// operation yields the members of a combination of sets, each once.
type operation func(sets []*openSet) func(yield func(m []byte) bool)

// combine replies the members of a combination of all arguments.
func combine(of operation) func(*Call) {
	return func(c *Call) {
		sets, ok := c.readSets(c.Args[1:])
		if !ok {
			return
		}
		mark, n := c.Out.Deferred(), 0
		of(sets)(func(m []byte) bool {
			c.Out.Bulk(m)
			n++
			return true
		})
		c.Out.FillSet(mark, n)
	}
}

// combineStore stores a combination of all arguments but the first, which is where.
func combineStore(of operation, event string) func(*Call) {
	return func(c *Call) {
		sets, ok := c.readSets(c.Args[2:])
		if !ok {
			return
		}
		dst := c.Args[1]
		it := c.DB.Scratch(dst, store.Set, store.IntSet)
		result := value.OpenSet(it, c.settings().set())
		of(sets)(func(m []byte) bool {
			result.Add(m)
			return true
		})
		n := result.Len()
		if n > 0 {
			c.creates(dst)
			c.DB.Adopt(dst, it)
			c.Notify(NotifySet, event, dst)
		} else {
			c.DB.Discard(it)
			if c.DB.Delete(dst) {
				c.Notify(NotifyGeneric, "del", dst)
			}
		}
		c.Out.Int(int64(n))
	}
}

func sinterCard(c *Call) {
	keys, limit, ok := readInterCardOptions(c)
	if !ok {
		return
	}
	sets, ok := c.readSets(keys)
	if !ok {
		return
	}
	n := 0
	sinter(sets)(func([]byte) bool {
		n++
		return n != limit
	})
	c.Out.Int(int64(n))
}

// readInterCardOptions reads numkeys key... [LIMIT limit]; limit 0 is none.
func readInterCardOptions(c *Call) (keys [][]byte, limit int, ok bool) {
	n, ok := ParseInt(c.Args[1])
	switch {
	case !ok || n <= 0:
		c.Out.Error(ErrNumKeys)
		return nil, 0, false
	case n > int64(c.argc()-2):
		c.Out.Error(ErrNumKeysMore)
		return nil, 0, false
	}
	o := c.options(2 + int(n))
	for o.next() {
		if !o.is("LIMIT") || !o.more() {
			o.fail(ErrSyntax)
			continue
		}
		l, ok := ParseInt(o.arg())
		if !ok || l < 0 {
			o.fail(ErrLimitNegative)
		}
		limit = int(l)
	}
	return c.Args[2 : 2+n], limit, !o.failed()
}

// readSets opens sets to be read together. Not ok: a key holds something else, and
// the error is replied.
func (c *Call) readSets(keys [][]byte) (sets []*openSet, ok bool) {
	sets = make([]*openSet, len(keys))
	for i, key := range keys {
		it, found, ok := c.readItem(key, store.Set)
		if !ok {
			return nil, false
		}
		sets[i] = c.openSet(key, it, found)
	}
	return sets, true
}

// probes prepares to ask the others about the members of one.
func probes(one *openSet, others []*openSet) []value.Probe {
	p := make([]value.Probe, len(others))
	for i, s := range others {
		p[i].Begin(&one.Set, &s.Set)
	}
	return p
}

// in tells whether any of the sets probed has a member.
func in(probes []value.Probe, m []byte) bool {
	for i := range probes {
		if probes[i].Has(m) {
			return true
		}
	}
	return false
}

// present leaves out the sets that are not there.
func present(sets []*openSet) []*openSet {
	return slices.DeleteFunc(slices.Clone(sets), func(s *openSet) bool { return !s.there })
}

// sdiff goes through the first set and asks the others.
func sdiff(sets []*openSet) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if !sets[0].there {
			return
		}
		others := probes(sets[0], present(sets[1:]))
		sets[0].Each(func(m []byte) bool { return in(others, m) || yield(m) })
	}
}

// sinter goes through the smallest set and asks the others, small ones first: they
// are the likeliest to say no.
func sinter(sets []*openSet) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		sets = slices.Clone(sets)
		slices.SortStableFunc(sets, func(a, b *openSet) int { return a.size() - b.size() })
		if !sets[0].there {
			return
		}
		others := probes(sets[0], sets[1:])
		sets[0].Each(func(m []byte) bool {
			for i := range others {
				if !others[i].Has(m) {
					return true
				}
			}
			return yield(m)
		})
	}
}

// fewSets is up to how many sets SUNION asks those before about each member,
// rather than remember all.
const fewSets = 4

// sunion goes through one set after another and leaves out what was in one before.
func sunion(sets []*openSet) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		sets = present(sets)
		if len(sets) > fewSets {
			manyUnion(sets, yield)
			return
		}
		for i, s := range sets {
			before := probes(s, sets[:i])
			s.Each(func(m []byte) bool { return in(before, m) || yield(m) })
		}
	}
}

func manyUnion(sets []*openSet, yield func([]byte) bool) {
	seen := map[string]struct{}{}
	for _, s := range sets {
		s.Each(func(m []byte) bool {
			if _, again := seen[string(m)]; again {
				return true
			}
			seen[string(m)] = struct{}{}
			return yield(m)
		})
	}
}
