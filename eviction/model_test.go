package eviction

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A model keeps everything that was ever told of the entries, and finds the
// victim by looking at all of them.
type model struct {
	entries map[uint32]*known
	clock   int
	floor   int // of lfu
}

type known struct {
	added, used int // clock
	level       int // of lfu
	levelled    int // clock when it came to its level
	expire      int64
}

// rules name the victim of the policies whose victim follows from the history.
var rules = map[string]func(a, b *known) int{
	"lru":  func(a, b *known) int { return cmp.Compare(a.used, b.used) },
	"fifo": func(a, b *known) int { return cmp.Compare(a.added, b.added) },
	"lfu": func(a, b *known) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.levelled, b.levelled))
	},
}

func (m *model) add(slot uint32, expire int64) {
	m.clock++
	m.entries[slot] = &known{added: m.clock, used: m.clock, level: m.floor + 1, levelled: m.clock, expire: expire}
}

func (m *model) hit(slot uint32) {
	m.clock++
	k := m.entries[slot]
	k.used = m.clock
	if k.level < m.floor+255 {
		k.level++
		k.levelled = m.clock
	}
}

// coldest lists the slots by rule.
func (m *model) coldest(rule func(a, b *known) int) []uint32 {
	var slots []uint32
	for s := range m.entries {
		slots = append(slots, s)
	}
	slices.SortFunc(slots, func(a, b uint32) int { return rule(m.entries[a], m.entries[b]) })
	return slots
}

// play runs a random history of adds, hits, updates, removals and evictions,
// in which slots are used again at once, and checks after every step what
// holds for any policy.
func play(t *rapid.T, p Policy, check func(m *model)) {
	m := &model{entries: map[uint32]*known{}}
	slots := func() []uint32 {
		s := m.coldest(rules["fifo"])
		return s
	}
	some := func() uint32 { return rapid.SampledFrom(slots()).Draw(t, "slot") }
	tick := uint64(0)
	t.Repeat(map[string]func(*rapid.T){
		"add": func(t *rapid.T) {
			slot := rapid.Uint32Range(0, 40).Draw(t, "slot")
			if m.entries[slot] != nil {
				t.Skip("taken")
			}
			tick += 100
			expire := rapid.Int64Range(0, 5).Draw(t, "expire")
			p.Add(slot, Entry{Hash: rapid.Uint64Range(0, 60).Draw(t, "hash"), Size: rapid.Uint32().Draw(t, "size"), Expire: expire, Tick: tick})
			m.add(slot, expire)
		},
		"hit": func(t *rapid.T) {
			if len(m.entries) == 0 {
				t.Skip("empty")
			}
			slot := some()
			tick += 100
			p.Hit(slot, uint64(slot), tick)
			m.hit(slot)
		},
		"update": func(t *rapid.T) {
			if len(m.entries) == 0 {
				t.Skip("empty")
			}
			slot := some()
			tick += 100
			expire := rapid.Int64Range(0, 5).Draw(t, "expire")
			p.Update(slot, Entry{Hash: uint64(slot), Size: rapid.Uint32().Draw(t, "size"), Expire: expire, Tick: tick})
			m.hit(slot)
			m.entries[slot].expire = expire
		},
		"remove": func(t *rapid.T) {
			if len(m.entries) == 0 {
				t.Skip("empty")
			}
			slot := some()
			p.Remove(slot)
			delete(m.entries, slot)
		},
		"evict": func(t *rapid.T) {
			slot, ok := p.Victim()
			if !ok {
				t.Skip("empty")
			}
			if m.entries[slot] == nil {
				t.Fatalf("the victim %d is not there", slot)
			}
			m.floor = max(m.floor, m.entries[slot].level)
			p.Evict(slot, uint64(slot))
			delete(m.entries, slot)
		},
		"": func(t *rapid.T) {
			checkAny(t, p, m)
			check(m)
		},
	})
}

