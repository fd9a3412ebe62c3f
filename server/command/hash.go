package command

import (
	"math"
	"strconv"

	"github.com/cachedserver/cached/server/value"
)

var hashCommands = []Command{
	{
		Name: "HDEL", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key field [field ...]",
		Summary: "Deletes fields of a hash, and the hash with the last one.",
		Flags:   Write | Fast, Keys: key(RW | Delete), Run: hdel,
	},
	{
		Name: "HEXISTS", Group: "hash", Since: "2.0.0", Complexity: "O(1)",
		Syntax:  "key field",
		Summary: "Tells whether a hash has a field.",
		Flags:   Read | Fast, Keys: key(RO), Run: hexists,
	},
	{
		Name: "HGET", Group: "hash", Since: "2.0.0", Complexity: "O(1)",
		Syntax:  "key field",
		Summary: "Returns the value of a field of a hash.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: hget,
	},
	{
		Name: "HGETALL", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key",
		Summary: "Returns all fields of a hash with their values.",
		Flags:   Read, Keys: key(RO | Access), Run: hgetAll,
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "HINCRBY", Group: "hash", Since: "2.0.0", Complexity: "O(1)",
		Syntax:  "key field increment",
		Summary: "Adds a number to the integer in a field of a hash; no field counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: hincrBy,
	},
	{
		Name: "HINCRBYFLOAT", Group: "hash", Since: "2.6.0", Complexity: "O(1)",
		Syntax:  "key field increment:double",
		Summary: "Adds a number, whole or not, to the number in a field of a hash; no field counts as 0.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: hincrByFloat,
	},
	{
		Name: "HKEYS", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key",
		Summary: "Returns the names of all fields of a hash.",
		Flags:   Read, Keys: key(RO | Access), Run: hkeys,
		Tips: []string{"nondeterministic_output_order"},
	},
	{
		Name: "HLEN", Group: "hash", Since: "2.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the number of fields of a hash.",
		Flags:   Read | Fast, Keys: key(RO), Run: hlen,
	},
	{
		Name: "HMGET", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key field [field ...]",
		Summary: "Returns the values of several fields of a hash; null for one that is not there.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: hmget,
	},
	{
		Name: "HMSET", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:     "key field value [field value ...]",
		Summary:    "Sets fields of a hash.",
		Deprecated: "4.0.0", Instead: "`HSET` with multiple field-value pairs",
		Flags: Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hmset,
	},
	{
		Name: "HRANDFIELD", Group: "hash", Since: "6.2.0", Complexity: "O(N) with N fields returned",
		Syntax:  "key [count [WITHVALUES]]",
		Summary: "Returns fields of a hash drawn at random.",
		Flags:   Read, Keys: key(RO | Access), Run: hrandField,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "HSCAN", Group: "hash", Since: "2.8.0", Complexity: "O(1) a call, O(N) for all N fields",
		Syntax:  "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
		Summary: "Goes through the fields of a hash in small steps.",
		Flags:   Read, Keys: key(RO | Access), Run: hscan,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "HSET", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key field value [field value ...]",
		Summary: "Sets fields of a hash and returns how many are new.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hset,
	},
	{
		Name: "HSETNX", Group: "hash", Since: "2.0.0", Complexity: "O(1)",
		Syntax:  "key field value",
		Summary: "Sets a field of a hash that is not there.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: hsetNX,
	},
	{
		Name: "HSTRLEN", Group: "hash", Since: "3.2.0", Complexity: "O(1)",
		Syntax:  "key field",
		Summary: "Returns the length of the value of a field of a hash.",
		Flags:   Read | Fast, Keys: key(RO), Run: hstrLen,
	},
	{
		Name: "HVALS", Group: "hash", Since: "2.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key",
		Summary: "Returns the values of all fields of a hash.",
		Flags:   Read, Keys: key(RO | Access), Run: hvals,
		Tips: []string{"nondeterministic_output_order"},
	},
}

func hdel(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	for _, field := range c.Args[2:] {
		if h.delete(field) {
			n++
		}
	}
	if n > 0 {
		c.Notify(NotifyHash, "hdel", c.Args[1])
		h.dropEmpty()
	}
	c.Out.Int(n)
}

func hexists(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		_, there := h.get(c.Args[2])
		c.truth(there)
	}
}

func hget(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		h.reply(c.Args[2])
	}
}

func hgetAll(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.Out.Map(h.live())
	for f := range h.fields {
		c.Out.Bulk(f.Name)
		c.Out.Bulk(f.Value)
	}
}

