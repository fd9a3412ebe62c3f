package stats

import (
	"math/rand/v2"
	"sort"
	"testing"
)

func TestEachValueFallsIntoTheBucketWhoseEdgesHoldIt(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		v := r.Uint64() >> r.IntN(64)
		b := bucketOf(v)
		if b < 0 || b >= bucketCount {
			t.Fatalf("bucketOf(%d) = %d of %d", v, b, bucketCount)
		}
		if v = min(v, maxValue); v > upper(b) || b > 0 && v <= upper(b-1) {
			t.Fatalf("%d in bucket %d with edges (%d, %d]", v, b, upper(b-1), upper(b))
		}
	}
}

func TestBucketsAreAtMostASixteenthWide(t *testing.T) {
	for i := 32; i < bucketCount; i++ {
		lo, hi := upper(i-1)+1, upper(i)
		if hi < lo || (hi-lo+1)*16 > lo {
			t.Fatalf("bucket %d: %d..%d", i, lo, hi)
		}
	}
	if upper(bucketCount-1) != maxValue {
		t.Fatalf("last edge %d, want %d", upper(bucketCount-1), maxValue)
	}
}

func TestPercentilesAreTheSortedListsWithinABucket(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := New(Options{Loops: 1, Commands: []string{"get"}})
	var all []uint64
	for range 50_000 {
		v := uint64(r.ExpFloat64() * 3000)
		all = append(all, v)
		s.Shard(0).Record(0, int64(v), OK)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	h := s.Histogram(0)
	if h.Count() != uint64(len(all)) {
		t.Fatalf("count %d, want %d", h.Count(), len(all))
	}
	for _, p := range []float64{0, 1, 50, 90, 99, 99.9, 100} {
		rank := max(int(p/100*float64(len(all))+0.5), 1) - 1
		want, got := all[rank], h.Percentile(p)
		if got < want || float64(got) > float64(want)*1.0625+1 {
			t.Errorf("p%v = %d, list says %d", p, got, want)
		}
	}
}

func TestCumulativeHasRedisStepsAndEndsWithAllCalls(t *testing.T) {
	s := New(Options{Commands: []string{"debug"}})
	for _, ns := range []int64{900, 262_000, 1_000_000, 2_000_000, 5_000_000, 20_000_000, 100_000_000} {
		s.Shard(0).Record(0, ns, OK)
	}
	want := []Point{{1, 1}, {264, 2}, {1056, 3}, {2113, 4}, {8454, 5}, {33816, 6}, {135266, 7}} // as a redis-server 7.0 prints
	got := s.Histogram(0).Cumulative()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
