package command

import (
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// openHash is the hash at a key while a call works on it, or the want of one:
// then it has no fields, and make makes it.
//
// Fields past their expiry count as absent. A writer deletes those that are due
// when it opens the hash, but no more than purgeMost of a large one; stale tells
// that there are others, which it then deletes one by one as it comes upon them.
type openHash struct {
	value.Hash
	c     *Call
	key   []byte
	item  *store.Item
	there bool
	timed bool // fields may have an expiry
	stale bool
}

// purgeMost bounds the fields that a writer deletes on opening: some 50 us.
const purgeMost = 64

// readHash opens the hash at key for reading. Not ok: the key holds something
// else, and the error is replied.
func (c *Call) readHash(key []byte) (h *openHash, ok bool) {
	it, found, ok := c.readItem(key, store.Hash)
	return c.openHash(key, it, found), ok
}

// findHash opens the hash at key for changing it.
func (c *Call) findHash(key []byte) (h *openHash, ok bool) {
	it, found, ok := c.findItem(key, store.Hash)
	if !ok {
		return nil, false
	}
	h = c.openHash(key, it, found)
	if h.timed {
		h.purge()
	}
	return h, true
}

func (c *Call) openHash(key []byte, it *store.Item, found bool) *openHash {
	h := &c.hashes
	h.c, h.key, h.item, h.there, h.timed, h.stale = c, key, it, found, false, false
	if found {
		h.Hash = value.OpenHash(it, c.settings().hash())
		h.timed = it.Encoding() != value.Packed
	}
	return h
}

// make makes the hash if it is not there.
func (h *openHash) make() {
	if h.there {
		return
	}
	h.c.creates(h.key)
	h.item = h.c.DB.Create(h.key, store.Hash, store.ListPack, value.EmptyPacked)
	h.Hash = value.OpenHash(h.item, h.c.settings().hash())
	h.there = true
}

// purge deletes due fields.
func (h *openHash) purge() {
	if h.Purge(h.c.Now, purgeMost) == 0 {
		return
	}
	h.c.Notify(NotifyHash, "hexpired", h.key)
	h.dropEmpty()
	if h.there {
		at := h.NextExpiry()
		h.stale = at != 0 && at <= h.c.Now
	}
}

// dropEmpty deletes the key of a hash that has no field left.
func (h *openHash) dropEmpty() {
	if h.Len() == 0 {
		h.c.DB.Delete(h.key)
		h.c.Notify(NotifyGeneric, "del", h.key)
		h.there = false
	}
}

// get returns a field; one past its expiry is not there.
func (h *openHash) get(field []byte) (value.Field, bool) {
	if !h.there {
		return value.Field{}, false
	}
	f, ok := h.Get(field)
	if !ok || f.Expired(h.c.Now) {
		return value.Field{}, false
	}
	return f, true
}

// reply replies the value of a field, or null.
func (h *openHash) reply(field []byte) {
	if f, ok := h.get(field); ok {
		h.c.Out.Bulk(f.Value)
		return
	}
	h.c.Out.Null()
}

// set sets a field and tells whether it is new.
func (h *openHash) set(field, v []byte, expireAt int64) (fresh bool) {
	gone := h.stale && h.expunge(field)
	fresh = h.Set(field, v, expireAt) || gone
	h.item.Remind(expireAt)
	return fresh
}

// delete deletes a field and tells whether it was there.
func (h *openHash) delete(field []byte) bool {
	if !h.there || h.stale && h.expunge(field) {
		return false
	}
	return h.Delete(field)
}

// expunge deletes a field if it is past its expiry.
func (h *openHash) expunge(field []byte) bool {
	f, ok := h.Get(field)
	return ok && f.Expired(h.c.Now) && h.Delete(field)
}

// live is the number of fields.
func (h *openHash) live() int {
	switch {
	case !h.there:
		return 0
	case !h.timed:
		return h.Len()
	}
	return h.Live(h.c.Now)
}

// fields yields all fields.
func (h *openHash) fields(yield func(value.Field) bool) {
	if !h.there {
		return
	}
	h.Each(func(f value.Field) bool { return f.Expired(h.c.Now) || yield(f) })
}

// random returns a field drawn at random; there is one.
func (h *openHash) random() value.Field {
	for range maxDraws {
		if f := h.At(h.c.Rand.IntN(h.Len())); !f.Expired(h.c.Now) {
			return f
		}
	}
	for f := range h.fields {
		return f
	}
	return value.Field{}
}

// maxDraws is how often a random pick may fall on what is past its expiry before
// the first that is not is taken.
const maxDraws = 256

func (h *openHash) replyRandom() {
	if h.live() == 0 {
		h.c.Out.Null()
		return
	}
	h.c.Out.Bulk(h.random().Name)
}

// replySample replies n fields drawn at random, each once at most, or -n that may
// repeat.
func (h *openHash) replySample(n int, values bool) {
	have := h.live()
	if n < 0 && have > 0 {
		h.replyHead(-n, values)
		for range -n {
			h.replyDrawn(h.random(), values)
		}
		return
	}
	n = min(max(n, 0), have)
	h.replyHead(n, values)
	if n == 0 {
		return
	}
	if h.timed || !sparse(n, have) {
		left := have
		for f := range h.fields {
			if h.c.Rand.IntN(left) < n {
				h.replyDrawn(f, values)
				n--
			}
			left--
		}
		return
	}
	for i := range h.c.distinct(n, have) {
		h.replyDrawn(h.At(i), values)
	}
}

// replyHead begins a reply of n fields: with values those are pairs in RESP3.
func (h *openHash) replyHead(n int, values bool) {
	if values && h.c.Out.Proto() == 2 {
		n *= 2
	}
	h.c.Out.Array(n)
}

func (h *openHash) replyDrawn(f value.Field, values bool) {
	if values && h.c.Out.Proto() > 2 {
		h.c.Out.Array(2)
	}
	h.c.replyField(f, values)
}
