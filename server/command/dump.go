package command

import (
	"errors"

	"github.com/cachedserver/cached/server/rdb"
	"github.com/cachedserver/cached/server/store"
)

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
	var it *store.Item
	if v.Kind() != store.String {
		it, _, _ = c.DB.ReadItem(c.Args[1])
	}
	c.Out.Bulk(rdb.AppendPayload(nil, v, it))
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
	body, err := rdb.Open(c.Args[3])
	if err == nil {
		err = rdb.ReadValue(body, c.payloadLimits(), nil) // all of it, before a write
	}
	if err == nil {
		err = r.restore(c, body, ttl, taken)
	}
	c.replyRestored(err)
}

func (c *Call) payloadLimits() rdb.Limits { return rdb.Limits{String: int(c.settings().MaxString)} }

func (c *Call) replyRestored(err error) {
	switch {
	case err == nil:
		c.Out.OK()
	case errors.Is(err, rdb.ErrChecksum):
		c.Out.Error(ErrPayload)
	default:
		c.Out.Error(ErrBadFormat)
	}
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
func (r *restoreOptions) restore(c *Call, body []byte, ttl int64, taken bool) error {
	key := c.Args[1]
	if ttl > 0 && !r.absolute {
		ttl += c.Now
	}
	if ttl > 0 && ttl <= c.Now {
		if taken {
			c.DB.Delete(key)
			c.Notify(NotifyGeneric, "del", key)
		}
		return nil
	}
	s := c.settings()
	l := rdb.Loader{DB: c.DB, Key: key, ExpireAt: ttl, Packing: s.Packing()}
	if err := l.End(rdb.ReadValue(body, c.payloadLimits(), &l)); err != nil {
		return err
	}
	c.Notify(NotifyNew, "new", key)
	c.Notify(NotifyGeneric, "restore", key)
	return nil
}

// Packing are the limits of collections in the form that reading values needs.
func (s *Settings) Packing() rdb.Packing {
	return rdb.Packing{Hash: s.hash(), Set: s.set(), ZSet: s.zset(), List: s.list()}
}
