package store

import (
	"errors"
	"sync/atomic"

	"github.com/cachedserver/cached/server/store/heap"
	"github.com/cachedserver/cached/server/value"
	"github.com/cachedserver/cached/server/value/tree"
)

// A snapshot is the keyspace as it was at one instant, the mark, read while it
// changes. At the mark all stripes are locked, just long enough to give each a past:
// a set of handles, empty. From then on
//
//	handle in the set  =  its block is newer than the mark, or the snapshot has it
//
// The reader walks each stripe in the order of SCAN, some entries under the lock at
// a time, copies those that are not in the set and adds them. Whoever is about to
// change or free a block that is not in the set first has it kept (preserve): a
// small value is copied, one in a run pinned, and of a collection in chunks only
// the payload is copied, its tree headers. Its chunks are kept one by one when they
// are first touched by a writer (guarded), so that a change of a collection of a
// million elements costs some kilobytes; the snapshot reads the old tree through
// what was kept (overlay). What was kept is read before the walk goes on, and freed.
//
// A heap that is thrown away whole by a flush is left to the snapshot until it has
// read it.
//
// Costs: a bit for each handle; what writers change faster than the reader writes,
// at most limit bytes, else the snapshot fails (ErrOutrun) and the writers go on.
// Without a snapshot, a nil check on each write.

// The errors of snapshots.
var (
	ErrBusy   = errors.New("store: another snapshot is being read")
	ErrOutrun = errors.New("store: keys were changed faster than the snapshot could be read, and what had to be kept of them outgrew its bound")
)

// Snapshot reads the keyspace as it was. One goroutine may use it.
type Snapshot struct {
	ks    *Keyspace
	pasts []*past
	at    int // the past that is walked
	keys  int // at the mark

	kept    atomic.Int64 // bytes of what is kept for the reader
	limit   int64        // of kept
	most    int64        // highest that kept was seen
	outrun  atomic.Bool
	records []Record // read, not yet handed out
	last    *Record  // handed out
	copies  []byte   // where records of the last step lie
}

// past is a stripe at the mark.
type past struct {
	sn    *Snapshot
	s     *stripe
	heap  *heap.Heap
	marks *heap.Marks
	dbs   []pastIndex
	walk  int    // which of dbs is walked
	from  uint64 // fragment where the walk goes on

	saved    []Record // kept entries that are not yet read
	trees    map[uint32]*pastTree
	held     []tomb // deleted collections whose chunks are still to be read
	detached bool   // the stripe has another heap now; this one is ours
}

type pastIndex struct {
	ix *index
	db int
}

// pastTree is a collection in chunks at the mark. It is read in steps.
type pastTree struct {
	p       *past
	owner   uint32 // handle of the entry that has the chunks now; 0: none
	enc     uint8
	payload []byte
	old     map[uint32][]byte // chunks as they were, of those that were touched
	bytes   int64             // of old
	tomb    []byte            // payload of chunks to be freed when it is read
}

// Snapshot marks this instant. Close must follow; one is read at a time.
func (ks *Keyspace) Snapshot() (*Snapshot, error) { return ks.SnapshotAt(nil) }

// SnapshotAt is Snapshot that calls mark, if it is not nil, at the instant itself,
// while all stripes are locked.
func (ks *Keyspace) SnapshotAt(mark func()) (*Snapshot, error) {
	if !ks.snapshots.CompareAndSwap(false, true) {
		return nil, ErrBusy
	}
	sn := &Snapshot{ks: ks}
	for i := range ks.stripes {
		sn.pasts = append(sn.pasts, ks.stripes[i].preparePast(sn))
	}
	db := ks.View()
	db.LockAll()
	for _, p := range sn.pasts {
		p.begin()
	}
	if mark != nil {
		mark()
	}
	db.Unlock()
	sn.limit = max(leastKept, ks.dataset.Load()/2)
	return sn, nil
}

// leastKept is how many bytes any snapshot may keep.
const leastKept = 64 << 20

// preparePast makes what would take too long while all stripes are locked.
func (s *stripe) preparePast(sn *Snapshot) *past {
	s.mu.Lock()
	n := s.heap.Handles()
	s.mu.Unlock()
	return &past{sn: sn, s: s, marks: heap.NewMarks(n + n/8 + 1024), trees: map[uint32]*pastTree{}}
}

