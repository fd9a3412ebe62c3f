package value

import (
	"bytes"
	"encoding/binary"

	"github.com/cachedserver/cached/server/value/tree"
)

// The tree of groups holds, by the first byte of its keys:
//
//	g name              a group: u32 id | last ID | i64 entries read | u32 consumers made
//	c group name        a consumer: u32 id | i64 seen | i64 active
//	n group consumer    a consumer's name
//	p group ID          what is pending: u32 consumer | i64 delivered at | u64 times
//	q group consumer ID the same, of one consumer
//
// Groups and consumers are u32 numbers, counted up and never used again.

const (
	keyGroup    = 'g'
	keyConsumer = 'c'
	keyName     = 'n'
	keyPending  = 'p'
	keyOwned    = 'q'

	groupCharge    = 64
	consumerCharge = 96
	pendingCharge  = 80
)

// UnknownRead is the number of entries that a group has read when nobody knows.
const UnknownRead = -1

// StreamGroup is a consumer group. Changes take effect with Save; it ends when the
// stream is opened anew.
type StreamGroup struct {
	s    *Stream
	name []byte
	id   uint32
	made uint32 // consumers ever made

	Last StreamID // the highest ID delivered
	Read int64    // entries delivered by it, or UnknownRead
}

// StreamConsumer is one consumer of a group. Changes take effect with Save.
type StreamConsumer struct {
	g    *StreamGroup
	name []byte
	id   uint32

	Seen   int64 // ms: when it last asked
	Active int64 // ms: when it last got something; -1 never
}

// Pending is an entry that was delivered and not acknowledged.
type Pending struct {
	owner uint32
	Time  int64 // ms: when it was last delivered
	Count uint64
}

func groupPrefix(dst []byte, kind byte, group uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, kind), group)
}

func ownedPrefix(dst []byte, group, consumer uint32) []byte {
	return binary.BigEndian.AppendUint32(groupPrefix(dst, keyOwned, group), consumer)
}

// above returns the key behind all that begin with prefix.
func above(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return end
}

// span returns the ranks [from, to) of the keys that begin with prefix.
func span(t *tree.Tree, prefix []byte) (from, to int) {
	from, _ = t.Rank(prefix)
	to, _ = t.Rank(above(prefix))
	return from, to
}

func (s *Stream) groups() tree.Tree { return openTree(s.it, 1) }

// edit opens the tree of groups for changes, by which the charge grows.
func (s *Stream) edit(bytes int, change func(t *tree.Tree)) {
	t := s.groups()
	change(&t)
	saveTree(s.it, 1, &t)
	charge(s.it, bytes)
}

func groupKey(name []byte) []byte { return append([]byte{keyGroup}, name...) }

// Groups returns the number of groups.
func (s *Stream) Groups() int {
	t := s.groups()
	from, to := span(&t, []byte{keyGroup})
	return to - from
}

// EachGroup yields the groups by name. The stream must not change meanwhile.
func (s *Stream) EachGroup(yield func(*StreamGroup) bool) {
	t := s.groups()
	for c := t.Seek([]byte{keyGroup}); c.Valid() && c.Key()[0] == keyGroup; c.Next() {
		if !yield(s.groupOf(c.Key()[1:], c.Value())) {
			return
		}
	}
}

func (s *Stream) groupOf(name, v []byte) *StreamGroup {
	return &StreamGroup{
		s: s, name: name,
		id:   binary.LittleEndian.Uint32(v),
		Last: idOfKey(v[4:]),
		Read: int64(binary.LittleEndian.Uint64(v[20:])),
		made: binary.LittleEndian.Uint32(v[28:]),
	}
}

// Group returns the group of a name.
func (s *Stream) Group(name []byte) (*StreamGroup, bool) {
	t := s.groups()
	v, ok := t.Get(groupKey(name))
	if !ok {
		return nil, false
	}
	return s.groupOf(name, v), true
}

// CreateGroup makes a group; there is none of that name.
func (s *Stream) CreateGroup(name []byte, last StreamID, read int64) *StreamGroup {
	g := &StreamGroup{s: s, name: name, id: s.fig.nextGroup, Last: last, Read: read}
	s.fig.nextGroup++
	s.save()
	charge(s.it, len(name)+groupCharge)
	g.Save()
	return g
}

// Name returns the group's name.
func (g *StreamGroup) Name() []byte { return g.name }

