package value

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// anyMember draws integers, short and long strings from a small world, so that
// histories meet the same member again.
func anyMember(r *rand.Rand, ints bool) []byte {
	switch x := r.Intn(20); {
	case ints || x < 8:
		return fmt.Appendf(nil, "%d", (r.Int63()>>(uint(r.Intn(62))))*int64(1-2*r.Intn(2))%997)
	case x == 8:
		return []byte(strings.Repeat("x", r.Intn(700)))
	case x == 9:
		return []byte("-0")
	default:
		return fmt.Appendf(nil, "m%d", r.Intn(400))
	}
}

func TestSetEqualsAMap(t *testing.T) {
	for seed := int64(1); seed <= 30; seed++ {
		r := rand.New(rand.NewSource(seed))
		lim := &Limits{Entries: r.Intn(100), Bytes: 64, Ints: r.Intn(200)}
		it := newItem()
		s := NewSet(it, lim)
		model := map[string]bool{}
		for op := range 3000 {
			m := anyMember(r, seed%3 == 0 || op < 100)
			switch r.Intn(5) {
			case 0, 1:
				if got := s.Add(m); got == model[string(m)] {
					t.Fatalf("seed %d op %d: Add(%q) = %v", seed, op, m, got)
				}
				model[string(m)] = true
			case 2:
				if got := s.Remove(m); got != model[string(m)] {
					t.Fatalf("seed %d op %d: Remove(%q) = %v", seed, op, m, got)
				}
				delete(model, string(m))
			case 3:
				if len(model) > 0 && !model[string(s.At(r.Intn(len(model))))] {
					t.Fatalf("seed %d op %d: At returns no member", seed, op)
				}
			default:
				if got := s.Has(m); got != model[string(m)] {
					t.Fatalf("seed %d op %d: Has(%q) = %v", seed, op, m, got)
				}
			}
			if s.Len() != len(model) {
				t.Fatalf("seed %d op %d: Len %d, want %d", seed, op, s.Len(), len(model))
			}
			s = OpenSet(it, lim)
		}
		sameMembers(t, &s, model)
		for m := range model {
			s.Remove([]byte(m))
		}
		if it.enc == Chunked && (it.charged != 0 || Charged(it.payload) != 0) {
			t.Fatalf("seed %d: an empty set is charged %d bytes", seed, it.charged)
		}
		if len(it.mem.m) != 0 {
			t.Fatalf("seed %d: %d chunks leaked", seed, len(it.mem.m))
		}
	}
}

func sameMembers(t *testing.T, s *Set, model map[string]bool) {
	t.Helper()
	seen := map[string]bool{}
	for m := range s.Each {
		seen[string(m)] = true
	}
	scanned := map[string]bool{}
	for cursor := uint64(0); ; {
		cursor = s.Scan(cursor, 7, func(m []byte) { scanned[string(m)] = true })
		if cursor == 0 {
			break
		}
	}
	for m := range model {
		if !seen[m] || !scanned[m] {
			t.Fatalf("member %q: in Each %v, in Scan %v", m, seen[m], scanned[m])
		}
	}
	if len(seen) != len(model) || len(scanned) != len(model) {
		t.Fatalf("%d members, Each gave %d, Scan %d", len(model), len(seen), len(scanned))
	}
}

func TestSetFormsFollowTheLimits(t *testing.T) {
	lim := &Limits{Entries: 3, Bytes: 8, Ints: 4}
	for _, c := range []struct {
		members string
		want    uint8
	}{
		{"1 2 3 4", IntSet}, {"1 2 3 4 5", Chunked}, {"1 2 a", Packed}, {"1 2 3 a", Chunked},
		{"a b c", Packed}, {"a b c d", Chunked}, {"123456789", IntSet}, {"abcdefghi", Chunked},
		{"01", Packed}, {"9223372036854775807 -9223372036854775808", IntSet}, {"9223372036854775808", Packed},
	} {
		lim := *lim
		if c.members == "9223372036854775808" {
			lim.Bytes = 64
		}
		it := newItem()
		s := NewSet(it, &lim)
		for _, m := range strings.Fields(c.members) {
			s.Add([]byte(m))
		}
		if it.enc != c.want || s.Len() != len(strings.Fields(c.members)) {
			t.Errorf("{%s}: encoding %d with %d members, want %d", c.members, it.enc, s.Len(), c.want)
		}
	}
}
