package value

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/cachedserver/cached/server/value/tree"
)

// setElement is what a member of a chunked set is charged beside its bytes: hash,
// lengths, offset and the node's slack.
const setElement = 12

// Set is a set of byte strings. It is IntSet while all members are integers and
// few, Packed while few and short, else Chunked: one tree in hash order.
type Set struct {
	it  Item
	lim *Limits
	tmp [96]byte // key or encoding of the member at hand
	num [20]byte // digits of the member last returned
}

// NewSet makes the item an empty set.
func NewSet(it Item, lim *Limits) Set {
	it.Resize(0)
	it.SetEncoding(IntSet)
	return Set{it: it, lim: lim}
}

// OpenSet opens the item's set.
func OpenSet(it Item, lim *Limits) Set { return Set{it: it, lim: lim} }

// Len returns the number of members.
func (s *Set) Len() int {
	switch s.it.Encoding() {
	case IntSet:
		return intset(s.it.Payload()).len()
	case Packed:
		return packed(s.it.Payload()).len()
	default:
		t := openTree(s.it, 0)
		return t.Len()
	}
}

// Has tells whether m is a member.
func (s *Set) Has(m []byte) bool {
	switch s.it.Encoding() {
	case IntSet:
		n, ok := tree.ParseInt(m)
		if !ok {
			return false
		}
		_, found := intset(s.it.Payload()).search(n)
		return found
	case Packed:
		off, _ := packed(s.it.Payload()).find(appendElem(s.tmp[:0], m), 1)
		return off >= 0
	default:
		t := openTree(s.it, 0)
		_, ok := t.Get(hashKey(s.tmp[:0], m))
		return ok
	}
}

// Add adds m and tells whether it is new.
func (s *Set) Add(m []byte) bool {
	switch s.it.Encoding() {
	case IntSet:
		return s.addInt(m)
	case Packed:
		return s.addPacked(m)
	default:
		t := openTree(s.it, 0)
		if t.Put(hashKey(s.tmp[:0], m), nil) {
			return false
		}
		saveTree(s.it, 0, &t)
		charge(s.it, len(m)+setElement)
		return true
	}
}

func (s *Set) addInt(m []byte) bool {
	n, ok := tree.ParseInt(m)
	if !ok {
		s.leaveInts(len(m))
		return s.Add(m)
	}
	i, found := intset(s.it.Payload()).search(n)
	if found {
		return false
	}
	if s.Len() >= s.lim.Ints {
		s.leaveInts(0)
		return s.Add(m)
	}
	insertInt(s.it, i, n)
	return true
}

func (s *Set) addPacked(m []byte) bool {
	p := packed(s.it.Payload())
	e := appendElem(s.tmp[:0], m)
	if off, _ := p.find(e, 1); off >= 0 {
		return false
	}
	if p.len() >= min(s.lim.Entries, maxPacked) || len(m) > s.lim.Bytes {
		s.becomeTree()
		return s.Add(m)
	}
	splice(s.it, len(p), len(p), e, 1)
	return true
}

// leaveInts turns a set of integers into the form that fits one more member, of
// size bytes.
func (s *Set) leaveInts(size int) {
	if s.Len() >= min(s.lim.Entries, maxPacked) || size > s.lim.Bytes {
		s.becomeTree()
		return
	}
	members := intset(s.it.Payload()).all()
	b := make([]byte, EmptyPacked, EmptyPacked+10*len(members))
	packed(b).setLen(len(members))
	for _, n := range members {
		b = appendElem(b, strconv.AppendInt(s.num[:0], n, 10))
	}
	copy(s.it.Resize(len(b)), b)
	s.it.SetEncoding(Packed)
}

func (s *Set) becomeTree() {
	t := tree.New(s.it.Memory())
	bytes := 0
	for m := range s.Each {
		t.Put(hashKey(s.tmp[:0], m), nil)
		bytes += len(m) + setElement
	}
	becomeChunked(s.it, 1)
	saveTree(s.it, 0, &t)
	charge(s.it, bytes)
}

