package store

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/cachedserver/cached/server/value"
)

// Whatever was in a collection, none of the steps that free it holds the lock for
// long.
func TestFreeingALargeCollectionNeverHoldsALockForAMillisecond(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a million elements")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	l := &longest{t, map[string][]int64{}}
	c := newCollections(t, Options{Stripes: 1})
	for round := range 8 { // so that there are more steps than outliers
		members := 50_000
		if round == 0 {
			members = 1_000_000
		}
		for i := range members {
			s := value.OpenSet(c.open("set", Set), &wide)
			s.Add(strconv.AppendInt([]byte("member:"), int64(i), 10))
		}
		long := make([]byte, 300<<10)
		for i := range 2000 {
			h := value.OpenHash(c.open("hash", Hash), &wide)
			size := 600 + i%7*2000 // blocks and runs
			if i%100 == 0 {
				size = len(long)
			}
			h.Set(strconv.AppendInt(nil, int64(i), 10), long[:size], c.now+1)
		}
		for _, key := range []string{"set", "hash"} {
			l.time("Delete a large collection", func() { c.db.Delete([]byte(key)) })
		}
		for more := true; more; {
			more = false
			l.time("free its chunks, compact", func() { more = c.ks.stripes[0].tidy() })
			l.time("release its runs", func() { more = c.ks.arena.Release(releaseStep) || more })
		}
	}
	l.report()
	c.gone()
}
