package sim

import (
	"container/heap"
	"math"
)

// Belady is the name of the policy that knows the future: it throws out the
// value whose next use is farthest away, and does not even take in a value
// that is itself the farthest. With values of one size and no TTL no policy
// hits more [1]. With sizes it takes the farthest until there is room, which
// is a strong mark but no bound.
//
// It sees a value's end by TTL as a use that never comes.
//
// [1] L. A. Belady, A study of replacement algorithms for a virtual-storage
// computer, IBM Systems Journal 5(2), 1966.
const Belady = "min"

// never is the next use of a key that is not used again.
const never = math.MaxInt

func playBelady(t *Trace, s Setup) Result {
	if s.Rate <= 0 {
		s.Rate = DefaultRate
	}
	b := &oracle{next: nextUses(t, s), size: make([]int64, t.Distinct), use: make([]int, t.Distinct)}
	var r Result
	var used int64
	for i, key := range t.Keys {
		size := int64(1)
		if !s.Unit {
			size = int64(t.Sizes[i]) + s.Overhead
		}
		write := t.Writes != nil && t.Writes[i]
		if !write {
			r.Requests++
			r.Bytes += int64(t.Sizes[i])
		}
		if old := b.size[key]; old > 0 && b.use[key] == i {
			if !write {
				r.Hits++
				r.HitBytes += int64(t.Sizes[i])
			}
			used -= old
		}
		b.size[key] = 0
		if b.next[i] == never || size > s.Capacity {
			continue
		}
		b.put(key, size, b.next[i])
		for used += size; used > s.Capacity; r.Evicted++ {
			used -= b.evict()
		}
	}
	for _, size := range b.size {
		if size > 0 {
			r.Entries++
		}
	}
	return r
}

// oracle holds the cached keys by their next use, farthest first. Keys that
// left or were used since stay in the heap until they come to its top.
type oracle struct {
	next []int   // by request: the same key's next request
	size []int64 // by key, 0 when not cached
	use  []int   // by key: its next request
	far  farthest
}

func (b *oracle) put(key uint32, size int64, use int) {
	b.size[key], b.use[key] = size, use
	heap.Push(&b.far, future{use, key})
}

func (b *oracle) evict() (size int64) {
	for {
		f := heap.Pop(&b.far).(future)
		if size = b.size[f.key]; size > 0 && b.use[f.key] == f.use {
			b.size[f.key] = 0
			return size
		}
	}
}

type future struct {
	use int
	key uint32
}

type farthest []future

func (f farthest) Len() int           { return len(f) }
func (f farthest) Less(i, j int) bool { return f[i].use > f[j].use }
func (f farthest) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *farthest) Push(x any)        { *f = append(*f, x.(future)) }
func (f *farthest) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	*f = (*f)[:last]
	return x
}

// nextUses finds for each request the next read of its key that a value kept
// since this request would answer: a write in between, or the end of its TTL,
// makes keeping it worthless. A read does not prolong the TTL, so the time of
// storing is carried along from the request that stored.
func nextUses(t *Trace, s Setup) []int {
	next := make([]int, len(t.Keys))
	last := make([]int, t.Distinct)
	for k := range last {
		last[k] = never
	}
	for i := len(t.Keys) - 1; i >= 0; i-- {
		next[i] = last[t.Keys[i]]
		last[t.Keys[i]] = i
		if next[i] != never && t.Writes != nil && t.Writes[next[i]] {
			next[i] = never
		}
	}
	if t.TTLs != nil {
		cutByTTL(t, s, next)
	}
	return next
}

func cutByTTL(t *Trace, s Setup, next []int) {
	expires := make([]int64, t.Distinct) // ms, when a value kept from its storing on ends
	for i, key := range t.Keys {
		now := int64(i) * 1000 / int64(s.Rate)
		if write := t.Writes != nil && t.Writes[i]; write || expires[key] <= now {
			expires[key] = math.MaxInt64
			if t.TTLs[i] > 0 {
				expires[key] = now + int64(t.TTLs[i])*1000
			}
		}
		if next[i] != never && int64(next[i])*1000/int64(s.Rate) >= expires[key] {
			next[i] = never
		}
	}
}
