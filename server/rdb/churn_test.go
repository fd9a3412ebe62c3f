package rdb

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestLargeCollectionsAreReplacedWhileOthersAreFreed loads over keys whose old values
// are taken apart in the background.
func TestLargeCollectionsAreReplacedWhileOthersAreFreed(t *testing.T) {
	ks, db := world(t)
	stop := make(chan struct{})
	var background sync.WaitGroup
	background.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				ks.Maintain(4)
			}
		}
	})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	for round := range 60 {
		key := fmt.Appendf(nil, "k%d", rng.IntN(5))
		kind := []Kind{List, Set, ZSet, Hash}[rng.IntN(4)]
		db.Begin(1000, false)
		db.LockKey(key)
		l := Loader{DB: db, Key: key, Packing: packing()}
		l.Begin(kind, 0)
		for i := range 5000 {
			word := fmt.Appendf(nil, "f%0*d", rng.IntN(60), i)
			switch kind {
			case List, Set:
				l.Element(word)
			case ZSet:
				l.Member(word, float64(i%977))
			case Hash:
				l.Field(fmt.Appendf(nil, "f%d", i), fmt.Appendf(nil, "%0*d", (i*7+round)%60, i), 0)
			}
		}
		if err := l.End(nil); err != nil {
			t.Fatal(err)
		}
		db.Unlock()
	}
	close(stop)
	background.Wait()
}
