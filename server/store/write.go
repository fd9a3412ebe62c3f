package store

import "github.com/cachedserver/cached/server/store/heap"

// put makes or replaces a key's entry; the caller fills the value returned.
func (db *DB) put(key []byte, sh *shape) (s *stripe, handle uint32) {
	hash := db.v.hashOf(key)
	s = db.v.ks.stripe(hash)
	db.v.wrote = true
	s.endCopies()
	s.heap.Quiet = db.v.opened
	handle = s.write(s.index(db.n), hash, key, sh, db.v.now)
	s.heap.Quiet = false
	return s, handle
}

// fill makes or replaces a key's entry and returns its value to be filled.
func (db *DB) fill(key []byte, sh *shape) []byte {
	s, handle := db.put(key, sh)
	return s.value(s.heap.Bytes(handle))
}

// SetString stores a string, whatever the key held before. What is written as
// a number is kept as one.
func (db *DB) SetString(key, val []byte, expireAt int64) {
	if n, ok := parseInt(val); ok {
		db.SetInt(key, n, expireAt)
		return
	}
	enc := Raw
	if len(val) <= embstrMax {
		enc = EmbStr
	}
	sh := shape{kind: String, enc: enc, valLen: len(val), expire: expireAt}
	copy(db.fill(key, &sh), val)
}

// SetInt stores a number.
func (db *DB) SetInt(key []byte, n, expireAt int64) {
	sh := shape{kind: String, enc: Int, valLen: intLen(n), expire: expireAt}
	encodeInt(db.fill(key, &sh), n)
}

// Put stores a packed payload of any kind.
func (db *DB) Put(key []byte, kind Kind, enc Encoding, payload []byte, expireAt int64) {
	sh := shape{kind: kind, enc: enc, valLen: len(payload), expire: expireAt}
	copy(db.fill(key, &sh), payload)
}

// Edit makes the string at key n bytes long, as Raw, and returns it to be
// written to until the next call. Bytes beyond the old length are zero. A key
// that is not there is made; a TTL stays.
func (db *DB) Edit(key []byte, n int) []byte { return db.edit(key, String, Raw, n) }

// EditPacked is Edit for the payload of a packed value of any kind; kind and
// encoding are those of a key made here or to be changed to.
func (db *DB) EditPacked(key []byte, kind Kind, enc Encoding, n int) []byte {
	return db.edit(key, kind, enc, n)
}

func (db *DB) edit(key []byte, kind Kind, enc Encoding, n int) []byte {
	s, handle, hash := db.lookup(key)
	db.v.wrote = true
	s.endCopies()
	if handle == 0 {
		sh := shape{kind: kind, enc: enc, valLen: n}
		b := db.fill(key, &sh)
		if n <= s.heap.MaxBlock() { // a run is zero, and need not be touched
			clear(b)
		}
		return b
	}
	s.preserve(handle)
	e := entry(s.heap.Bytes(handle))
	e.setClock(db.v.now)
	if kind == String && e.encoding() == Int {
		db.spell(key, e)
	}
	ix := s.ids[entry(s.heap.Bytes(handle)).index()]
	s.leave(ix, handle)
	s.resize(handle, n)
	entry(s.heap.Bytes(handle)).setEncoding(enc)
	s.enter(ix, handle, db.v.now)
	s.track(handle, hash, s.knower(handle, s.heap.Bytes(handle)))
	s.settle()
	return s.value(s.heap.Bytes(handle))
}

// spell rewrites a number as its digits.
func (db *DB) spell(key []byte, e entry) {
	s := db.v.ks.stripe(db.v.hashOf(key))
	v := Value{db.v, s, heap.Lend(e, 0)}
	digits := v.Bytes()
	sh := shape{kind: String, enc: Raw, valLen: len(digits), expire: e.expireAt()}
	copy(db.fill(key, &sh), digits)
}

// Expire changes a key's time of expiry: 0 takes it away, a past one deletes
// the key. false if the key is not there.
func (db *DB) Expire(key []byte, at int64) bool {
	s, handle, hash := db.lookup(key)
	if handle == 0 {
		return false
	}
	db.v.wrote = true
	s.endCopies()
	ix := s.ids[entry(s.heap.Bytes(handle)).index()]
	if at != 0 && at <= db.v.now {
		s.drop(ix, handle, hash, false)
		return true
	}
	s.preserve(handle)
	was := s.knower(handle, s.heap.Bytes(handle))
	s.leave(ix, handle)
	s.setExpire(handle, at)
	s.enter(ix, handle, db.v.now)
	s.track(handle, hash, was)
	s.settle()
	return true
}

