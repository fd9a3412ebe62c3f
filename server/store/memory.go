package store

import "sync/atomic"

// DBStats are one database's figures.
type DBStats struct {
	Keys, Expires int
	AvgTTL        int64 // ms, of the keys that have one
}

// Stats are the figures of the keyspace since it was opened or reset.
type Stats struct {
	Hits, Misses, Expired, Evicted int64
	ExpiredFields                  int64 // of hashes
	Moved                          int64 // blocks moved by compaction
	Databases                      []DBStats
}

// Stats adds the stripes' figures up, one after another.
func (ks *Keyspace) Stats() Stats {
	st := Stats{Databases: make([]DBStats, ks.o.Databases)}
	ttls := make([]int64, ks.o.Databases)
	for i := range ks.stripes {
		s := &ks.stripes[i]
		s.mu.Lock()
		st.Hits += s.hits
		st.Misses += s.misses
		st.Expired += s.expired
		st.Evicted += s.evicted
		st.ExpiredFields += s.fieldsExpired
		st.Moved += int64(s.heap.Moved())
		for n, ix := range s.dbs {
			if ix != nil {
				st.Databases[n].Keys += ix.keys
				st.Databases[n].Expires += ix.expires
				ttls[n] += ix.ttls / int64(max(ix.expires, 1))
			}
		}
		s.mu.Unlock()
	}
	return st
}

// ResetStats starts hits, misses, expired and evicted anew.
func (ks *Keyspace) ResetStats() {
	for i := range ks.stripes {
		s := &ks.stripes[i]
		s.mu.Lock()
		s.hits, s.misses, s.expired, s.evicted, s.fieldsExpired = 0, 0, 0, 0, 0
		s.mu.Unlock()
	}
}

// Memory tells where the bytes are. Resident = Pages + Large + Handles +
// Index + Policy + External + Pending; Used is Resident without what is
// free in pages or Pending.
type Memory struct {
	Dataset  int64 // by formula from keys, values and TTLs: the same on all replicas
	Resident int64 // all that is held from the system or was charged
	Used     int64 // what is needed of it

	Pages    int64 // pages of blocks: entries and index segments
	Free     int64 // part of Pages that is in holes or in chunks of deleted collections
	Large    int64 // runs of values
	Handles  int64 // handle tables
	Index    int64 // index directories
	Policy   int64 // eviction metadata
	Pinned   int64 // part of External: values that only a pin holds
	External int64 // what was charged: buffers of clients and the like
	Pending  int64 // freed, but not yet given back to the system

	Keys     int64
	Overhead int64 // Used without the bytes of keys and values
}

// Fragmentation is Resident / Used.
func (m Memory) Fragmentation() float64 { return float64(m.Resident) / float64(max(m.Used, 1)) }

// Memory adds the stripes' figures up, one after another.
func (ks *Keyspace) Memory() Memory {
	m := Memory{External: ks.external.Load(), Pinned: ks.pins.orphans()}
	var payload int64
	for i := range ks.stripes {
		s := &ks.stripes[i]
		s.mu.Lock()
		s.remeasure()
		s.tell()
		m.add(s)
		payload += s.payload()
		s.mu.Unlock()
	}
	m.Pending = ks.trash.size() + ks.arena.Pending()
	m.Resident = m.Pages + m.Large + m.Handles + m.Index + m.Policy + m.External + m.Pending
	m.Used = m.Resident - m.Free - m.Pending
	m.Overhead = max(m.Used-payload, 0) // charges are a formula: they may say more than the bytes
	return m
}

func (m *Memory) add(s *stripe) {
	m.Dataset += s.dataset
	m.Pages += s.heap.PageBytes()
	m.Free += s.heap.PageBytes() - s.heap.Live() + s.dead()
	m.Large += s.large
	m.Handles += s.heap.TableBytes()
	if s.policy != nil {
		m.Policy += int64(s.policy.Bytes()) + s.changeBytes()
	}
	for _, ix := range s.ids {
		if ix != nil {
			m.Index += ix.bytes()
			m.Keys += int64(ix.keys)
		}
	}
}

// payload is dataset without the charge for each key.
func (s *stripe) payload() int64 {
	n := s.dataset
	for _, ix := range s.dbs {
		if ix != nil {
			n -= perKey * int64(ix.keys)
		}
	}
	return n
}

// The bound has two counts, and Over is how far the worse is over it.
//
// dataset is compared with maxmemory as it is. used is compared with a little
// less: compaction keeps the holes in pages below a 40th of what is used, but
// not at none, so that a 40th of maxmemory is left for them, less the half
// megabyte that the constant part of the promise has room for. Both fall by what an
// eviction frees, at once and by just that, whatever holes it leaves; holes
// never cause evictions, so that they cannot start a spiral.
const (
	holeShare = 40
	freeHoles = 512 << 10
	maxBatch  = 64 << 10
)

func setLimit(limit *atomic.Int64, maxMemory int64) {
	limit.Store(maxMemory - max(0, maxMemory/holeShare-freeHoles))
}

// Over is by how many bytes the bound is passed; at most 0 while there is room.
// It may be late by a batch a stripe: a thousandth of maxmemory in all.
func (ks *Keyspace) Over() int64 {
	limit := ks.limit.Load()
	if limit <= 0 {
		return -1
	}
	ext := ks.external.Load()
	return max(ks.used.Load()+ext-limit, ks.dataset.Load()+ext-ks.maxMemory.Load())
}

// Charge adds to what counts against maxmemory beside the keyspace itself.
func (ks *Keyspace) Charge(delta int64) {
	ks.external.Add(delta)
	ks.noteTight()
}

// MaxMemory is the bound in bytes, 0 for none.
func (ks *Keyspace) MaxMemory() int64 { return ks.maxMemory.Load() }

// SetMaxMemory changes the bound. Whoever lowers it calls Evict and Maintain
// until Over is at most 0.
func (ks *Keyspace) SetMaxMemory(n int64) {
	ks.maxMemory.Store(n)
	setLimit(&ks.limit, n)
	batch := int64(maxBatch)
	if n > 0 {
		batch = min(batch, n/int64(1024*len(ks.stripes)))
	}
	ks.batch.Store(batch)
	ks.noteTight()
}

// noteTight notes whether pages should be compacted rather than taken.
func (ks *Keyspace) noteTight() {
	limit := ks.maxMemory.Load()
	tight := limit > 0 && ks.resident() >= limit
	if tight != ks.tight.Load() {
		ks.tight.Store(tight)
	}
}

func (ks *Keyspace) resident() int64 {
	return ks.arena.Resident() + ks.metadata.Load() + ks.external.Load()
}
