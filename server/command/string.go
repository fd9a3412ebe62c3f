package command

import "github.com/cachedserver/cached/server/store"

var stringCommands = []Command{
	{
		Name: "GET", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the string stored at a key.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: get,
	},
	{
		Name: "SET", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		Summary: "Stores a string at a key, whatever the key held before.",
		Flags:   Write | DenyOOM, Keys: key(RW | Access | Update | VariableFlags), Run: set,
	},
}

func get(c *Call) {
	v, ok := c.DB.Get(c.Args[1])
	switch {
	case !ok:
		c.Out.Null()
	case v.Kind() != store.String:
		c.Out.Error(ErrWrongType)
	default:
		c.Out.Bulk(v.Bytes())
	}
}

func set(c *Call) {
	c.DB.SetString(c.Args[1], c.Args[2], 0)
	c.Notify(NotifyString, "set", c.Args[1])
	c.Out.OK()
}
