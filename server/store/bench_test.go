//go:build linux

package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cachedserver/cached/server/store/heap"
)

const benchKeys = 1 << 20

// benchKey writes the i-th key of 20 bytes.
func benchKey(b []byte, i int) []byte {
	b = append(b[:0], "key:0000000000000000"...)
	for p := 19; i > 0; p-- {
		b[p] = byte('0' + i%10)
		i /= 10
	}
	return b
}

func filled(b testing.TB, o Options, n, valLen int, expire int64) (*Keyspace, *DB) {
	ks, err := Open(o)
	if err != nil {
		b.Fatal(err)
	}
	db := ks.View()
	db.Begin(1000, false)
	key, val := make([]byte, 0, 32), make([]byte, valLen)
	for i := range n {
		key = benchKey(key, i)
		db.LockKey(key)
		if expire > 0 {
			db.SetString(key, val, expire+int64(i)*10)
		} else {
			db.SetString(key, val, 0)
		}
		db.Unlock()
	}
	return ks, db
}

func BenchmarkGet(b *testing.B) {
	for _, policy := range []string{"noeviction", "allkeys-adaptive", "allkeys-lru"} {
		b.Run(policy, func(b *testing.B) {
			ks, db := filled(b, Options{Seed: 1, Policy: policy}, benchKeys, 64, 0)
			defer ks.Close()
			key, rng := make([]byte, 0, 32), rand.New(rand.NewPCG(1, 2))
			defer cpu(b)()
			for b.Loop() {
				key = benchKey(key, rng.IntN(benchKeys))
				db.LockKey(key)
				if v, ok := db.Get(key); !ok || len(v.Bytes()) != 64 {
					b.Fatal("lost a key")
				}
				db.Unlock()
			}
		})
	}
}

func BenchmarkGetWarmed(b *testing.B) {
	ks, db := filled(b, Options{Seed: 1, Policy: "allkeys-adaptive"}, benchKeys, 64, 0)
	defer ks.Close()
	keys, rng := make([][]byte, WarmMost), rand.New(rand.NewPCG(1, 2))
	defer cpu(b)()
	for n := 0; b.Loop(); n++ {
		if n%WarmMost == 0 {
			for i := range keys {
				keys[i] = benchKey(keys[i], rng.IntN(benchKeys))
			}
			db.Warm(keys)
		}
		key := keys[n%WarmMost]
		db.LockKey(key)
		if v, ok := db.Get(key); !ok || len(v.Bytes()) != 64 {
			b.Fatal("lost a key")
		}
		db.Unlock()
	}
}

func BenchmarkSetSameSize(b *testing.B) {
	ks, db := filled(b, Options{Seed: 1, Policy: "allkeys-adaptive"}, benchKeys, 64, 0)
	defer ks.Close()
	key, val, rng := make([]byte, 0, 32), make([]byte, 64), rand.New(rand.NewPCG(1, 2))
	defer cpu(b)()
	for b.Loop() {
		key = benchKey(key, rng.IntN(benchKeys))
		db.LockKey(key)
		db.SetString(key, val, 0)
		db.Unlock()
	}
}

func BenchmarkSetDrifting(b *testing.B) {
	ks, db := filled(b, Options{Seed: 1, Policy: "allkeys-adaptive"}, benchKeys, 64, 0)
	defer ks.Close()
	key, val, rng := make([]byte, 0, 32), make([]byte, 400), rand.New(rand.NewPCG(1, 2))
	defer cpu(b)()
	for b.Loop() {
		key = benchKey(key, rng.IntN(benchKeys))
		db.LockKey(key)
		db.SetString(key, val[:rng.IntN(400)], 0)
		db.Unlock()
	}
	m := ks.Memory()
	b.ReportMetric(m.Fragmentation(), "resident/used")
}

func BenchmarkSetNewAndEvict(b *testing.B) {
	for _, stripes := range []int{1, 16} {
		b.Run(fmt.Sprint(stripes), func(b *testing.B) {
			ks, err := Open(Options{Seed: 1, Policy: "allkeys-adaptive", MaxMemory: 64 << 20, Stripes: stripes})
			if err != nil {
				b.Fatal(err)
			}
			defer ks.Close()
			db := ks.View()
			db.Begin(1000, false)
			key, val, rng := make([]byte, 0, 32), make([]byte, 400), rand.New(rand.NewPCG(1, 2))
			n := 0
			set := func() {
				for ks.Over() > 0 {
					ks.Evict(1000)
				}
				n++
				key = benchKey(key, n)
				db.LockKey(key)
				db.SetString(key, val[:50+rng.IntN(300)], 0)
				db.Unlock()
			}
			for range 500_000 {
				set()
			}
			moved := ks.Stats().Moved
			defer cpu(b)()
			runs := 0
			for b.Loop() {
				set()
				runs++
			}
			m := ks.Memory()
			b.ReportMetric(float64(ks.Stats().Moved-moved)/float64(runs), "moved/op")
			b.ReportMetric(m.Fragmentation(), "resident/used")
		})
	}
}

// BenchmarkMemoryLatency is what one access to memory costs that is in no
// cache: the unit in which the other figures should be read.
func BenchmarkMemoryLatency(b *testing.B) {
	a := heap.NewArena()
	defer a.Close()
	m := a.Bytes(a.Alloc(128<<20), 128<<20)
	for i := 0; i < len(m); i += 4096 {
		m[i] = 1
	}
	at := uint64(1)
	defer cpu(b)()
	for b.Loop() {
		at = mix(at+uint64(m[at%(128<<20)&^63+1]), 0x9E3779B97F4A7C15)
	}
}

func BenchmarkHash(b *testing.B) {
	h, key := newHasher(1), []byte("key:0000000000000000")
	for b.Loop() {
		h.sum(key)
	}
}
