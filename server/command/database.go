package command

var databaseCommands = []Command{
	{
		Name: "DBSIZE", Group: "server", Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns the number of keys in the database.",
		Flags:   Read | Fast | AllKeys, Categories: CatKeyspace, Run: dbSize,
		Tips: []string{"request_policy:all_shards", "response_policy:agg_sum"},
	},
	{
		Name: "FLUSHALL", Group: "server", Since: "1.0.0", Complexity: "O(1); the memory is freed later, in steps",
		Syntax:  "[flush-type: ASYNC | SYNC]",
		Summary: "Deletes all keys of all databases.",
		Flags:   Write | AllKeys | AtOnce, Categories: CatKeyspace | CatDangerous, Run: flushAll,
		Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	},
	{
		Name: "FLUSHDB", Group: "server", Since: "1.0.0", Complexity: "O(1); the memory is freed later, in steps",
		Syntax:  "[flush-type: ASYNC | SYNC]",
		Summary: "Deletes all keys of the database.",
		Flags:   Write | AllKeys | AtOnce, Categories: CatKeyspace | CatDangerous, Run: flushDB,
		Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	},
	{
		Name: "SWAPDB", Group: "server", Since: "4.0.0", Complexity: "O(1)",
		Syntax:  "index1 index2",
		Summary: "Exchanges the contents of two databases.",
		Flags:   Write | Fast | AllKeys | AtOnce, Categories: CatKeyspace | CatDangerous, Run: swapDB,
	},
}

func dbSize(c *Call) { c.Out.Int(int64(c.DB.Len())) }

func flushAll(c *Call) {
	if async, ok := c.flushMode(); ok {
		c.DB.FlushAll(async)
		c.notifyWhole(SweptAll, -1)
		c.Out.OK()
	}
}

func flushDB(c *Call) {
	if async, ok := c.flushMode(); ok {
		c.DB.Flush(async)
		c.notifyWhole(Swept, c.DB.Index())
		c.Out.OK()
	}
}

// flushMode reads ASYNC or SYNC; if it is anything else, the error is replied.
func (c *Call) flushMode() (async, ok bool) {
	o := c.options(1)
	switch {
	case !o.next():
		return c.settings().LazyFlush, true
	case o.more():
		o.fail(ErrSyntax)
	case o.is("ASYNC"):
		async = true
	case !o.is("SYNC"):
		o.fail(ErrSyntax)
	}
	return async, !o.failed()
}

func swapDB(c *Call) {
	a, err := parseInt32(c.Args[1])
	if err != "" {
		c.Out.Error(ErrFirstDBIndex)
		return
	}
	b, err := parseInt32(c.Args[2])
	if err != "" {
		c.Out.Error(ErrSecondDBIndex)
		return
	}
	n := c.DB.Databases()
	if a < 0 || a >= n || b < 0 || b >= n {
		c.Out.Error(ErrDBIndex)
		return
	}
	c.DB.Swap(a, b)
	c.notifyWhole(Swapped, a)
	c.notifyWhole(Swapped, b)
	c.Out.OK()
}
