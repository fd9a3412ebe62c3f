package eviction

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNewKnowsEveryNameAndNoOther(t *testing.T) {
	for _, name := range Names() {
		if p, err := New(name, Options{}); err != nil || p.Len() != 0 {
			t.Errorf("New(%q) = %v, %v", name, p, err)
		}
	}
	if Names()[0] != Default {
		t.Errorf("the first name is %q, the default is %q", Names()[0], Default)
	}
	if _, err := New("allkeys-lru", Options{}); err == nil || !strings.Contains(err.Error(), "lru, lfu") {
		t.Errorf("a wrong name's error does not list the right ones: %v", err)
	}
}

// filled returns a policy with n entries in slots 0 to n-1.
func filled(name string, n int) Policy {
	p, err := New(name, Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	for i := range n {
		p.Add(uint32(i), entry(uint64(i)))
	}
	return p
}

func entry(key uint64) Entry {
	h := key * 0x9e3779b97f4a7c15
	return Entry{Hash: h ^ h>>29, Size: uint32(50 + key%1000), Expire: int64(1 + key%100_000), Tick: key}
}

// churn evicts and adds n entries, and hits one in between.
func churn(p Policy, from, n int) {
	size := uint32(p.Len())
	for i := range n {
		p.Hit(uint32(uint64(i)*2654435761%uint64(size)), uint64(i), uint64(from+i))
		slot, _ := p.Victim()
		p.Evict(slot, entry(uint64(slot)).Hash)
		p.Add(slot, entry(uint64(from+i)))
	}
}

func TestNothingAllocatesOnceTheCacheIsFull(t *testing.T) {
	const n = 20_000
	for _, name := range Names() {
		p := filled(name, n)
		churn(p, n, 3*n) // ghosts and sketches have come to their size
		next := 4 * n
		if a := testing.AllocsPerRun(100, func() { p.Hit(uint32(next)%n, uint64(next), uint64(next)); next++ }); a != 0 {
			t.Errorf("%s: %v allocations a hit", name, a)
		}
		if a := testing.AllocsPerRun(100, func() { churn(p, next, 1); next++ }); a != 0 {
			t.Errorf("%s: %v allocations for an eviction and an addition", name, a)
		}
	}
}

func TestBytesASlotStayWithinTheirBudget(t *testing.T) {
	budget := map[string]float64{
		"adaptive": 11, "lru": 12.1, "lfu": 9.2, "fifo": 12.1, "random": 8.1, "ttl": 16.1, "wtinylfu": 21.5, "gdsf": 14.2,
	}
	const n = 100_000
	for _, name := range Names() {
		p := filled(name, n)
		churn(p, n, 3*n)
		if got := float64(p.Bytes()) / n; got > budget[name] {
			t.Errorf("%s holds %.2f bytes a slot, more than %v", name, got, budget[name])
		}
	}
}

func TestVictimMovesABoundedNumberOfEntries(t *testing.T) {
	const n = 100_000
	p := NewAdaptive()
	for i := range n {
		p.Add(uint32(i), entry(uint64(i)))
	}
	for range mostCount {
		for i := range n {
			p.Hit(uint32(i), 0, 0)
		}
	}
	slot, _ := p.Victim()
	moved := p.main.len
	if moved > patience {
		t.Errorf("%d entries moved for one victim", moved)
	}
	p.Evict(slot, 0)
}

func TestPoliciesCanBeSwitchedLive(t *testing.T) {
	const n = 1000
	for _, from := range Names() {
		for _, to := range Names() {
			old := filled(from, n)
			churn(old, n, n)
			p, _ := New(to, Options{})
			old.Each(func(slot uint32) bool { p.Add(slot, entry(uint64(slot))); return true })
			if p.Len() != n {
				t.Errorf("from %s to %s: %d of %d entries", from, to, p.Len(), n)
			}
			if from == "lru" && (to == "lru" || to == "fifo") {
				a, _ := old.Victim()
				if b, _ := p.Victim(); a != b {
					t.Errorf("from lru to %s: the victim was %d, now %d", to, a, b)
				}
			}
		}
	}
}

func TestEachStopsWhenToldTo(t *testing.T) {
	for _, name := range Names() {
		p := filled(name, 10)
		n := 0
		p.Each(func(uint32) bool { n++; return n < 3 })
		if n != 3 {
			t.Errorf("%s: yielded %d times", name, n)
		}
	}
}

func TestColdnessComparesInstances(t *testing.T) {
	for _, name := range []string{"lru", "fifo", "adaptive"} {
		older, _ := New(name, Options{})
		newer, _ := New(name, Options{})
		for i := range 1000 {
			older.Add(uint32(i), Entry{Hash: uint64(i), Tick: uint64(i) * 1000})
			newer.Add(uint32(i), Entry{Hash: uint64(i), Tick: uint64(i)*1000 + 500_000})
		}
		if older.Coldness() <= newer.Coldness() {
			t.Errorf("%s: the instance with older entries is not the colder one", name)
		}
	}
}

func TestAdaptiveWithoutTicksKeepsInstancesEquallyFull(t *testing.T) {
	full, half := NewAdaptive(), NewAdaptive()
	for i := range 1000 {
		full.Add(uint32(i), Entry{Hash: uint64(i)})
		if i%2 == 0 {
			half.Add(uint32(i), Entry{Hash: uint64(i)})
		}
	}
	if full.Coldness() <= half.Coldness() {
		t.Error("the fuller instance is not the colder one")
	}
}

func TestTurnoverFindsTheTickOfTheLastButN(t *testing.T) {
	var turn turnover
	for i := range uint64(100_000) {
		turn.add(1000+i*10, int(min(i, 5000)))
	}
	for _, n := range []int{1, 77, 2500, 5000} {
		got := ^turn.coldness(n)
		want := 1000 + uint64(100_000-n)*10
		if d := int64(got - want); d > 10 || d < -10 {
			t.Errorf("the tick of the %d-th last addition was %d, not %d", n, want, got)
		}
	}
}

func TestFIFOAndLRUOrderTicksThatWrapAround(t *testing.T) {
	p := NewLRU()
	p.Add(0, Entry{Tick: 1<<38 - 100})
	q := NewLRU()
	q.Add(0, Entry{Tick: 1<<38 + 100})
	q.Add(1, Entry{Tick: 1<<38 + 200})
	if p.Coldness() <= q.Coldness() {
		t.Error("an entry from before the wrap is not colder than one from after it")
	}
}

func TestGhostRemembersAboutAsManyAsItShould(t *testing.T) {
	var g ghost
	const want = 10_000
	for i := range uint64(5 * want) {
		g.put(entry(i).Hash, want)
	}
	young, old := 0, 0
	for i := range uint64(want / 2) {
		if g.take(entry(5*want - 1 - i).Hash) {
			young++
		}
		if g.take(entry(2*want + i).Hash) {
			old++
		}
	}
	if young < want/2*90/100 || old > want/2*5/100 {
		t.Errorf("it knows %d of the last %d, and %d of those long gone", young, want/2, old)
	}
}

func TestGhostKeepsItsMemoryWhenItGrows(t *testing.T) {
	var g ghost
	for i := range uint64(1000) {
		g.put(entry(i).Hash, 1000)
	}
	g.put(entry(1000).Hash, 4000)
	known := 0
	for i := range uint64(1000) {
		if g.take(entry(i).Hash) {
			known++
		}
	}
	if known < 700 {
		t.Errorf("after growing it knows %d of 1000", known)
	}
}

func TestSketchGuessesTooLowByAgingOnlyAndForgets(t *testing.T) {
	var s sketch
	s.fit(1000)
	for i := range uint64(100) {
		for range i % 10 {
			s.add(entry(i).Hash)
		}
	}
	for i := range uint64(100) {
		if g := s.guess(entry(i).Hash); uint64(g) < i%10/2 { // its word may have been halved
			t.Errorf("key %d was asked for %d times, the guess is %d", i, i%10, g)
		}
	}
	for i := range uint64(60_000) {
		s.add(entry(1000 + i).Hash)
	}
	over := 0
	for i := range uint64(100) {
		if i%10 == 9 && s.guess(entry(i).Hash) > 6 {
			over++
		}
	}
	if over > 5 {
		t.Errorf("%d of 10 old favourites are still remembered as such", over)
	}
}

func TestColumnNeverMovesWhatItHolds(t *testing.T) {
	var c column[uint32]
	c.reach(0)
	first := c.at(0)
	c.reach(1_000_000)
	if first != c.at(0) {
		t.Error("growing moved the first value")
	}
	if c.bytes() < 4_000_000 || c.bytes() > 4_100_000 {
		t.Errorf("a million values of 4 bytes take %d", c.bytes())
	}
}

func BenchmarkHit(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			const n = 1 << 16
			p := filled(name, n)
			churn(p, n, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				p.Hit(uint32(i*40503)%n, uint64(i*40503%n), uint64(i))
			}
			b.ReportMetric(float64(p.Bytes())/n, "B/slot")
		})
	}
}

