package command

var stringRangeCommands = []Command{
	{
		Name: "APPEND", Group: "string", Since: "2.0.0", Complexity: "O(N) with N the length of the value; the string grows in place where it can",
		Syntax:  "key value",
		Summary: "Appends to the string at a key, which is made if there is none.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Insert), Run: appendTo,
	},
	{
		Name: "GETRANGE", Group: "string", Since: "2.4.0", Complexity: "O(N) with N the length of the answer",
		Syntax:  "key start end",
		Summary: "Returns a part of the string at a key.",
		Flags:   Read, Keys: key(RO | Access), Run: getRange,
	},
	{
		Name: "SETRANGE", Group: "string", Since: "2.2.0", Complexity: "O(N) with N the length of the value",
		Syntax:  "key offset value",
		Summary: "Overwrites a part of the string at a key, which grows as needed.",
		Flags:   Write | DenyOOM, Keys: key(RW | Update), Run: setRange,
	},
	{
		Name: "STRLEN", Group: "string", Since: "2.2.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the length of the string at a key.",
		Flags:   Read | Fast, Keys: key(RO), Run: strlen,
	},
	{
		Name: "SUBSTR", Group: "string", Since: "1.0.0", Complexity: "O(N) with N the length of the answer",
		Syntax:     "key start end",
		Summary:    "Returns a part of the string at a key.",
		Deprecated: "2.0.0", Instead: "`GETRANGE`",
		Flags: Read, Keys: key(RO | Access), Run: getRange,
	},
}

func appendTo(c *Call) {
	key, tail := c.Args[1], c.Args[2]
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	size := len(tail)
	if found {
		if !c.fits(int64(v.Len()), len(tail)) {
			return
		}
		size += v.Len()
		copy(c.DB.Edit(key, size)[size-len(tail):], tail)
	} else {
		c.creates(key)
		c.DB.SetString(key, tail, 0)
	}
	c.Notify(NotifyString, "append", key)
	c.Out.Int(int64(size))
}

func getRange(c *Call) {
	start, ok := c.int(2)
	if !ok {
		return
	}
	end, ok := c.int(3)
	if !ok {
		return
	}
	v, found, ok := c.readString(c.Args[1])
	if !ok {
		return
	}
	if !found {
		c.Out.Bulk(nil)
		return
	}
	from, to := span(start, end, v.Len())
	c.bulkRange(v, from, to)
}

// span turns a client's start and end, which may count from the end of a sequence
// of n and include both, into [from, to).
func span(start, end int64, n int) (from, to int) {
	if start < 0 && end < 0 && start > end {
		return 0, 0
	}
	if start < 0 {
		start = max(start+int64(n), 0)
	}
	if end < 0 {
		end = max(end+int64(n), 0)
	}
	end = min(end, int64(n)-1)
	if start > end {
		return 0, 0
	}
	return int(start), int(end) + 1
}

func setRange(c *Call) {
	key, part := c.Args[1], c.Args[3]
	offset, ok := c.int(2)
	if !ok {
		return
	}
	if offset < 0 {
		c.Out.Error(ErrOffset)
		return
	}
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	size := lenOf(v, found)
	if len(part) == 0 {
		c.Out.Int(int64(size))
		return
	}
	if !c.fits(offset, len(part)) {
		return
	}
	size = max(size, int(offset)+len(part))
	c.creates(key)
	copy(c.DB.Edit(key, size)[offset:], part)
	c.Notify(NotifyString, "setrange", key)
	c.Out.Int(int64(size))
}

func strlen(c *Call) {
	if v, found, ok := c.readString(c.Args[1]); ok {
		c.Out.Int(int64(lenOf(v, found)))
	}
}

// fits says whether a string may have n more bytes after the first size; if not,
// the error is replied.
func (c *Call) fits(size int64, n int) bool {
	if size <= c.settings().MaxString-int64(n) {
		return true
	}
	c.Out.Error(ErrTooLong)
	return false
}
