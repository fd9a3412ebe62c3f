package store

import (
	"fmt"
	"testing"
)

// A change of policy is under way in all of these when something happens to keys.
func TestKeysAreKnownToOnePolicyThroughoutAChange(t *testing.T) {
	names := []string{"noeviction", "allkeys-lru", "volatile-lru", "allkeys-adaptive", "volatile-ttl", "allkeys-wtinylfu"}
	for _, from := range names {
		for _, to := range names {
			t.Run(from+" to "+to, func(t *testing.T) {
				ks, db, _ := opened(t, Options{Stripes: 1, Policy: from})
				const n = 3000
				key := func(i int) []byte { return fmt.Append(nil, i) }
				for i := range n {
					db.SetString(key(i), []byte("v"), int64(i%2)*1_000_000)
				}
				if err := ks.SetPolicy(to); err != nil {
					t.Fatal(err)
				}
				for i := 0; i < n; i += 7 {
					db.Expire(key(i), int64(i%3)*1_000_000)
					db.SetString(key(i+1), []byte("w"), int64(i%5)*1_000_000)
					db.Delete(key(i + 2))
					db.Get(key(i + 3))
					db.SetString(key(n+i), []byte("new"), int64(i%2)*1_000_000)
					ks.stripes[0].proceed()
					if err := ks.check(); err != nil {
						t.Fatal(err)
					}
				}
				for ks.Maintain(8) {
				}
				if ks.stripes[0].change != nil {
					t.Fatal("the change does not end")
				}
				if err := ks.check(); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestTheOrderOfEvictionSurvivesAChange(t *testing.T) {
	ks, db, gone := opened(t, Options{Stripes: 1, Policy: "allkeys-lru"})
	const n = 1000
	for i := range n {
		db.SetString(fmt.Append(nil, i), []byte("v"), 0)
	}
	if err := ks.SetPolicy("allkeys-fifo"); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if !ks.Evict(1000) || (*gone)[i] != fmt.Sprint(i) {
			t.Fatalf("victim %d was %q", i, (*gone)[i:])
		}
	}
}

// Maintain was left in the midst of a round when something came up behind it.
func TestMaintainDoesNotTrustARoundFromBeforeAFlush(t *testing.T) {
	for steps := range 12 {
		ks, db, _ := opened(t, Options{Stripes: 4})
		for ks.Maintain(1) {
		}
		ks.Maintain(steps % 6)
		for i := range 1000 {
			db.SetString(fmt.Append(nil, i), []byte("v"), 0)
		}
		db.FlushAll(false)
		for ks.Maintain(1) {
		}
		if m := ks.Memory(); m.Pending != 0 {
			t.Fatalf("after %d steps: %d bytes are still to be given back", steps%6, m.Pending)
		}
	}
}
