// Package store is the keyspace: entries by key and database, expiry, eviction
// and the count of memory.
package store

import (
	"strconv"
	"sync"
)

// PinMin is the length from which a value is better pinned than copied.
const PinMin = 32 << 10

// Options configure a keyspace.
type Options struct {
	Databases int    // 0 means 16
	Stripes   int    // 0: chosen from MaxMemory; a power of two
	MaxMemory int64  // bytes; 0 means no bound
	Policy    string // a maxmemory-policy name; "" means noeviction
	Seed      uint64 // of the key hash; keep it secret and random
	// Removed, when set, is told of each key that expired or was evicted,
	// under the stripe's lock. key is valid during the call only.
	Removed func(db int, key []byte, why Removal)
}

// Removal is why a key left without a command asking for it.
type Removal uint8

// The reasons of Options.Removed.
const (
	Expired Removal = iota
	Evicted
)

type simpleEntry struct {
	val    []byte
	kind   Kind
	enc    Encoding
	expire int64
	atime  int64
}

// Keyspace is all databases of a node.
type Keyspace struct {
	mu  sync.Mutex
	o   Options
	dbs []map[string]*simpleEntry
	st  Stats
}

// Open returns an empty keyspace.
func Open(o Options) (*Keyspace, error) {
	if o.Databases == 0 {
		o.Databases = 16
	}
	ks := &Keyspace{o: o, dbs: make([]map[string]*simpleEntry, o.Databases)}
	for i := range ks.dbs {
		ks.dbs[i] = map[string]*simpleEntry{}
	}
	return ks, nil
}

// Close gives all memory back.
func (ks *Keyspace) Close() error { return nil }

// View returns a new view of the keyspace, for one user at a time.
func (ks *Keyspace) View() *DB { return &DB{ks: ks} }

// Databases is how many databases there are.
func (ks *Keyspace) Databases() int { return ks.o.Databases }

// DB is one caller's view.
type DB struct {
	ks     *Keyspace
	n      int
	now    int64
	locked bool
}

func (db *DB) Select(n int)                  { db.n = n }
func (db *DB) Index() int                    { return db.n }
func (db *DB) At(n int) *DB                  { o := *db; o.n = n; return &o }
func (db *DB) Begin(now int64, noTouch bool) { db.now = now }
func (db *DB) Now() int64                    { return db.now }
func (db *DB) LockKey(key []byte)            { db.LockAll() }
func (db *DB) LockKeys(keys [][]byte)        { db.LockAll() }
func (db *DB) LockAll()                      { db.ks.mu.Lock(); db.locked = true }
func (db *DB) Unlock()                       { db.locked = false; db.ks.mu.Unlock() }

// Value is a value by reference.
type Value struct {
	e   *simpleEntry
	key int
}

func (v Value) Kind() Kind         { return v.e.kind }
func (v Value) Encoding() Encoding { return v.e.enc }
func (v Value) Len() int           { return len(v.e.val) }
func (v Value) Bytes() []byte      { return v.e.val }
func (v Value) Int() (int64, bool) {
	if v.e.enc != Int || v.e.kind != String {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.e.val), 10, 64)
	return n, err == nil
}
func (v Value) ExpireAt() int64      { return v.e.expire }
func (v Value) Size() int64          { return int64(len(v.e.val) + v.key + 32) }
func (v Value) Idle(now int64) int64 { return (now - v.e.atime) / 1000 }
func (v Value) Freq() uint8          { return 0 }
func (v Value) Pin() *Pin            { return &Pin{b: append([]byte(nil), v.e.val...)} }

// Pin holds a value's bytes where and as they are until Release.
type Pin struct{ b []byte }

func (p *Pin) Bytes() []byte { return p.b }
func (p *Pin) Release()      {}

