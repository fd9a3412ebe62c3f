package value

import (
	"bytes"

	"github.com/cachedserver/cached/server/value/tree"
)

// walkShare is how many members of one large set may be passed over for each of
// another when both are walked in their common order. A step costs about an
// eighth of a look-up.
const walkShare = 8

// Probe answers which members of one set are in another, asked in the order of the
// first's Each. Two large sets are in one order, that of hashes: unless the other
// is much larger, it is walked beside the first rather than searched each time.
// Neither may change meanwhile.
type Probe struct {
	in     *Set
	tree   tree.Tree
	cursor tree.Cursor
	walk   bool
}

// Begin prepares the probe for the members of set.
func (p *Probe) Begin(set, in *Set) {
	p.in = in
	p.walk = set.it.Encoding() == Chunked && in.it.Encoding() == Chunked && in.Len() < walkShare*set.Len()
	if p.walk {
		p.tree = openTree(in.it, 0)
		p.cursor = p.tree.SeekAt(0)
	}
}

// Has tells whether m is a member.
func (p *Probe) Has(m []byte) bool {
	if !p.walk {
		return p.in.Has(m)
	}
	key := hashKey(p.in.tmp[:0], m)
	for ; p.cursor.Valid(); p.cursor.Next() {
		if c := bytes.Compare(p.cursor.Key(), key); c >= 0 {
			return c == 0
		}
	}
	return false
}
