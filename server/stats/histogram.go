package stats

import (
	"math/bits"
	"sync/atomic"
)

// The histogram is log-linear: sixteen buckets an octave, so that a bucket's
// edges are at most 6.25 % apart. Values are nanoseconds.
//
//	value 0..31       bucket = value                        (exact)
//	value 2^(e+4)..   bucket = 16 e + value >> e, e >= 1    (value >> e is 16..31)
//
// Longer than 2^36 ns (69 s) counts as that. A histogram is 4.1 KiB, fixed.
const (
	subBits     = 4
	octaves     = 31
	bucketCount = (octaves + 2) << subBits
	maxValue    = 1<<(subBits+1+octaves) - 1
)

type buckets [bucketCount]uint64

func bucketOf(v uint64) int {
	if v > maxValue {
		v = maxValue
	}
	e := bits.Len64(v >> (subBits + 1)) // 0 for the exact ones
	return e<<subBits + int(v>>uint(e))
}

// upper is the largest value that counts into bucket i.
func upper(i int) uint64 {
	if i < 2<<subBits {
		return uint64(i)
	}
	e := uint(i>>subBits - 1)
	return (uint64(i)-uint64(e)<<subBits+1)<<e - 1
}

// Histogram is a copy of one command's latencies, summed over the shards.
type Histogram struct {
	counts buckets
	total  uint64
}

// Count is the number of calls in the histogram.
func (h *Histogram) Count() uint64 { return h.total }

// Percentile returns the latency in nanoseconds that p percent of the calls did
// not exceed: the upper edge of its bucket, so it never flatters.
func (h *Histogram) Percentile(p float64) uint64 {
	if h.total == 0 {
		return 0
	}
	want := max(uint64(min(p, 100)/100*float64(h.total)+0.5), 1)
	var seen uint64
	for i, n := range h.counts {
		if seen += n; seen >= want {
			return upper(i)
		}
	}
	return maxValue
}

// Point is one step of a cumulative distribution.
type Point struct {
	Usec  uint64 // upper edge
	Count uint64 // calls at or below it
}

// label is what Redis prints for a step: its histogram's buckets are a 128th of
// an octave wide and it names a bucket by its last value.
func label(edge uint64) uint64 { return (edge + edge/128 - 1) / 1000 }

// Cumulative returns the distribution in powers of two of 1024 ns, the form of
// LATENCY HISTOGRAM; steps that add no call are left out.
func (h *Histogram) Cumulative() []Point {
	var out []Point
	var seen, last uint64
	edge := uint64(1024)
	for i, n := range h.counts {
		for upper(i) >= edge {
			if seen > last {
				out, last = append(out, Point{label(edge), seen}), seen
			}
			edge <<= 1
		}
		seen += n
	}
	if seen > last {
		out = append(out, Point{label(edge), seen})
	}
	return out
}

func (h *Histogram) add(b *buckets) {
	for i := range b {
		n := atomic.LoadUint64(&b[i])
		h.counts[i] += n
		h.total += n
	}
}

func (h *Histogram) sub(old *Histogram) {
	for i := range h.counts {
		h.counts[i] -= old.counts[i]
	}
	h.total -= old.total
}
