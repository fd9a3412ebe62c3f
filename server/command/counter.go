package command

import (
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

var counterCommands = []Command{
	{
		Name: "DECR", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Takes one from the integer at a key; no key counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: decr,
	},
	{
		Name: "DECRBY", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key decrement",
		Summary: "Takes a number from the integer at a key; no key counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: decrBy,
	},
	{
		Name: "INCR", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Adds one to the integer at a key; no key counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: incr,
	},
	{
		Name: "INCRBY", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key increment",
		Summary: "Adds a number to the integer at a key; no key counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: incrBy,
	},
	{
		Name: "INCRBYFLOAT", Group: "string", Since: "2.6.0", Complexity: "O(1)",
		Syntax:  "key increment:double",
		Summary: "Adds a number, whole or not, to the number at a key; no key counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: incrByFloat,
		Notes: []string{"Computed with 64 bits of mantissa on every machine, as Redis does on x86-64."},
	},
}

func decr(c *Call) { c.add(-1) }

func decrBy(c *Call) {
	n, ok := c.int(2)
	switch {
	case !ok:
	case n == math.MinInt64:
		c.Out.Error(ErrDecrOverflow)
	default:
		c.add(-n)
	}
}

func incr(c *Call) { c.add(1) }

func incrBy(c *Call) {
	if n, ok := c.int(2); ok {
		c.add(n)
	}
}

func incrByFloat(c *Call) {
	key := c.Args[1]
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	present := []byte("0")
	if found {
		present = v.Bytes()
	}
	sum, err := addFloats(present, c.Args[2])
	if err != "" {
		c.Out.Error(err)
		return
	}
	c.creates(key)
	c.DB.SetString(key, sum, expireOf(v, found))
	c.Notify(NotifyString, "incrbyfloat", key)
	c.Out.Bulk(sum)
}

// add changes the integer at the first key by n and replies the result.
func (c *Call) add(n int64) {
	key := c.Args[1]
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	var present int64
	if found {
		if present, ok = integer(v); !ok {
			c.Out.Error(ErrNotInteger)
			return
		}
	}
	sum := present + n
	if (sum > present) != (n > 0) && n != 0 {
		c.Out.Error(ErrOverflow)
		return
	}
	c.creates(key)
	c.DB.SetInt(key, sum, expireOf(v, found))
	c.Notify(NotifyString, "incrby", key)
	c.Out.Int(sum)
}

// integer is a string's value as an integer, if it is one.
func integer(v store.Value) (int64, bool) {
	if n, ok := v.Int(); ok {
		return n, true
	}
	if v.Len() > maxIntLen {
		return 0, false
	}
	return ParseInt(v.Bytes())
}

// maxIntLen is the length of the longest int64.
const maxIntLen = len("-9223372036854775808")

// addFloats adds two numbers given as text. The sum does not share memory with them.
func addFloats(a, b []byte) ([]byte, protocol.Error) {
	x, ok := protocol.ParseLongDouble(a)
	if !ok {
		return nil, ErrNotFloat
	}
	y, ok := protocol.ParseLongDouble(b)
	if !ok {
		return nil, ErrNotFloat
	}
	sum, ok := x.Add(y)
	if !ok {
		return nil, ErrNaNOrInf
	}
	return sum.Append(nil), ""
}
