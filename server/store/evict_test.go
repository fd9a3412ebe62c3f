package store

import (
	"fmt"
	"strconv"
	"testing"
)

// opened is a keyspace for tests that tells what leaves by itself.
func opened(t *testing.T, o Options) (ks *Keyspace, db *DB, gone *[]string) {
	gone = new([]string)
	o.Seed = 1
	o.Removed = func(_ int, key []byte, why Removal) { *gone = append(*gone, string(key)) }
	ks, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ks.Close(); err != nil {
			t.Error(err)
		}
	})
	db = ks.View()
	db.Begin(1000, false)
	return ks, db, gone
}

func TestVictimsAreTheLeastRecentOfAllStripes(t *testing.T) {
	ks, db, gone := opened(t, Options{Stripes: 8, Policy: "allkeys-lru"})
	for i := range 1000 {
		db.SetString(fmt.Append(nil, i), []byte("v"), 0)
	}
	for i := 0; i < 1000; i += 2 {
		db.Get(fmt.Append(nil, i))
	}
	for range 750 {
		if !ks.Evict(1000) {
			t.Fatal("nothing to evict")
		}
	}
	for i, key := range *gone {
		n, err := strconv.Atoi(key)
		if err != nil {
			t.Fatal(err)
		}
		at := n / 2 // its turn: the odd ones were not read
		if n%2 == 0 {
			at += 500
		}
		if at < i-tickUnit || at > i+tickUnit {
			t.Fatalf("victim %d is the one whose turn is %d", i, at)
		}
	}
}

// tickUnit is how many accesses lru takes for one moment between stripes.
const tickUnit = 64

func TestDueKeysGoBeforeVictims(t *testing.T) {
	ks, db, gone := opened(t, Options{Stripes: 4, Policy: "allkeys-lru"})
	for i := range 100 {
		db.SetString(fmt.Append(nil, i), []byte("v"), 0)
	}
	db.SetString([]byte("due"), []byte("v"), 2000)
	if !ks.Evict(3000) || len(*gone) != 1 || (*gone)[0] != "due" {
		t.Fatalf("evicted %q, want the due key", *gone)
	}
	if st := ks.Stats(); st.Expired != 1 || st.Evicted != 0 {
		t.Errorf("%d expired and %d evicted, want 1 and 0", st.Expired, st.Evicted)
	}
}

func TestVolatilePoliciesSpareKeysWithoutTTL(t *testing.T) {
	ks, db, gone := opened(t, Options{Stripes: 2, Policy: "volatile-lru"})
	db.SetString([]byte("stays"), []byte("v"), 0)
	db.SetString([]byte("persisted"), []byte("v"), 9000)
	db.SetString([]byte("goes"), []byte("v"), 9000)
	db.SetString([]byte("given a TTL"), []byte("v"), 0)
	db.Expire([]byte("persisted"), 0)
	db.Expire([]byte("given a TTL"), 9000)
	for ks.Evict(1000) {
	}
	if len(*gone) != 2 || db.Len() != 2 {
		t.Fatalf("evicted %q, %d keys left", *gone, db.Len())
	}
	if err := ks.SetPolicy("allkeys-random"); err != nil {
		t.Fatal(err)
	}
	for ks.Evict(1000) {
	}
	if db.Len() != 0 {
		t.Errorf("%d keys left under allkeys-random", db.Len())
	}
	if err := ks.SetPolicy("allkeys-nonsense"); err == nil {
		t.Error("a policy that does not exist was taken")
	}
	if ks.Evict(1000) {
		t.Error("an empty keyspace evicted something")
	}
}

func TestKeysExpireToTheMillisecond(t *testing.T) {
	ks, db, gone := opened(t, Options{Stripes: 1})
	start := int64(1_700_000_000_000)
	db.Begin(start, false)
	const n = 3000
	for i := range n {
		db.SetString(fmt.Append(nil, i), nil, start+1+int64(i)*int64(i)*7)
	}
	for i := range n {
		at := start + 1 + int64(i)*int64(i)*7
		drainDue(ks, at-1)
		if len(*gone) != i {
			t.Fatalf("%d gone one ms before key %d is due", len(*gone), i)
		}
		drainDue(ks, at)
		if len(*gone) != i+1 || (*gone)[i] != fmt.Sprint(i) {
			t.Fatalf("key %d is not gone when due", i)
		}
	}
}

func drainDue(ks *Keyspace, now int64) {
	for more := true; more; {
		_, more = ks.ExpireStep(now, 7)
	}
}

func TestRandomIsFair(t *testing.T) {
	_, db, _ := opened(t, Options{Stripes: 4})
	const keys, draws = 1000, 60_000
	for i := range keys {
		db.SetString(fmt.Append(nil, i), nil, 0)
	}
	seen := map[string]int{}
	for i := range draws {
		key, ok := db.Random(uint64(i) * 0x9E3779B97F4A7C15)
		if !ok {
			t.Fatal("no key")
		}
		seen[string(key)]++
	}
	for i := range keys {
		if n := seen[fmt.Sprint(i)]; n < draws/keys/2 || n > draws/keys*2 {
			t.Errorf("key %d was drawn %d times of %d expected", i, n, draws/keys)
		}
	}
}
