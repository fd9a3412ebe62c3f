package value

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func newStream() (*item, Stream) {
	it := newItem()
	clear(it.Resize(StreamSize))
	it.SetEncoding(Chunked)
	return it, NewStream(it, &StreamLimits{Entries: 100, Bytes: 4096})
}

// entry is an entry of the model.
type entry struct {
	id    StreamID
	pairs string
}

func textOf(e *StreamEntry) string {
	var b strings.Builder
	for f, v := range e.Fields {
		fmt.Fprintf(&b, "%s=%s;", f, v)
	}
	return b.String()
}

func compareStream(t *testing.T, s *Stream, model []entry) {
	t.Helper()
	var got []entry
	for e := range s.Range(StreamID{}, MaxStreamID) {
		got = append(got, entry{e.ID, textOf(e)})
	}
	if !slices.Equal(got, model) || s.Len() != len(model) {
		t.Fatalf("%d entries (Len %d), want %d", len(got), s.Len(), len(model))
	}
	var back []entry
	for e := range s.Backward(MaxStreamID, StreamID{}) {
		back = append(back, entry{e.ID, textOf(e)})
	}
	slices.Reverse(back)
	if !slices.Equal(back, model) {
		t.Fatalf("backward %d entries, want %d", len(back), len(model))
	}
}

func randomPairs(r *rand.Rand) (pairs [][]byte, text string) {
	n := 1 + r.IntN(3)
	if r.IntN(3) > 0 {
		n = 2
	}
	for i := range n {
		f, v := fmt.Sprint("field", i), fmt.Sprint(r.IntN(1000))
		switch r.IntN(40) {
		case 0:
			f = fmt.Sprint(r.IntN(5))
		case 1:
			v = strings.Repeat("long", r.IntN(300))
		case 2:
			v = strings.Repeat("x", r.IntN(6000))
		}
		pairs = append(pairs, []byte(f), []byte(v))
		text += f + "=" + v + ";"
	}
	return pairs, text
}

func TestStreamsAgreeWithAModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 20 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		it, s := newStream()
		var model []entry
		id := StreamID{1000, 5}
		for step := range 1500 {
			switch n := r.IntN(100); {
			case n < 80:
				id.Seq += uint64(1 + r.IntN(3))
				if r.IntN(3) == 0 {
					id = StreamID{id.Ms + uint64(r.IntN(1<<uint(r.IntN(40)))), uint64(r.IntN(5)) + id.Seq}
				}
				pairs, text := randomPairs(r)
				s.Append(id, pairs)
				model = append(model, entry{id, text})
			case n < 95 && len(model) > 0:
				i := r.IntN(len(model))
				if !s.Delete(model[i].id) || s.Delete(model[i].id) {
					t.Fatal("an entry is deleted once")
				}
				model = slices.Delete(model, i, i+1)
			case n == 95:
				trim := StreamTrim{MaxLen: int64(len(model) - r.IntN(1+len(model)/4))}
				removed := s.Trim(&trim)
				model = model[len(model)-int(trim.MaxLen):]
				if s.Len() != len(model) {
					t.Fatalf("%d left of trimming to %d, removed %d", s.Len(), trim.MaxLen, removed)
				}
			case n == 96 && len(model) > 0:
				i := r.IntN(1 + len(model)/4)
				if removed := s.Trim(&StreamTrim{ByID: true, MinID: model[i].id}); removed != int64(i) {
					t.Fatalf("removed %d below entry %d", removed, i)
				}
				model = model[i:]
			case n == 97:
				removed := int(s.Trim(&StreamTrim{MaxLen: int64(len(model) / 2), Approx: true, Limit: int64(r.IntN(300))}))
				if len(model)-removed < len(model)/2 {
					t.Fatal("removed too many")
				}
				model = model[removed:]
			}
			if step%100 == 0 {
				compareStream(t, &s, model)
				s = OpenStream(it, s.lim)
			}
		}
		compareStream(t, &s, model)
		for _, e := range model {
			if got, ok := s.Get(e.id); !ok || textOf(got) != e.pairs {
				t.Fatalf("entry %v is not found", e.id)
			}
		}
		s.Trim(&StreamTrim{})
		if it.charged != 0 || len(it.mem.m) != 0 {
			t.Fatalf("empty, with %d bytes charged and %d chunks", it.charged, len(it.mem.m))
		}
	}
}

