package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// Many sessions, the background work, and an administrator at once: what a
// reader gets must be whole, and the counts must agree in the end.
func TestSessionsAndBackgroundAtOnce(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ks, err := Open(Options{Stripes: 4, Seed: seed, Policy: "allkeys-lru", MaxMemory: 4 << 20,
		Removed: func(db int, key []byte, why Removal) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	var sessions, background sync.WaitGroup
	var stop atomic.Bool
	for i := range 4 {
		sessions.Go(func() { session(t, ks, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	background.Go(func() {
		for now := int64(1000); !stop.Load(); now++ {
			ks.ExpireStep(now, 20)
			ks.Maintain(2)
			ks.Stats()
			ks.Memory()
		}
	})
	background.Go(func() { administer(t, ks, &stop) })
	sessions.Wait()
	stop.Store(true)
	background.Wait()
	if err := ks.check(); err != nil {
		t.Fatal(err)
	}
}

// session writes values of one repeated byte and reads them back, pinned too.
func session(t *testing.T, ks *Keyspace, rng *rand.Rand) {
	db := ks.View()
	for i := range 8000 {
		for ks.Over() > 0 && ks.Evict(int64(1000+i)) {
		}
		db.Begin(int64(1000+i), false)
		key := fmt.Append(nil, "k", rng.IntN(2000))
		db.LockKey(key)
		var pin *Pin
		switch rng.IntN(4) {
		case 0:
			size := rng.IntN(300)
			if rng.IntN(40) == 0 {
				size = rng.IntN(200 << 10)
			}
			db.SetString(key, bytes.Repeat([]byte{byte('a' + i%26)}, size), int64(1000+i+rng.IntN(500)))
		case 1:
			db.Delete(key)
		default:
			if v, ok := db.Get(key); ok {
				whole(t, v.Bytes())
				pin = v.Pin()
			}
		}
		db.Unlock()
		if pin != nil {
			whole(t, pin.Bytes())
			pin.Release()
		}
	}
}

func whole(t *testing.T, b []byte) {
	if len(b) > 0 && bytes.Count(b, b[:1]) != len(b) {
		t.Errorf("a torn value of %d bytes: %.40q", len(b), b)
	}
}

// administer does what is rare, until told to stop.
func administer(t *testing.T, ks *Keyspace, stop *atomic.Bool) {
	db := ks.View()
	for i := 0; !stop.Load(); i++ {
		switch i % 5 {
		case 0:
			ks.SetMaxMemory(int64(2+i%3) << 20)
		case 1:
			if err := ks.SetPolicy([]string{"allkeys-lru", "volatile-lru", "allkeys-adaptive"}[i%3]); err != nil {
				t.Error(err)
			}
		case 2:
			db.Scan(0, 100, func(key []byte, v Value) { whole(t, v.Bytes()) })
		case 3:
			db.Random(uint64(i))
		case 4:
			if i%50 == 4 {
				db.Flush(true)
			}
		}
	}
}

func TestAPinnedValueStaysAsItWas(t *testing.T) {
	ks, err := Open(Options{Stripes: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	db := ks.View()
	key := []byte("k")
	writers := map[string]func(){
		"overwritten": func() { db.SetString(key, bytes.Repeat([]byte{'b'}, 200<<10), 0) },
		"edited":      func() { db.Edit(key, 100<<10)[0] = 'x' },
		"shortened":   func() { db.Edit(key, 10) },
		"deleted":     func() { db.Delete(key) },
		"flushed":     func() { db.FlushAll(true) },
		"renamed":     func() { db.Rename(key, []byte("other")) },
	}
	for what, write := range writers {
		db.SetString(key, bytes.Repeat([]byte{'a'}, 100<<10), 0)
		v, _ := db.Get(key)
		a, b := v.Pin(), v.Pin()
		write()
		for ks.Maintain(10) {
		}
		db.SetString([]byte("new"), bytes.Repeat([]byte{'c'}, 100<<10), 0)
		for _, p := range []*Pin{a, b} {
			if bytes.Count(p.Bytes(), []byte{'a'}) != 100<<10 {
				t.Errorf("%s: the pinned value changed", what)
			}
			p.Release()
		}
		db.FlushAll(true)
	}
	for ks.Maintain(10) {
	}
	if got := ks.arena.Resident(); got != 0 {
		t.Errorf("all released, but %d bytes resident", got)
	}
	if m := ks.Memory(); m.External != 0 || m.Pinned != 0 {
		t.Errorf("all released, but %+v", m)
	}
}
