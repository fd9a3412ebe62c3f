package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachedserver/cached/server/value"
)

// picture tells what a value is, the same for equal values.
func picture(kind Kind, it value.Item, text string) string {
	var parts []string
	switch kind {
	case String:
		return text
	case List:
		l := value.OpenList(it, &itemLimits)
		for v := range l.Ascend(0) {
			parts = append(parts, string(v))
		}
		return strings.Join(parts, " ")
	case Set:
		s := value.OpenSet(it, &itemLimits)
		for m := range s.Each {
			parts = append(parts, string(m))
		}
	case ZSet:
		z := value.OpenZSet(it, &itemLimits)
		for m, score := range z.Each {
			parts = append(parts, fmt.Sprint(string(m), " ", score))
		}
	case Hash:
		h := value.OpenHash(it, &itemLimits)
		for f := range h.Each {
			parts = append(parts, fmt.Sprintf("%s=%s@%d", f.Name, f.Value, f.ExpireAt))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// present is a picture of all keys.
func present(ks *Keyspace) map[string]string {
	m := map[string]string{}
	db := ks.View()
	db.LockAll()
	defer db.Unlock()
	for n := range ks.Databases() {
		at := db.At(n)
		for cursor, first := uint64(0), true; first || cursor != 0; first = false {
			cursor = at.Scan(cursor, 100, func(key []byte, v Value) {
				it := Item{v: db.v, s: v.s, handle: v.l.Handle()}
				text := ""
				if v.Kind() == String {
					text = string(v.Bytes())
				}
				m[fmt.Sprint(n, " ", string(key))] = fmt.Sprint(v.Kind(), v.ExpireAt(), " ", picture(v.Kind(), &it, text))
			})
		}
	}
	return m
}

// describe is the picture of a record.
func describe(r *Record) (key, picked string) {
	text := ""
	if n, ok := r.Int(); ok {
		text = fmt.Sprint(n)
	} else if r.Kind == String {
		text = string(r.Payload())
	}
	see := func() { picked = fmt.Sprint(r.Kind, r.ExpireAt, " ", picture(r.Kind, r, text)) }
	if r.InSteps() {
		r.View(see)
	} else {
		see()
	}
	return fmt.Sprint(r.DB, " ", string(r.Key)), picked
}

// vandal changes a keyspace in every way there is.
type vandal struct {
	ks  *Keyspace
	db  *DB
	rng *rand.Rand
}

func (v *vandal) key() []byte { return fmt.Appendf(nil, "key:%d", v.rng.IntN(120)) }

func (v *vandal) word() []byte {
	switch v.rng.IntN(8) {
	case 0:
		return []byte(strings.Repeat("w", 40+v.rng.IntN(200)))
	case 1:
		return []byte(strings.Repeat("x", 20_000))
	}
	return fmt.Appendf(nil, "%d", v.rng.IntN(2000))
}

func (v *vandal) act() {
	v.db.Select(v.rng.IntN(2))
	v.db.Begin(1000, false)
	v.db.LockAll()
	defer v.db.Unlock()
	key := v.key()
	switch v.rng.IntN(24) {
	case 0, 1:
		v.db.SetString(key, v.word(), int64(v.rng.IntN(2))*1e9)
	case 2:
		v.db.SetString(key, []byte(strings.Repeat("L", 30_000+v.rng.IntN(100_000))), 0)
	case 3:
		v.db.Delete(key)
	case 4:
		v.db.Expire(key, int64(v.rng.IntN(3))*1e9)
	case 5:
		v.db.Rename(key, v.key())
	case 6:
		v.db.Copy(key, v.db.At(v.rng.IntN(2)), v.key())
	case 7:
		v.db.Move(key, v.db.At(v.rng.IntN(2)))
	case 8:
		if val, ok := v.db.Peek(key); ok && val.Kind() == String {
			clear(v.db.Edit(key, val.Len()+v.rng.IntN(10)))
		}
	case 9:
		switch v.rng.IntN(60) {
		case 0:
			v.db.Flush(true)
		case 1:
			v.db.FlushAll(true)
		case 2:
			v.db.Swap(0, 1)
		}
	default:
		v.collect(key, Kind(1+v.rng.IntN(4)))
	}
}

// collect changes a collection by some elements.
func (v *vandal) collect(key []byte, kind Kind) {
	it, is, ok := v.db.Item(key)
	if ok && is == String {
		return
	}
	if ok {
		kind = is
	} else if it = v.db.Create(key, kind, map[Kind]Encoding{List: ListPack, Set: IntSet, ZSet: ListPack, Hash: ListPack}[kind], 0); kind == Set {
		value.NewSet(it, &itemLimits)
	} else {
		value.InitPacked(it)
	}
	n := 0
	for range 1 + v.rng.IntN(60) {
		m, drop := v.word(), v.rng.IntN(3) == 0
		switch kind {
		case List:
			l := value.OpenList(it, &value.Limits{Entries: 100, Bytes: 1000, Node: 500})
			if drop && l.Len() > 0 {
				l.Delete(v.rng.IntN(l.Len()), 1)
			} else {
				l.Push(v.rng.IntN(2) == 0, m)
			}
			n = l.Len()
		case Set:
			s := value.OpenSet(it, &itemLimits)
			if drop {
				s.Remove(m)
			} else {
				s.Add(m)
			}
			n = s.Len()
		case ZSet:
			z := value.OpenZSet(it, &itemLimits)
			if drop {
				z.Remove(m)
			} else {
				z.Set(m, float64(v.rng.IntN(100)))
			}
			n = z.Len()
		case Hash:
			h := value.OpenHash(it, &itemLimits)
			if drop {
				h.Delete(m)
			} else {
				h.Set(m, v.word(), int64(v.rng.IntN(2))*1e9)
			}
			n = h.Len()
		}
	}
	if n == 0 {
		v.db.Delete(key)
	}
}

func TestASnapshotIsTheStateAtItsMark(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(4) {
		ks, err := Open(Options{Stripes: 1 << (round % 3), Seed: seed, Databases: 2, Policy: "allkeys-lru"})
		if err != nil {
			t.Fatal(err)
		}
		v := &vandal{ks, ks.View(), rand.New(rand.NewPCG(seed, round))}
		for range 3 {
			for range 400 {
				v.act()
			}
			want := present(ks)
			sn, err := ks.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ks.Snapshot(); err != ErrBusy {
				t.Fatalf("a second snapshot: %v", err)
			}
			got := map[string]string{}
			for {
				for range v.rng.IntN(12) {
					v.act()
				}
				if v.rng.IntN(8) == 0 {
					ks.Evict(1000)
					ks.Maintain(3)
				}
				r, err := sn.Next()
				if err != nil {
					t.Fatal(err)
				}
				if r == nil {
					break
				}
				for range v.rng.IntN(4) { // while it is held
					v.act()
				}
				key, text := describe(r)
				if _, twice := got[key]; twice {
					t.Fatalf("%s comes twice", key)
				}
				got[key] = text
			}
			if sn.Keys() != len(want) {
				t.Errorf("%d keys at the mark, announced %d", len(want), sn.Keys())
			}
			sn.Close()
			compare(t, got, want)
			settled(t, ks)
		}
		if err := ks.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func compare(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for key, w := range want {
		if g, ok := got[key]; !ok || g != w {
			t.Fatalf("%s: %.80q, want %.80q", key, g, w)
		}
	}
	t.Fatalf("%d keys, want %d", len(got), len(want))
}

// settled checks that a snapshot left nothing behind.
func settled(t *testing.T, ks *Keyspace) {
	t.Helper()
	for ks.Maintain(100) {
	}
	if n := ks.external.Load(); n != 0 {
		t.Fatalf("%d bytes are still charged", n)
	}
	if len(ks.pins.runs) != 0 {
		t.Fatal("runs are still pinned")
	}
	if err := ks.check(); err != nil {
		t.Fatal(err)
	}
}

func TestASnapshotClosedEarlyLeavesNothingBehind(t *testing.T) {
	ks, err := Open(Options{Stripes: 4, Seed: rand.Uint64(), Databases: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	v := &vandal{ks, ks.View(), rand.New(rand.NewPCG(1, 2))}
	for range 20 {
		for range 300 {
			v.act()
		}
		sn, err := ks.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for range v.rng.IntN(100) {
			v.act()
			if r, err := sn.Next(); err != nil || r == nil {
				break
			}
		}
		for range 300 {
			v.act()
		}
		sn.Close()
		settled(t, ks)
	}
}

func TestASnapshotIsReadWhileManyWrite(t *testing.T) {
	ks, err := Open(Options{Stripes: 4, Seed: rand.Uint64(), Databases: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	fill := ks.View()
	for i := range 20_000 {
		key := fmt.Appendf(nil, "k%d", i)
		fill.LockKey(key)
		fill.SetString(key, key, 0)
		fill.Unlock()
	}
	var writers sync.WaitGroup
	var stop atomic.Bool
	sn, err := ks.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for w := range uint64(3) {
		writers.Go(func() {
			db, rng := ks.View(), rand.New(rand.NewPCG(w, 3))
			for !stop.Load() {
				key := fmt.Appendf(nil, "k%d", rng.IntN(30_000))
				db.Begin(1, false)
				db.LockKey(key)
				if rng.IntN(3) == 0 {
					db.Delete(key)
				} else {
					db.SetString(key, []byte("changed"), 0)
				}
				db.Unlock()
			}
		})
	}
	n := 0
	for r, err := sn.Next(); r != nil || err != nil; r, err = sn.Next() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; string(r.Key) != string(r.Payload()) {
			t.Fatalf("%s holds %s", r.Key, r.Payload())
		}
	}
	stop.Store(true)
	writers.Wait()
	sn.Close()
	if n != 20_000 {
		t.Fatalf("%d keys, want 20000", n)
	}
	settled(t, ks)
}

func TestASnapshotThatIsOutrunFailsAndLetsWritersGoOn(t *testing.T) {
	ks, err := Open(Options{Stripes: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	db := ks.View()
	db.Begin(1, false)
	for i := range 1000 {
		db.SetString(fmt.Appendf(nil, "k%d", i), make([]byte, 1000), 0)
	}
	sn, err := ks.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	sn.limit = 100_000
	for i := range 1000 {
		db.SetString(fmt.Appendf(nil, "k%d", i), []byte("new"), 0)
	}
	if kept := sn.kept.Load(); kept > 102_000 {
		t.Errorf("%d bytes are kept", kept)
	}
	for err == nil {
		_, err = sn.Next()
	}
	if err != ErrOutrun {
		t.Error(err)
	}
	sn.Close()
	settled(t, ks)
}
