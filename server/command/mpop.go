package command

import "math"

// mpopArgs are those of LMPOP, ZMPOP and their blocking forms.
type mpopArgs struct {
	keys  [][]byte
	first bool // from the head, the lowest scores
	count int
}

// readMPop reads numkeys, which stands at i, the keys, which side to pop from, and
// [COUNT count].
func (c *Call) readMPop(i int, first, last string) (m mpopArgs, ok bool) {
	n, ok := ParseInt(c.Args[i])
	if !ok || n <= 0 {
		c.Out.Error(ErrNumKeys)
		return m, false
	}
	if n > int64(c.argc()-i-2) {
		c.Out.Error(ErrSyntax)
		return m, false
	}
	where := i + 1 + int(n)
	m.keys = c.Args[i+1 : where]
	m.first = equalFold(c.Args[where], first)
	if !m.first && !equalFold(c.Args[where], last) {
		c.Out.Error(ErrSyntax)
		return m, false
	}
	m.count, ok = c.mpopCount(where + 1)
	return m, ok
}

// mpopCount reads [COUNT count] from argument i on.
func (c *Call) mpopCount(i int) (count int, ok bool) {
	count = 1
	given := false
	o := c.options(i)
	for o.next() {
		if given || !o.is("COUNT") || !o.more() {
			o.fail(ErrSyntax)
			break
		}
		given = true
		n, valid := ParseInt(o.arg())
		if !valid || n <= 0 {
			o.fail(ErrCount)
		}
		count = int(min(n, math.MaxInt32))
	}
	return count, !o.failed()
}