// Save writes the group's fields back.
func (g *StreamGroup) Save() {
	var b [32]byte
	v := binary.LittleEndian.AppendUint32(b[:0], g.id)
	v = g.Last.appendKey(v)
	v = binary.LittleEndian.AppendUint64(v, uint64(g.Read))
	v = binary.LittleEndian.AppendUint32(v, g.made)
	g.s.edit(0, func(t *tree.Tree) { t.Put(groupKey(g.name), v) })
}

// Delete removes the group with its consumers and all that is pending.
func (g *StreamGroup) Delete() {
	freed := len(g.name) + groupCharge + g.Pending()*pendingCharge
	for c := range g.EachConsumer {
		freed += 2*len(c.name) + consumerCharge
	}
	g.s.edit(-freed, func(t *tree.Tree) {
		t.Delete(groupKey(g.name))
		for _, kind := range []byte{keyConsumer, keyName, keyPending, keyOwned} {
			from, to := span(t, groupPrefix(nil, kind, g.id))
			t.DeleteRange(from, to-from)
		}
	})
}

// Consumers returns the number of consumers.
func (g *StreamGroup) Consumers() int {
	t := g.s.groups()
	from, to := span(&t, groupPrefix(nil, keyConsumer, g.id))
	return to - from
}

// EachConsumer yields the consumers by name. The stream must not change meanwhile.
func (g *StreamGroup) EachConsumer(yield func(*StreamConsumer) bool) {
	t := g.s.groups()
	prefix := groupPrefix(nil, keyConsumer, g.id)
	for c := t.Seek(prefix); c.Valid() && bytes.HasPrefix(c.Key(), prefix); c.Next() {
		if !yield(g.consumerOf(c.Key()[len(prefix):], c.Value())) {
			return
		}
	}
}

func (g *StreamGroup) consumerOf(name, v []byte) *StreamConsumer {
	return &StreamConsumer{
		g: g, name: name,
		id:     binary.LittleEndian.Uint32(v),
		Seen:   int64(binary.LittleEndian.Uint64(v[4:])),
		Active: int64(binary.LittleEndian.Uint64(v[12:])),
	}
}

func (g *StreamGroup) consumerKey(name []byte) []byte {
	return append(groupPrefix(make([]byte, 0, 5+len(name)), keyConsumer, g.id), name...)
}

// Consumer returns the consumer of a name.
func (g *StreamGroup) Consumer(name []byte) (*StreamConsumer, bool) {
	t := g.s.groups()
	v, ok := t.Get(g.consumerKey(name))
	if !ok {
		return nil, false
	}
	return g.consumerOf(name, v), true
}

// CreateConsumer makes a consumer; there is none of that name.
func (g *StreamGroup) CreateConsumer(name []byte, seen int64) *StreamConsumer {
	c := &StreamConsumer{g: g, name: name, id: g.made, Seen: seen, Active: -1}
	g.made++
	g.Save()
	key := binary.BigEndian.AppendUint32(groupPrefix(nil, keyName, g.id), c.id)
	g.s.edit(2*len(name)+consumerCharge, func(t *tree.Tree) { t.Put(key, name) })
	c.Save()
	return c
}

// ConsumerName returns the name of the consumer to whom an entry was delivered.
func (g *StreamGroup) ConsumerName(p Pending) []byte {
	t := g.s.groups()
	name, _ := t.Get(binary.BigEndian.AppendUint32(groupPrefix(nil, keyName, g.id), p.owner))
	return name
}

// Name returns the consumer's name.
func (c *StreamConsumer) Name() []byte { return c.name }

// Save writes the consumer's fields back.
func (c *StreamConsumer) Save() {
	var b [20]byte
	v := binary.LittleEndian.AppendUint32(b[:0], c.id)
	v = binary.LittleEndian.AppendUint64(v, uint64(c.Seen))
	v = binary.LittleEndian.AppendUint64(v, uint64(c.Active))
	c.g.s.edit(0, func(t *tree.Tree) { t.Put(c.g.consumerKey(c.name), v) })
}

// Delete removes the consumer and what is pending of it, and returns how much that
// was.
func (c *StreamConsumer) Delete() (pending int) {
	g := c.g
	var ids []StreamID
	for id := range g.EachPending(StreamID{}, c) {
		ids = append(ids, id)
	}
	freed := 2*len(c.name) + consumerCharge + len(ids)*pendingCharge
	g.s.edit(-freed, func(t *tree.Tree) {
		for _, id := range ids {
			t.Delete(g.pendingKey(id))
		}
		from, to := span(t, ownedPrefix(nil, g.id, c.id))
		t.DeleteRange(from, to-from)
		t.Delete(binary.BigEndian.AppendUint32(groupPrefix(nil, keyName, g.id), c.id))
		t.Delete(g.consumerKey(c.name))
	})
	return len(ids)
}