// begin is the mark.
func (p *past) begin() {
	s := p.s
	p.heap = s.heap
	if n := s.heap.Handles(); !p.marks.Begin(n) {
		p.marks = heap.NewMarks(n) // an eighth more came in between
		p.marks.Begin(n)
	}
	for _, ix := range s.ids {
		if ix != nil && ix.db >= 0 && ix.keys > 0 {
			p.dbs = append(p.dbs, pastIndex{ix, ix.db})
			p.sn.keys += ix.keys
		}
	}
	if len(p.dbs) > 0 {
		s.past, s.heap.Marks = p, p.marks
	}
}

// Keys is how many keys there were, expired ones that had not been removed included.
func (sn *Snapshot) Keys() int { return sn.keys }

// Kept is the most bytes that were kept for the snapshot at once.
func (sn *Snapshot) Kept() int64 { return sn.most }

// Close ends the snapshot, whether all was read or not.
func (sn *Snapshot) Close() {
	sn.releaseLast()
	for i := range sn.records {
		sn.release(&sn.records[i])
	}
	sn.records = nil
	for _, p := range sn.pasts {
		p.s.mu.Lock()
		p.end()
		p.s.mu.Unlock()
	}
	sn.ks.snapshots.Store(false)
}

// end gives up what the past still holds. The stripe is locked.
func (p *past) end() {
	for i := range p.saved {
		p.saved[i].release(p.sn)
	}
	p.saved = nil
	// order: each ends by itself
	for _, c := range p.trees {
		c.end()
	}
	for _, t := range p.held {
		p.bury(t.payload)
	}
	p.held = nil
	if p.s.past == p {
		p.s.past, p.heap.Marks = nil, nil
	}
	if p.detached {
		p.heap.Marks = nil
		p.sn.ks.trash.throw(p.heap)
		p.detached = false
	}
	p.walk, p.dbs = 0, nil
}

// bury frees chunks that nobody has any more.
func (p *past) bury(payload []byte) {
	if !p.detached { // else the heap goes as a whole
		p.s.bury(payload)
		p.s.tell()
	}
}

// charge counts what is kept.
func (sn *Snapshot) charge(n int64) {
	sn.ks.Charge(n)
	if now := sn.kept.Add(n); n > 0 && now > sn.limit {
		sn.outrun.Store(true)
	}
}

// preserve keeps an entry for the snapshot before it changes.
func (s *stripe) preserve(handle uint32) {
	if p := s.past; p != nil && !p.marks.Has(handle) {
		p.preserve(handle)
	}
}

func (p *past) preserve(handle uint32) {
	p.marks.Set(handle)
	if p.sn.outrun.Load() {
		return
	}
	e := entry(p.heap.Bytes(handle))
	db, ok := p.dbOf(e)
	if !ok {
		return // flushed before the mark
	}
	r, _ := p.record(nil, handle, e, db)
	r.kept = r.bytes()
	p.sn.charge(r.kept)
	p.saved = append(p.saved, r)
}

// dbOf is the database that an entry was in at the mark.
func (p *past) dbOf(e entry) (db int, ok bool) {
	ix := p.s.ids[e.index()]
	for _, d := range p.dbs {
		if d.ix == ix {
			return d.db, true
		}
	}
	return 0, false
}

// pastTree returns the snapshot's interest in the chunks of an entry.
func (s *stripe) pastTree(handle uint32) *pastTree {
	if s.past == nil {
		return nil
	}
	return s.past.trees[handle]
}

// orphan leaves the chunks of an entry that is going to the snapshot, if it wants
// them.
func (s *stripe) orphan(handle uint32, e entry) {
	if s.past == nil || !e.chunked() {
		return
	}
	if c := s.past.trees[handle]; c != nil {
		payload := s.value(e)
		c.tomb = append([]byte(nil), payload...)
		c.owner = 0
		delete(s.past.trees, handle)
		s.past.orphans(c)
		clear(payload)
	}
}

// orphans remembers a collection whose entry is gone, for end.
func (p *past) orphans(c *pastTree) { p.held = append(p.held, tomb{payload: c.tomb}) }

// handOver tells that an entry's chunks belong to another now.
func (s *stripe) handOver(from, to uint32) {
	if c := s.pastTree(from); c != nil {
		delete(s.past.trees, from)
		s.past.trees[to] = c
		c.owner = to
	}
}