// TestGroupsAgreeWithAModel delivers, claims and acknowledges at random.
func TestGroupsAgreeWithAModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	it, s := newStream()
	type nack struct {
		consumer string
		time     int64
		count    uint64
	}
	model := map[string]map[StreamID]nack{}
	groups := []string{"a", "b", "ab"}
	for _, name := range groups {
		s.CreateGroup([]byte(name), StreamID{}, 0)
		model[name] = map[StreamID]nack{}
	}
	for step := range 20_000 {
		name := groups[r.IntN(3)]
		g, ok := s.Group([]byte(name))
		if !ok {
			t.Fatalf("no group %q", name)
		}
		id := StreamID{uint64(r.IntN(300)), uint64(r.IntN(3))}
		who := fmt.Sprint("consumer", r.IntN(5))
		switch r.IntN(10) {
		default:
			c, ok := g.Consumer([]byte(who))
			if !ok {
				c = g.CreateConsumer([]byte(who), int64(step))
			}
			c.Deliver(id, int64(step), uint64(step))
			model[name][id] = nack{who, int64(step), uint64(step)}
		case 0, 1, 2:
			_, there := model[name][id]
			if g.Acknowledge(id) != there {
				t.Fatalf("%v pending: %v", id, there)
			}
			delete(model[name], id)
		case 3:
			if r.IntN(50) > 0 {
				continue
			}
			if c, ok := g.Consumer([]byte(who)); ok {
				n := 0
				for id, e := range model[name] {
					if e.consumer == who {
						delete(model[name], id)
						n++
					}
				}
				if got := c.Delete(); got != n {
					t.Fatalf("%d pending went, want %d", got, n)
				}
			}
		}
		if step%500 > 0 {
			continue
		}
		for _, name := range groups {
			g, _ := s.Group([]byte(name))
			if g.Pending() != len(model[name]) {
				t.Fatalf("%d pending, want %d", g.Pending(), len(model[name]))
			}
			seen, last := 0, StreamID{}
			for id, p := range g.EachPending(StreamID{}, nil) {
				if got := (nack{string(g.ConsumerName(p)), p.Time, p.Count}); got != model[name][id] {
					t.Fatalf("%v: %v, want %v", id, got, model[name][id])
				}
				seen, last = seen+1, id
			}
			if seen != len(model[name]) || seen > 0 && g.LastPending() != last {
				t.Fatalf("saw %d, want %d", seen, len(model[name]))
			}
			sum := 0
			for c := range g.EachConsumer {
				n := 0
				for id, p := range g.EachPending(StreamID{}, c) {
					if !c.Owns(p) || model[name][id].consumer != string(c.Name()) {
						t.Fatalf("%v is not %s's", id, c.Name())
					}
					n++
				}
				if n != c.Pending() {
					t.Fatalf("%d of %s, want %d", n, c.Name(), c.Pending())
				}
				sum += n
			}
			if sum != seen {
				t.Fatalf("consumers have %d of %d", sum, seen)
			}
		}
	}
	for _, name := range groups {
		g, _ := s.Group([]byte(name))
		g.Delete()
	}
	if it.charged != 0 || len(it.mem.m) != 0 || s.Groups() != 0 {
		t.Fatalf("no groups, with %d bytes charged and %d chunks", it.charged, len(it.mem.m))
	}
}

func TestFreeStepFreesStreams(t *testing.T) {
	it, s := newStream()
	for i := range 20_000 {
		s.Append(StreamID{uint64(i + 1), 0}, [][]byte{[]byte("f"), []byte(fmt.Sprint("value", i))})
	}
	c := s.CreateGroup([]byte("g"), StreamID{}, 0).CreateConsumer([]byte("c"), 1)
	for i := range 5000 {
		c.Deliver(StreamID{uint64(i + 1), 0}, 1, 1)
	}
	copied := newItem()
	copied.mem = it.mem
	copied.Resize(StreamSize)
	copied.SetEncoding(Chunked)
	Copy(copied.Payload(), it.mem, it.Payload(), it.mem)
	steps := 0
	for !FreeStep(it.mem, it.Payload(), 20) {
		steps++
	}
	if steps < 10 {
		t.Errorf("freed in %d steps", steps)
	}
	o := OpenStream(copied, s.lim)
	if g, ok := o.Group([]byte("g")); !ok || g.Pending() != 5000 || o.Len() != 20_000 || o.Last() != (StreamID{20_000, 0}) {
		t.Error("the copy is not the same")
	}
	for !FreeStep(it.mem, copied.Payload(), 1000) {
	}
	if len(it.mem.m) != 0 {
		t.Errorf("%d chunks are left", len(it.mem.m))
	}
}

func TestStreamIDsGoUpAndDown(t *testing.T) {
	for _, id := range []StreamID{{0, 1}, {1, 0}, {5, 1<<64 - 1}, {1<<64 - 1, 7}} {
		prev, ok := id.Prev()
		if next, ok2 := prev.Next(); !ok || !ok2 || next != id || prev.Compare(id) >= 0 {
			t.Errorf("%v: before %v, behind that %v", id, prev, next)
		}
	}
	if _, ok := MaxStreamID.Next(); ok {
		t.Error("something is behind the highest ID")
	}
	if _, ok := (StreamID{}).Prev(); ok {
		t.Error("something is before the lowest ID")
	}
	if got := string(StreamID{12, 3}.Append(nil)); got != "12-3" {
		t.Error(got)
	}
}

func BenchmarkStreamAppend(b *testing.B) {
	_, s := newStream()
	pairs := [][]byte{[]byte("name"), []byte("Sara"), []byte("surname"), []byte("OConnor")}
	i := uint64(0)
	for b.Loop() {
		i++
		s.Append(StreamID{i, 0}, pairs)
	}
}
