package command

import "github.com/cachedserver/cached/server/store"

var lcsCommands = []Command{
	{
		Name: "LCS", Group: "string", Since: "7.0.0", Complexity: "O(N*M) with N and M the lengths of the strings",
		Syntax:  "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
		Summary: "Finds the longest common subsequence of two strings.",
		Flags:   Read | Unbounded, Keys: []KeySpec{{Flags: RO | Access, Index: 1, Last: 1, Step: 1}}, Run: lcs,
		Notes: []string{"Refuses strings whose lengths' product is over a quarter of proto-max-bulk-len, as Redis does; it needs a bit for each pair of bytes where Redis needs four bytes."},
	},
}

func lcs(c *Call) {
	a, b, ok := c.lcsStrings()
	if !ok {
		return
	}
	l, ok := readLCSOptions(c)
	if !ok {
		return
	}
	if limit := c.settings().MaxString / 4; int64(len(a)+1) > limit/int64(len(b)+1) {
		c.Out.Error(ErrLCSMemory)
		return
	}
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

// lcsStrings looks the two strings up; an absent key is an empty string.
func (c *Call) lcsStrings() (a, b []byte, ok bool) {
	var texts [2][]byte
	for i := range texts {
		v, found := c.read(c.Args[1+i])
		switch {
		case !found:
		case v.Kind() != store.String:
			c.Out.Error(ErrLCSTypes)
			return nil, nil, false
		default:
			texts[i] = v.Bytes() // two numbers written in digits stay good at a time
		}
	}
	return texts[0], texts[1], true
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

// lcsTable is the outcome of the classic dynamic programme. Let L(i, j) be the
// length for the first i bytes of a and j of b. Going back from the end one needs
// of L only whether L(i-1, j) > L(i, j-1): that bit is kept for each pair, and of
// L itself one row.
type lcsTable struct {
	a, b   []byte
	length int
	up     []uint64 // stride words for each byte of a, a bit for each of b; nil: not wanted
	stride int
}

// newLCSTable computes the length and, if it is wanted, the way back.
func newLCSTable(a, b []byte, way bool) *lcsTable {
	t := &lcsTable{a: a, b: b, stride: (len(b) + 63) / 64}
	if way {
		t.up = make([]uint64, len(a)*t.stride)
	}
	row := make([]int32, len(b))
	bits := make([]uint64, t.stride)
	for i, x := range a {
		if way {
			bits = t.up[i*t.stride:][:t.stride]
		}
		lcsRow(x, b, row, bits)
	}
	if len(b) > 0 {
		t.length = int(row[len(b)-1])
	}
	return t
}

// lcsRow turns row, where row[j] is L(i-1, j+1), into that for i, whose byte is x.
func lcsRow(x byte, b []byte, row []int32, bits []uint64) {
	var diagonal, left int32 // L(i-1, j), L(i, j)
	var up uint64
	for j, y := range b {
		above := row[j]
		switch {
		case x == y:
			left = diagonal + 1
		case above > left:
			left = above
			up |= 1 << (j & 63)
		}
		row[j], diagonal = left, above
		if j&63 == 63 || j == len(b)-1 {
			bits[j>>6], up = up, 0
		}
	}
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
		case t.up[i*t.stride+j>>6]>>(j&63)&1 != 0:
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
