package command

import "github.com/cachedserver/cached/server/store"

var objectCommands = []Command{
	{
		Name: "OBJECT", Group: "generic", Since: "2.2.3", Complexity: "Depends on subcommand.",
		Summary: "Tells how a value is kept.",
		Sub: []Command{
			{
				Name: "ENCODING", Group: "generic", Since: "2.2.3", Complexity: "O(1)",
				Syntax:  "key",
				Summary: "Names the form in which a value is kept.",
				Flags:   Read, Keys: keyAt(2, RO), Run: objectEncoding,
				Tips: []string{"nondeterministic_output"},
			},
			{
				Name: "FREQ", Group: "generic", Since: "4.0.0", Complexity: "O(1)",
				Syntax:  "key",
				Summary: "Returns how often a value is used, on the scale of the eviction policy.",
				Flags:   Read, Keys: keyAt(2, RO), Run: objectFreq,
				Tips:  []string{"nondeterministic_output"},
				Notes: []string{"Answers under every policy that counts uses: lfu, adaptive, wtinylfu, gdsf."},
			},
			{
				Name: "IDLETIME", Group: "generic", Since: "2.2.3", Complexity: "O(1)",
				Syntax:  "key",
				Summary: "Returns for how many seconds a value was not used.",
				Flags:   Read, Keys: keyAt(2, RO), Run: objectIdleTime,
				Tips:  []string{"nondeterministic_output"},
				Notes: []string{"Answers under every policy; Redis refuses it under an LFU policy."},
			},
			{
				Name: "REFCOUNT", Group: "generic", Since: "2.2.3", Complexity: "O(1)",
				Syntax:  "key",
				Summary: "Returns the number of references to a value, which is always 1.",
				Flags:   Read, Keys: keyAt(2, RO), Run: objectRefCount,
				Tips: []string{"nondeterministic_output"},
			},
		},
	},
	{
		Name: "MEMORY", Group: "server", Since: "4.0.0", Complexity: "Depends on subcommand.",
		Summary: "Tells what memory is used for.",
		Sub: []Command{
			{
				Name: "USAGE", Group: "server", Since: "4.0.0", Complexity: "O(1)",
				Syntax:  "key [SAMPLES count]",
				Summary: "Returns the bytes that a key and its value take.",
				Flags:   Read, Keys: keyAt(2, RO), Run: memoryUsage,
			},
		},
	},
}

func objectEncoding(c *Call) {
	if v, ok := c.object(); ok {
		c.Out.BulkString(v.Encoding().String())
	}
}

func objectFreq(c *Call) {
	v, ok := c.object()
	if !ok {
		return
	}
	n, ok := v.Freq()
	if !ok {
		c.Out.Error(ErrNoLFU)
		return
	}
	c.Out.Int(int64(n))
}

func objectIdleTime(c *Call) {
	if v, ok := c.object(); ok {
		c.Out.Int(v.Idle(c.Now))
	}
}

func objectRefCount(c *Call) {
	if _, ok := c.object(); ok {
		c.Out.Int(1)
	}
}

// object looks up the key of a subcommand; if there is none, null is replied.
func (c *Call) object() (store.Value, bool) {
	v, ok := c.DB.Look(c.Args[2])
	if !ok {
		c.Out.Null()
	}
	return v, ok
}

func memoryUsage(c *Call) {
	o := c.options(3)
	for o.next() {
		if !o.is("SAMPLES") || o.int() < 0 {
			o.fail(ErrSyntax)
		}
	}
	if o.failed() {
		return
	}
	if v, ok := c.object(); ok {
		c.Out.Int(v.Allocated())
	}
}
