package heap

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync"
	"sync/atomic"
)

// Run names a run of system pages in an Arena. The zero Run is none.
type Run uint32

// Arena hands out runs of system pages from large reserved ranges. Safe for
// several goroutines.
//
// Free runs are merged with their free neighbours and kept in lists by length:
// exact up to 64 pages, then in quarters of an octave. A range has a record
// for each page, of which only those at the edges of free runs are ever
// touched, so that the records cost next to nothing.
type Arena struct {
	page     int  // bytes of a system page
	span     int  // pages in a range
	spanBits uint // page number = range<<spanBits | page in range
	resident atomic.Int64
	pending  atomic.Int64 // part of resident that waits in queue

	spans atomic.Pointer[[]*span] // grows under mu; read without

	mu    sync.Mutex // guards what follows; a leaf: nothing is locked below it
	bins  [arenaBins]uint32
	full  [(arenaBins + 63) / 64]uint64 // bit set: bin not empty
	queue []piece                       // large runs to be released in steps
}

// span is one reserved range.
type span struct {
	mem  []byte
	rec  []record // one a page
	recs []byte   // where rec lies
}

// record describes a free run at its first and last page; size is 0 elsewhere.
type record struct{ size, next, prev uint32 }

// piece is a run that is not in use any more but still resident.
type piece struct {
	first, pages uint32
	done         uint32 // pages released so far
	committed    int64  // bytes still counted as resident
}

const (
	arenaBins  = 128
	exactBins  = 64
	spanBytes  = 1 << 30
	leastSpan  = 64 << 20
	lazyBytes  = 1 << 20 // runs above this are released in steps of this
	pendingMax = 8 << 20 // above this, allocations release something first
)

// NewArena returns an arena that holds nothing yet.
func NewArena() *Arena {
	a := &Arena{page: os.Getpagesize(), span: spanBytes / os.Getpagesize()}
	a.spanBits = uint(bits.TrailingZeros(uint(a.span)))
	a.spans.Store(&[]*span{})
	return a
}

// PageSize is the unit of runs in bytes.
func (a *Arena) PageSize() int { return a.page }

// Resident is how many bytes of runs are counted as held, those that wait for
// release included.
func (a *Arena) Resident() int64 { return a.resident.Load() }

// Pending is how many bytes wait for Release.
func (a *Arena) Pending() int64 { return a.pending.Load() }

// Commit changes what is counted as held, for users who touch a run by and by.
func (a *Arena) Commit(delta int64) { a.resident.Add(delta) }

// Pages is how many pages n bytes take.
func (a *Arena) Pages(n int) int { return (n + a.page - 1) / a.page }

// Alloc reserves a run of at least n bytes, all zero. What is touched must be
// told by Commit.
func (a *Arena) Alloc(n int) Run {
	if a.pending.Load() > pendingMax {
		a.Release(max(n, lazyBytes))
	}
	pages := uint32(a.Pages(n))
	a.mu.Lock()
	defer a.mu.Unlock()
	first, ok := a.take(pages)
	if !ok {
		a.grow(pages)
		first, _ = a.take(pages)
	}
	return Run(first + 1)
}

// Bytes returns the first n bytes of a run.
func (a *Arena) Bytes(r Run, n int) []byte {
	id := uint32(r) - 1
	s := (*a.spans.Load())[id>>a.spanBits]
	off := int(id&(1<<a.spanBits-1)) * a.page
	return s.mem[off : off+n : off+n]
}

// Free gives a run of n bytes back, of which committed bytes were counted.
// Large runs only join the queue of Release.
func (a *Arena) Free(r Run, n int, committed int64) {
	first, pages := uint32(r)-1, uint32(a.Pages(n))
	if committed > lazyBytes {
		a.pending.Add(committed)
		a.mu.Lock()
		a.queue = append(a.queue, piece{first: first, pages: pages, committed: committed})
		a.mu.Unlock()
		return
	}
	release(a.Bytes(r, int(pages)*a.page))
	a.resident.Add(-committed)
	a.mu.Lock()
	a.put(first, pages)
	a.mu.Unlock()
}

// Trim gives the pages of a run between byte offsets from and to back, and
// leaves zeroes there.
func (a *Arena) Trim(r Run, from, to int) {
	from = a.Pages(from) * a.page
	if to > from {
		release(a.Bytes(r, to)[from:])
	}
}

// Release gives up to max bytes of queued runs back to the system and tells
// whether more wait.
func (a *Arena) Release(max int) (more bool) {
	for max > 0 {
		p, part, ok := a.next()
		if !ok {
			return false
		}
		release(a.Bytes(Run(p.first+p.done+1), int(part)*a.page))
		a.finish(p, part)
		max -= int(part) * a.page
	}
	return a.pending.Load() > 0
}

