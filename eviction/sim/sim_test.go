package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// zipf draws requests for n keys, the k-th as likely as 1/k.
func zipf(requests, n int) *Trace {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.001, 1, uint64(n-1))
	return fromKeys(requests, func(int) uint32 { return uint32(z.Uint64()) })
}

func fromKeys(requests int, key func(i int) uint32) *Trace {
	t := &Trace{Name: "generated"}
	seen := map[uint32]uint32{}
	for i := range requests {
		k := key(i)
		if _, ok := seen[k]; !ok {
			seen[k] = uint32(len(seen))
		}
		t.Keys = append(t.Keys, seen[k])
		t.Sizes = append(t.Sizes, 1+seen[k]*7919%500)
	}
	t.Distinct = len(seen)
	return t
}

func TestDefaultPolicyBeatsTheSimpleOnesOnGeneratedTraces(t *testing.T) {
	loop := zipf(200_000, 20_000)
	for i := range loop.Keys { // every second request goes round 8000 keys
		if i%2 == 0 {
			loop.Keys[i] = uint32(loop.Distinct + i/2%8000)
		}
	}
	loop.Distinct += 8000
	for name, tr := range map[string]*Trace{"zipf": zipf(200_000, 20_000), "zipf and loop": loop} {
		for _, size := range []string{"1%", "10%", "25%"} {
			adaptive := play(t, tr, "adaptive", size)[0].Hit
			for _, other := range []string{"lru", "fifo", "random", "lfu"} {
				if hit := play(t, tr, other, size)[0].Hit; hit > adaptive {
					t.Errorf("%s at %s: %s hits %.2f %%, adaptive %.2f %%", name, size, other, 100*hit, 100*adaptive)
				}
			}
		}
	}
}

func TestNoPolicyHitsMoreThanBelady(t *testing.T) {
	tr := zipf(50_000, 5000)
	for _, size := range []string{"1%", "10%", "50%"} {
		best := play(t, tr, Belady, size)[0].Hit
		for _, p := range Policies() {
			if hit := play(t, tr, p, size)[0].Hit; hit > best {
				t.Errorf("at %s %s hits %.2f %%, the optimum is %.2f %%", size, p, 100*hit, 100*best)
			}
		}
	}
}

// optimum tries every choice.
func optimum(keys []uint32, cached []uint32, capacity int) int {
	if len(keys) == 0 {
		return 0
	}
	key, rest := keys[0], keys[1:]
	if slices.Contains(cached, key) {
		return 1 + optimum(rest, cached, capacity)
	}
	if len(cached) < capacity {
		return optimum(rest, append(slices.Clone(cached), key), capacity)
	}
	best := optimum(rest, cached, capacity)
	for i := range cached {
		other := slices.Clone(cached)
		other[i] = key
		best = max(best, optimum(rest, other, capacity))
	}
	return best
}

func TestBeladyIsTheOptimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.Uint32Range(0, 4), 1, 10).Draw(t, "keys")
		capacity := rapid.IntRange(1, 3).Draw(t, "capacity")
		tr := fromKeys(len(keys), func(i int) uint32 { return keys[i] })
		r, err := Play(tr, Setup{Policy: Belady, Capacity: int64(capacity), Unit: true})
		if want := optimum(tr.Keys, nil, capacity); err != nil || r.Hits != int64(want) {
			t.Fatalf("%v, %d hits, the optimum is %d", err, r.Hits, want)
		}
	})
}

// lruHits counts with a slice, most recent first.
func lruHits(keys []uint32, capacity int) (hits int64) {
	var list []uint32
	for _, k := range keys {
		if i := slices.Index(list, k); i >= 0 {
			hits++
			list = slices.Delete(list, i, i+1)
		}
		list = slices.Insert(list, 0, k)
		list = list[:min(len(list), capacity)]
	}
	return hits
}

