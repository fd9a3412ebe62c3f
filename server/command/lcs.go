package command

import (
	"math"
	"math/bits"

	"github.com/cachedserver/cached/server/store"
)

var lcsCommands = []Command{
	{
		Name: "LCS", Group: "string", Since: "7.0.0", Complexity: "O(N*M) with N and M the lengths of the strings",
		Syntax:  "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
		Summary: "Finds the longest common subsequence of two strings.",
		Flags:   Read | Unbounded, Keys: []KeySpec{{Flags: RO | Access, Index: 1, Last: 1, Step: 1}}, Run: lcs,
		Notes: []string{"Refuses strings whose lengths' product is over a quarter of proto-max-bulk-len, as Redis does; it needs two bits for each pair of bytes where Redis needs four bytes."},
	},
}

func lcs(c *Call) {
	pins, ok := c.lcsStrings()
	if !ok {
		return
	}
	defer pins[0].Release()
	defer pins[1].Release()
	l, ok := readLCSOptions(c)
	if !ok {
		return
	}
	a, b := pins[0].Bytes(), pins[1].Bytes()
	if limit := c.settings().MaxString / 4; int64(len(a)+1) > limit/int64(len(b)+1) {
		c.Out.Error(ErrLCSMemory)
		return
	}
	c.free()
	t := newLCSTable(a, b, !l.length)
	switch {
	case l.length:
		c.Out.Int(int64(t.length))
	case l.indexes:
		l.replyMatches(c, t)
	default:
		c.Out.Bulk(t.subsequence())
	}
}

// lcsStrings looks the two strings up and pins them; an absent key is an empty
// string.
func (c *Call) lcsStrings() (texts [2]*store.Pin, ok bool) {
	for i := range texts {
		v, found := c.read(c.Args[1+i])
		if found && v.Kind() != store.String {
			if i == 1 {
				texts[0].Release()
			}
			c.Out.Error(ErrLCSTypes)
			return texts, false
		}
		texts[i] = new(store.Pin)
		if found {
			texts[i] = v.Pin()
		}
	}
	return texts, true
}

type lcsOptions struct {
	length, indexes, withLength bool
	minLength                   int64
}

func readLCSOptions(c *Call) (l lcsOptions, ok bool) {
	o := c.options(3)
	for o.next() {
		switch {
		case o.is("IDX"):
			l.indexes = true
		case o.is("LEN"):
			l.length = true
		case o.is("WITHMATCHLEN"):
			l.withLength = true
		case o.is("MINMATCHLEN"):
			l.minLength = o.int()
		default:
			o.fail(ErrSyntax)
		}
	}
	if l.length && l.indexes {
		o.fail(ErrLCSOptions)
	}
	return l, !o.failed()
}

// replyMatches replies the ranges that match, from the end of the strings to their
// begin.
func (l *lcsOptions) replyMatches(c *Call, t *lcsTable) {
	c.Out.Map(2)
	c.Out.BulkString("matches")
	mark, n := c.Out.Deferred(), 0
	t.ranges(func(a, b, length int) {
		if int64(length) < l.minLength {
			return
		}
		n++
		c.Out.Array(2 + oneIf(l.withLength))
		for _, start := range []int{a, b} {
			c.Out.Array(2)
			c.Out.Int(int64(start))
			c.Out.Int(int64(start + length - 1))
		}
		if l.withLength {
			c.Out.Int(int64(length))
		}
	})
	c.Out.FillArray(mark, n)
	c.Out.BulkString("len")
	c.Out.Int(int64(t.length))
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lcsTable is the outcome of the classic dynamic programme, 64 cells at a time
// (Crochemore and others 2001, Hyyrö 2004). Let L(i, j) be the length for the first
// i bytes of a and j of b. From one j to the next it rises by 0 or 1, so that a row
// is a string of bits; here a bit is 0 where the row rises. The next row comes out
// of an addition: of the places where b has the next byte of a, each run of ones
// up to a rise passes its lowest on.
//
// Going back from the end where a[i-1] != b[j-1], Redis leaves a's byte out if
// L(i-1, j) > L(i, j-1), else b's. L(i, j) is the larger of the two: the question is
// whether row i rises at j, which is kept.
type lcsTable struct {
	a, b   []byte
	length int
	stride int      // words of a row
	rows   []uint64 // one after the other; nil: not wanted
}

// newLCSTable computes the length and, if it is wanted, the way back.
func newLCSTable(a, b []byte, way bool) *lcsTable {
	t := &lcsTable{a: a, b: b, stride: (len(b) + 63) / 64}
	if way {
		t.rows = make([]uint64, 0, len(a)*t.stride)
	}
	places := t.places()
	row := make([]uint64, t.stride)
	for k := range row {
		row[k] = math.MaxUint64 // L(0, j) never rises
	}
	for _, x := range a {
		nextLCSRow(row, places[x])
		if way {
			t.rows = append(t.rows, row...)
		}
	}
	for _, w := range row { // the bits behind b's end stay 1
		t.length += bits.OnesCount64(^w)
	}
	return t
}

// places tells for each byte of a where b has it.
func (t *lcsTable) places() *[256][]uint64 {
	var p [256][]uint64
	for _, x := range t.a {
		if p[x] == nil {
			p[x] = make([]uint64, t.stride)
		}
	}
	for j, y := range t.b {
		if p[y] != nil {
			p[y][j>>6] |= 1 << (j & 63)
		}
	}
	return &p
}

func nextLCSRow(row, places []uint64) {
	var sum, carry uint64
	for k, p := range places {
		r := row[k]
		sum, carry = bits.Add64(r, r&p, carry)
		row[k] = sum | r&^p
	}
}

// rises says whether L(i+1, j+1) > L(i+1, j).
func (t *lcsTable) rises(i, j int) bool {
	return t.rows[i*t.stride+j>>6]>>(j&63)&1 == 0
}

// back walks from the end of both strings and calls match for each pair of bytes
// that belongs to the subsequence.
func (t *lcsTable) back(match func(i, j int)) {
	for i, j := len(t.a)-1, len(t.b)-1; i >= 0 && j >= 0; {
		switch {
		case t.a[i] == t.b[j]:
			match(i, j)
			i--
			j--
		case t.rises(i, j):
			i--
		default:
			j--
		}
	}
}

// subsequence is the longest common subsequence itself.
func (t *lcsTable) subsequence() []byte {
	s := make([]byte, t.length)
	n := t.length
	t.back(func(i, _ int) {
		n--
		s[n] = t.a[i]
	})
	return s
}

// ranges joins neighbouring matches and calls emit with where they start and how
// long they are, the last one first.
func (t *lcsTable) ranges(emit func(a, b, length int)) {
	a, b, length := 0, 0, 0
	t.back(func(i, j int) {
		if length > 0 && (i != a-1 || j != b-1) {
			emit(a, b, length)
			length = 0
		}
		a, b = i, j
		length++
	})
	if length > 0 {
		emit(a, b, length)
	}
}
