package value

import (
	"github.com/cachedserver/cached/server/value/tree"
)

// listElement is what an element of a chunked list is charged beside its bytes:
// its header and its share of the leaf.
const listElement = 2

// List is a sequence of byte strings. It is Packed up to Limits.Node bytes, else
// Chunked: one tree without keys, so that every position is reached in O(log n).
type List struct {
	it  Item
	lim *Limits
	num [20]byte // digits of the element last returned
	tmp [96]byte // encoding of the element at hand
}

// NewList makes the item an empty list.
func NewList(it Item, lim *Limits) List {
	InitPacked(it)
	return List{it: it, lim: lim}
}

// OpenList opens the item's list.
func OpenList(it Item, lim *Limits) List { return List{it: it, lim: lim} }

func (l *List) chunked() bool { return l.it.Encoding() == Chunked }

// Len returns the number of elements.
func (l *List) Len() int {
	if !l.chunked() {
		return packed(l.it.Payload()).len()
	}
	t := openTree(l.it, 0)
	return t.Len()
}

// At returns element i, 0 <= i < Len; it ends at the next call.
func (l *List) At(i int) []byte {
	if !l.chunked() {
		p := packed(l.it.Payload())
		e, _ := next(p[p.at(i):])
		return e.bytes(&l.num)
	}
	t := l.tree()
	_, v := t.At(i)
	return v
}

// tree opens the tree of a chunked list.
func (l *List) tree() tree.Tree {
	t := openTree(l.it, 0)
	t.Digits(&l.num)
	return t
}

// Insert puts v before position i, 0 <= i <= Len. v is none of the list's own slices.
func (l *List) Insert(i int, v []byte) {
	if !l.chunked() && !l.fits(len(v)) {
		l.becomeTree()
	}
	if !l.chunked() {
		off := packed(l.it.Payload()).at(i)
		splice(l.it, off, off, appendElem(l.tmp[:0], v), 1)
		return
	}
	t := l.tree()
	t.InsertAt(i, v)
	saveTree(l.it, 0, &t)
	charge(l.it, len(v)+listElement)
}

// Push puts v at the head or the tail.
func (l *List) Push(head bool, v []byte) {
	if head {
		l.Insert(0, v)
		return
	}
	l.append(v)
}

func (l *List) append(v []byte) {
	if l.chunked() || !l.fits(len(v)) {
		l.Insert(l.Len(), v)
		return
	}
	end := len(l.it.Payload())
	splice(l.it, end, end, appendElem(l.tmp[:0], v), 1)
}

// fits tells whether the packed form may take one more element of n bytes.
func (l *List) fits(n int) bool {
	p := packed(l.it.Payload())
	return p.len() < min(l.lim.Entries, maxPacked) && len(p)+n <= l.lim.Node
}

// Set replaces element i, 0 <= i < Len.
func (l *List) Set(i int, v []byte) {
	old := len(l.At(i))
	if !l.chunked() && len(v) > old && !l.fits(len(v)-old) {
		l.becomeTree()
	}
	if !l.chunked() {
		p := packed(l.it.Payload())
		off := p.at(i)
		e, _ := next(p[off:])
		splice(l.it, off, off+len(e), appendElem(l.tmp[:0], v), 0)
		return
	}
	t := l.tree()
	t.SetAt(i, v)
	saveTree(l.it, 0, &t)
	charge(l.it, len(v)-old)
}

// Delete removes n elements from position i on; i+n <= Len.
func (l *List) Delete(i, n int) {
	if !l.chunked() {
		p := packed(l.it.Payload())
		off := p.at(i)
		splice(l.it, off, p.off(skip(p[off:], n)), nil, -n)
		return
	}
	bytes := l.bytes(i, n)
	t := l.tree()
	t.DeleteRange(i, n)
	saveTree(l.it, 0, &t)
	charge(l.it, -bytes)
}

// bytes returns what n elements from i on are charged.
func (l *List) bytes(i, n int) int {
	if n == 1 {
		return len(l.At(i)) + listElement
	}
	sum, left := 0, n
	for v := range l.Ascend(i) {
		if left == 0 {
			break
		}
		sum += len(v) + listElement
		left--
	}
	return sum
}

// Ascend yields the elements from i on towards the tail; each ends with the next.
// The list must not change meanwhile.
func (l *List) Ascend(i int) func(yield func(v []byte) bool) {
	return func(yield func(v []byte) bool) {
		if l.chunked() {
			t := l.tree()
			for c := t.SeekAt(i); c.Valid(); c.Next() {
				if !yield(c.Value()) {
					return
				}
			}
			return
		}
		p := packed(l.it.Payload())
		for rest := []byte(p[p.at(i):]); len(rest) > 0; {
			var e elem
			if e, rest = next(rest); !yield(e.bytes(&l.num)) {
				return
			}
		}
	}
}

// Descend yields the elements from i on towards the head.
func (l *List) Descend(i int) func(yield func(v []byte) bool) {
	return func(yield func(v []byte) bool) {
		if l.chunked() {
			t := l.tree()
			for c := t.SeekAt(i); c.Valid(); c.Prev() {
				if !yield(c.Value()) {
					return
				}
			}
			return
		}
		for ; i >= 0; i-- {
			if !yield(l.At(i)) {
				return
			}
		}
	}
}

func (l *List) becomeTree() {
	t := tree.NewSequence(l.it.Memory())
	bytes := 0
	for v := range l.Ascend(0) {
		t.InsertAt(t.Len(), v)
		bytes += len(v) + listElement
	}
	becomeChunked(l.it, 1)
	saveTree(l.it, 0, &t)
	charge(l.it, bytes)
}