func checkAny(t *rapid.T, p Policy, m *model) {
	if p.Len() != len(m.entries) {
		t.Fatalf("Len is %d with %d entries", p.Len(), len(m.entries))
	}
	var got []uint32
	p.Each(func(s uint32) bool { got = append(got, s); return true })
	slices.Sort(got)
	want := m.coldest(func(a, b *known) int { return cmp.Compare(a.added, b.added) })
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("Each yields %v, there are %v", got, want)
	}
	slot, ok := p.Victim()
	if ok != (len(want) > 0) {
		t.Fatalf("there is a victim: %v, with %d entries", ok, len(want))
	}
	if again, _ := p.Victim(); again != slot {
		t.Fatalf("asked twice, the victim is %d and then %d", slot, again)
	}
	if (p.Coldness() == 0) && ok {
		t.Fatalf("the victim %d has no coldness", slot)
	}
	if again, _ := p.Victim(); again != slot {
		t.Fatalf("the victim is %d, and after Coldness %d", slot, again)
	}
}

func TestExactPoliciesDoWhatADumbModelDoes(t *testing.T) {
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p, _ := New(name, Options{})
				play(t, p, func(m *model) {
					var got []uint32
					p.Each(func(s uint32) bool { got = append(got, s); return true })
					if want := m.coldest(rule); !slices.Equal(got, want) {
						t.Fatalf("the order is %v, it should be %v", got, want)
					}
					if slot, ok := p.Victim(); ok && slot != got[0] {
						t.Fatalf("the victim is %d, it should be %d", slot, got[0])
					}
				})
			})
		})
	}
}

func TestTTLNamesTheSoonestToExpire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewTTL()
		play(t, p, func(m *model) {
			slot, ok := p.Victim()
			if !ok {
				return
			}
			when := func(k *known) int64 {
				if k.expire == 0 {
					return math.MaxInt64
				}
				return k.expire
			}
			for other, k := range m.entries {
				if when(k) < when(m.entries[slot]) {
					t.Fatalf("%d expires at %d, before the victim %d", other, k.expire, slot)
				}
			}
		})
	})
}

func TestEveryPolicyKeepsItsBooks(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p, _ := New(name, Options{Seed: 7})
				play(t, p, func(m *model) { checkInside(t, p) })
			})
		})
	}
}

// checkInside checks what must hold between a policy's parts.
func checkInside(t *rapid.T, p Policy) {
	switch p := p.(type) {
	case *Adaptive:
		p.small.each(&p.links, func(s uint32) bool {
			if *p.marks.at(s)&(inMain|gambled|idle) != 0 {
				t.Fatalf("%d in small is marked as in main", s)
			}
			return true
		})
		p.main.each(&p.links, func(s uint32) bool {
			if *p.marks.at(s)&inMain == 0 {
				t.Fatalf("%d in main is not marked so", s)
			}
			return true
		})
	case *LFU:
		for i, q := range p.queues {
			if (q.len > 0) != (p.filled[i/64]>>(i%64)&1 == 1) {
				t.Fatalf("queue %d has %d entries, its bit says otherwise", i, q.len)
			}
		}
	case *TTL:
		checkHeap(t, &p.heap, p.sooner)
	case *GDSF:
		checkHeap(t, &p.heap, p.lower)
	case *Random:
		for i := range p.len {
			if *p.places.at(*p.row.at(i)) != i {
				t.Fatalf("place %d holds a slot that stands elsewhere", i)
			}
		}
	}
}

func checkHeap(t *rapid.T, h *heap, less less) {
	for i := range h.len {
		slot := *h.row.at(i)
		if *h.places.at(slot) != i {
			t.Fatalf("place %d holds a slot that stands elsewhere", i)
		}
		if i > 0 && less(slot, *h.row.at((i - 1) / 2)) {
			t.Fatalf("place %d is below one that it should be above", i)
		}
	}
}