// detach leaves the stripe's heap to the snapshot; false if it does not want it.
func (s *stripe) detach() bool {
	p := s.past
	if p == nil {
		return false
	}
	p.detached = true
	s.past = nil
	return true
}

// end tells that the collection was read. The stripe is locked.
func (c *pastTree) end() {
	if c.owner != 0 {
		delete(c.p.trees, c.owner)
	}
	if c.tomb != nil {
		for i := range c.p.held {
			if t := c.p.held[i].payload; &t[0] == &c.tomb[0] {
				c.p.held[i] = c.p.held[len(c.p.held)-1]
				c.p.held = c.p.held[:len(c.p.held)-1]
				break
			}
		}
		c.p.bury(c.tomb)
	}
	c.p.sn.charge(-c.bytes)
	c.old, c.tomb, c.bytes = nil, nil, 0
}

// guarded is an item as the memory of its own collection: chunks are kept for the
// snapshot before they may change. That is each that a writer looks at, since it
// may change what it gets.
type guarded Item

func (g *guarded) keep(handle uint32) {
	p := g.s.past
	if p == nil || p.marks.Has(handle) {
		return
	}
	p.marks.Set(handle)
	if p.sn.outrun.Load() {
		return
	}
	b := append([]byte(nil), g.s.chunks.Bytes(handle)...)
	g.past.old[handle] = b
	g.past.bytes += int64(len(b))
	p.sn.charge(int64(len(b)))
}

func (g *guarded) Alloc(n int) uint32 { return g.s.chunks.Alloc(n) }

func (g *guarded) Bytes(handle uint32) []byte {
	g.keep(handle)
	return g.s.chunks.Bytes(handle)
}

func (g *guarded) Resize(handle uint32, n int) []byte {
	g.keep(handle)
	return g.s.chunks.Resize(handle, n)
}

func (g *guarded) Free(handle uint32) {
	g.keep(handle)
	g.s.chunks.Free(handle)
}

// overlay is the memory of a collection as it was.
type overlay pastTree

func (o *overlay) Bytes(handle uint32) []byte {
	if b, ok := o.old[handle]; ok {
		return b
	}
	return chunkOf(o.p.heap, o.p.s.ks.arena, handle)
}

func (*overlay) Alloc(int) uint32          { panic("store: the past does not change") }
func (*overlay) Resize(uint32, int) []byte { panic("store: the past does not change") }
func (*overlay) Free(uint32)               { panic("store: the past does not change") }

var _, _ tree.Memory = (*guarded)(nil), (*overlay)(nil)

// Record is one key of a snapshot, good until the next Next. It is a value.Item to
// be read; one in chunks only within View.
type Record struct {
	DB       int
	Key      []byte
	Kind     Kind
	ExpireAt int64 // ms, 0 never

	enc     uint8
	payload []byte
	pin     *Pin
	chunks  *pastTree // nil: payload is all there is
	kept    int64     // bytes charged
}

func (r *Record) bytes() int64 { return int64(len(r.Key)+len(r.payload)) + 96 }

// release gives back what was kept for the record. If it is in chunks its stripe is
// locked.
func (r *Record) release(sn *Snapshot) {
	if r.pin != nil {
		r.pin.Release()
	}
	if r.kept != 0 {
		sn.charge(-r.kept)
	}
	if r.chunks != nil {
		r.chunks.end()
	}
}

// Encoding is the form of the payload.
func (r *Record) Encoding() uint8 { return r.enc }

// Payload is the value's bytes.
func (r *Record) Payload() []byte { return r.payload }

// Memory is where the chunks of the value were.
func (r *Record) Memory() tree.Memory { return (*overlay)(r.chunks) }

// Resize must not be called.
func (*Record) Resize(int) []byte { panic("store: the past does not change") }

// SetEncoding must not be called.
func (*Record) SetEncoding(uint8) { panic("store: the past does not change") }

// Charge must not be called.
func (*Record) Charge(int64) { panic("store: the past does not change") }

var _ value.Item = (*Record)(nil)

// Int is the number, if the string is kept as one.
func (r *Record) Int() (int64, bool) {
	if r.Kind != String || encodingOf[String][r.enc] != Int {
		return 0, false
	}
	return decodeInt(r.payload), true
}

