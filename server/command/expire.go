package command

var expireCommands = []Command{
	{
		Name: "EXPIRE", Group: "generic", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key seconds [condition: NX | XX | GT | LT]",
		Summary: "Sets a key's time to live in seconds.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: expireIn(ex),
	},
	{
		Name: "EXPIREAT", Group: "generic", Since: "1.2.0", Complexity: "O(1)",
		Syntax:  "key unix-time-seconds [condition: NX | XX | GT | LT]",
		Summary: "Sets when a key ends, as a Unix time in seconds.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: expireIn(exat),
	},
	{
		Name: "EXPIRETIME", Group: "generic", Since: "7.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns when a key ends, as a Unix time in seconds.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: ttlIn(exat),
	},
	{
		Name: "PERSIST", Group: "generic", Since: "2.2.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Takes a key's time to live away.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: persist,
	},
	{
		Name: "PEXPIRE", Group: "generic", Since: "2.6.0", Complexity: "O(1)",
		Syntax:  "key milliseconds [condition: NX | XX | GT | LT]",
		Summary: "Sets a key's time to live in milliseconds.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: expireIn(px),
	},
	{
		Name: "PEXPIREAT", Group: "generic", Since: "2.6.0", Complexity: "O(1)",
		Syntax:  "key unix-time-milliseconds [condition: NX | XX | GT | LT]",
		Summary: "Sets when a key ends, as a Unix time in milliseconds.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: expireIn(pxat),
	},
	{
		Name: "PEXPIRETIME", Group: "generic", Since: "7.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns when a key ends, as a Unix time in milliseconds.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: ttlIn(pxat),
	},
	{
		Name: "PTTL", Group: "generic", Since: "2.6.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns a key's time to live in milliseconds; -1 if it has none, -2 if there is no key.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: ttlIn(px),
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "TTL", Group: "generic", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns a key's time to live in seconds; -1 if it has none, -2 if there is no key.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: ttlIn(ex),
		Tips: []string{"nondeterministic_output"},
	},
}

// expireIn is EXPIRE and its like, with the time in a unit.
func expireIn(u timeUnit) func(*Call) {
	return func(c *Call) {
		cond, ok := readExpireOptions(c)
		if !ok {
			return
		}
		n, ok := c.int(2)
		if !ok {
			return
		}
		at, ok := u.at(n, c.Now)
		if !ok {
			c.Out.Error(c.errExpire())
			return
		}
		v, found := c.DB.Find(c.Args[1])
		if !found || !cond.allow(v.ExpireAt(), at) {
			c.Out.Int(0)
			return
		}
		c.expire(c.Args[1], at)
		c.Out.Int(1)
	}
}

// expireCondition says when EXPIRE may replace a time of death.
type expireCondition struct{ nx, xx, gt, lt bool }

func readExpireOptions(c *Call) (e expireCondition, ok bool) {
	o := c.options(3)
	for o.next() {
		switch {
		case o.is("NX"):
			e.nx = true
		case o.is("XX"):
			e.xx = true
		case o.is("GT"):
			e.gt = true
		case o.is("LT"):
			e.lt = true
		default:
			o.fail(errUnsupportedOption(o.word()))
		}
	}
	switch {
	case e.nx && (e.xx || e.gt || e.lt):
		o.fail(ErrExpireNX)
	case e.gt && e.lt:
		o.fail(ErrExpireGTLT)
	}
	return e, !o.failed()
}

// allow compares the present time of death (0: never) with the new one. Never is
// later than any time.
func (e expireCondition) allow(present, at int64) bool {
	never := present == 0
	switch {
	case e.nx && !never,
		e.xx && never,
		e.gt && (never || at <= present),
		e.lt && !never && at >= present:
		return false
	}
	return true
}

// ttlIn is TTL and its like, with the answer in a unit.
func ttlIn(u timeUnit) func(*Call) {
	return func(c *Call) {
		v, found := c.look(c.Args[1])
		switch {
		case !found:
			c.Out.Int(-2)
		case v.ExpireAt() == 0:
			c.Out.Int(-1)
		default:
			c.Out.Int(u.from(v.ExpireAt(), c.Now))
		}
	}
}

// from converts a time of death to the unit; seconds are rounded to the nearest.
func (u timeUnit) from(at, now int64) int64 {
	if u.relative() {
		at = max(at-now, 0)
	}
	if u.seconds() {
		return at/1000 + (at%1000+500)/1000
	}
	return at
}

func persist(c *Call) {
	v, found := c.DB.Find(c.Args[1])
	if !found || v.ExpireAt() == 0 {
		c.Out.Int(0)
		return
	}
	c.DB.Expire(c.Args[1], 0)
	c.Notify(NotifyGeneric, "persist", c.Args[1])
	c.Out.Int(1)
}
