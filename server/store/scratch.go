package store

import "github.com/cachedserver/cached/server/value"

// Scratch makes an empty collection that no key holds, in the stripe of key, so
// that a command can fill it from others that stay as they are, even from what
// key holds now. Adopt or Discard must follow in the same call.
func (db *DB) Scratch(key []byte, kind Kind, enc Encoding) *Item {
	db.v.wrote = true
	s := db.v.ks.stripe(db.v.hashOf(key))
	sh := shape{kind: kind, enc: enc}
	n, _ := sh.size(s.heap.MaxBlock())
	s.heap.Quiet = true
	handle := s.heap.Alloc(n)
	s.heap.Quiet = false
	entry(s.heap.Bytes(handle)).write(&sh, n, false, db.v.now)
	return db.v.itemOf(s, nil, handle)
}

// Adopt gives key the collection that Scratch made for it, whatever it held
// before.
func (db *DB) Adopt(key []byte, it *Item) {
	own := *it // put may use up the view's items
	e := own.entry()
	sh := shape{kind: e.kind(), enc: e.encoding(), valLen: own.s.valueLen(e)}
	s, made := db.put(key, &sh)
	dst := db.v.item(s, made)
	copy(dst.Payload(), own.Payload())
	if own.entry().chunked() {
		dst.Charge(value.Charged(dst.Payload()))
		clear(own.Payload())
	}
	db.Discard(&own)
}

// Discard drops a collection that Scratch made.
func (db *DB) Discard(it *Item) {
	it.s.release(it.entry())
	it.s.heap.Free(it.handle)
	it.s.settle()
}
