package store

import (
	"github.com/cachedserver/cached/server/value"
	"github.com/cachedserver/cached/server/value/tree"
)

var _ value.Item = (*Item)(nil)

// Item is the entry of a collection while a command works on it. It lives in
// the view: good until eight others were asked for, or Unlock. While a view has
// Items no entry or chunk moves but what is resized or replaced itself, so that
// elements of one collection can be put into another.
type Item struct {
	v      *view
	s      *stripe
	ix     *index // nil: of Scratch, counted nowhere
	handle uint32
	past   *pastTree // the snapshot's, whose chunks are kept before they change
}

// items is how many Items of a view are good at a time: more than a command
// works on at once.
const items = 8

// item returns the next Item of the view.
func (v *view) item(s *stripe, handle uint32) *Item {
	return v.itemOf(s, s.ids[entry(s.heap.Bytes(handle)).index()], handle)
}

func (v *view) itemOf(s *stripe, ix *index, handle uint32) *Item {
	if v.items == nil {
		v.items = new([items]Item)
	}
	it := &v.items[v.turn%items]
	v.turn++
	v.opened = true
	*it = Item{v: v, s: s, ix: ix, handle: handle}
	return it
}

// Item finds a collection for a writing command, as Find; nil if it is not
// there. kind may be another than the command wants.
func (db *DB) Item(key []byte) (it *Item, kind Kind, ok bool) {
	s, handle, hash := db.lookup(key)
	if handle == 0 {
		return nil, None, false
	}
	if !db.v.opened {
		s.relieve(0)
	}
	s.preserve(handle)
	if e := entry(s.heap.Bytes(handle)); !db.v.noTouch {
		e.setClock(db.v.now)
		s.track(handle, hash, s.knower(handle, e)) // a hit, and the size that it has grown to
	}
	it = db.v.item(s, handle)
	it.past = s.pastTree(handle)
	return it, it.entry().kind(), true
}

// ReadItem finds a collection for a reading command, as Get. It must not be
// changed.
func (db *DB) ReadItem(key []byte) (it *Item, kind Kind, ok bool) {
	v, ok := db.Get(key)
	if !ok {
		return nil, None, false
	}
	return db.v.item(v.s, v.l.Handle()), v.Kind(), true
}

// Create makes a collection with a payload of size zero bytes, whatever the
// key held before.
func (db *DB) Create(key []byte, kind Kind, enc Encoding, size int) *Item {
	if (kind == List || kind == Stream) && !db.v.ks.queues.Load() {
		db.v.ks.queues.Store(true)
	}
	sh := shape{kind: kind, enc: enc, valLen: size}
	s, handle := db.put(key, &sh)
	clear(s.value(s.heap.Bytes(handle)))
	return db.v.item(s, handle)
}

func (it *Item) entry() entry { return it.s.heap.Bytes(it.handle) }

// Payload returns the entry's bytes, good until Resize or the next write to
// another key.
func (it *Item) Payload() []byte { return it.s.value(it.entry()) }

// Resize makes the payload n bytes long, new bytes zero, and returns it.
func (it *Item) Resize(n int) []byte {
	it.v.wrote = true
	was := it.s.charge(it.entry())
	it.s.heap.Quiet = true
	it.s.resize(it.handle, n)
	it.s.heap.Quiet = false
	it.recharge(was)
	return it.Payload()
}

// Encoding returns the two bits of the entry's encoding: the forms of package
// value.
func (it *Item) Encoding() uint8 { return it.entry()[0] >> 3 & 3 }

// SetEncoding changes them.
func (it *Item) SetEncoding(code uint8) {
	it.v.wrote = true
	e := it.entry()
	was := it.s.charge(e)
	e[0] = e[0]&^(3<<3) | code&3<<3
	it.recharge(was)
}

// recharge counts what the entry is charged now instead of was.
func (it *Item) recharge(was int64) { it.count(it.s.charge(it.entry()) - was) }

// Charge tells that the charge of the chunks, the first 8 bytes of a chunked
// payload, was changed by delta.
func (it *Item) Charge(delta int64) {
	it.v.wrote = true
	it.count(delta)
}

func (it *Item) count(delta int64) {
	if it.ix != nil {
		it.ix.dataset += delta
	}
	if it.ix != nil && it.ix.db >= 0 {
		it.s.dataset += delta
	}
	it.s.settle()
}

// Memory returns where the chunks live.
func (it *Item) Memory() tree.Memory {
	if it.past != nil {
		return (*guarded)(it)
	}
	return &it.s.chunks
}

// cloneFrom fills an entry, just made, with the value of another of its kind and
// length.
func (it *Item) cloneFrom(s *stripe, handle uint32) {
	src, dst := s.value(s.heap.Bytes(handle)), it.Payload()
	if it.entry().chunked() {
		value.Copy(dst, &it.s.chunks, src, &s.chunks)
		it.Charge(value.Charged(dst))
	} else {
		copy(dst, src)
	}
	it.remindFields()
}

// inherit takes the chunks of another entry of the stripe, which is left without.
func (it *Item) inherit(handle uint32) {
	src, dst := it.s.value(it.s.heap.Bytes(handle)), it.Payload()
	copy(dst, src)
	charged := value.Charged(dst)
	it.Charge(charged)
	clear(src)
	loser := Item{v: it.v, s: it.s, ix: it.s.ids[entry(it.s.heap.Bytes(handle)).index()], handle: handle}
	loser.Charge(-charged)
	it.s.handOver(handle, it.handle)
	it.remindFields()
}

// remindFields sets the reminder of a hash that was copied.
func (it *Item) remindFields() {
	if it.entry().kind() == Hash && it.Encoding() != value.Packed {
		h := value.OpenHash(it, nil)
		it.s.remindOf(&h, it.handle, it.v.now)
	}
}
