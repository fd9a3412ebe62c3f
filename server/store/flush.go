package store

import (
	"sync"

	"github.com/cachedserver/cached/server/store/heap"
)

// Emptying a database must not stall, whatever it holds. If nothing else lives
// in a stripe, the whole heap is swapped for a new one and thrown on the trash,
// which gives its pages back in steps. Otherwise the index is taken away and
// emptied in steps: its entries are no keys any more, but policy and wheel may
// still name them.

// bigDir is the size from which an empty index is not kept.
const bigDir = 64

// stepEntries bounds the entries that a background step handles under a lock:
// some 40 us.
const stepEntries = 64

// trash is heaps that nobody uses any more.
type trash struct {
	mu    sync.Mutex
	heaps []*heap.Heap
	bytes int64
}

func (t *trash) throw(h *heap.Heap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heaps = append(t.heaps, h)
	t.bytes += h.PageBytes() + h.TableBytes()
}

func (t *trash) take() *heap.Heap {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.heaps) - 1
	if last < 0 {
		return nil
	}
	h := t.heaps[last]
	t.heaps = t.heaps[:last]
	t.bytes -= h.PageBytes() + h.TableBytes()
	return h
}

// size is how many bytes of pages wait.
func (t *trash) size() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// empty gives some pages of the trash back.
func (ks *Keyspace) empty(pages int) (more bool) {
	h := ks.trash.take()
	if h == nil {
		return false
	}
	if h.Drain(pages, ks.disown) {
		ks.trash.throw(h)
	}
	return ks.trash.size() > 0
}

// disown frees the run of an entry or chunk whose heap is being drained.
func (ks *Keyspace) disown(payload []byte) {
	var d desc
	n := 0
	if e := entry(payload); e.kind() == chunkKind {
		d = desc(e[1:])
	} else {
		d, n = e.desc(), outside(e)
	}
	ks.dropRun(d, int64(ks.arena.Pages(n+d.length())*ks.arena.PageSize()))
}

// flush empties a database of the stripe.
func (s *stripe) flush(db int) {
	ix := s.dbs[db]
	if ix == nil {
		return
	}
	for other, o := range s.dbs {
		if o != nil && other != db && o.keys > 0 {
			s.retire(ix)
			return
		}
	}
	s.reset()
}

// reset empties the whole stripe.
func (s *stripe) reset() {
	s.ks.calm.Store(0)
	if !s.detach() {
		s.ks.trash.throw(s.heap)
	}
	s.renew()
	s.remeasure()
	s.tell()
}

// retire takes an index out of its database and queues it for dismantling.
func (s *stripe) retire(ix *index) {
	s.ks.calm.Store(0) // what Maintain has seen of this stripe holds no more
	s.dbs[ix.db] = nil
	ix.db = -1
	s.dataset -= ix.dataset
	s.dying = append(s.dying, ix)
	s.tell()
}

// dismantle frees some entries, or segments, of a retired index.
func (s *stripe) dismantle() (more bool) {
	if len(s.dying) == 0 || s.past != nil { // a snapshot may still read them
		return false
	}
	ix := s.dying[0]
	if ix.keys > 0 {
		s.thin(ix)
		return true
	}
	for range stepEntries {
		last := len(ix.segs) - 1
		if last < 0 {
			s.ids[ix.id] = nil
			s.dying = s.dying[1:]
			break
		}
		s.heap.Free(ix.segs[last].handle)
		ix.segs = ix.segs[:last]
	}
	s.settle()
	return len(s.dying) > 0
}

// thin drops some entries of a retired index.
func (s *stripe) thin(ix *index) {
	var batch [stepEntries]uint32
	n := 0
	for ix.gone < 1<<32 && n == 0 {
		ix.gone = ix.next(ix.gone, func(_, handle uint32) bool {
			if n == len(batch) {
				return false
			}
			batch[n] = handle
			n++
			return true
		})
	}
	for _, handle := range batch[:n] {
		s.drop(ix, handle, s.ks.hash.sum(s.key(s.heap.Bytes(handle))), false)
	}
}

// Flush empties the selected database. Its memory is credited at once and given
// back to the system by Maintain, whether async or not; a caller who wants it
// back now asks Maintain for it.
func (db *DB) Flush(async bool) {
	db.v.wrote = true
	db.v.eachStripe(func(s *stripe) { s.flush(db.n) })
}

// FlushAll empties all databases; see Flush.
func (db *DB) FlushAll(async bool) {
	db.v.wrote = true
	db.v.eachStripe((*stripe).reset)
}

// Swap exchanges two databases. All stripes must be locked for others to see
// both or neither.
func (db *DB) Swap(a, b int) {
	db.v.wrote = true
	db.v.eachStripe(func(s *stripe) {
		s.dbs[a], s.dbs[b] = s.dbs[b], s.dbs[a]
		for _, n := range []int{a, b} {
			if s.dbs[n] != nil {
				s.dbs[n].db = n
			}
		}
	})
}
