package command

var dumpCommands = []Command{
	{
		Name: "DUMP", Group: "generic", Since: "2.6.0", Complexity: "O(N) with N the size of the value",
		Syntax:  "key",
		Summary: "Returns a key's value in a form that RESTORE reads.",
		Flags:   Read, Keys: key(RO | Access), Run: dump,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "RESTORE", Group: "generic", Since: "2.6.0", Complexity: "O(N) with N the size of the value",
		Syntax:  "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
		Summary: "Makes a key from what DUMP returned, here or by Redis.",
		Flags:   Write | DenyOOM, Keys: key(OW | Update), Run: restore,
		Categories: CatDangerous,
		Notes:      []string{"IDLETIME and FREQ are checked and not used: how recently a key was used is each node's own affair."},
	},
}

func dump(c *Call) {
	v, found := c.read(c.Args[1])
	if !found {
		c.Out.Null()
		return
	}
	c.Out.Bulk(appendPayload(nil, v))
}

func restore(c *Call) {
	r, ok := readRestoreOptions(c)
	if !ok {
		return
	}
	key := c.Args[1]
	_, taken := c.DB.Find(key)
	if taken && !r.replace {
		c.Out.Error(ErrBusyKey)
		return
	}
	ttl, ok := c.int(2)
	switch {
	case !ok:
		return
	case ttl < 0:
		c.Out.Error(ErrTTL)
		return
	}
	text, err := readPayload(c.Args[3], c.settings().MaxString)
	if err != "" {
		c.Out.Error(err)
		return
	}
	r.restore(c, text, ttl, taken)
	c.Out.OK()
}

// restoreOptions are the optional words of RESTORE.
type restoreOptions struct {
	replace, absolute bool
	idle, freq        bool // given
}

func readRestoreOptions(c *Call) (r restoreOptions, ok bool) {
	o := c.options(4)
	for o.next() {
		switch {
		case o.is("REPLACE"):
			r.replace = true
		case o.is("ABSTTL"):
			r.absolute = true
		case o.is("IDLETIME") && o.more() && !r.freq:
			r.idle = true
			if o.int() < 0 {
				o.fail(ErrIdleTime)
			}
		case o.is("FREQ") && o.more() && !r.idle:
			r.freq = true
			if n := o.int(); n < 0 || n > 255 {
				o.fail(ErrFreq)
			}
		default:
			o.fail(ErrSyntax)
		}
	}
	return r, !o.failed()
}

// restore stores the value. One that has ended by now replaces the old one all the
// same.
func (r *restoreOptions) restore(c *Call, text []byte, ttl int64, taken bool) {
	key := c.Args[1]
	if ttl > 0 && !r.absolute {
		ttl += c.Now
	}
	if ttl > 0 && ttl <= c.Now {
		if taken {
			c.DB.Delete(key)
			c.Notify(NotifyGeneric, "del", key)
		}
		return
	}
	c.DB.SetString(key, text, ttl)
	c.Notify(NotifyNew, "new", key)
	c.Notify(NotifyGeneric, "restore", key)
}
