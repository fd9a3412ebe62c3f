package tree

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"sort"
	"strconv"
	"testing"
)

// slab is a Memory that poisons what is freed and moves what is resized.
type slab struct {
	chunks map[uint32][]byte
	next   uint32
}

func newSlab() *slab { return &slab{chunks: map[uint32][]byte{}} }

func (s *slab) Alloc(n int) uint32 {
	s.next++
	s.chunks[s.next] = bytes.Repeat([]byte{0xAA}, n)
	return s.next
}

func (s *slab) Bytes(h uint32) []byte {
	b, ok := s.chunks[h]
	if !ok {
		panic(fmt.Sprintf("chunk %d is not there", h))
	}
	return b
}

func (s *slab) Resize(h uint32, n int) []byte {
	old := s.Bytes(h)
	b := bytes.Repeat([]byte{0xBB}, n)
	copy(b, old)
	clear(old) // who still reads a level there finds a leaf's
	s.chunks[h] = b
	return b
}

func (s *slab) Free(h uint32) {
	b := s.Bytes(h)
	for i := range b {
		b[i] = 0xDD
	}
	delete(s.chunks, h)
}

func (s *slab) bytes() (n int) {
	for _, b := range s.chunks {
		n += len(b)
	}
	return n
}

// check walks the whole tree and fails on a count, order or bound that is wrong.
func check(t *testing.T, tr *Tree) {
	t.Helper()
	if tr.root == 0 {
		if tr.n != 0 || tr.height != 0 {
			t.Fatalf("empty tree with n=%d height=%d", tr.n, tr.height)
		}
		return
	}
	if got := checkNode(t, tr, tr.root, tr.height, nil, nil); uint64(got) != tr.n {
		t.Fatalf("tree counts %d elements, has %d", tr.n, got)
	}
}

func checkNode(t *testing.T, tr *Tree, h uint32, level int, low, high []byte) int {
	p := tr.node(h)
	if p.level() != level {
		t.Fatalf("node %d is on level %d, want %d", h, p.level(), level)
	}
	if p.len() == 0 || len(p) > MaxNode || p.gap() < 0 {
		t.Fatalf("node %d: len %d, %d bytes, gap %d", h, p.len(), len(p), p.gap())
	}
	if want := nodeHeader + p.bytesOf(0, p.len()); want != p.live() {
		t.Fatalf("node %d says %d live bytes, has %d", h, p.live(), want)
	}
	n := 0
	for i := range p.len() {
		if level == 0 {
			key := tr.keyOf(p, i)
			if low != nil && bytes.Compare(key, low) < 0 || high != nil && len(key) > 0 && bytes.Compare(key, high) >= 0 {
				t.Fatalf("key %q is outside [%q, %q)", key, low, high)
			}
			n++
			continue
		}
		lo, hi := low, high
		if i > 0 {
			lo = tr.resolve(p.sepAt(i))
		}
		if i+1 < p.len() {
			hi = tr.resolve(p.sepAt(i + 1))
		}
		below := checkNode(t, tr, p.childAt(i), level-1, lo, hi)
		if below != int(p.countAt(i)) {
			t.Fatalf("node %d counts %d below child %d, has %d", h, p.countAt(i), i, below)
		}
		n += below
	}
	return n
}

type pair struct{ key, value []byte }

func randomBytes(r *rand.Rand) []byte {
	n := r.Intn(24)
	switch r.Intn(40) {
	case 0:
		n = r.Intn(2000)
	case 1:
		n = 250 + r.Intn(20)
	case 2, 3, 4, 5, 6:
		n = 400 + r.Intn(125)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = "ab"[r.Intn(2)] // long common prefixes
	}
	return b
}