func TestCacheCountsWhatADumbOneDoes(t *testing.T) {
	tr := zipf(20_000, 1000)
	for _, instances := range []int{1, 4} {
		for _, capacity := range []int{1, 10, 300} {
			if instances > 1 && capacity < 300 {
				continue // ticks of several instances are compared in units of 64 requests
			}
			r, err := Play(tr, Setup{Policy: "lru", Capacity: int64(capacity), Unit: true, Instances: instances})
			want := lruHits(tr.Keys, capacity)
			if slack := int64(instances-1) * want / 50; err != nil || r.Hits < want-slack || r.Hits > want+slack {
				t.Errorf("%d instances of %d: %d hits, %v; a list has %d", instances, capacity, r.Hits, err, want)
			}
		}
	}
}

func TestPlayInBytesHoldsTheBound(t *testing.T) {
	tr := zipf(20_000, 1000)
	c, err := newCache(tr, Setup{Policy: "adaptive", Capacity: 20_000, Overhead: 45, Instances: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tr.Keys {
		c.request(i)
		if c.used > 20_000 {
			t.Fatalf("after request %d it holds %d bytes", i, c.used)
		}
	}
	var sum int64
	for _, at := range c.where {
		sum += int64(at.size)
	}
	if sum != c.used {
		t.Errorf("the values have %d bytes, it counts %d", sum, c.used)
	}
}

func TestExpiredValuesMissAndLeave(t *testing.T) {
	tr := &Trace{Keys: []uint32{0, 0, 1, 0, 0}, Sizes: []uint32{1, 1, 1, 1, 1}, TTLs: []uint32{2, 2, 0, 2, 2}, Distinct: 2}
	r, err := Play(tr, Setup{Policy: "lru", Capacity: 9, Unit: true, Rate: 1})
	if err != nil || r.Hits != 2 || r.Expired != 1 { // at 1 s and 4 s; expired at 2 s
		t.Errorf("%+v, %v", r, err)
	}
	if m, _ := Play(tr, Setup{Policy: Belady, Capacity: 9, Unit: true, Rate: 1}); m.Hits != 2 {
		t.Errorf("the optimum has %d hits", m.Hits)
	}
}

func TestWritesStoreWithoutCounting(t *testing.T) {
	tr := &Trace{Keys: []uint32{0, 0, 0}, Sizes: []uint32{5, 5, 5}, Writes: []bool{true, false, true}, Distinct: 1}
	r, _ := Play(tr, Setup{Policy: "lru", Capacity: 100, Overhead: 1})
	if r.Requests != 1 || r.Hits != 1 || r.HitBytes != 5 {
		t.Errorf("%+v", r)
	}
}

func TestReadKnowsThreeForms(t *testing.T) {
	for text, want := range map[string]Trace{
		"# comment\na,10\nb,20\n\na,10\n": {Keys: []uint32{0, 1, 0}, Sizes: []uint32{10, 20, 10}, Distinct: 2},
		"a,1,5,g\na,2,0,s\n":              {Keys: []uint32{0, 0}, Sizes: []uint32{1, 2}, TTLs: []uint32{5, 0}, Writes: []bool{false, true}, Distinct: 1},
		"x y\nz\nx y\n":                   {Keys: []uint32{0, 1, 0}, Sizes: []uint32{1, 1, 1}, Distinct: 2},
		"7 2 0 1\n8 1 0 2\n":              {Keys: []uint32{0, 1, 1}, Sizes: []uint32{1, 1, 1}, Distinct: 2},
	} {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		io.WriteString(z, text)
		z.Close()
		for _, r := range []io.Reader{strings.NewReader(text), &zipped} {
			got, err := Read(r)
			if err != nil || fmt.Sprint(*got) != fmt.Sprint(want) {
				t.Errorf("%q: %+v, %v", text, got, err)
			}
		}
	}
}

func TestReadSaysWhatIsWrongWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "no requests",
		"a,1\nb,x\n":             "line 2: size \"x\"",
		"a,1,-1\n":               "line 1: ttl",
		"a,1,1,q\n":              "neither g nor s",
		"1 2 3\n1 z 3\n":         "number of blocks \"z\"",
		"\x1f\x8b garbage":       "gzip",
		strings.Repeat("a", 1e5): "too long",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, it should say %q", text, err, want)
		}
	}
}

func TestOpenReportsProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "some.csv.gz")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "a,1\n")
	z.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var done, total int64
	tr, err := Open(path, func(d, n int64) { done, total = d, n })
	if err != nil || tr.Name != "some" || done != total || total != int64(b.Len()) {
		t.Errorf("%+v, %v, read %d of %d", tr, err, done, total)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a,1\nb,2,3,s\n")
	f.Add("1 2 0 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 || strings.Contains(text, "00000") {
			return // a run of blocks may be long
		}
		tr, err := Read(strings.NewReader(text))
		if err == nil && (len(tr.Keys) != len(tr.Sizes) || tr.Distinct == 0) {
			t.Fatalf("%+v", tr)
		}
	})
}

func TestParseSizes(t *testing.T) {
	tr := &Trace{Distinct: 1000}
	for text, want := range map[string]int64{"1%": 10, "0.01%": 1, "8mb": 8 << 20, "1.5k": 1500, "77": 77, "9b": 9} {
		s, err := ParseSizes(text)
		if err != nil || s[0].Of(tr) != want || s[0].String() != text {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "0", "-1%", "x", "1,,2", "infmb", "nan%"} {
		if s, err := ParseSizes(text); err == nil {
			t.Errorf("%q is read as %v", text, s)
		}
	}
}

func TestRunStopsAtTheFirstErrorAndWhenTold(t *testing.T) {
	tr := zipf(1000, 100)
	size, _ := ParseSizes("10%")
	if _, err := Run(context.Background(), tr, Plan{Policies: []string{"nope"}, Sizes: size}, nil); err == nil {
		t.Error("an unknown policy is no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, tr, Plan{Policies: []string{"lru"}, Sizes: size}, nil); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Play(tr, Setup{Policy: "lru"}); err == nil {
		t.Error("a cache without size is no error")
	}
}

func someRows(t *testing.T) []Row {
	sizes, _ := ParseSizes("1%,10%,4kb")
	rows, err := Run(context.Background(), zipf(5000, 500), Plan{Policies: Policies(), Sizes: sizes}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestReports(t *testing.T) {
	rows := someRows(t)
	var text, mark, js bytes.Buffer
	for err := range slices.Values([]error{WriteText(&text, rows), WriteMarkdown(&mark, rows), WriteJSON(&js, rows)}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var back []Row
	if err := json.Unmarshal(js.Bytes(), &back); err != nil || !slices.Equal(back, rows) {
		t.Errorf("read back from JSON: %v", err)
	}
	lru := fmt.Sprintf("  lru       %9.2f", 100*find(rows, "", "1%", "lru").Hit)
	if !strings.Contains(text.String(), lru) || !strings.Contains(text.String(), "byte hit ratio") {
		t.Errorf("no %q in\n%s", lru, text.String())
	}
	if !strings.Contains(mark.String(), "| generated | 10% |") {
		t.Error(mark.String())
	}
}

func TestMissReductionIsTheMeanOverCells(t *testing.T) {
	rows := []Row{
		{Trace: "a", Size: "1", Policy: "lru", Hit: 0.5}, {Trace: "a", Size: "1", Policy: "x", Hit: 0.6},
		{Trace: "b", Size: "1", Policy: "lru", Hit: 0.2}, {Trace: "b", Size: "1", Policy: "x", Hit: 0.2},
	}
	if got := MissReduction(rows, "x", "lru"); got < 0.0999 || got > 0.1001 {
		t.Errorf("%v, it should be a tenth", got)
	}
}

func TestPlotsAreWellFormed(t *testing.T) {
	rows := someRows(t)
	var b bytes.Buffer
	if err := Plot(&b, "svg", rows); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Lines []struct{} `xml:"polyline"`
	}
	if err := xml.Unmarshal(b.Bytes(), &doc); err != nil || len(doc.Lines) < 3*len(Policies()) {
		t.Errorf("svg: %v, %d lines", err, len(doc.Lines))
	}
	b.Reset()
	if err := Plot(&b, "png", rows); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil || img.Bounds().Dx() != pixelsPerPoint*(2*panelWidth+2*border) {
		t.Errorf("png: %v", err)
	}
	if err := Plot(&b, "gif", rows); err == nil {
		t.Error("gif is no error")
	}
	if err := Plot(&b, "svg", nil); err == nil {
		t.Error("no rows are no error")
	}
}