func hincrBy(c *Call) {
	n, ok := c.int(3)
	if !ok {
		return
	}
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	f, there := h.get(c.Args[2])
	var present int64
	if there {
		if present, ok = ParseInt(f.Value); !ok {
			c.Out.Error(ErrHashNotInteger)
			return
		}
	}
	sum := present + n
	if (sum > present) != (n > 0) && n != 0 {
		c.Out.Error(ErrOverflow)
		return
	}
	var digits [20]byte
	h.make()
	h.Set(c.Args[2], strconv.AppendInt(digits[:0], sum, 10), f.ExpireAt)
	c.Notify(NotifyHash, "hincrby", c.Args[1])
	c.Out.Int(sum)
}

func hincrByFloat(c *Call) {
	switch _, err := addFloats(c.Args[3], zeroText); err {
	case "":
	case ErrNaNOrInf:
		c.Out.Error(ErrNaNOrInfArgument)
		return
	default:
		c.Out.Error(err)
		return
	}
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	f, there := h.get(c.Args[2])
	if !there {
		f.Value = zeroText
	}
	sum, err := addFloats(f.Value, c.Args[3])
	if err == ErrNotFloat {
		err = ErrHashNotFloat
	}
	if err != "" {
		c.Out.Error(err)
		return
	}
	h.make()
	h.Set(c.Args[2], sum, f.ExpireAt)
	c.Notify(NotifyHash, "hincrbyfloat", c.Args[1])
	c.Out.Bulk(sum)
}

func hkeys(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(h.live())
	for f := range h.fields {
		c.Out.Bulk(f.Name)
	}
}

func hlen(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		c.Out.Int(int64(h.live()))
	}
}

func hmget(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(c.argc() - 2)
	for _, field := range c.Args[2:] {
		h.reply(field)
	}
}

func hmset(c *Call) {
	if _, ok := c.setFields(); ok {
		c.Out.OK()
	}
}

func hrandField(c *Call) {
	if c.argc() == 2 {
		if h, ok := c.readHash(c.Args[1]); ok {
			h.replyRandom()
		}
		return
	}
	n, values, ok := c.randFieldOptions()
	if !ok {
		return
	}
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	h.replySample(n, values)
}

func hscan(c *Call) {
	cursor, ok := c.cursor(2)
	if !ok {
		return
	}
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	var found keyList
	if !h.there {
		found.replyScan(c, 0)
		return
	}
	s, ok := readScanOptions(c, 3)
	if !ok {
		return
	}
	next := h.Scan(cursor, s.count, func(f value.Field) {
		if f.Expired(c.Now) || !s.matches(f.Name) {
			return
		}
		found.add(f.Name)
		if !s.noValues {
			found.add(f.Value)
		}
	})
	found.replyScan(c, next)
}

// replyField replies a field with its value, if wanted, and returns the number of
// elements that is.
func (c *Call) replyField(f value.Field, value bool) int {
	c.Out.Bulk(f.Name)
	if !value {
		return 1
	}
	c.Out.Bulk(f.Value)
	return 2
}

func hset(c *Call) {
	if n, ok := c.setFields(); ok {
		c.Out.Int(n)
	}
}

func hsetNX(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	_, there := h.get(c.Args[2])
	if !there {
		h.make()
		h.set(c.Args[2], c.Args[3], 0)
		c.Notify(NotifyHash, "hset", c.Args[1])
	}
	c.truth(!there)
}

func hstrLen(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		f, _ := h.get(c.Args[2])
		c.Out.Int(int64(len(f.Value)))
	}
}

func hvals(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(h.live())
	for f := range h.fields {
		c.Out.Bulk(f.Value)
	}
}

var zeroText = []byte("0")

// setFields sets all fields of the arguments and returns how many are new.
func (c *Call) setFields() (fresh int64, ok bool) {
	if c.argc()%2 == 1 {
		c.Out.Error(c.errArity())
		return 0, false
	}
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return 0, false
	}
	h.make()
	for i := 2; i < c.argc(); i += 2 {
		if h.set(c.Args[i], c.Args[i+1], 0) {
			fresh++
		}
	}
	c.Notify(NotifyHash, "hset", c.Args[1])
	return fresh, true
}

// randFieldOptions reads the count of HRANDFIELD and whether values are wanted.
func (c *Call) randFieldOptions() (n int, values, ok bool) {
	count, err := sampleCount(c.Args[2])
	switch {
	case err != "":
	case c.argc() > 4 || c.argc() == 4 && !equalFold(c.Args[3], "WITHVALUES"):
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
