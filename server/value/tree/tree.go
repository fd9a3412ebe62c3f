// Package tree is a counted B+tree that lives in chunks of somebody else's
// memory: the one large form of every collection.
//
// A hash, set, sorted set, list or stream that has outgrown its packed form is
// one or two of these trees: elements ordered by a byte key (or by position
// alone, when all keys are empty), every subtree's element count beside the
// pointer to it. So a look-up, an insertion, a rank, the element at a rank and
// an unbiased random pick each cost O(log n), and a range is a walk over
// neighbours.
//
// There is no Go pointer inside: a node is a chunk of at most MaxNode bytes,
// named by the uint32 handle that Memory gave it. The garbage collector never
// sees an element, compaction may move every chunk between two calls, and
// freeing a tree of a million elements can be done in steps (FreeStep).
//
// A node is a slotted page, after the row pages of databases (Gray and Reuter,
// "Transaction Processing", 1993, 14.3):
//
//	+-------+---+-----+-------+--------+--------------+ .... +---------------+
//	| level | 0 | n   | low   | dead   | n offsets    | free | entries       |
//	| u8    |   | u16 | u16   | u16    | u16 each     |      | low .. end    |
//	+-------+---+-----+-------+--------+--------------+ .... +---------------+
//
//	leaf entry    key value            each: uvarint(length<<1|outside) then the bytes,
//	inner entry   child count key      or, when outside, the u32 handle of a chunk with them
//
// A tree made by NewSequence has no keys: its elements are found by position, and
// its leaves have no offsets either, but one element behind the other from the
// header up to low. That is as dense as Redis's listpack, and one element costs
// a byte or two beside its own:
//
//	sequence entry   uvarint(length<<2|0) bytes,  1 and the u32 handle of a chunk,
//	                 or uvarint(zigzag(n)<<2|2) for a canonical decimal integer n
//
// In an inner node, key i is a lower bound of child i's keys and above all keys
// of child i-1; key 0 is not looked at. Nodes grow in small steps, so that a
// tree of any size wastes little; a node that overflows at its edge is split at
// the edge, so that appending fills nodes to the brim.
//
// A Tree is not safe for concurrent use. Slices it returns end at the next
// change of the tree.
package tree

import (
	"bytes"
	"encoding/binary"
)

// Memory keeps chunks by handle. Handle 0 is never given out. Bytes of a chunk
// stay where they are until that chunk is resized or freed.
type Memory interface {
	// Alloc returns a new chunk of n bytes, whose content is undefined.
	Alloc(n int) uint32
	// Bytes returns the chunk's n bytes.
	Bytes(h uint32) []byte
	// Resize makes the chunk n bytes long, keeping the first bytes and the handle.
	Resize(h uint32, n int) []byte
	// Free gives the chunk back.
	Free(h uint32)
}

// HeaderSize is the length in bytes of a tree's header (Append, Load).
const HeaderSize = 16

// Tree is an ordered sequence of (key, value) pairs. Make one with New or Load.
type Tree struct {
	mem      Memory
	root     uint32    // 0: empty
	height   int       // levels below the root; 0: the root is a leaf
	n        uint64    // elements = sum of the counts in the root
	sequence bool      // no keys, dense leaves
	digits   *[20]byte // where integers of a sequence are formatted; nil: in memory of their own
}

// New returns an empty tree that keeps its chunks in mem.
func New(mem Memory) Tree { return Tree{mem: mem} }

// NewSequence returns an empty tree without keys.
func NewSequence(mem Memory) Tree { return Tree{mem: mem, sequence: true} }

// Load returns the tree that Append wrote; header has HeaderSize bytes.
func Load(mem Memory, header []byte) Tree {
	height := binary.LittleEndian.Uint32(header[4:])
	return Tree{
		mem:      mem,
		root:     binary.LittleEndian.Uint32(header),
		height:   int(height &^ sequenceBit),
		n:        binary.LittleEndian.Uint64(header[8:]),
		sequence: height&sequenceBit != 0,
	}
}

const sequenceBit = 1 << 31 // of the header's height

// Append appends the tree's header, by which Load finds it again.
func (t *Tree) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, t.root)
	height := uint32(t.height)
	if t.sequence {
		height |= sequenceBit
	}
	b = binary.LittleEndian.AppendUint32(b, height)
	return binary.LittleEndian.AppendUint64(b, t.n)
}

// Len returns the number of elements.
func (t *Tree) Len() int { return int(t.n) }

// Get returns the value at key. It may be overwritten in place.
func (t *Tree) Get(key []byte) ([]byte, bool) {
	var p path
	if !t.find(&p, key) {
		return nil, false
	}
	return t.keyed(&p), true
}

// Put sets the value at key and tells whether the key was there.
func (t *Tree) Put(key, value []byte) (replaced bool) {
	var p path
	if t.find(&p, key) {
		t.replace(&p, value)
		return true
	}
	t.insert(&p, key, value)
	return false
}

