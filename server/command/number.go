package command

import (
	"math"

	"github.com/cachedserver/cached/protocol"
)

// ParseInt reads a decimal integer in its only canonical form.
func ParseInt(b []byte) (int64, bool) { return protocol.ParseInt(b) }

// int reads the argument at i; if it is none, the error is replied.
func (c *Call) int(i int) (n int64, ok bool) {
	n, ok = ParseInt(c.Args[i])
	if !ok {
		c.Out.Error(ErrNotInteger)
	}
	return n, ok
}

// parseInt32 reads an integer of C's type int, as of database indexes. Its error is
// what Redis replies.
func parseInt32(b []byte) (int, protocol.Error) {
	n, ok := ParseInt(b)
	switch {
	case !ok:
		return 0, ErrNotInteger
	case n < math.MinInt32 || n > math.MaxInt32:
		return 0, errInt32Range
	}
	return int(n), ""
}

// parseDB reads the index of a database.
func (c *Call) parseDB(b []byte) (int, protocol.Error) {
	n, err := parseInt32(b)
	if err == "" && (n < 0 || n >= c.DB.Databases()) {
		err = ErrDBIndex
	}
	return n, err
}
