package value

import (
	"math/rand"
	"slices"
	"testing"
)

func TestListEqualsASlice(t *testing.T) {
	for seed := int64(1); seed <= 30; seed++ {
		r := rand.New(rand.NewSource(seed))
		lim := &Limits{Entries: 1 << 20, Node: r.Intn(3000)}
		it := newItem()
		l := NewList(it, lim)
		var model []string
		for op := range 2500 {
			v := anyMember(r, r.Intn(2) == 0)
			switch x := r.Intn(10); {
			case x < 2:
				l.Push(true, v)
				model = slices.Insert(model, 0, string(v))
			case x < 4:
				l.Push(false, v)
				model = append(model, string(v))
			case x < 5:
				i := r.Intn(len(model) + 1)
				l.Insert(i, v)
				model = slices.Insert(model, i, string(v))
			case len(model) == 0:
			case x < 6:
				i := r.Intn(len(model))
				l.Set(i, v)
				model[i] = string(v)
			case x < 8:
				i := r.Intn(len(model))
				n := min(1+r.Intn(3), len(model)-i)
				l.Delete(i, n)
				model = slices.Delete(model, i, i+n)
			default:
				i := r.Intn(len(model))
				if got := l.At(i); string(got) != model[i] {
					t.Fatalf("seed %d op %d: At(%d) = %q, want %q", seed, op, i, got, model[i])
				}
			}
			if l.Len() != len(model) {
				t.Fatalf("seed %d op %d: Len %d, want %d", seed, op, l.Len(), len(model))
			}
			l = OpenList(it, lim)
		}
		var up, down []string
		for v := range l.Ascend(0) {
			up = append(up, string(v))
		}
		for v := range l.Descend(l.Len() - 1) {
			down = append(down, string(v))
		}
		slices.Reverse(down)
		if !slices.Equal(up, model) || !slices.Equal(down, model) {
			t.Fatalf("seed %d: %d elements upwards, %d downwards, want %d", seed, len(up), len(down), len(model))
		}
		l.Delete(0, l.Len())
		if len(it.mem.m) != 0 || it.enc == Chunked && it.charged != 0 {
			t.Fatalf("seed %d: %d chunks leaked, %d bytes charged", seed, len(it.mem.m), it.charged)
		}
	}
}
