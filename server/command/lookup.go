package command

import "github.com/cachedserver/cached/server/store"

// read looks a key up for a command that returns or computes from its value. A
// miss is an event of its own.
func (c *Call) read(key []byte) (store.Value, bool) {
	v, ok := c.DB.Get(key)
	if !ok {
		c.Notify(NotifyKeyMiss, "keymiss", key)
	}
	return v, ok
}

// look is read for a command that asks about the key rather than for its value:
// it counts, and leaves recency alone.
func (c *Call) look(key []byte) (store.Value, bool) {
	v, ok := c.DB.Look(key)
	if !ok {
		c.Notify(NotifyKeyMiss, "keymiss", key)
	}
	return v, ok
}

// is says whether a value is of the kind that the command works on; if not, the
// error is replied.
func (c *Call) is(v store.Value, kind store.Kind) bool {
	if v.Kind() == kind {
		return true
	}
	c.Out.Error(ErrWrongType)
	return false
}

// readString is read for a key that must hold a string if it is there. Not ok: the
// error is replied.
func (c *Call) readString(key []byte) (v store.Value, found, ok bool) {
	v, found = c.read(key)
	return v, found, !found || c.is(v, store.String)
}

// findString is the lookup of a command that will change the string. Not ok: the
// error is replied.
func (c *Call) findString(key []byte) (v store.Value, found, ok bool) {
	v, found = c.DB.Find(key)
	return v, found, !found || c.is(v, store.String)
}

// expireOf is the key's time of death to keep when it is overwritten.
func expireOf(v store.Value, found bool) int64 {
	if !found {
		return 0
	}
	return v.ExpireAt()
}

// lenOf is the length of a string; of none, 0.
func lenOf(v store.Value, found bool) int {
	if !found {
		return 0
	}
	return v.Len()
}

// bulk replies a string; a large one is sent from where it lies.
func (c *Call) bulk(v store.Value) {
	if v.Len() >= store.PinMin {
		c.Out.BulkPinned(v.Pin())
		return
	}
	c.Out.Bulk(v.Bytes())
}

// bulkRange replies the bytes [from, to) of a string.
func (c *Call) bulkRange(v store.Value, from, to int) {
	if to-from >= store.PinMin {
		c.Out.BulkPinned(&pinnedRange{v.Pin(), from, to})
		return
	}
	c.Out.Bulk(v.Bytes()[from:to])
}

// pinnedRange is a part of a pinned value.
type pinnedRange struct {
	*store.Pin
	from, to int
}

// Bytes returns the part.
func (p *pinnedRange) Bytes() []byte { return p.Pin.Bytes()[p.from:p.to] }

// truth replies 1 or 0.
func (c *Call) truth(b bool) {
	if b {
		c.Out.Int(1)
		return
	}
	c.Out.Int(0)
}