// Place is where a key is in a tree, or would be: see Find.
type Place struct {
	path  path
	found bool
}

// Find returns the key's value as Get does, and sets p to its place, at which
// PutAt can then put another without a second search.
func (t *Tree) Find(p *Place, key []byte) ([]byte, bool) {
	if p.found = t.find(&p.path, key); !p.found {
		return nil, false
	}
	return t.keyed(&p.path), true
}

// PutAt sets the value at key, at the place that Find gave since the tree was last
// changed.
func (t *Tree) PutAt(p *Place, key, value []byte) {
	if p.found {
		t.replace(&p.path, value)
		return
	}
	t.insert(&p.path, key, value)
}

// Delete removes key and tells whether it was there.
func (t *Tree) Delete(key []byte) bool {
	var p path
	if !t.find(&p, key) {
		return false
	}
	t.remove(&p, 1)
	return true
}

// Rank returns how many keys are below key, and whether key is there.
func (t *Tree) Rank(key []byte) (int, bool) {
	var p path
	found := t.find(&p, key)
	return t.rank(&p), found
}

// Digits says where integers of a sequence are formatted when they are read; each
// ends with the next.
func (t *Tree) Digits(b *[20]byte) { t.digits = b }

// At returns the element at position i, 0 <= i < Len.
func (t *Tree) At(i int) (key, value []byte) {
	var p path
	t.locate(&p, i)
	return t.key(&p), t.value(&p)
}

// InsertAt puts value before position i, 0 <= i <= Len, in a sequence.
func (t *Tree) InsertAt(i int, value []byte) {
	var p path
	t.locate(&p, i)
	t.insert(&p, nil, value)
}

// SetAt replaces the value at position i, 0 <= i < Len.
func (t *Tree) SetAt(i int, value []byte) {
	var p path
	t.locate(&p, i)
	t.replace(&p, value)
}

// DeleteRange removes n elements from position i on; i+n <= Len.
func (t *Tree) DeleteRange(i, n int) {
	for n > 0 {
		var p path
		t.locate(&p, i)
		leaf := t.node(p.at[t.height].node)
		k := min(n, leaf.len()-p.at[t.height].index)
		t.remove(&p, k)
		n -= k
	}
}

// FreeStep gives back at most about budget chunks and tells whether the tree is
// gone. Between steps the tree may only be freed further.
func (t *Tree) FreeStep(budget int) (done bool) {
	for t.root != 0 && budget > 0 {
		var p path
		t.locate(&p, max(int(t.n)-1, 0))
		leaf := t.node(p.at[t.height].node)
		left, freed := t.releaseTail(leaf, budget)
		k := leaf.len() - left
		t.n -= uint64(k)
		if left > 0 {
			leaf.cut(left, k)
			t.addCounts(&p, t.height, -k)
			return false
		}
		t.freeUp(&p, k)
		budget -= 1 + freed
	}
	return t.root == 0
}

// freeUp frees the path's leaf, which had n elements, and each node above that
// it leaves empty.
func (t *Tree) freeUp(p *path, n int) {
	for depth := t.height; depth > 0; depth-- {
		t.mem.Free(p.at[depth].node)
		up := p.at[depth-1]
		t.dropChild(up.node, up.index)
		if t.node(up.node).len() > 0 {
			t.addCounts(p, depth-1, -n)
			return
		}
	}
	t.mem.Free(t.root)
	t.root, t.height = 0, 0
}

// releaseTail frees what a leaf's last entries keep outside, up to most chunks or
// so, and returns how many entries are left and how many chunks it was.
func (t *Tree) releaseTail(leaf node, most int) (left, chunks int) {
	if leaf.dense() && leaf.outsiders() <= most {
		return 0, t.releaseRange(leaf, 0, leaf.len())
	}
	for left = leaf.len(); left > 0 && chunks < most; left-- {
		chunks += t.releaseEntry(leaf, left-1)
	}
	return left, chunks
}

// releaseRange frees what entries [from, to) keep outside.
func (t *Tree) releaseRange(leaf node, from, to int) (chunks int) {
	if !leaf.dense() {
		for i := from; i < to; i++ {
			chunks += t.releaseEntry(leaf, i)
		}
		return chunks
	}
	for e := leaf[leaf.off(from):]; from < to; from++ { // off(i) would walk for each
		chunks += t.releaseField(denseField(e))
		e = e[denseSize(e):]
	}
	return chunks
}

func (t *Tree) releaseEntry(leaf node, i int) (chunks int) {
	e := leaf[leaf.off(i):]
	if leaf.dense() {
		return t.releaseField(denseField(e))
	}
	key, n := field(e)
	value, _ := field(e[n:])
	return t.releaseField(key) + t.releaseField(value)
}

func (t *Tree) releaseField(f slot) int {
	if !f.outside {
		return 0
	}
	t.mem.Free(binary.LittleEndian.Uint32(f.bytes))
	return 1
}