// Delete removes a key and tells whether it was there. An expired one counts
// as expired, not as deleted.
func (db *DB) Delete(key []byte) bool {
	hash := db.v.hashOf(key)
	s := db.v.ks.stripe(hash)
	handle := s.find(s.dbs[db.n], hash, key)
	if handle == 0 {
		return false
	}
	e := entry(s.heap.Bytes(handle))
	gone := s.tellGone(s.ids[e.index()], handle, e, db.v.now)
	db.discard(s, handle, hash)
	return !gone
}

// remove is Delete for a key that is there, whose value may be another's by now.
func (db *DB) remove(key []byte) bool {
	hash := db.v.hashOf(key)
	s := db.v.ks.stripe(hash)
	db.discard(s, s.find(s.dbs[db.n], hash, key), hash)
	return true
}

func (db *DB) discard(s *stripe, handle uint32, hash uint64) {
	db.v.wrote = true
	s.endCopies()
	s.drop(s.ids[entry(s.heap.Bytes(handle)).index()], handle, hash, false)
}

// Unlink is Delete: whatever is large is freed in background steps anyway.
func (db *DB) Unlink(key []byte) bool { return db.Delete(key) }

// Copy makes dst in the database of to a copy of src with its TTL, whatever it
// held before.
func (db *DB) Copy(src []byte, to *DB, dst []byte) bool {
	s, handle, _ := db.lookup(src)
	if handle == 0 {
		return false
	}
	e := entry(s.heap.Bytes(handle))
	if to.n == db.n && string(src) == string(dst) {
		return true
	}
	sh := shape{kind: e.kind(), enc: e.encoding(), valLen: s.valueLen(e), expire: e.expireAt()}
	into, copied := to.put(dst, &sh)
	to.v.item(into, copied).cloneFrom(s, handle)
	return true
}

// Rename moves a key with its TTL, whatever dst held before.
func (db *DB) Rename(src, dst []byte) bool {
	if string(src) == string(dst) {
		_, ok := db.Peek(src)
		return ok
	}
	return db.transfer(src, db, dst)
}

// Move moves a key to another database, unless it is there already.
func (db *DB) Move(key []byte, to *DB) bool {
	if to.n == db.n {
		return false
	}
	if _, ok := to.Peek(key); ok {
		return false
	}
	return db.transfer(key, to, key)
}

// transfer is Copy and Delete, but a value in a run, or in chunks of the same
// stripe, only changes hands.
func (db *DB) transfer(src []byte, to *DB, dst []byte) bool {
	s, handle, _ := db.lookup(src)
	if handle == 0 {
		return false
	}
	s.preserve(handle)
	e := entry(s.heap.Bytes(handle))
	if e.chunked() && s == db.v.ks.stripe(db.v.hashOf(dst)) {
		sh := shape{kind: e.kind(), enc: e.encoding(), valLen: s.valueLen(e), expire: e.expireAt()}
		_, made := to.put(dst, &sh)
		to.v.item(s, made).inherit(handle)
		return db.remove(src)
	}
	if e[0]&isLarge == 0 || e.chunked() || outside(e) > 0 || len(dst) > keyMax {
		return db.Copy(src, to, dst) && db.remove(src)
	}
	sh := shape{kind: e.kind(), enc: e.encoding(), expire: e.expireAt()}
	into, handleTo := to.put(dst, &sh)
	into.adopt(handleTo, s, handle, db.v.now)
	return db.remove(src)
}

// adopt takes the run of another entry, which is left with an empty value.
func (s *stripe) adopt(handle uint32, from *stripe, other uint32, now int64) {
	ix := s.ids[entry(s.heap.Bytes(handle)).index()]
	oix := from.ids[entry(from.heap.Bytes(other)).index()]
	s.leave(ix, handle)
	from.leave(oix, other)
	o := entry(from.heap.Bytes(other))
	var d [descLen]byte
	copy(d[:], o.desc())
	at, _ := o.body()
	o[0] &^= isLarge
	o.setSlack(len(o) - at)
	from.heap.MarkRun(other, false)
	s.setRun(handle, d[:])
	held := int64(s.ks.arena.Pages(desc(d[:]).length()) * s.ks.arena.PageSize())
	from.large -= held
	s.large += held
	from.enter(oix, other, now)
	s.enter(ix, handle, now)
	s.settle()
}

