package store

import (
	"math/bits"

	"github.com/cachedserver/cached/server/store/heap"
)

// DB is one caller's view of a database: what is selected, the time of the
// call, and the locks held. A view belongs to one session or worker and is not
// safe for two goroutines.
type DB struct {
	v *view
	n int
}

// view is what a DB and its At share.
type view struct {
	ks      *Keyspace
	main    DB
	other   DB
	now     int64
	noTouch bool
	wrote   bool

	one  *stripe // locked by LockKey
	key  []byte  // the key it was locked for
	hash uint64  // its hash
	many bool    // locked by LockKeys or LockAll: those in held
	held [maxStripes / 64]uint64

	warmth uint64 // what Warm read

	digits  [2][20]byte // where integers are formatted, in turns
	scratch uint8

	opened bool // Items were given out since the last Unlock: nothing may move
	turn   uint8
	items  *[items]Item
}

// View returns a new view, on database 0.
func (ks *Keyspace) View() *DB {
	v := &view{ks: ks}
	v.main.v, v.other.v = v, v
	return &v.main
}

// Select changes the database.
func (db *DB) Select(n int) { db.n = n }

// Index is the selected database.
func (db *DB) Index() int { return db.n }

// Databases is how many databases there are.
func (db *DB) Databases() int { return db.v.ks.o.Databases }

// At returns a view of another database with the same locks and clock, good
// until the next At.
func (db *DB) At(n int) *DB {
	if n == db.n {
		return db
	}
	db.v.other.n = n
	return &db.v.other
}

// Begin starts a call at a time in ms, by which its expiry is judged. noTouch
// says that reading marks no access.
func (db *DB) Begin(now int64, noTouch bool) {
	db.v.now, db.v.noTouch, db.v.wrote, db.v.opened = now, noTouch, false, false
}

// Now is the time of the call in ms.
func (db *DB) Now() int64 { return db.v.now }

// Wrote tells whether the keyspace was changed through this view since Begin.
func (db *DB) Wrote() bool { return db.v.wrote }

// LockKey locks the stripe of a key. The key's bytes must stay as they are
// until Unlock.
func (db *DB) LockKey(key []byte) {
	v := db.v
	v.hash = v.ks.hash.sum(key)
	v.key = key
	v.one = v.ks.stripe(v.hash)
	v.one.mu.Lock()
}

// LockKeys locks the stripes of some keys, in the order of all locks.
func (db *DB) LockKeys(keys [][]byte) {
	if len(keys) == 1 {
		db.LockKey(keys[0])
		return
	}
	v := db.v
	for _, key := range keys {
		i := v.ks.hash.sum(key) >> (64 - v.ks.bits)
		v.held[i/64] |= 1 << (i % 64)
	}
	v.lockHeld()
}

// LockAll locks all stripes.
func (db *DB) LockAll() {
	v := db.v
	for i := range v.ks.stripes {
		v.held[i/64] |= 1 << (i % 64)
	}
	v.lockHeld()
}

func (v *view) lockHeld() {
	v.many = true
	for w, set := range v.held {
		for ; set != 0; set &= set - 1 {
			v.ks.stripes[w*64+bits.TrailingZeros64(set)].mu.Lock()
		}
	}
}

// Unlock releases what is locked.
func (db *DB) Unlock() {
	v := db.v
	v.opened = false
	if s := v.one; s != nil {
		v.one, v.key = nil, nil
		s.endCopies()
		s.mu.Unlock()
	}
	if v.many {
		v.unlockHeld()
	}
}

func (v *view) unlockHeld() {
	v.many = false
	for w, set := range v.held {
		for ; set != 0; set &= set - 1 {
			s := &v.ks.stripes[w*64+bits.TrailingZeros64(set)]
			s.endCopies()
			s.mu.Unlock()
		}
		v.held[w] = 0
	}
}

