package store

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/cachedserver/cached/server/value"
)

func TestASnapshotHoldsNoLockForAMillisecond(t *testing.T) {
	quiet(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // its assists are not the store's
	l := &longest{t, map[string][]int64{}}
	ks, err := Open(Options{Stripes: 16, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	db := ks.View()
	db.Begin(1, false)
	const n, members = 200_000, 200_000
	l.fill(db, n, "SetString, new keys", 0)
	big := []byte("big")
	it := db.Create(big, Set, IntSet, 0)
	value.NewSet(it, &itemLimits)
	add := func(i int) {
		db.LockKey(big)
		it, _, _ := db.Item(big)
		s := value.OpenSet(it, &itemLimits)
		s.Add(fmt.Appendf(nil, "member:%d", i))
		db.Unlock()
	}
	for i := range members {
		add(i)
	}
	var sn *Snapshot
	l.time("mark, all stripes", func() { sn, err = ks.Snapshot() })
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	key := make([]byte, 0, 32)
	for i := range 20_000 {
		l.time("SADD to a large set, first touch", func() { add(members + rng.IntN(members)) })
		key = benchKey(key, rng.IntN(n))
		l.time("SetString, first touch", func() {
			db.LockKey(key)
			db.SetString(key, make([]byte, 64), 0)
			db.Unlock()
		})
		if i%100 == 0 {
			l.time("step of the walk", func() { sn.step() })
			sn.records = nil
		}
	}
	l.time("DEL of a large set", func() {
		db.LockKey(big)
		db.Delete(big)
		db.Unlock()
	})
	l.time("FlushAll", func() {
		for i := range ks.stripes {
			l.time("FlushAll, a stripe", ks.stripes[i].reset)
		}
	})
	for more := true; more; {
		l.time("step of the walk", func() { more = sn.step() })
		sn.records = nil
	}
	t.Logf("kept at most %d KiB", sn.Kept()>>10)
	sn.Close()
	l.report()
}