func (db *DB) m() map[string]*simpleEntry { return db.ks.dbs[db.n] }
func (db *DB) Peek(key []byte) (Value, bool) {
	e := db.m()[string(key)]
	if e == nil || e.expire != 0 && e.expire <= db.now {
		return Value{}, false
	}
	return Value{e, len(key)}, true
}
func (db *DB) Find(key []byte) (Value, bool) {
	v, ok := db.Peek(key)
	if ok {
		v.e.atime = db.now
	}
	return v, ok
}
func (db *DB) Get(key []byte) (Value, bool) {
	v, ok := db.Find(key)
	if ok {
		db.ks.st.Hits++
	} else {
		db.ks.st.Misses++
	}
	return v, ok
}
func (db *DB) SetString(key, val []byte, expireAt int64) {
	enc := Raw
	if len(val) <= embstrMax {
		enc = EmbStr
	}
	if n, err := strconv.ParseInt(string(val), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(val) {
		enc = Int
	}
	db.Put(key, String, enc, val, expireAt)
}
func (db *DB) SetInt(key []byte, n, expireAt int64) {
	db.Put(key, String, Int, strconv.AppendInt(nil, n, 10), expireAt)
}
func (db *DB) Put(key []byte, k Kind, enc Encoding, payload []byte, expireAt int64) {
	db.m()[string(key)] = &simpleEntry{append([]byte{}, payload...), k, enc, expireAt, db.now}
}
func (db *DB) Edit(key []byte, n int) []byte {
	v, ok := db.Find(key)
	if !ok {
		db.Put(key, String, Raw, nil, 0)
		v, _ = db.Find(key)
	}
	b := make([]byte, n)
	copy(b, v.e.val)
	v.e.val, v.e.enc = b, Raw
	return b
}
func (db *DB) Delete(key []byte) bool {
	_, ok := db.Peek(key)
	delete(db.m(), string(key))
	return ok
}
func (db *DB) Unlink(key []byte) bool { return db.Delete(key) }
func (db *DB) Expire(key []byte, at int64) bool {
	v, ok := db.Find(key)
	if ok {
		v.e.expire = at
	}
	return ok
}
func (db *DB) Copy(src []byte, to *DB, dst []byte) bool {
	v, ok := db.Find(src)
	if ok {
		e := *v.e
		e.val = append([]byte{}, e.val...)
		to.m()[string(dst)] = &e
	}
	return ok
}
func (db *DB) Rename(src, dst []byte) bool {
	if string(src) == string(dst) {
		_, ok := db.Peek(src)
		return ok
	}
	return db.Copy(src, db, dst) && db.Delete(src)
}
func (db *DB) Move(key []byte, to *DB) bool {
	if _, ok := to.Peek(key); ok || to.n == db.n {
		return false
	}
	return db.Copy(key, to, key) && db.Delete(key)
}
func (db *DB) Len() int { return len(db.m()) }
func (db *DB) Expires() int {
	n := 0
	for _, e := range db.m() {
		if e.expire != 0 {
			n++
		}
	}
	return n
}
func (db *DB) AvgTTL() int64 { return 0 }
func (db *DB) Random(seed uint64) ([]byte, bool) {
	for k := range db.m() {
		if _, ok := db.Peek([]byte(k)); ok {
			return []byte(k), true
		}
	}
	return nil, false
}
func (db *DB) Scan(cursor uint64, count int, visit func(key []byte, v Value)) (next uint64) {
	for k := range db.m() {
		if v, ok := db.Peek([]byte(k)); ok {
			visit([]byte(k), v)
		}
	}
	return 0
}
func (db *DB) Flush(async bool) { db.ks.dbs[db.n] = map[string]*simpleEntry{} }
func (db *DB) FlushAll(async bool) {
	for i := range db.ks.dbs {
		db.ks.dbs[i] = map[string]*simpleEntry{}
	}
}
func (db *DB) Swap(a, b int) { d := db.ks.dbs; d[a], d[b] = d[b], d[a] }

// DBStats are one database's figures.
type DBStats struct {
	Keys, Expires int
	AvgTTL        int64 // ms
}

// Stats are the figures of the keyspace since it was opened.
type Stats struct {
	Hits, Misses, Expired, Evicted int64
	Databases                      []DBStats
}

// Memory tells where the bytes are.
type Memory struct {
	Dataset                                                               int64 // formula over keys, values and TTLs; the same on all replicas
	Resident                                                              int64 // all that is held from the system or charged
	Used                                                                  int64 // Resident without holes that can be filled or given back
	Pages, Free, Large, Handles, Index, Policy, Pinned, External, Pending int64
	Keys                                                                  int64
}

// Fragmentation is Resident / Used.
func (m Memory) Fragmentation() float64 { return float64(m.Resident) / float64(max(m.Used, 1)) }

func (ks *Keyspace) Stats() Stats {
	st := ks.st
	for i := range ks.dbs {
		db := DB{ks: ks, n: i}
		st.Databases = append(st.Databases, DBStats{db.Len(), db.Expires(), 0})
	}
	return st
}
func (ks *Keyspace) ResetStats()                                         { ks.st = Stats{} }
func (ks *Keyspace) Memory() Memory                                      { return Memory{} }
func (ks *Keyspace) Charge(delta int64)                                  {}
func (ks *Keyspace) Over() int64                                         { return -1 }
func (ks *Keyspace) Evict(now int64) bool                                { return false }
func (ks *Keyspace) ExpireStep(now int64, max int) (done int, more bool) { return 0, false }
func (ks *Keyspace) Maintain(max int) (more bool)                        { return false }
func (ks *Keyspace) SetMaxMemory(n int64)                                { ks.o.MaxMemory = n }
func (ks *Keyspace) SetPolicy(name string) error                         { ks.o.Policy = name; return nil }
func (ks *Keyspace) MaxMemory() int64                                    { return ks.o.MaxMemory }
func (ks *Keyspace) Policy() string                                      { return ks.o.Policy }
