package store

import (
	"bytes"
	"fmt"
	"github.com/cachedserver/cached/eviction"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// check looks for broken invariants in all stripes.
func (ks *Keyspace) check() error {
	for i := range ks.stripes {
		s := &ks.stripes[i]
		if err := s.heap.Check(); err != nil {
			return err
		}
		var dataset int64
		tracked := map[eviction.Policy]int{}
		for _, ix := range s.ids {
			if ix == nil {
				continue
			}
			if !ix.ordered() {
				return fmt.Errorf("stripe %d: index %d out of order", i, ix.id)
			}
			keys, expires, charged := 0, 0, int64(0)
			for from := uint64(0); from < 1<<32; {
				from = ix.next(from, func(frag, handle uint32) bool {
					e := entry(s.heap.Bytes(handle))
					keys++
					charged += s.charge(e)
					if e.timer() != nil {
						expires++
					}
					if p := s.knower(handle, e); p != nil {
						tracked[p]++
					}
					return true
				})
			}
			if keys != ix.keys || expires != ix.expires || charged != ix.dataset {
				return fmt.Errorf("stripe %d index %d: %d keys, %d expires, %d bytes; counted %d, %d, %d",
					i, ix.id, keys, expires, charged, ix.keys, ix.expires, ix.dataset)
			}
			if ix.db >= 0 {
				dataset += charged
			}
		}
		if dataset != s.dataset {
			return fmt.Errorf("stripe %d: dataset %d, counted %d", i, dataset, s.dataset)
		}
		for _, p := range s.policies() {
			if p != nil && p.Len() != tracked[p] {
				return fmt.Errorf("stripe %d: a policy has %d entries of %d", i, p.Len(), tracked[p])
			}
		}
	}
	return nil
}

// policies are those that know entries.
func (s *stripe) policies() []eviction.Policy {
	if s.change != nil {
		return []eviction.Policy{s.policy, s.change.old}
	}
	return []eviction.Policy{s.policy}
}

// history plays random calls on a keyspace and on the model.
type history struct {
	t   testing.TB
	rng *rand.Rand
	ks  *Keyspace
	db  *DB
	m   *model
}

func (h *history) key() []byte {
	n := h.rng.IntN(300)
	switch {
	case n == 0:
		return nil
	case n%50 == 1:
		return []byte(strings.Repeat("long", 300+n) + strconv.Itoa(n))
	case n%20 == 2:
		return []byte(strings.Repeat("k", n))
	}
	return []byte("key:" + strconv.Itoa(n))
}

func (h *history) value() []byte {
	switch h.rng.IntN(12) {
	case 0:
		return []byte(strconv.FormatInt(int64(h.rng.Uint64())>>h.rng.IntN(64), 10))
	case 1:
		return h.noise(h.rng.IntN(100 << 10))
	case 2:
		return h.noise(h.rng.IntN(4 << 10))
	}
	return h.noise(h.rng.IntN(200))
}

func (h *history) noise(n int) []byte {
	b := make([]byte, n)
	c := byte(h.rng.Uint32())
	for i := range b {
		b[i] = c + byte(i)
	}
	return b
}

func (h *history) when() int64 {
	switch h.rng.IntN(4) {
	case 0:
		return 0
	case 1:
		return h.m.now + 1 + h.rng.Int64N(50)
	case 2:
		return h.m.now + 1 + h.rng.Int64N(100_000)
	}
	return h.m.now + 1 + h.rng.Int64N(1<<40)
}

func (h *history) step() {
	db := h.rng.IntN(3)
	h.db.Select(db)
	key := h.key()
	h.db.LockKey(key)
	h.single(db, key)
	h.db.Unlock()
}

func (h *history) single(db int, key []byte) {
	k := string(key)
	switch h.rng.IntN(12) {
	case 0, 1, 2:
		val, at := h.value(), h.when()
		h.db.SetString(key, val, at)
		h.m.set(db, k, string(val), at)
	case 3:
		n := int64(h.rng.Uint64()) >> h.rng.IntN(64)
		h.db.SetInt(key, n, 0)
		h.m.set(db, k, strconv.FormatInt(n, 10), 0)
	case 4, 5:
		v, _ := h.m.live(db, k)
		n := h.rng.IntN(200)
		if h.rng.IntN(2) == 0 {
			n += len(v.val)
		}
		if h.rng.IntN(8) == 0 {
			n = h.rng.IntN(200 << 10)
		}
		got, want := h.db.Edit(key, n), h.m.edit(db, k, n)
		if string(got) != want {
			h.t.Fatalf("Edit(%q, %d) from %d bytes differs", k, n, len(v.val))
		}
	case 6:
		h.same("Delete", h.db.Delete(key), h.m.delete(db, k))
	case 7, 8:
		at := h.when()
		if h.rng.IntN(10) == 0 {
			at = 1
		}
		h.same("Expire", h.db.Expire(key, at), h.m.expire(db, k, at))
	default:
		h.compare(db, k)
	}
}

func (h *history) same(what string, got, want any) {
	if got != want {
		h.t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// compare looks one key up on both sides.
func (h *history) compare(db int, k string) {
	h.db.Select(db)
	got, ok := h.db.Get([]byte(k))
	want, has := h.m.live(db, k)
	if ok != has {
		h.t.Fatalf("Get(%.40q): %v, want %v", k, ok, has)
	}
	if !ok {
		return
	}
	if !bytes.Equal(got.Bytes(), []byte(want.val)) || got.Len() != len(want.val) {
		h.t.Fatalf("Get(%.40q): %d bytes %.40q, want %d %.40q", k, got.Len(), got.Bytes(), len(want.val), want.val)
	}
	if got.Encoding() != want.enc || got.ExpireAt() != want.expire {
		h.t.Fatalf("Get(%.40q): %v until %d, want %v %d", k, got.Encoding(), got.ExpireAt(), want.enc, want.expire)
	}
}

// double plays a call on two keys.
func (h *history) double() {
	a, b := h.key(), h.key()
	from, to := h.rng.IntN(3), h.rng.IntN(3)
	h.db.Select(from)
	h.db.LockKeys([][]byte{a, b})
	defer h.db.Unlock()
	switch h.rng.IntN(3) {
	case 0:
		h.same("Copy", h.db.Copy(a, h.db.At(to), b), h.m.copy(from, string(a), to, string(b)))
	case 1:
		ok := h.m.copy(from, string(a), from, string(b))
		if ok && string(a) != string(b) {
			h.m.delete(from, string(a))
		}
		h.same("Rename", h.db.Rename(a, b), ok)
	default:
		_, there := h.m.live(to, string(a))
		ok := from != to && !there && h.m.copy(from, string(a), to, string(a))
		if ok {
			h.m.delete(from, string(a))
		}
		h.same("Move", h.db.Move(a, h.db.At(to)), ok)
	}
}

// rare plays a call on everything.
func (h *history) rare() {
	switch db := h.rng.IntN(3); h.rng.IntN(6) {
	case 0:
		h.db.Select(db)
		h.db.Flush(true)
		clear(h.m.dbs[db])
	case 1:
		if h.rng.IntN(3) == 0 {
			h.db.FlushAll(true)
			for i := range h.m.dbs {
				clear(h.m.dbs[i])
			}
		}
	case 2:
		other := h.rng.IntN(3)
		h.db.LockAll()
		h.db.Swap(db, other)
		h.db.Unlock()
		h.m.dbs[db], h.m.dbs[other] = h.m.dbs[other], h.m.dbs[db]
	case 3:
		h.ks.Maintain(1 + h.rng.IntN(20))
	case 4:
		names := []string{"allkeys-lru", "volatile-lru", "allkeys-adaptive", "noeviction", "volatile-fifo"}
		if err := h.ks.SetPolicy(names[h.rng.IntN(len(names))]); err != nil {
			h.t.Fatal(err)
		}
	case 5:
		h.scanAll(db)
	}
}

// scanAll compares all keys of a database.
func (h *history) scanAll(db int) {
	h.db.Select(db)
	var got []string
	for cursor := uint64(0); ; {
		cursor = h.db.Scan(cursor, 1+h.rng.IntN(20), func(key []byte, v Value) { got = append(got, string(key)) })
		if cursor == 0 {
			break
		}
	}
	slices.Sort(got)
	if want := h.m.keys(db); !slices.Equal(got, want) {
		h.t.Fatalf("database %d: scan gives %d keys, want %d", db, len(got), len(want))
	}
}

func (h *history) pass() {
	h.m.now += h.rng.Int64N(1 << h.rng.IntN(20))
	h.db.Begin(h.m.now, false)
	if h.rng.IntN(2) == 0 {
		for more := true; more; {
			_, more = h.ks.ExpireStep(h.m.now, 1+h.rng.IntN(50))
		}
		h.m.due()
		for db := range h.m.dbs {
			h.db.Select(db)
			h.same("Len after ExpireStep", h.db.Len(), len(h.m.dbs[db]))
		}
	}
}

func play(t testing.TB, seed uint64, stripes, steps int) {
	ks, err := Open(Options{Stripes: stripes, Seed: seed, Databases: 3, Policy: "allkeys-lru"})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 7)), ks: ks, db: ks.View(), m: newModel(3)}
	h.m.now = 1_700_000_000_000
	h.db.Begin(h.m.now, false)
	for i := range steps {
		switch n := h.rng.IntN(300); {
		case n == 0:
			h.rare()
		case n < 6:
			h.pass()
		case n < 40:
			h.double()
		default:
			h.step()
		}
		if i%1000 == 999 {
			h.audit()
		}
	}
	h.audit()
	h.empty()
}

func (h *history) audit() {
	h.t.Helper()
	if err := h.ks.check(); err != nil {
		h.t.Fatal(err)
	}
	for db := range h.m.dbs {
		h.scanAll(db)
		for k := range h.m.dbs[db] {
			h.compare(db, k)
		}
	}
}

// empty flushes and looks whether all memory comes back.
func (h *history) empty() {
	h.db.FlushAll(false)
	for h.ks.Maintain(10) {
	}
	m := h.ks.Memory()
	if m.Dataset != 0 || m.Keys != 0 || m.Pages != 0 || m.Large != 0 || m.Pending != 0 || h.ks.arena.Resident() != 0 {
		h.t.Fatalf("flushed, but %+v, arena %d", m, h.ks.arena.Resident())
	}
}

func TestKeyspaceAgainstMaps(t *testing.T) {
	for _, stripes := range []int{1, 4} {
		seed := rand.Uint64()
		t.Logf("seed %d, %d stripes", seed, stripes)
		play(t, seed, stripes, 30000)
	}
}

func FuzzKeyspace(f *testing.F) {
	f.Add(uint64(1), uint8(0))
	f.Add(uint64(2), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, bits uint8) { play(t, seed, 1<<(bits%5), 2000) })
}
