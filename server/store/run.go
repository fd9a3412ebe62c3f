package store

import (
	"sync"

	"github.com/cachedserver/cached/server/store/heap"
)

// Values too long for a block lie in runs of the arena. Only the pages that the
// value reaches are counted as held; the rest of a run's capacity has never
// been touched and costs nothing.

// newRun makes a run of n bytes for a descriptor; length is the value's.
func (s *stripe) newRun(d desc, n, length int) []byte {
	a := s.ks.arena
	pages := a.Pages(n)
	r := a.Alloc(n)
	d.set(uint32(r), pages, length)
	s.commit(pages)
	return a.Bytes(r, n)
}

// commit counts pages of runs as held.
func (s *stripe) commit(pages int) {
	n := int64(pages * s.ks.arena.PageSize())
	s.large += n
	s.ks.arena.Commit(n)
}

// release gives back what an entry has outside its block: a run or chunks.
func (s *stripe) release(e entry) {
	if e.chunked() {
		s.bury(s.value(e))
	}
	if e[0]&isLarge != 0 {
		d := e.desc()
		s.dropRun(d, outside(e)+d.length())
	}
}

// dropRun frees a run that holds n bytes, or leaves that to its last pin.
func (s *stripe) dropRun(d desc, n int) {
	held := int64(s.ks.arena.Pages(n) * s.ks.arena.PageSize())
	s.large -= held
	s.ks.dropRun(d, held)
}

func (ks *Keyspace) dropRun(d desc, held int64) {
	r := heap.Run(d.run())
	if d.shared() && ks.pins.orphan(r, d.capacity(), held) {
		ks.Charge(held)
		return
	}
	ks.arena.Free(r, d.capacity()*ks.arena.PageSize(), held)
}

// Pin holds a value's bytes where and as they are until Release. While it
// lives, whoever writes the key works on a copy.
type Pin struct {
	ks    *Keyspace
	run   heap.Run // 0: bytes are a copy
	bytes []byte
}

// Bytes returns the value as it was when pinned.
func (p *Pin) Bytes() []byte { return p.bytes }

// Release ends the pin. Any goroutine may call it, once.
func (p *Pin) Release() {
	p.bytes = nil
	if p.run != 0 {
		p.ks.pins.release(p.ks, p.run)
		p.run = 0
	}
}

// pins counts the pins of runs. Its lock is a leaf but for the arena's.
type pins struct {
	mu   sync.Mutex
	runs map[heap.Run]*pinned
	held int64 // bytes that only pins hold
}

type pinned struct {
	count    int
	orphaned bool // the entry is gone: the last pin frees the run
	capacity int  // pages
	held     int64
}

// take adds a pin to a run.
func (p *pins) take(r heap.Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runs == nil {
		p.runs = map[heap.Run]*pinned{}
	}
	if p.runs[r] == nil {
		p.runs[r] = &pinned{}
	}
	p.runs[r].count++
}

// orphan tells that the entry of a run is gone; false if nobody pins it.
func (p *pins) orphan(r heap.Run, capacity int, held int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	pin := p.runs[r]
	if pin == nil {
		return false
	}
	pin.orphaned, pin.capacity, pin.held = true, capacity, held
	p.held += held
	return true
}

// pinned tells whether anybody pins a run.
func (p *pins) pinned(r heap.Run) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs[r] != nil
}

func (p *pins) release(ks *Keyspace, r heap.Run) {
	p.mu.Lock()
	pin := p.runs[r]
	pin.count--
	last := pin.count == 0
	if last {
		delete(p.runs, r)
	}
	if last && pin.orphaned {
		p.held -= pin.held
	}
	p.mu.Unlock()
	if last && pin.orphaned {
		ks.Charge(-pin.held)
		ks.arena.Free(r, pin.capacity*ks.arena.PageSize(), pin.held)
	}
}

func (p *pins) orphans() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}
