package command

import "github.com/cachedserver/cached/server/store"

// readItem opens the collection at key for a reading command. Not ok: the key holds
// another kind, and the error is replied.
func (c *Call) readItem(key []byte, kind store.Kind) (it *store.Item, found, ok bool) {
	it, is, found := c.DB.ReadItem(key)
	if !found {
		c.Notify(NotifyKeyMiss, "keymiss", key)
	}
	return it, found, c.isKind(found, is, kind)
}

// findItem opens the collection at key for a writing command. Not ok: the key holds
// another kind, and the error is replied.
func (c *Call) findItem(key []byte, kind store.Kind) (it *store.Item, found, ok bool) {
	it, is, found := c.DB.Item(key)
	return it, found, c.isKind(found, is, kind)
}

func (c *Call) isKind(found bool, is, want store.Kind) bool {
	if !found || is == want {
		return true
	}
	c.Out.Error(ErrWrongType)
	return false
}