// Remove removes m and tells whether it was a member.
func (s *Set) Remove(m []byte) bool {
	switch s.it.Encoding() {
	case IntSet:
		n, ok := tree.ParseInt(m)
		i, found := intset(s.it.Payload()).search(n)
		if !ok || !found {
			return false
		}
		removeInt(s.it, i)
		return true
	case Packed:
		e := appendElem(s.tmp[:0], m)
		off, _ := packed(s.it.Payload()).find(e, 1)
		if off < 0 {
			return false
		}
		splice(s.it, off, off+len(e), nil, -1)
		return true
	default:
		t := openTree(s.it, 0)
		if !t.Delete(hashKey(s.tmp[:0], m)) {
			return false
		}
		saveTree(s.it, 0, &t)
		charge(s.it, -len(m)-setElement)
		return true
	}
}

// At returns member number i, 0 <= i < Len, in an order that changes with the
// set: for random picks. It ends at the next call.
func (s *Set) At(i int) []byte {
	switch s.it.Encoding() {
	case IntSet:
		return strconv.AppendInt(s.num[:0], intset(s.it.Payload()).at(i), 10)
	case Packed:
		p := packed(s.it.Payload())
		e, _ := next(p[p.at(i):])
		return e.bytes(&s.num)
	default:
		t := openTree(s.it, 0)
		key, _ := t.At(i)
		return key[4:]
	}
}

// Each yields all members; each ends with the next. The set must not change
// meanwhile.
func (s *Set) Each(yield func(m []byte) bool) {
	switch s.it.Encoding() {
	case IntSet:
		p := intset(s.it.Payload())
		for i := range p.len() {
			if !yield(strconv.AppendInt(s.num[:0], p.at(i), 10)) {
				return
			}
		}
	case Packed:
		for rest := packed(s.it.Payload()).elems(); len(rest) > 0; {
			var e elem
			e, rest = next(rest)
			if !yield(e.bytes(&s.num)) {
				return
			}
		}
	default:
		t := openTree(s.it, 0)
		for c := t.SeekAt(0); c.Valid(); c.Next() {
			if !yield(c.Key()[4:]) {
				return
			}
		}
	}
}

// Scan visits about count members from cursor on and returns the next cursor, 0
// at the end. A member that is there from the first call to the last is visited.
func (s *Set) Scan(cursor uint64, count int, visit func(m []byte)) uint64 {
	if s.it.Encoding() != Chunked {
		s.Each(func(m []byte) bool { visit(m); return true })
		return 0
	}
	t := openTree(s.it, 0)
	return scan(&t, cursor, count, func(key, _ []byte) { visit(key) })
}

// intset is sorted integers, all 2, 4 or 8 bytes wide: one byte of width, then
// the numbers. No payload at all is the empty set.
type intset []byte

func (p intset) width() int {
	if len(p) == 0 {
		return 2
	}
	return int(p[0])
}

func (p intset) len() int { return max(len(p)-1, 0) / p.width() }

func (p intset) at(i int) int64 { return readInt(p[1+i*p.width():], p.width()) }

func (p intset) all() []int64 {
	all := make([]int64, p.len())
	for i := range all {
		all[i] = p.at(i)
	}
	return all
}

func (p intset) search(n int64) (int, bool) {
	lo, hi := 0, p.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch x := p.at(mid); {
		case x < n:
			lo = mid + 1
		case x > n:
			hi = mid
		default:
			return mid, true
		}
	}
	return lo, false
}

func readInt(b []byte, width int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	default:
		return int64(binary.LittleEndian.Uint64(b))
	}
}

func writeInt(b []byte, width int, n int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(n))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(n))
	default:
		binary.LittleEndian.PutUint64(b, uint64(n))
	}
}

func widthOf(n int64) int {
	switch {
	case n == int64(int16(n)):
		return 2
	case n == int64(int32(n)):
		return 4
	default:
		return 8
	}
}

// insertInt inserts n as number i, widening all when it must.
func insertInt(it Item, i int, n int64) {
	p := intset(it.Payload())
	size, w := p.len(), p.width()
	if wide := widthOf(n); wide > w || len(p) == 0 {
		all := slices.Insert(p.all(), i, n)
		w = max(wide, w)
		b := it.Resize(1 + w*len(all))
		b[0] = byte(w)
		for j, x := range all {
			writeInt(b[1+j*w:], w, x)
		}
		return
	}
	b := it.Resize(1 + w*(size+1))
	copy(b[1+(i+1)*w:], b[1+i*w:1+size*w])
	writeInt(b[1+i*w:], w, n)
}

func removeInt(it Item, i int) {
	p := intset(it.Payload())
	w := p.width()
	copy(p[1+i*w:], p[1+(i+1)*w:])
	it.Resize(len(p) - w)
}
