//go:build linux

package store

import (
	"fmt"
	"sync"
	"testing"
)

func TestWarmingChangesNothing(t *testing.T) {
	ks, err := Open(Options{Stripes: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	db := ks.View()
	db.Begin(1000, false)
	for i := range 60_000 {
		key := fmt.Appendf(nil, "key:%d", i)
		db.LockKey(key)
		db.SetString(key, make([]byte, i%300), int64(i%2)*500)
		db.Unlock()
	}
	if used := ks.used.Load(); used < warmFrom {
		t.Fatalf("%d bytes in use: Warm does nothing", used)
	}
	before := ks.Stats()
	for i := range 1000 {
		keys := [][]byte{nil, []byte("absent")}
		for j := range 20 {
			keys = append(keys, fmt.Appendf(nil, "key:%d", i*j))
		}
		db.Warm(keys)
		db.Warm(keys[:i%5])
		db.At(1 + i%15).Warm(keys)
	}
	if after := ks.Stats(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%+v, before %+v", after, before)
	}
}

func TestWarmingPassesByBusyStripes(t *testing.T) {
	ks, db := filled(t, Options{Stripes: 2}, 60_000, 64, 0)
	defer ks.Close()
	var wg sync.WaitGroup
	ks.stripes[0].mu.Lock()
	wg.Go(func() {
		for i := range 100 {
			db.Warm([][]byte{benchKey(nil, i), benchKey(nil, i+1), benchKey(nil, i+2)})
		}
	})
	wg.Wait() // hangs if Warm waits
	ks.stripes[0].mu.Unlock()
	for range 2 { // nothing is left locked
		db.LockAll()
		db.Unlock()
	}
}

func TestWarmingBesideWriters(t *testing.T) {
	ks, db := filled(t, Options{Stripes: 2, Policy: "allkeys-adaptive"}, 60_000, 64, 0)
	defer ks.Close()
	var wg sync.WaitGroup
	wg.Go(func() {
		w := ks.View()
		w.Begin(1000, false)
		for i := range 20_000 {
			key := benchKey(nil, i*7%120_000)
			w.LockKey(key)
			if i%3 == 0 {
				w.Delete(key)
			} else {
				w.SetString(key, make([]byte, i%200), 0)
			}
			w.Unlock()
		}
	})
	for i := range 5_000 {
		db.Warm([][]byte{benchKey(nil, i*5), benchKey(nil, i*11), benchKey(nil, i*13)})
	}
	wg.Wait()
}