func (t *Tree) node(h uint32) node { return node(t.mem.Bytes(h)) }

// resolve returns the bytes that a field stands for.
func (t *Tree) resolve(f slot) []byte {
	if f.outside {
		return t.mem.Bytes(binary.LittleEndian.Uint32(f.bytes))
	}
	return f.bytes
}

func (t *Tree) key(p *path) []byte { return t.keyOf(t.node(p.at[t.height].node), p.at[t.height].index) }

func (t *Tree) keyOf(leaf node, i int) []byte {
	if leaf.dense() {
		return nil
	}
	f, _ := field(leaf[leaf.off(i):])
	return t.resolve(f)
}

func (t *Tree) value(p *path) []byte {
	leaf, i := t.node(p.at[t.height].node), p.at[t.height].index
	if leaf.dense() {
		return t.denseValue(leaf[leaf.off(i):])
	}
	return t.valueOf(leaf, i)
}

// keyed is the value of an element that has a key. It never lies in the Tree
// itself, which may therefore stay on the stack.
func (t *Tree) keyed(p *path) []byte {
	return t.valueOf(t.node(p.at[t.height].node), p.at[t.height].index)
}

func (t *Tree) valueOf(leaf node, i int) []byte {
	e := leaf[leaf.off(i):]
	_, n := field(e)
	f, _ := field(e[n:])
	return t.resolve(f)
}

// maxHeight is never reached: an inner node has at least seven children once it
// was split, and seven to the sixteenth is above any memory.
const maxHeight = 16

// path is the way from the root to a leaf's entry.
type path struct {
	at [maxHeight]step
}

type step struct {
	node  uint32
	index int
}

// find sets p to key's place: where it is, or where it would be inserted.
func (t *Tree) find(p *path, key []byte) bool {
	if t.root == 0 {
		return false
	}
	h, head := t.root, headOf(key)
	for level := range t.height {
		inner := t.node(h)
		i := t.child(inner, key, head)
		p.at[level] = step{h, i}
		h = inner.childAt(i)
	}
	i, found := t.search(t.node(h), key, head)
	p.at[t.height] = step{h, i}
	return found
}

// child returns the last child whose lower bound is at or below key.
func (t *Tree) child(inner node, key []byte, head uint32) int {
	lo, hi := 1, inner.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if t.compare(inner, inner.slotted(mid)+8, key, head) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

func (t *Tree) search(leaf node, key []byte, head uint32) (int, bool) {
	if leaf.dense() {
		return 0, leaf.len() > 0 // without keys all are equal
	}
	lo, hi := 0, leaf.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := t.compare(leaf, leaf.slotted(mid), key, head); {
		case c < 0:
			lo = mid + 1
		case c > 0:
			hi = mid
		default:
			return mid, true
		}
	}
	return lo, false
}

// headOf is the first four bytes of a key of that many, as a number: nearly all
// comparisons are decided by them.
func headOf(key []byte) uint32 {
	if len(key) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(key)
}

// compare compares the field at off of a node with key; head is headOf(key).
func (t *Tree) compare(p node, off int, key []byte, head uint32) int {
	x := p[off]
	if x&1 != 0 || x >= 0x80 {
		f, _ := field(p[off:])
		return bytes.Compare(t.resolve(f), key)
	}
	have := p[off+1 : off+1+int(x>>1)]
	if len(have) >= 4 && len(key) >= 4 {
		if h := binary.BigEndian.Uint32(have); h != head {
			if h < head {
				return -1
			}
			return 1
		}
	}
	return bytes.Compare(have, key)
}

// locate sets p to position i; i == Len is the place behind the last element.
func (t *Tree) locate(p *path, i int) {
	if t.root == 0 {
		return
	}
	h := t.root
	rest, total := uint64(i), t.n
	for level := range t.height {
		inner := t.node(h)
		var c int
		c, rest, total = inner.pick(rest, total)
		p.at[level] = step{h, c}
		h = inner.childAt(c)
	}
	p.at[t.height] = step{h, int(rest)}
}

// pick returns the child of an inner node, which has total elements, that holds
// position i, the position in that child, and how many elements the child has. It
// counts from the nearer end.
func (p node) pick(i, total uint64) (c int, rest, below uint64) {
	last := p.len() - 1
	if i < total/2 {
		for ; c < last; c++ {
			if below = uint64(p.countAt(c)); i < below {
				return c, i, below
			}
			i -= below
		}
		return c, i, uint64(p.countAt(c))
	}
	from := total // where child c begins
	for c = last; ; c-- {
		below = uint64(p.countAt(c))
		if from -= below; i >= from || c == 0 {
			return c, i - from, below
		}
	}
}

func (t *Tree) rank(p *path) int {
	if t.root == 0 {
		return 0
	}
	r := p.at[t.height].index
	for level := range t.height {
		inner := t.node(p.at[level].node)
		for c := range p.at[level].index {
			r += int(inner.countAt(c))
		}
	}
	return r
}
