package command

import (
	"iter"
	"math"

	"github.com/cachedserver/cached/protocol"
)

// maxSample bounds how many elements SRANDMEMBER and its like draw with
// repetition: beyond it is an error, for the reply is made in memory.
const maxSample = 1 << 24

// sampleCount reads a count of elements to draw; negative: they may repeat.
func sampleCount(arg []byte) (int, protocol.Error) {
	n, ok := ParseInt(arg)
	switch {
	case !ok:
		return 0, ErrNotInteger
	case n == math.MinInt64:
		return 0, ErrRankRange
	case n < -maxSample:
		return 0, ErrOutOfRange
	}
	return int(n), ""
}

// sparse tells whether n elements of a collection of have are few enough to be
// drawn one by one rather than by a walk over all.
func sparse(n, have int) bool { return n*16 < have }

// distinct yields n different numbers below have, each set of them with the same
// chance (Floyd, "A sample of brilliance", CACM 30, 1987).
func (c *Call) distinct(n, have int) iter.Seq[int] {
	return func(yield func(int) bool) {
		drawn := make(map[int]struct{}, n)
		for top := have - n; top < have; top++ {
			i := c.Rand.IntN(top + 1)
			if _, again := drawn[i]; again {
				i = top
			}
			drawn[i] = struct{}{}
			if !yield(i) {
				return
			}
		}
	}
}