// holds tells whether the view has a stripe locked.
func (v *view) holds(s *stripe, i int) bool {
	return v.one == s || v.held[i/64]>>(i%64)&1 != 0
}

// step runs f on the i-th stripe under its lock, taken here if it is not held.
func (v *view) step(i int, f func(s *stripe)) {
	s := &v.ks.stripes[i]
	if !v.holds(s, i) {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	f(s)
}

// eachStripe runs f on all stripes in turn.
func (v *view) eachStripe(f func(s *stripe)) {
	for i := range v.ks.stripes {
		v.step(i, f)
	}
}

// hashOf returns a key's hash; that of the locked key is known.
func (v *view) hashOf(key []byte) uint64 {
	if len(key) > 0 && len(key) == len(v.key) && &key[0] == &v.key[0] {
		return v.hash
	}
	return v.ks.hash.sum(key)
}

// lookup finds a key that is not expired.
func (db *DB) lookup(key []byte) (s *stripe, handle uint32, hash uint64) {
	hash = db.v.hashOf(key)
	s = db.v.ks.stripe(hash)
	handle = s.find(s.dbs[db.n], hash, key)
	if handle != 0 && s.gone(handle, s.heap.Bytes(handle), db.v.now) {
		handle = 0
	}
	return s, handle, hash
}

// at returns the Value of a handle, none for 0.
func (db *DB) at(s *stripe, handle uint32) (Value, bool) {
	if handle == 0 {
		return Value{}, false
	}
	return Value{db.v, s, heap.Lend(s.heap.Bytes(handle), handle)}, true
}

// Get finds a key for a reading command: a hit or miss is counted and the
// access marked. An expired key is absent, but stays for ExpireStep.
func (db *DB) Get(key []byte) (Value, bool) {
	s, handle, hash := db.lookup(key)
	if handle == 0 {
		s.misses++
		return Value{}, false
	}
	s.hits++
	return db.touched(s, handle, hash)
}

// Look is Get without marking the access, for TTL, TYPE, OBJECT and the like.
func (db *DB) Look(key []byte) (Value, bool) {
	s, handle, _ := db.lookup(key)
	if handle == 0 {
		s.misses++
	} else {
		s.hits++
	}
	return db.at(s, handle)
}

// Find finds a key for a writing command: the access is marked, nothing is
// counted.
func (db *DB) Find(key []byte) (Value, bool) {
	s, handle, hash := db.lookup(key)
	if handle == 0 {
		return Value{}, false
	}
	return db.touched(s, handle, hash)
}

// Peek finds a key and leaves no trace.
func (db *DB) Peek(key []byte) (Value, bool) {
	s, handle, _ := db.lookup(key)
	return db.at(s, handle)
}

func (db *DB) touched(s *stripe, handle uint32, hash uint64) (Value, bool) {
	e := entry(s.heap.Bytes(handle))
	if !db.v.noTouch {
		s.touch(handle, e, hash, db.v.now)
	}
	return Value{db.v, s, heap.Lend(e, handle)}, true
}

// Len is the number of keys, expired ones that are not yet removed included.
func (db *DB) Len() (n int) {
	db.v.eachStripe(func(s *stripe) {
		if ix := s.dbs[db.n]; ix != nil {
			n += ix.keys
		}
	})
	return n
}

// Expires is the number of keys with a TTL.
func (db *DB) Expires() (n int) {
	db.v.eachStripe(func(s *stripe) {
		if ix := s.dbs[db.n]; ix != nil {
			n += ix.expires
		}
	})
	return n
}

// AvgTTL is the mean time to live of the keys that have one, in ms.
func (db *DB) AvgTTL() int64 {
	var n, sum int64
	db.v.eachStripe(func(s *stripe) {
		if ix := s.dbs[db.n]; ix != nil {
			n += int64(ix.expires)
			sum += ix.ttls - db.v.now*int64(ix.expires)
		}
	})
	return max(sum/max(n, 1), 0)
}