// TestKeyedTreeEqualsASortedSlice runs random histories against the dumbest model.
func TestKeyedTreeEqualsASortedSlice(t *testing.T) {
	for seed := int64(1); seed <= 12; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			mem := newSlab()
			tr := New(mem)
			var model []pair
			growing := true
			for op := range 6000 {
				if len(model) > 1500 {
					growing = false
				} else if len(model) == 0 {
					growing = true
				}
				key, value := randomBytes(r), randomBytes(r)
				if len(model) > 0 && r.Intn(3) == 0 {
					key = model[r.Intn(len(model))].key
				}
				i := sort.Search(len(model), func(i int) bool { return bytes.Compare(model[i].key, key) >= 0 })
				there := i < len(model) && bytes.Equal(model[i].key, key)
				switch x := r.Intn(10); {
				case x < 5 && growing, x < 2:
					if got := tr.Put(key, value); got != there {
						t.Fatalf("op %d: Put(%q) = %v", op, key, got)
					}
					if there {
						model[i].value = value
					} else {
						model = slices.Insert(model, i, pair{key, value})
					}
				case x < 7:
					if got := tr.Delete(key); got != there {
						t.Fatalf("op %d: Delete(%q) = %v", op, key, got)
					}
					if there {
						model = slices.Delete(model, i, i+1)
					}
				case x < 8 && len(model) > 0:
					from := r.Intn(len(model))
					n := min(r.Intn(1+r.Intn(60)), len(model)-from)
					tr.DeleteRange(from, n)
					model = slices.Delete(model, from, from+n)
				default:
					if got, ok := tr.Get(key); ok != there || ok && !bytes.Equal(got, model[i].value) {
						t.Fatalf("op %d: Get(%q) = %q, %v", op, key, got, ok)
					}
					if rank, ok := tr.Rank(key); rank != i || ok != there {
						t.Fatalf("op %d: Rank = %d, %v; want %d, %v", op, rank, ok, i, there)
					}
				}
				if op%97 == 0 {
					check(t, &tr)
					tr = Load(mem, tr.Append(nil))
				}
			}
			check(t, &tr)
			sameOrder(t, &tr, model)
			for !tr.FreeStep(3) {
			}
			if len(mem.chunks) != 0 {
				t.Fatalf("%d chunks leaked", len(mem.chunks))
			}
		})
	}
}

func sameOrder(t *testing.T, tr *Tree, model []pair) {
	t.Helper()
	i := 0
	for c := tr.SeekAt(0); c.Valid(); c.Next() {
		if !bytes.Equal(c.Key(), model[i].key) || !bytes.Equal(c.Value(), model[i].value) || c.Rank() != i {
			t.Fatalf("element %d is %q at rank %d", i, c.Key(), c.Rank())
		}
		i++
	}
	if i != len(model) {
		t.Fatalf("walked %d elements of %d", i, len(model))
	}
	for c := tr.SeekAt(len(model) - 1); c.Valid(); c.Prev() {
		i--
		if !bytes.Equal(c.Key(), model[i].key) {
			t.Fatalf("backwards: element %d is %q", i, c.Key())
		}
	}
	if i != 0 {
		t.Fatalf("backwards: stopped at %d", i)
	}
	for range 50 {
		key := randomBytes(rand.New(rand.NewSource(int64(i))))
		at := sort.Search(len(model), func(i int) bool { return bytes.Compare(model[i].key, key) >= 0 })
		if c := tr.Seek(key); c.Valid() != (at < len(model)) || c.Valid() && c.Rank() != at {
			t.Fatalf("Seek(%q) is not at %d", key, at)
		}
		i++
	}
}

func TestPositionalTreeEqualsASlice(t *testing.T) {
	for seed := int64(1); seed <= 8; seed++ {
		r := rand.New(rand.NewSource(seed))
		mem := newSlab()
		tr := NewSequence(mem)
		var model [][]byte
		for op := range 6000 {
			value := randomBytes(r)
			if r.Intn(3) == 0 {
				value = fmt.Append(nil, (r.Int63()>>uint(r.Intn(63)))*int64(1-2*r.Intn(2)))
			}
			switch x := r.Intn(12); {
			case x < 2:
				tr.InsertAt(0, value)
				model = slices.Insert(model, 0, value)
			case x < 5:
				tr.InsertAt(len(model), value)
				model = append(model, value)
			case x < 7:
				i := r.Intn(len(model) + 1)
				tr.InsertAt(i, value)
				model = slices.Insert(model, i, value)
			case len(model) == 0:
			case x < 8:
				i := r.Intn(len(model))
				tr.SetAt(i, value)
				model[i] = value
			case x < 10:
				i := r.Intn(len(model))
				n := min(1+r.Intn(1+r.Intn(12)), len(model)-i)
				tr.DeleteRange(i, n)
				model = slices.Delete(model, i, i+n)
			default:
				i := r.Intn(len(model))
				if _, got := tr.At(i); !bytes.Equal(got, model[i]) {
					t.Fatalf("seed %d op %d: At(%d) = %q, want %q", seed, op, i, got, model[i])
				}
			}
			if op%97 == 0 {
				check(t, &tr)
				tr = Load(mem, tr.Append(nil))
			}
		}
		check(t, &tr)
		i := 0
		for c := tr.SeekAt(0); c.Valid(); c.Next() {
			if !bytes.Equal(c.Value(), model[i]) {
				t.Fatalf("seed %d: element %d differs", seed, i)
			}
			i++
		}
		if i != len(model) || tr.Len() != len(model) {
			t.Fatalf("seed %d: %d elements walked, Len %d, want %d", seed, i, tr.Len(), len(model))
		}
		tr.DeleteRange(0, tr.Len())
		if len(mem.chunks) != 0 {
			t.Fatalf("seed %d: %d chunks leaked", seed, len(mem.chunks))
		}
	}
}