// InSteps tells whether the value is large, to be read in steps, each in View.
func (r *Record) InSteps() bool { return r.chunks != nil }

// View runs a step of reading a value in chunks, under its stripe's lock.
func (r *Record) View(step func()) {
	s := r.chunks.p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	step()
}

// record makes the record of an entry. Its bytes are appended to copies, or lie on
// their own if that is nil.
func (p *past) record(copies []byte, handle uint32, e entry, db int) (Record, []byte) {
	s := p.s
	r := Record{DB: db, Kind: e.kind(), ExpireAt: e.expireAt(), enc: e[0] >> 3 & 3}
	key, val := s.key(e), s.value(e)
	pinned := e[0]&isLarge != 0 && r.Kind == String // collections are changed in place
	at := len(copies)
	copies = append(copies, key...)
	if !pinned {
		copies = append(copies, val...)
	}
	end := at + len(key)
	r.Key, r.payload = copies[at:end:end], copies[end:len(copies):len(copies)]
	if pinned {
		v := Value{&view{ks: s.ks}, s, heap.Lend(e, handle)}
		r.pin = v.Pin()
		r.payload = r.pin.Bytes()
	}
	if e.chunked() {
		r.chunks = &pastTree{p: p, owner: handle, enc: r.enc, payload: r.payload, old: map[uint32][]byte{}}
		p.trees[handle] = r.chunks
	}
	return r, copies
}

// A step reads up to stepEntries entries, or stepBytes and what the last has more.
const stepBytes = 64 << 10

// Next returns the next key; nil at the end.
func (sn *Snapshot) Next() (*Record, error) {
	sn.releaseLast()
	for len(sn.records) == 0 {
		if sn.outrun.Load() {
			return nil, ErrOutrun
		}
		if !sn.step() {
			return nil, nil
		}
	}
	sn.last = &sn.records[0]
	sn.records = sn.records[1:]
	return sn.last, nil
}

func (sn *Snapshot) releaseLast() {
	if r := sn.last; r != nil {
		sn.last = nil
		sn.release(r)
	}
}

// release is Record.release under no lock.
func (sn *Snapshot) release(r *Record) {
	if r.chunks == nil {
		r.release(sn)
		return
	}
	r.View(func() { r.release(sn) })
}

// drainAt is how much is kept before it is read ahead of the walk.
const drainAt = 4 << 20

// step gathers records; false at the end.
func (sn *Snapshot) step() bool {
	kept := sn.kept.Load()
	sn.most = max(sn.most, kept)
	if kept > drainAt {
		for _, p := range sn.pasts[sn.at:] {
			sn.records = append(sn.records, p.takeSaved()...)
		}
		if len(sn.records) > 0 {
			return true
		}
	}
	if sn.at == len(sn.pasts) {
		return false
	}
	if p := sn.pasts[sn.at]; !p.step() {
		sn.at++
	}
	return true
}

// takeSaved returns what was kept.
func (p *past) takeSaved() []Record {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	saved := p.saved
	p.saved = nil
	return saved
}

// step reads what was kept, else a part of the walk; false when all is read.
func (p *past) step() (more bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	sn := p.sn
	if len(p.saved) > 0 {
		sn.records, p.saved = p.saved, nil
		return true
	}
	sn.copies = sn.copies[:0]
	sn.records = sn.records[:0:0]
	for looked := 0; p.walk < len(p.dbs); p.walk, p.from = p.walk+1, 0 {
		for p.from < 1<<32 {
			if looked >= stepEntries || len(sn.copies) >= stepBytes {
				return true
			}
			p.from = p.dbs[p.walk].ix.next(p.from, func(_, handle uint32) bool {
				if looked >= stepEntries || len(sn.copies) >= stepBytes {
					return false
				}
				looked++
				p.take(handle)
				return true
			})
		}
	}
	if len(sn.records) == 0 {
		p.end()
		return false
	}
	return true
}

// take reads an entry that the walk has come to.
func (p *past) take(handle uint32) {
	if p.marks.Has(handle) {
		return
	}
	p.marks.Set(handle)
	var r Record
	r, p.sn.copies = p.record(p.sn.copies, handle, p.heap.Bytes(handle), p.dbs[p.walk].db)
	p.sn.records = append(p.sn.records, r)
}
