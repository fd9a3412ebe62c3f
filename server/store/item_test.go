package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cachedserver/cached/server/value"
)

var itemLimits = value.Limits{Entries: 16, Bytes: 64, Ints: 32}

// hashes plays on hashes of all sizes in a keyspace and on Go maps.
type hashes struct {
	t   *testing.T
	db  *DB
	rng *rand.Rand
	m   map[string]map[string]string
}

func (h *hashes) set(key, field, val string) {
	it, kind, ok := h.db.Item([]byte(key))
	var v value.Hash
	if ok {
		if kind != Hash {
			h.t.Fatalf("%q is a %v", key, kind)
		}
		v = value.OpenHash(it, &itemLimits)
	} else {
		it = h.db.Create([]byte(key), Hash, ListPack, 0)
		v = value.NewHash(it, &itemLimits)
	}
	v.Set([]byte(field), []byte(val), 0)
	if h.m[key] == nil {
		h.m[key] = map[string]string{}
	}
	h.m[key][field] = val
}

func (h *hashes) check(ks *Keyspace) {
	h.t.Helper()
	if err := ks.check(); err != nil {
		h.t.Fatal(err)
	}
	for key, fields := range h.m {
		it, _, ok := h.db.ReadItem([]byte(key))
		if !ok {
			h.t.Fatalf("%q is gone", key)
		}
		v := value.OpenHash(it, &itemLimits)
		if v.Len() != len(fields) {
			h.t.Fatalf("%q has %d fields, want %d", key, v.Len(), len(fields))
		}
		for f, want := range fields {
			if got, ok := v.Get([]byte(f)); !ok || string(got.Value) != want {
				h.t.Fatalf("%q %q: %.20q, want %.20q", key, f, got.Value, want)
			}
		}
	}
	if got := h.db.Len(); got != len(h.m) {
		h.t.Fatalf("%d keys, want %d", got, len(h.m))
	}
}

func TestCollectionsLiveInEntriesAndChunks(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ks, err := Open(Options{Stripes: 2, Seed: seed, Policy: "allkeys-lru"})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	h := &hashes{t, ks.View(), rand.New(rand.NewPCG(seed, 9)), map[string]map[string]string{}}
	h.db.Begin(1000, false)
	for i := range 30000 {
		key := fmt.Sprint("h", h.rng.IntN(40))
		switch n := h.rng.IntN(400); {
		case n == 0:
			h.db.Delete([]byte(key))
			delete(h.m, key)
		case n == 1:
			dst := fmt.Sprint("h", h.rng.IntN(40))
			if h.db.Copy([]byte(key), h.db, []byte(dst)) {
				c := map[string]string{}
				for f, v := range h.m[key] {
					c[f] = v
				}
				h.m[dst] = c
			}
		case n < 10:
			ks.Maintain(1)
		default:
			size := h.rng.IntN(60)
			if n == 10 {
				size = h.rng.IntN(100 << 10)
			}
			h.set(key, fmt.Sprint("f", h.rng.IntN(1500)), strings.Repeat("v", size))
		}
		if i%3000 == 0 {
			h.check(ks)
		}
	}
	h.check(ks)
	h.drain(ks)
}

// drain removes all keys in several ways and looks whether the chunks go.
func (h *hashes) drain(ks *Keyspace) {
	i := 0
	for key := range h.m {
		if i++; i%2 == 0 {
			h.db.Expire([]byte(key), 2000)
		}
	}
	ks.ExpireStep(3000, 1000)
	for ks.Evict(3000) {
	}
	for ks.Maintain(10) {
	}
	if m := ks.Memory(); m.Keys != 0 || m.Dataset != 0 || m.Large != 0 || m.Pages-m.Free > 4096 {
		h.t.Errorf("all gone, but %+v", m)
	}
}