func TestAppendingFillsNodesToTheBrim(t *testing.T) {
	for element, most := range map[string]float64{"0123456789abcdef": 17.2, "1234567": 4.3} {
		mem := newSlab()
		tr := NewSequence(mem)
		const n = 100_000
		for range n {
			tr.InsertAt(tr.Len(), []byte(element))
		}
		if per := float64(mem.bytes()) / n; per > most {
			t.Errorf("%.2f bytes for each %q, want at most %.2f", per, element, most)
		}
	}
}

func TestRandomInsertionWastesLittle(t *testing.T) {
	mem := newSlab()
	tr := New(mem)
	r := rand.New(rand.NewSource(1))
	const n = 100_000
	key := make([]byte, 16)
	for range n {
		r.Read(key)
		tr.Put(key, nil)
	}
	if per := float64(mem.bytes()) / n; per > 16+9 {
		t.Errorf("%.1f bytes an element of 16, want at most 25", per)
	}
}

func BenchmarkGetOfAMillion(b *testing.B) {
	tr := New(&flat{})
	key := make([]byte, 8)
	for i := range 1_000_000 {
		binary.BigEndian.PutUint64(key, uint64(i)*0x9E3779B97F4A7C15)
		tr.Put(key, key)
	}
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		binary.BigEndian.PutUint64(key, i%1_000_000*0x9E3779B97F4A7C15)
		tr.Get(key)
		i += 7919
	}
}

func BenchmarkPutAndDeleteInAMillion(b *testing.B) {
	tr := New(&flat{})
	key := make([]byte, 8)
	for i := range 1_000_000 {
		binary.BigEndian.PutUint64(key, uint64(i)*0x9E3779B97F4A7C15)
		tr.Put(key, key)
	}
	b.ReportAllocs()
	i := uint64(1_000_000)
	for b.Loop() {
		binary.BigEndian.PutUint64(key, i*0x9E3779B97F4A7C15)
		tr.Put(key, key)
		binary.BigEndian.PutUint64(key, (i-1_000_000)*0x9E3779B97F4A7C15)
		tr.Delete(key)
		i++
	}
}

// flat is a Memory for benchmarks: a slice of chunks.
type flat struct {
	chunks [][]byte
	free   []uint32
}

func (f *flat) Alloc(n int) uint32 {
	if k := len(f.free); k > 0 {
		h := f.free[k-1]
		f.free = f.free[:k-1]
		f.chunks[h-1] = make([]byte, n)
		return h
	}
	f.chunks = append(f.chunks, make([]byte, n))
	return uint32(len(f.chunks))
}
func (f *flat) Bytes(h uint32) []byte { return f.chunks[h-1] }
func (f *flat) Resize(h uint32, n int) []byte {
	b := make([]byte, n)
	copy(b, f.chunks[h-1])
	f.chunks[h-1] = b
	return b
}
func (f *flat) Free(h uint32) { f.chunks[h-1] = nil; f.free = append(f.free, h) }

func TestATreeOfThreeLevelsFindsAllItsKeys(t *testing.T) {
	tr := New(newSlab())
	const n = 300_000
	key := func(i int) []byte { return strconv.AppendInt([]byte("member:"), int64(i), 10) }
	for i := range n {
		tr.Put(key(i), nil)
	}
	for i := range n {
		if _, ok := tr.Get(key(i)); !ok {
			t.Fatalf("%s is lost", key(i))
		}
	}
}
