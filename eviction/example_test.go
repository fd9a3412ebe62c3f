package eviction_test

import (
	"fmt"
	"hash/maphash"

	"github.com/cachedserver/cached/eviction"
)

// Bounded is a map of at most Max entries: all that a cache needs beside a
// policy is a slot for each entry.
type Bounded struct {
	Max    int
	policy eviction.Policy
	slots  map[string]uint32
	lines  []line // by slot
	free   []uint32
	seed   maphash.Seed
}

type line struct{ key, value string }

func NewBounded(most int, policy eviction.Policy) *Bounded {
	return &Bounded{Max: most, policy: policy, slots: map[string]uint32{}, seed: maphash.MakeSeed()}
}

func (b *Bounded) Get(key string) (string, bool) {
	slot, ok := b.slots[key]
	if !ok {
		return "", false
	}
	b.policy.Hit(slot, maphash.String(b.seed, key), 0)
	return b.lines[slot].value, true
}

func (b *Bounded) Set(key, value string) {
	e := eviction.Entry{Hash: maphash.String(b.seed, key), Size: uint32(len(key) + len(value))}
	if slot, ok := b.slots[key]; ok {
		b.lines[slot].value = value
		b.policy.Update(slot, e)
		return
	}
	if len(b.slots) == b.Max {
		b.evict()
	}
	slot := b.take()
	b.slots[key], b.lines[slot] = slot, line{key, value}
	b.policy.Add(slot, e)
}

func (b *Bounded) evict() {
	slot, _ := b.policy.Victim()
	key := b.lines[slot].key
	b.policy.Evict(slot, maphash.String(b.seed, key))
	delete(b.slots, key)
	b.free = append(b.free, slot)
}

func (b *Bounded) take() uint32 {
	if n := len(b.free); n > 0 {
		slot := b.free[n-1]
		b.free = b.free[:n-1]
		return slot
	}
	b.lines = append(b.lines, line{})
	return uint32(len(b.lines) - 1)
}

// A tiny bounded map.
func Example() {
	b := NewBounded(2, eviction.NewLRU())
	b.Set("a", "1")
	b.Set("b", "2")
	b.Get("a")
	b.Set("c", "3") // b was used least recently
	_, ok := b.Get("b")
	fmt.Println(len(b.slots), ok)
	// Output: 2 false
}

func ExampleNew() {
	p, err := eviction.New("lru", eviction.Options{})
	fmt.Println(p.Len(), err)
	_, err = eviction.New("best", eviction.Options{})
	fmt.Println(err)
	// Output:
	// 0 <nil>
	// eviction: no policy "best"; there are adaptive, lru, lfu, fifo, random, ttl, wtinylfu, gdsf
}

func ExampleNames() {
	for _, name := range eviction.Names() {
		p, _ := eviction.New(name, eviction.Options{Seed: 1})
		p.Add(0, eviction.Entry{Hash: 7, Size: 100})
		slot, ok := p.Victim()
		fmt.Println(name, slot, ok)
	}
	// Output:
	// adaptive 0 true
	// lru 0 true
	// lfu 0 true
	// fifo 0 true
	// random 0 true
	// ttl 0 true
	// wtinylfu 0 true
	// gdsf 0 true
}

// Policies can be switched while the cache is full: the new one is told of all
// entries, coldest first.
func ExamplePolicy() {
	var old, next eviction.Policy = eviction.NewLRU(), eviction.NewAdaptive()
	for slot := range uint32(3) {
		old.Add(slot, eviction.Entry{Hash: uint64(slot), Size: 100})
	}
	old.Hit(0, 0, 0)
	old.Each(func(slot uint32) bool {
		fmt.Print(slot, " ")
		next.Add(slot, eviction.Entry{Hash: uint64(slot), Size: 100})
		return true
	})
	fmt.Println(next.Len())
	// Output: 1 2 0 3
}

func ExampleCounter() {
	p, _ := eviction.New("lfu", eviction.Options{})
	p.Add(0, eviction.Entry{Hash: 7, Size: 100})
	p.Hit(0, 7, 0)
	if c, ok := p.(eviction.Counter); ok {
		fmt.Println(c.Frequency(0))
	}
	// Output: 2
}

// fill adds three entries of different size and expiry, and uses all but 1.
func fill(p eviction.Policy) {
	p.Add(0, eviction.Entry{Hash: 0, Size: 100, Expire: 3000})
	p.Add(1, eviction.Entry{Hash: 1, Size: 100, Expire: 2000})
	p.Add(2, eviction.Entry{Hash: 2, Size: 5000, Expire: 1000})
	p.Hit(2, 2, 0)
	p.Hit(0, 0, 0)
}

func ExampleLRU() {
	p := eviction.NewLRU()
	fill(p)
	fmt.Println(p.Victim()) // unused for longest
	// Output: 1 true
}

func ExampleFIFO() {
	p := eviction.NewFIFO()
	fill(p)
	fmt.Println(p.Victim()) // came first
	// Output: 0 true
}

func ExampleLFU() {
	p := eviction.NewLFU()
	fill(p)
	fmt.Println(p.Victim()) // used least often
	// Output: 1 true
}

func ExampleRandom() {
	p := eviction.NewRandom(42)
	fill(p)
	_, ok := p.Victim() // any
	fmt.Println(ok)
	// Output: true
}

func ExampleTTL() {
	p := eviction.NewTTL()
	fill(p)
	fmt.Println(p.Victim()) // expires soonest
	// Output: 2 true
}

func ExampleGDSF() {
	p := eviction.NewGDSF()
	fill(p)
	fmt.Println(p.Victim()) // used as often as 0, but takes the room of fifty
	// Output: 2 true
}

func ExampleWTinyLFU() {
	p := eviction.NewWTinyLFU(42)
	fill(p)
	p.Add(3, eviction.Entry{Hash: 3, Size: 100})
	fmt.Println(p.Victim()) // asked for no more often than the newcomer's rivals
	// Output: 1 true
}

// A key that comes back soon after it was thrown out is known to the ghosts,
// and lives on in the main queue.
func ExampleAdaptive() {
	p := eviction.NewAdaptive()
	for slot := range uint32(10) {
		p.Add(slot, eviction.Entry{Hash: uint64(slot), Size: 100})
	}
	p.Hit(0, 0, 0)
	slot, _ := p.Victim() // 0 was used, so the next in the queue
	fmt.Println(slot)
	p.Evict(slot, uint64(slot))
	p.Add(slot, eviction.Entry{Hash: uint64(slot), Size: 100}) // back again
	slot, _ = p.Victim()
	fmt.Println(slot)
	// Output:
	// 1
	// 2
}

func ExampleEntry() {
	e := eviction.Entry{Hash: 0x9e3779b97f4a7c15, Size: 364, Expire: 1_767_225_600_000}
	p := eviction.NewTTL()
	p.Add(0, e)
	fmt.Println(p.Len())
	// Output: 1
}

func ExampleOptions() {
	a, _ := eviction.New("random", eviction.Options{Seed: 1})
	b, _ := eviction.New("random", eviction.Options{Seed: 1})
	for slot := range uint32(100) {
		a.Add(slot, eviction.Entry{})
		b.Add(slot, eviction.Entry{})
	}
	x, _ := a.Victim()
	y, _ := b.Victim()
	fmt.Println(x == y) // nothing but the seed is random
	// Output: true
}
