package heap

import (
	"bytes"
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// model is the dumb heap that Heap is checked against.
type model map[uint32][]byte

func fill(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func (m model) any(rng *rand.Rand, handles []uint32) uint32 {
	return handles[rng.IntN(len(handles))]
}

// play runs a random history over h and a model, and checks each block.
func play(t testing.TB, h *Heap, rng *rand.Rand, steps, maxLen int) {
	m := model{}
	var handles []uint32
	pick := func() int { return rng.IntN(len(handles)) }
	for i := range steps {
		switch op := rng.IntN(10); {
		case op < 4 || len(handles) == 0:
			n := rng.IntN(maxLen)
			id := h.Alloc(n)
			m[id] = fill(rng, n)
			copy(h.Bytes(id), m[id])
			handles = append(handles, id)
		case op < 7:
			j := pick()
			id := handles[j]
			h.Free(id)
			delete(m, id)
			handles[j] = handles[len(handles)-1]
			handles = handles[:len(handles)-1]
		case op < 9:
			id := handles[pick()]
			n := rng.IntN(maxLen)
			keep := min(n, len(m[id]))
			h.Resize(id, n, keep)
			more := fill(rng, n-keep)
			m[id] = append(m[id][:keep:keep], more...)
			copy(h.Bytes(id)[keep:], more)
		default:
			h.Compact(0)
		}
		if i%512 == 0 {
			verify(t, h, m)
		}
	}
	verify(t, h, m)
	for id := range m {
		h.Free(id)
	}
	if h.Live() != 0 || h.PageBytes() != 0 {
		t.Fatalf("all freed, but %d bytes live and %d in pages", h.Live(), h.PageBytes())
	}
}

func verify(t testing.TB, h *Heap, m model) {
	t.Helper()
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	for id, want := range m {
		if got := h.Bytes(id); len(got) < len(want) || !bytes.Equal(got[:len(want)], want) {
			t.Fatalf("block %d: %x, want %x", id, got, want)
		}
	}
}

func TestHeapAgainstAMapOfSlices(t *testing.T) {
	for _, c := range []struct{ page, maxLen int }{{4 << 10, 900}, {32 << 10, 300}, {64 << 10, 16000}, {64 << 10, 40}} {
		seed := rand.Uint64()
		t.Logf("seed %d, page %d, blocks to %d", seed, c.page, c.maxLen)
		a := NewArena()
		h := New(a, c.page)
		h.Tight = new(atomic.Bool)
		h.Tight.Store(seed&1 == 0)
		play(t, h, rand.New(rand.NewPCG(seed, 1)), 20000, c.maxLen)
		h.Drain(1<<30, nil)
		if got := a.Resident(); got != 0 {
			t.Errorf("drained, but %d bytes resident", got)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzHeap(f *testing.F) {
	f.Add(uint64(1), uint16(100))
	f.Add(uint64(2), uint16(9000))
	f.Fuzz(func(t *testing.T, seed uint64, maxLen uint16) {
		a := NewArena()
		defer a.Close()
		h := New(a, 64<<10)
		play(t, h, rand.New(rand.NewPCG(seed, 2)), 3000, int(maxLen)%h.MaxBlock()+1)
	})
}

func TestCompactionBringsDriftedSizesBack(t *testing.T) {
	a := NewArena()
	defer a.Close()
	h := New(a, 64<<10)
	var ids []uint32
	for range 20000 {
		ids = append(ids, h.Alloc(84))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids[:15000] {
		h.Free(id)
	}
	before := h.PageBytes()
	steps := 0
	for h.Compact(h.Live() / 16) {
		if steps++; steps > 1000 {
			t.Fatal("compaction does not end")
		}
	}
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	if free := h.PageBytes() - h.Live(); free > h.Live()/16+3*64<<10 {
		t.Errorf("%d of %d bytes still in holes (before %d), %d steps", free, h.PageBytes(), before, steps)
	}
}

func TestArenaRunsAreZeroAndMerge(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 5))
	a := NewArena()
	defer a.Close()
	type run struct {
		r Run
		n int
	}
	var runs []run
	for range 3000 {
		if rng.IntN(2) == 0 || len(runs) == 0 {
			n := 1 + rng.IntN(1<<(8+rng.IntN(14)))
			r := a.Alloc(n)
			a.Commit(int64(n))
			b := a.Bytes(r, n)
			if b[0]|b[n/2]|b[n-1] != 0 {
				t.Fatal("a run is not zero")
			}
			b[0], b[n/2], b[n-1] = 1, 2, 3
			runs = append(runs, run{r, n})
			continue
		}
		i := rng.IntN(len(runs))
		a.Free(runs[i].r, runs[i].n, int64(runs[i].n))
		runs[i] = runs[len(runs)-1]
		runs = runs[:len(runs)-1]
	}
	for _, r := range runs {
		a.Free(r.r, r.n, int64(r.n))
	}
	for a.Release(1 << 20) {
	}
	if a.Resident() != 0 || a.Pending() != 0 {
		t.Errorf("all freed, but %d resident, %d pending", a.Resident(), a.Pending())
	}
	if r := a.Alloc(spanBytes); uint32(r) != 1 {
		t.Error("free runs did not merge to the whole range")
	}
}

func BenchmarkAllocFree(b *testing.B) {
	a := NewArena()
	defer a.Close()
	h := New(a, 64<<10)
	ids := make([]uint32, 1<<17)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range ids {
		ids[i] = h.Alloc(50 + rng.IntN(200))
	}
	b.ReportAllocs()
	for b.Loop() {
		i := rng.IntN(len(ids))
		h.Free(ids[i])
		ids[i] = h.Alloc(50 + rng.IntN(200))
	}
	b.ReportMetric(float64(h.PageBytes())/float64(h.Live()), "pages/live")
}
