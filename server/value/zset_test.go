package value

import (
	"bytes"
	"math"
	"math/rand"
	"slices"
	"sort"
	"testing"
)

type scored struct {
	m string
	s float64
}

func byScore(a []scored) func(i, j int) bool {
	return func(i, j int) bool {
		return a[i].s < a[j].s || a[i].s == a[j].s && a[i].m < a[j].m
	}
}

func anyScore(r *rand.Rand) float64 {
	switch r.Intn(8) {
	case 0:
		return math.Inf(1 - 2*r.Intn(2))
	case 1:
		return r.NormFloat64()
	case 2:
		return math.Copysign(0, -1)
	default:
		return float64(r.Intn(21) - 10)
	}
}

func TestZSetEqualsASortedSlice(t *testing.T) {
	for seed := int64(1); seed <= 30; seed++ {
		r := rand.New(rand.NewSource(seed))
		lim := &Limits{Entries: r.Intn(150), Bytes: 64}
		it := newItem()
		z := NewZSet(it, lim)
		var model []scored
		for op := range 2000 {
			m, score := anyMember(r, false), anyScore(r)
			at := slices.IndexFunc(model, func(x scored) bool { return x.m == string(m) })
			switch r.Intn(6) {
			case 0, 1, 2:
				if got := z.Set(m, score); got != (at < 0) {
					t.Fatalf("seed %d op %d: Set(%q) = %v", seed, op, m, got)
				}
				if at >= 0 {
					model = slices.Delete(model, at, at+1)
				}
				model = append(model, scored{string(m), score + 0})
				sort.Slice(model, byScore(model))
			case 3:
				if got := z.Remove(m); got != (at >= 0) {
					t.Fatalf("seed %d op %d: Remove(%q) = %v", seed, op, m, got)
				}
				if at >= 0 {
					model = slices.Delete(model, at, at+1)
				}
			default:
				checkPlace(t, &z, model, m, at, score)
			}
			if op%300 == 299 && len(model) > 4 {
				from := r.Intn(len(model) - 3)
				z.RemoveRange(from, 3, func(m []byte, s float64) {
					if string(m) != model[from].m {
						t.Fatalf("seed %d op %d: removed %q, want %q", seed, op, m, model[from].m)
					}
					model = slices.Delete(model, from, from+1)
				})
			}
			z = OpenZSet(it, lim)
		}
		sameZSet(t, &z, model)
		z.RemoveRange(0, z.Len(), func([]byte, float64) {})
		if len(it.mem.m) != 0 || it.enc == Chunked && it.charged != 0 {
			t.Fatalf("seed %d: %d chunks leaked, %d bytes charged", seed, len(it.mem.m), it.charged)
		}
	}
}

func checkPlace(t *testing.T, z *ZSet, model []scored, m []byte, at int, score float64) {
	t.Helper()
	s, ok := z.Score(m)
	rank, ranked := z.Rank(m)
	if ok != (at >= 0) || ranked != ok || ok && (s != model[at].s || rank != at) {
		t.Fatalf("%q: score %v %v, rank %d %v; want rank %d", m, s, ok, rank, ranked, at)
	}
	below, through := 0, 0
	for _, x := range model {
		if x.s < score {
			below++
		}
		if x.s <= score {
			through++
		}
	}
	if z.Below(score, false) != below || z.Below(score, true) != through {
		t.Fatalf("Below(%v) = %d, %d; want %d, %d", score, z.Below(score, false), z.Below(score, true), below, through)
	}
}

func sameZSet(t *testing.T, z *ZSet, model []scored) {
	t.Helper()
	i := 0
	for m, s := range z.Each {
		if string(m) != model[i].m || s != model[i].s {
			t.Fatalf("rank %d is %q %v, want %v", i, m, s, model[i])
		}
		i++
	}
	if i != len(model) || z.Len() != i {
		t.Fatalf("%d members walked, Len %d, want %d", i, z.Len(), len(model))
	}
	for m := range z.Descend(len(model) - 1) {
		i--
		if string(m) != model[i].m {
			t.Fatalf("downwards: rank %d is %q, want %q", i, m, model[i].m)
		}
	}
	seen := map[string]float64{}
	for cursor := uint64(0); ; {
		cursor = z.Scan(cursor, 9, func(m []byte, s float64) { seen[string(m)] = s })
		if cursor == 0 {
			break
		}
	}
	for _, x := range model {
		if s, ok := seen[x.m]; !ok || s != x.s {
			t.Fatalf("scan gave %v %v for %v", s, ok, x)
		}
	}
}

func TestZSetOfOneScoreOrdersByBytes(t *testing.T) {
	for _, entries := range []int{0, 100} {
		it := newItem()
		z := NewZSet(it, &Limits{Entries: entries, Bytes: 64})
		names := []string{"", "a", "aa", "b", "ba", "c"}
		for _, i := range rand.New(rand.NewSource(1)).Perm(len(names)) {
			z.Set([]byte(names[i]), 7)
		}
		for i, name := range names {
			if got := z.BelowLex([]byte(name), false); got != i {
				t.Errorf("BelowLex(%q) = %d, want %d", name, got, i)
			}
			if got := z.BelowLex([]byte(name), true); got != i+1 {
				t.Errorf("BelowLex(%q, through) = %d, want %d", name, got, i+1)
			}
			if m, _ := z.At(i); !bytes.Equal(m, []byte(name)) {
				t.Errorf("At(%d) = %q, want %q", i, m, name)
			}
		}
	}
}
