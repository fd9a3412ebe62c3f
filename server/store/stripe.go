package store

import (
	"sync"
	"sync/atomic"

	"github.com/cachedserver/cached/eviction"
	"github.com/cachedserver/cached/server/store/heap"
	"github.com/cachedserver/cached/server/value"
)

// stripe is a part of the keyspace under one lock: the keys whose hashes begin
// with its number. Locks of several stripes are taken in the order of their
// numbers; the arena's and the pins' locks are leaves below.
type stripe struct {
	mu sync.Mutex // guards what follows, but for the atomics
	ks *Keyspace

	heap   *heap.Heap
	wheel  *wheel
	dbs    []*index // by database; nil: never written or flushed
	ids    []*index // by the number that entries have; flushed ones too
	dying  []*index // flushed, being emptied in steps
	scheme *scheme
	policy eviction.Policy  // the scheme's; nil: noeviction
	counts eviction.Counter // policy, if it keeps frequencies
	change *change          // from another policy; nil: none is under way

	hits, misses, expired, evicted int64
	fieldsExpired                  int64

	chunks chunks // the stripe as the memory of collections
	tombs  []tomb // collections whose chunks are being freed in steps
	buried int64  // bytes of those chunks, by their charge

	reminders map[uint32]uint32 // entry of a hash whose fields end -> its reminder
	waker     Item              // the hash at hand in wake
	wakerView view

	past *past // what a snapshot still wants of the stripe; nil: nothing

	large    int64 // bytes of runs of values
	dataset  int64 // sum of the indexes' dataset that are not flushed
	metadata int64 // bytes of policy and directories, refreshed now and then
	writes   uint32

	toldUsed, toldDataset int64 // what the node's sums have of this stripe

	due  atomic.Int64  // no entry is due before; read without the lock
	cold atomic.Uint64 // coldness of the victim when last looked at

	_ [64]byte
}

func (s *stripe) open(ks *Keyspace) {
	s.ks = ks
	s.chunks.s = s
	s.dbs = make([]*index, ks.o.Databases)
	s.renew()
}

// renew gives the stripe an empty heap and what stands on it.
func (s *stripe) renew() {
	s.heap = heap.New(s.ks.arena, s.ks.pageBytes)
	s.heap.Tight = &s.ks.tight
	s.wheel = &wheel{heap: s.heap}
	clear(s.dbs)
	s.ids, s.dying, s.tombs, s.buried = nil, nil, nil, 0
	s.reminders = nil
	s.large, s.dataset = 0, 0
	s.due.Store(never)
	s.setPolicy(s.ks.scheme.Load())
}

// index returns the index of a database, made if it is not there.
func (s *stripe) index(db int) *index {
	ix := s.dbs[db]
	if ix == nil {
		id := 0
		for id < len(s.ids) && s.ids[id] != nil {
			id++
		}
		if id == len(s.ids) {
			s.ids = append(s.ids, nil)
		}
		ix = newIndex(s.heap, uint16(id), db)
		s.dbs[db], s.ids[id] = ix, ix
	}
	return ix
}

// find returns the handle of a key, expired or not; 0 if it is not there.
func (s *stripe) find(ix *index, hash uint64, key []byte) uint32 {
	if ix == nil {
		return 0
	}
	frag := s.ks.frag(hash)
	sg := ix.at(frag)
	w := s.heap.Prefix(sg.handle, int(sg.count)+1)
	for i := sg.bound(w, uint64(frag)<<32); i < len(w) && uint32(w[i]>>32) == frag; i++ {
		handle := uint32(w[i])
		if string(s.key(s.heap.Bytes(handle))) == string(key) {
			return handle
		}
	}
	return 0
}

// key returns an entry's key.
func (s *stripe) key(e entry) []byte {
	n, at := e.keyAt()
	if n <= keyMax {
		return e[at : at+n]
	}
	return s.ks.arena.Bytes(heap.Run(e.desc().run()), n)
}

// value returns an entry's value, which for Int is the number's bytes.
func (s *stripe) value(e entry) []byte {
	from, to := e.body()
	if e[0]&isLarge == 0 {
		return e[from:to:to]
	}
	d := desc(e[from:])
	skip := outside(e)
	return s.ks.arena.Bytes(heap.Run(d.run()), skip+d.length())[skip:]
}

// outside is how many bytes of key lie in the entry's run.
func outside(e entry) int {
	if n, _ := e.keyLen(); n > keyMax {
		return n
	}
	return 0
}

func (s *stripe) valueLen(e entry) int {
	from, to := e.body()
	if e[0]&isLarge == 0 {
		return to - from
	}
	return desc(e[from:]).length()
}

// perKey is what dataset charges for a key beside its bytes: header, handle,
// index and policy, rounded.
const perKey = 32

// charge is what an entry adds to dataset: the same on every replica.
func (s *stripe) charge(e entry) int64 {
	n, _ := e.keyLen()
	c := int64(perKey + n + s.valueLen(e))
	if e[0]&hasTTL != 0 {
		c += ttlLen
	}
	if e.chunked() {
		c += value.Charged(s.value(e))
	}
	return c
}

// enter adds an entry to the counts and the wheel; leave is its opposite. The
// index and the policy are the callers' business.
func (s *stripe) enter(ix *index, handle uint32, now int64) {
	e := entry(s.heap.Bytes(handle))
	c := s.charge(e)
	ix.dataset += c
	ix.keys++
	if ix.db >= 0 {
		s.dataset += c
	}
	if at := e.expireAt(); at != 0 {
		ix.expires++
		ix.ttls += at
		s.wheel.start(now)
		s.wheel.add(handle)
		s.noteDue()
	}
}

