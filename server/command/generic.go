package command

import "github.com/cachedserver/cached/server/store"

var genericCommands = []Command{
	{
		Name: "COPY", Group: "generic", Since: "6.2.0", Complexity: "O(N) with N the size of the value",
		Syntax:  "source destination [DB db] [REPLACE]",
		Summary: "Copies a key's value and time to live to another key.",
		Flags:   Write | DenyOOM, Keys: twoKeys(RO|Access, OW|Update), Run: copyKey,
	},
	{
		Name: "DEL", Group: "generic", Since: "1.0.0", Complexity: "O(N) with N keys; a large value is freed later, in steps",
		Syntax:  "key [key ...]",
		Summary: "Deletes keys and returns how many there were.",
		Flags:   Write, Keys: keys(RM | Delete), Run: del,
		Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"},
	},
	{
		Name: "EXISTS", Group: "generic", Since: "1.0.0", Complexity: "O(N) with N keys",
		Syntax:  "key [key ...]",
		Summary: "Counts which of the keys exist; one that is given twice counts twice.",
		Flags:   Read | Fast, Keys: keys(RO), Run: exists,
		Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"},
	},
	{
		Name: "MOVE", Group: "generic", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key db",
		Summary: "Moves a key to another database, unless that has the key.",
		Flags:   Write | Fast, Keys: key(RW | Access | Update), Run: move,
	},
	{
		Name: "RANDOMKEY", Group: "generic", Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns the name of some key of the database.",
		Flags:   Read | AllKeys, Run: randomKey,
		Tips: []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"},
	},
	{
		Name: "RENAME", Group: "generic", Since: "1.0.0", Complexity: "O(N) with N the size of the value",
		Syntax:  "key newkey",
		Summary: "Gives a key another name; what the name stood for is lost.",
		Flags:   Write, Keys: twoKeys(RW|Access|Delete, OW|Update), Run: rename,
	},
	{
		Name: "RENAMENX", Group: "generic", Since: "1.0.0", Complexity: "O(N) with N the size of the value",
		Syntax:  "key newkey",
		Summary: "Gives a key another name, unless the name is taken.",
		Flags:   Write | Fast, Keys: twoKeys(RW|Access|Delete, OW|Insert), Run: renameNX,
	},
	{
		Name: "TOUCH", Group: "generic", Since: "3.2.1", Complexity: "O(N) with N keys",
		Syntax:  "key [key ...]",
		Summary: "Counts which of the keys exist and marks them as just used.",
		Flags:   Read | Fast | Touches, Keys: keys(RO), Run: touch,
		Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"},
	},
	{
		Name: "TYPE", Group: "generic", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Tells the kind of value that a key holds.",
		Flags:   Read | Fast, Keys: key(RO), Run: typeOfKey,
	},
	{
		Name: "UNLINK", Group: "generic", Since: "4.0.0", Complexity: "O(N) with N keys; values are freed later, in steps",
		Syntax:  "key [key ...]",
		Summary: "Deletes keys and frees their values in the background.",
		Flags:   Write | Fast, Keys: keys(RM | Delete), Run: unlink,
		Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"},
	},
}

func copyKey(c *Call) {
	src, dst := c.Args[1], c.Args[2]
	to, replace, ok := readCopyOptions(c)
	if !ok {
		return
	}
	if to.Index() == c.DB.Index() && string(src) == string(dst) {
		c.Out.Error(ErrSameObject)
		return
	}
	if _, found := c.read(src); !found {
		c.Out.Int(0)
		return
	}
	if _, taken := to.Find(dst); taken && !replace {
		c.Out.Int(0)
		return
	}
	c.DB.Copy(src, to, dst)
	c.notifyAt(NotifyNew, "new", dst, to.Index())
	c.notifyAt(NotifyGeneric, "copy_to", dst, to.Index())
	c.Out.Int(1)
}

func readCopyOptions(c *Call) (to *store.DB, replace, ok bool) {
	to = c.DB
	o := c.options(3)
	for o.next() {
		switch {
		case o.is("REPLACE"):
			replace = true
		case o.is("DB") && o.more():
			n, err := c.parseDB(o.arg())
			if err != "" {
				o.fail(err)
				break
			}
			to = c.DB.At(n)
		default:
			o.fail(ErrSyntax)
		}
	}
	return to, replace, !o.failed()
}

func del(c *Call) { c.remove(c.settings().LazyDel) }

func exists(c *Call) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if _, ok := c.look(key); ok {
			n++
		}
	}
	c.Out.Int(n)
}

func move(c *Call) {
	key := c.Args[1]
	n, err := c.parseDB(c.Args[2])
	if err == "" && n == c.DB.Index() {
		err = ErrSameObject
	}
	if err != "" {
		c.Out.Error(err)
		return
	}
	moved := c.DB.Move(key, c.DB.At(n))
	if moved {
		c.notifyAt(NotifyNew, "new", key, n)
		c.Notify(NotifyGeneric, "move_from", key)
		c.notifyAt(NotifyGeneric, "move_to", key, n)
	}
	c.truth(moved)
}

func randomKey(c *Call) {
	key, ok := c.DB.Random(c.Rand.Uint64())
	if !ok {
		c.Out.Null()
		return
	}
	c.Out.Bulk(key)
}

func rename(c *Call) {
	if _, found := c.DB.Find(c.Args[1]); !found {
		c.Out.Error(ErrNoSuchKey)
		return
	}
	c.rename()
	c.Out.OK()
}

func renameNX(c *Call) {
	if _, found := c.DB.Find(c.Args[1]); !found {
		c.Out.Error(ErrNoSuchKey)
		return
	}
	_, taken := c.DB.Find(c.Args[2])
	if !taken {
		c.rename()
	}
	c.truth(!taken)
}

// rename gives the first key, which exists, the name of the second.
func (c *Call) rename() {
	src, dst := c.Args[1], c.Args[2]
	if string(src) == string(dst) {
		return
	}
	c.DB.Rename(src, dst)
	c.Notify(NotifyNew, "new", dst)
	c.Notify(NotifyGeneric, "rename_from", src)
	c.Notify(NotifyGeneric, "rename_to", dst)
}

func touch(c *Call) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if _, ok := c.read(key); ok {
			n++
		}
	}
	c.Out.Int(n)
}

func typeOfKey(c *Call) {
	v, ok := c.look(c.Args[1])
	if !ok {
		c.Out.Simple(store.None.String())
		return
	}
	c.Out.Simple(v.Kind().String())
}

func unlink(c *Call) { c.remove(true) }

// remove deletes all the keys of the arguments.
func (c *Call) remove(lazy bool) {
	n := int64(0)
	for _, key := range c.Args[1:] {
		gone := false
		if lazy {
			gone = c.DB.Unlink(key)
		} else {
			gone = c.DB.Delete(key)
		}
		if gone {
			c.Notify(NotifyGeneric, "del", key)
			n++
		}
	}
	c.Out.Int(n)
}