func BenchmarkEvictAndAdd(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			const n = 1 << 16
			p := filled(name, n)
			churn(p, n, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				slot, _ := p.Victim()
				p.Evict(slot, entry(uint64(slot)).Hash)
				p.Add(slot, entry(uint64(n+i)))
			}
		})
	}
}

// FuzzPolicies plays bytes as a history: two bits choose the call, the others the slot.
func FuzzPolicies(f *testing.F) {
	f.Add([]byte{0, 4, 8, 1, 5, 3, 3, 2, 0, 3})
	f.Fuzz(func(t *testing.T, history []byte) {
		for _, name := range Names() {
			p, _ := New(name, Options{})
			var there []uint32
			for i, b := range history {
				slot := uint32(b >> 2)
				at := slices.Index(there, slot)
				switch {
				case b&3 == 0 && at < 0:
					p.Add(slot, entry(uint64(b)))
					there = append(there, slot)
				case b&3 == 1 && at >= 0:
					p.Hit(slot, uint64(b), uint64(i))
				case b&3 == 2 && at >= 0:
					p.Remove(slot)
					there = slices.Delete(there, at, at+1)
				case b&3 == 3 && len(there) > 0:
					victim, ok := p.Victim()
					if at = slices.Index(there, victim); !ok || at < 0 {
						t.Fatalf("%s: the victim %d, %v is not there", name, victim, ok)
					}
					p.Evict(victim, uint64(victim))
					there = slices.Delete(there, at, at+1)
				}
			}
			if p.Len() != len(there) {
				t.Fatal(fmt.Sprintf("%s: Len is %d with %d entries", name, p.Len(), len(there)))
			}
		}
	})
}