func (s *stripe) leave(ix *index, handle uint32) {
	e := entry(s.heap.Bytes(handle))
	c := s.charge(e)
	ix.dataset -= c
	ix.keys--
	if ix.db >= 0 {
		s.dataset -= c
	}
	if at := e.expireAt(); at != 0 {
		ix.expires--
		ix.ttls -= at
		s.wheel.remove(handle)
		s.noteDue()
	}
}

func (s *stripe) noteDue() {
	if _, at := s.wheel.event(); at != s.due.Load() {
		s.due.Store(at)
	}
}

// write makes or replaces the entry of a key with all but its value, which the
// caller must fill before anything else is asked of the stripe. ix must be
// that of the shape's index.
func (s *stripe) write(ix *index, hash uint64, key []byte, sh *shape, now int64) uint32 {
	sh.index, sh.keyLen = ix.id, len(key)
	handle := s.find(ix, hash, key)
	n, large := sh.size(s.heap.MaxBlock())
	fresh := handle == 0
	var was eviction.Policy
	if large {
		s.relieve(sh.valLen)
	}
	if fresh {
		handle = s.heap.Alloc(n)
	} else {
		s.preserve(handle)
		e := entry(s.heap.Bytes(handle))
		was = s.knower(handle, e)
		s.tellGone(ix, handle, e, now)
		s.leave(ix, handle)
		s.forget(handle)
		s.orphan(handle, e)
		s.release(e)
		s.heap.Resize(handle, n, 0)
	}
	s.fill(handle, key, sh, n, large, now)
	s.enter(ix, handle, now)
	if fresh {
		ix.insert(s.ks.frag(hash), handle)
	}
	s.track(handle, hash, was)
	s.settle()
	return handle
}

// fill writes an entry of n bytes with its key and room for its value.
func (s *stripe) fill(handle uint32, key []byte, sh *shape, n int, large bool, now int64) {
	e := entry(s.heap.Bytes(handle))
	e.write(sh, n, large, now)
	_, at := e.keyAt()
	if len(key) <= keyMax {
		copy(e[at:], key)
	}
	s.heap.MarkRun(handle, large)
	if large {
		skip := outside(e)
		run := s.newRun(e.desc(), skip+sh.valLen, sh.valLen)
		copy(run, key[:skip])
	}
	if e.chunked() {
		clear(s.value(e)) // no chunks and no charge for any yet
	}
}

// size is what an entry takes, header, run and index word included.
func (s *stripe) size(e entry) uint32 {
	n := len(e) + 18
	if e[0]&isLarge != 0 {
		n += outside(e) + e.desc().length()
	}
	if e.chunked() {
		n += int(value.Charged(s.value(e)))
	}
	return uint32(n)
}

// drop removes an entry altogether. evicted: the policy has named it.
func (s *stripe) drop(ix *index, handle uint32, hash uint64, evicted bool) {
	s.preserve(handle)
	e := entry(s.heap.Bytes(handle))
	switch p := s.knower(handle, e); {
	case p == nil:
	case evicted:
		p.Evict(handle, hash)
	default:
		p.Remove(handle)
	}
	if s.change != nil {
		s.change.mark(handle, false)
	}
	s.leave(ix, handle)
	s.forget(handle)
	s.orphan(handle, e)
	s.release(e)
	ix.remove(s.ks.frag(hash), handle)
	s.heap.Free(handle)
	if ix.keys == 0 && ix.db >= 0 && len(ix.dir) >= bigDir {
		s.retire(ix)
	}
	s.settle()
}

// removed counts an entry that leaves by itself and tells who wants to know.
func (s *stripe) removed(ix *index, e entry, why Removal) {
	switch why {
	case Expired:
		s.expired++
	case Evicted:
		s.evicted++
	}
	if tell := s.ks.o.Removed; tell != nil && ix.db >= 0 {
		tell(ix.db, s.key(e), why)
	}
}

// settle brings the node's sums up to date with the stripe's, if they differ
// by more than a batch. Each write ends with it.
func (s *stripe) settle() {
	if s.writes++; s.writes&31 == 0 {
		s.remeasure()
		s.advance()
		s.ks.help(s)
		s.decay()
	}
	batch := s.ks.batch.Load()
	u, d := s.used()-s.toldUsed, s.dataset-s.toldDataset
	if u > batch || u < -batch || d > batch || d < -batch {
		s.tell()
	}
}

// used is what the stripe needs, without the holes in its pages.
func (s *stripe) used() int64 {
	return s.heap.Live() + s.heap.TableBytes() + s.large + s.metadata - s.dead()
}

func (s *stripe) tell() {
	u := s.used()
	s.ks.used.Add(u - s.toldUsed)
	s.ks.dataset.Add(s.dataset - s.toldDataset)
	s.toldUsed, s.toldDataset = u, s.dataset
	s.ks.noteTight()
}

// remeasure counts what is too dear to count at each write.
func (s *stripe) remeasure() {
	var n int64
	for _, ix := range s.ids {
		if ix != nil {
			n += ix.bytes()
		}
	}
	if s.policy != nil {
		n += int64(s.policy.Bytes()) + s.changeBytes()
	}
	n += reminderBytes * int64(len(s.reminders))
	s.ks.metadata.Add(n - s.metadata)
	s.metadata = n
}