// next takes a piece off the queue; part is how much of it to release now.
func (a *Arena) next() (p piece, part uint32, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return p, 0, false
	}
	p = a.queue[len(a.queue)-1]
	a.queue = a.queue[:len(a.queue)-1]
	return p, min(p.pages-p.done, uint32(lazyBytes/a.page)), true
}

// finish notes that part of p was released and queues the rest.
func (a *Arena) finish(p piece, part uint32) {
	p.done += part
	n := p.committed
	if p.done < p.pages {
		n = min(n, int64(part)*int64(a.page))
	}
	p.committed -= n
	a.pending.Add(-n)
	a.resident.Add(-n)
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.done < p.pages {
		a.queue = append(a.queue, p)
		return
	}
	a.put(p.first, p.pages)
}

// Close unmaps everything. Nothing from the arena may be used afterwards.
func (a *Arena) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range *a.spans.Load() {
		if err := errors.Join(unmap(s.mem), unmap(s.recs)); err != nil {
			return fmt.Errorf("heap: close: %w", err)
		}
	}
	a.spans.Store(&[]*span{})
	return nil
}

// grow reserves another range. Running out of address space is a broken
// promise of the system's, not a state that a cache can go on in.
func (a *Arena) grow(pages uint32) {
	size := spanBytes
	mem, err := reserve(size)
	for err != nil && size/2 >= leastSpan && size/2 >= int(pages)*a.page {
		size /= 2
		mem, err = reserve(size)
	}
	if err != nil {
		panic(fmt.Sprintf("heap: reserve %d bytes of address space: %v", size, err))
	}
	n := uint32(size / a.page)
	rec, err := reserve(int(n) * 12)
	if err != nil {
		panic(fmt.Sprintf("heap: reserve run records: %v", err))
	}
	old := *a.spans.Load()
	spans := append(old[:len(old):len(old)], &span{mem: mem, rec: recordsOf(rec), recs: rec})
	a.spans.Store(&spans)
	a.put(uint32(len(old))<<a.spanBits, n)
}

// rec returns the record of a page.
func (a *Arena) rec(id uint32) *record {
	return &(*a.spans.Load())[id>>a.spanBits].rec[id&(1<<a.spanBits-1)]
}

// arenaBin returns the list in which free runs of that many pages are kept.
func arenaBin(pages uint32) uint {
	if pages < exactBins {
		return uint(pages)
	}
	o := uint(bits.Len32(pages)) - 7 // 0 for 64..127
	return exactBins + o*4 + uint(pages>>(o+4))&3
}

// take finds, removes and splits a free run.
func (a *Arena) take(pages uint32) (first uint32, ok bool) {
	b := arenaBin(pages)
	for ; b < arenaBins; b++ {
		w := a.full[b/64] >> (b % 64)
		if w == 0 {
			b |= 63
			continue
		}
		b += uint(bits.TrailingZeros64(w))
		for id := a.bins[b]; id != 0; id = a.rec(id - 1).next {
			if n := a.rec(id - 1).size; n >= pages {
				a.unlink(id-1, n)
				if n > pages {
					a.link(id-1+pages, n-pages)
				}
				return id - 1, true
			}
		}
	}
	return 0, false
}

// put makes a run free, merged with its free neighbours.
func (a *Arena) put(first, pages uint32) {
	s := (*a.spans.Load())[first>>a.spanBits]
	base := first &^ (1<<a.spanBits - 1)
	if i := first - base; i > 0 && s.rec[i-1].size > 0 {
		n := s.rec[i-1].size
		first -= n
		pages += n
		a.unlink(first, n)
	}
	if i := first - base + pages; int(i) < len(s.rec) && s.rec[i].size > 0 {
		n := s.rec[i].size
		a.unlink(base+i, n)
		pages += n
	}
	a.link(first, pages)
}

// link enters a free run in its list. Lists hold first page + 1.
func (a *Arena) link(first, pages uint32) {
	b := arenaBin(pages)
	next := a.bins[b]
	a.rec(first + pages - 1).size = pages
	*a.rec(first) = record{size: pages, next: next}
	if next != 0 {
		a.rec(next - 1).prev = first + 1
	}
	a.bins[b] = first + 1
	a.full[b/64] |= 1 << (b % 64)
}

// unlink takes a free run out of its list.
func (a *Arena) unlink(first, pages uint32) {
	b := arenaBin(pages)
	r := *a.rec(first)
	a.rec(first).size, a.rec(first+pages-1).size = 0, 0
	if r.next != 0 {
		a.rec(r.next - 1).prev = r.prev
	}
	if r.prev != 0 {
		a.rec(r.prev - 1).next = r.next
		return
	}
	a.bins[b] = r.next
	if r.next == 0 {
		a.full[b/64] &^= 1 << (b % 64)
	}
}
