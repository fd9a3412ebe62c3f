package command

import (
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// openSet is the set at a key while a call works on it, or the want of one: then
// it has no members, and make makes it.
type openSet struct {
	value.Set
	c     *Call
	key   []byte
	item  *store.Item
	there bool
}

// open makes s the set at key.
func (s *openSet) open(c *Call, key []byte, it *store.Item, found bool) {
	s.c, s.key, s.item, s.there = c, key, it, found
	if found {
		s.Set = value.OpenSet(it, c.settings().set())
	}
}

// readSet opens the set at key for reading, until the next is opened. Not ok: the
// key holds something else, and the error is replied.
func (c *Call) readSet(key []byte) (s *openSet, ok bool) {
	it, found, ok := c.readItem(key, store.Set)
	c.sets.open(c, key, it, found && ok)
	return &c.sets, ok
}

// findSet opens the set at key for changing it.
func (c *Call) findSet(key []byte) (s *openSet, ok bool) {
	it, found, ok := c.findItem(key, store.Set)
	c.sets.open(c, key, it, found && ok)
	return &c.sets, ok
}

// openSet opens a set found to stay open beside others.
func (c *Call) openSet(key []byte, it *store.Item, found bool) *openSet {
	s := &openSet{}
	if found {
		own := *it
		it = &own
	}
	s.open(c, key, it, found)
	return s
}

// make makes the set if it is not there.
func (s *openSet) make() {
	if s.there {
		return
	}
	s.c.creates(s.key)
	s.item = s.c.DB.Create(s.key, store.Set, store.IntSet, 0)
	s.Set = value.OpenSet(s.item, s.c.settings().set())
	s.there = true
}

// size is the number of members.
func (s *openSet) size() int {
	if !s.there {
		return 0
	}
	return s.Len()
}

func (s *openSet) has(m []byte) bool { return s.there && s.Has(m) }

// members yields all members.
func (s *openSet) members(yield func(m []byte) bool) {
	if s.there {
		s.Each(yield)
	}
}

// dropEmpty deletes the key of a set that has no member left.
func (s *openSet) dropEmpty() {
	if s.Len() == 0 {
		s.c.DB.Delete(s.key)
		s.c.Notify(NotifyGeneric, "del", s.key)
		s.there = false
	}
}