// Pending returns how many entries are pending of the consumer.
func (c *StreamConsumer) Pending() int {
	t := c.g.s.groups()
	from, to := span(&t, ownedPrefix(nil, c.g.id, c.id))
	return to - from
}

// Owns tells whether a pending entry is the consumer's.
func (c *StreamConsumer) Owns(p Pending) bool { return p.owner == c.id }

// Pending returns how many entries are pending of all consumers.
func (g *StreamGroup) Pending() int {
	t := g.s.groups()
	from, to := span(&t, groupPrefix(nil, keyPending, g.id))
	return to - from
}

func (g *StreamGroup) pendingKey(id StreamID) []byte {
	return id.appendKey(groupPrefix(make([]byte, 0, 24), keyPending, g.id))
}

func (g *StreamGroup) ownedKey(consumer uint32, id StreamID) []byte {
	return id.appendKey(ownedPrefix(make([]byte, 0, 28), g.id, consumer))
}

func pendingOf(v []byte) Pending {
	return Pending{
		owner: binary.LittleEndian.Uint32(v),
		Time:  int64(binary.LittleEndian.Uint64(v[4:])),
		Count: binary.LittleEndian.Uint64(v[12:]),
	}
}

// PendingEntry returns what is pending under an ID.
func (g *StreamGroup) PendingEntry(id StreamID) (Pending, bool) {
	t := g.s.groups()
	v, ok := t.Get(g.pendingKey(id))
	if !ok {
		return Pending{}, false
	}
	return pendingOf(v), true
}

// Deliver makes an entry pending of c, whoever had it before.
func (c *StreamConsumer) Deliver(id StreamID, at int64, count uint64) {
	g := c.g
	var b [20]byte
	v := binary.LittleEndian.AppendUint32(b[:0], c.id)
	v = binary.LittleEndian.AppendUint64(v, uint64(at))
	v = binary.LittleEndian.AppendUint64(v, count)
	t := g.s.groups()
	key := g.pendingKey(id)
	old, there := t.Get(key)
	if there {
		owner := pendingOf(old).owner
		copy(old, v)
		if owner == c.id {
			return
		}
		t.Delete(g.ownedKey(owner, id))
	} else {
		t.Put(key, v)
		charge(g.s.it, pendingCharge)
	}
	t.Put(g.ownedKey(c.id, id), nil)
	saveTree(g.s.it, 1, &t)
}

// Acknowledge ends the waiting for an entry and tells whether it was pending.
func (g *StreamGroup) Acknowledge(id StreamID) bool {
	t := g.s.groups()
	key := g.pendingKey(id)
	v, ok := t.Get(key)
	if !ok {
		return false
	}
	owner := pendingOf(v).owner
	t.Delete(key)
	t.Delete(g.ownedKey(owner, id))
	saveTree(g.s.it, 1, &t)
	charge(g.s.it, -pendingCharge)
	return true
}

// EachPending yields what is pending from an ID on, of one consumer or, without one,
// of all. The stream's groups must not change meanwhile.
func (g *StreamGroup) EachPending(from StreamID, of *StreamConsumer) func(yield func(StreamID, Pending) bool) {
	return func(yield func(StreamID, Pending) bool) {
		t := g.s.groups()
		prefix := groupPrefix(nil, keyPending, g.id)
		if of != nil {
			prefix = ownedPrefix(nil, g.id, of.id)
		}
		start := from.appendKey(bytes.Clone(prefix))
		for c := t.Seek(start); c.Valid() && bytes.HasPrefix(c.Key(), prefix); c.Next() {
			id := idOfKey(c.Key()[len(prefix):])
			v := c.Value()
			if of != nil {
				v, _ = t.Get(g.pendingKey(id))
			}
			if !yield(id, pendingOf(v)) {
				return
			}
		}
	}
}

// NextPending returns the first entry that is pending from an ID on.
func (g *StreamGroup) NextPending(from StreamID) (id StreamID, p Pending, ok bool) {
	for id, p := range g.EachPending(from, nil) {
		return id, p, true
	}
	return StreamID{}, Pending{}, false
}

// LastPending returns the highest ID that is pending.
func (g *StreamGroup) LastPending() StreamID {
	t := g.s.groups()
	prefix := groupPrefix(nil, keyPending, g.id)
	_, to := span(&t, prefix)
	key, _ := t.At(to - 1)
	return idOfKey(key[len(prefix):])
}