// setRun makes an entry's value, which must be empty or copied already, the run
// of a descriptor.
func (s *stripe) setRun(handle uint32, d desc) {
	from, _ := entry(s.heap.Bytes(handle)).body()
	s.heap.Resize(handle, from+descLen, from)
	e := entry(s.heap.Bytes(handle))
	copy(e[from:], d)
	e[0] |= isLarge
	e.setSlack(len(e) - from - descLen)
	s.heap.MarkRun(handle, true)
}

// resize makes an entry's value n bytes long, new bytes zero.
func (s *stripe) resize(handle uint32, n int) {
	if n > s.heap.MaxBlock() {
		s.relieve(n)
	}
	e := entry(s.heap.Bytes(handle))
	from, to := e.body()
	switch {
	case e[0]&isLarge != 0:
		s.resizeRun(handle, n)
	case from+n > s.heap.MaxBlock():
		s.outgrow(handle, n)
	default:
		s.resizeBlock(handle, from, to, n)
	}
}

// resizeBlock resizes a value in its block. A block that must grow gets room
// for a quarter more, so that a string built by APPEND is not copied each time.
func (s *stripe) resizeBlock(handle uint32, from, to, n int) {
	have := len(s.heap.Bytes(handle))
	if want := from + n; want > have {
		s.heap.Resize(handle, min(want+n/4, s.heap.MaxBlock()), to)
	} else if want < have/2 {
		s.heap.Resize(handle, want, min(to, want))
	}
	e := entry(s.heap.Bytes(handle))
	clear(e[min(to, from+n) : from+n])
	e.setSlack(len(e) - from - n)
}

// outgrow moves a value from its block to a run.
func (s *stripe) outgrow(handle uint32, n int) {
	e := entry(s.heap.Bytes(handle))
	from, to := e.body()
	var tmp [descLen]byte
	run := s.newRun(tmp[:], n, n)
	copy(run, e[from:to])
	s.setRun(handle, tmp[:])
}

// resizeRun resizes a value in a run: in place if it fits and nobody has it
// pinned, else in another run with as much again to spare. Bytes behind the
// value are zero at all times.
func (s *stripe) resizeRun(handle uint32, n int) {
	e := entry(s.heap.Bytes(handle))
	d := e.desc()
	a := s.ks.arena
	skip := outside(e)
	old := d.length()
	if d.shared() && s.ks.pins.pinned(heap.Run(d.run())) || skip+n > d.capacity()*a.PageSize() {
		s.rerun(d, skip, old, n)
		return
	}
	if n < old {
		whole := a.Bytes(heap.Run(d.run()), skip+old)
		edge := min(a.Pages(skip+n)*a.PageSize(), skip+old)
		clear(whole[skip+n : edge])
		a.Trim(heap.Run(d.run()), skip+n, skip+old)
	}
	s.commit(a.Pages(skip+n) - a.Pages(skip+old))
	d.setLength(n)
}

// rerun copies a value to a new run.
func (s *stripe) rerun(d desc, skip, old, n int) {
	a := s.ks.arena
	was := desc(append([]byte(nil), d...))
	room := skip + n
	if n > old {
		room += min(n, runSpare)
	}
	r := a.Alloc(room)
	d.set(uint32(r), a.Pages(room), n)
	s.commit(a.Pages(skip + n))
	keep := skip + min(old, n)
	copy(a.Bytes(r, keep), a.Bytes(heap.Run(was.run()), keep))
	s.dropRun(was, skip+old)
}

// runSpare bounds the address space kept for a value to grow into.
const runSpare = 256 << 20

// setExpire gives an entry that is in no count another time of expiry.
func (s *stripe) setExpire(handle uint32, at int64) {
	e := entry(s.heap.Bytes(handle))
	large := e[0]&isLarge != 0
	_, after := e.keyLen()
	used := len(e) - e.slack()
	switch has := e[0]&hasTTL != 0; {
	case at != 0 && !has:
		if used+ttlLen > len(e) {
			s.heap.Resize(handle, used+ttlLen, used)
			e = entry(s.heap.Bytes(handle))
		}
		copy(e[after+ttlLen:used+ttlLen], e[after:used])
		e[0] |= hasTTL
		e.setSlack(len(e) - used - ttlLen)
	case at == 0 && has:
		copy(e[after:], e[after+ttlLen:used])
		e[0] &^= hasTTL
		e.setSlack(len(e) - used + ttlLen)
		s.heap.Resize(handle, used-ttlLen, used-ttlLen)
		e = entry(s.heap.Bytes(handle))
		e.setSlack(len(e) - used + ttlLen)
	}
	if at != 0 {
		putTime(e.timer(), at)
	}
	s.heap.MarkRun(handle, large)
}
