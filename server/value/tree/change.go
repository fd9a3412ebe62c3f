package tree

import "encoding/binary"

// entry is an entry on its way into a node: a leaf's (key, value), or an inner
// node's (key, child, count).
type entry struct {
	key, value   slot
	child, count uint32
	dense        bool // a sequence's element: no key
}

func (e *entry) size(level int) int {
	if e.dense && level == 0 {
		return e.value.denseSize()
	}
	if level > 0 {
		return 8 + e.key.size()
	}
	return e.key.size() + e.value.size()
}

func (e *entry) write(b []byte, level int) {
	if e.dense && level == 0 {
		putDense(b, e.value)
		return
	}
	if level > 0 {
		binary.LittleEndian.PutUint32(b, e.child)
		binary.LittleEndian.PutUint32(b[4:], e.count)
		putField(b[8:], e.key)
		return
	}
	putField(b[putField(b, e.key):], e.value)
}

// keep returns the field for content, which goes outside when it is longer than inline.
func (t *Tree) keep(content []byte, inline int) slot {
	if len(content) <= inline {
		return slot{bytes: content}
	}
	h := t.mem.Alloc(len(content))
	copy(t.mem.Bytes(h), content)
	return slot{binary.LittleEndian.AppendUint32(nil, h), true}
}

// insert puts (key, value) at p, the place that find or locate named.
func (t *Tree) insert(p *path, key, value []byte) {
	t.add(p, entry{key: t.keep(key, maxInlineKey), value: t.keep(value, maxInlineValue), dense: t.sequence})
	t.n++
}

func (t *Tree) add(p *path, e entry) {
	if t.root == 0 {
		t.root = t.mem.Alloc(firstNode)
		t.node(t.root).init(0, t.sequence)
		p.at[0] = step{t.root, 0}
	}
	if right := t.addBelow(p, 0, e); right.child != 0 {
		t.growRoot(right)
	}
}

// growRoot makes a new root above the old one and its new right neighbour.
func (t *Tree) growRoot(right entry) {
	t.height++
	old := t.root
	t.root = t.mem.Alloc(firstNode)
	root := t.node(t.root)
	root.init(t.height, false)
	left := entry{child: old, count: t.node(old).total()}
	for i, e := range []entry{left, right} {
		root = t.fit(t.root, e.size(t.height)+2)
		e.write(root.open(i, e.size(t.height)), t.height)
	}
}

// addBelow inserts e at the path's leaf and returns, when the node at depth was
// split for it, the entry of the new right neighbour.
func (t *Tree) addBelow(p *path, depth int, e entry) (right entry) {
	at := p.at[depth]
	if depth == t.height {
		return t.place(at.node, at.index, e)
	}
	below := t.addBelow(p, depth+1, e)
	inner := t.node(at.node)
	inner.setCount(at.index, inner.countAt(at.index)+1-below.count)
	if below.child == 0 {
		return entry{}
	}
	return t.place(at.node, at.index+1, below)
}

// place writes e before entry i of the node, which is split if it is full.
func (t *Tree) place(h uint32, i int, e entry) (right entry) {
	level := t.node(h).level()
	size := e.size(level)
	if n := t.node(h); !n.dense() || n.len() < maxDense {
		if p := t.fit(h, size+2); p != nil {
			e.write(p.open(i, size), level)
			return entry{}
		}
	}
	cut := t.node(h).splitPoint(i)
	rh, moved := t.splitOff(h, cut)
	into, other := h, rh
	if i > cut || (i == cut && i > 0 && moved <= MaxNode/2) {
		into, other, i = rh, h, i-cut
	}
	e.write(t.fit(into, size+2).open(i, size), level)
	t.trim(other, growStep)
	return entry{key: t.bound(h, rh), child: rh, count: t.node(rh).total()}
}

// splitOff moves the entries from cut on into a new node, and returns it and the
// bytes that moved.
func (t *Tree) splitOff(h uint32, cut int) (rh uint32, moved int) {
	moved = t.node(h).bytesOf(cut, t.node(h).len())
	rh = t.mem.Alloc(roundUp(nodeHeader + moved))
	left, right := t.node(h), t.node(rh)
	right.init(left.level(), left.dense())
	right.take(left, cut, left.len())
	left.cut(cut, left.len()-cut)
	return rh, moved
}

// splitPoint returns where to cut a full node that gets an entry before i: at an
// edge when the entry goes there (appending fills nodes to the brim), else in
// the middle by bytes.
func (p node) splitPoint(i int) int {
	n := p.len()
	if i == 0 || i == n {
		return i
	}
	if p.dense() {
		return p.denseHalf()
	}
	half, sum := (len(p)-p.dead())/2, 0
	for cut := range n {
		if sum += 2 + p.size(cut); sum >= half {
			return min(max(cut, 1), n-1)
		}
	}
	return n - 1
}

// bound returns the key for the new right neighbour of left in their parent:
// above all of left's keys and at or below right's. Between leaves it is the
// shortest such prefix of right's first key; from an inner node the first key
// moves up, since nobody looks at it there any more.
func (t *Tree) bound(left, right uint32) slot {
	l, r := t.node(left), t.node(right)
	if r.level() > 0 {
		key := r.sepAt(0)
		key.bytes = append([]byte(nil), key.bytes...)
		t.rekey(right, 0, slot{})
		return key
	}
	if t.sequence {
		return slot{}
	}
	last, first := t.keyOf(l, l.len()-1), t.keyOf(r, 0)
	c := 0
	for c < len(last) && c < len(first) && last[c] == first[c] {
		c++
	}
	return t.keep(append([]byte(nil), first[:min(c+1, len(first))]...), maxInlineKey)
}

// rekey replaces the key of an inner node's entry. The old one is the caller's.
func (t *Tree) rekey(h uint32, i int, key slot) {
	p := t.node(h)
	e := entry{key: key, child: p.childAt(i), count: p.countAt(i)}
	p.cut(i, 1)
	level := p.level()
	size := e.size(level)
	e.write(t.fit(h, size+2).open(i, size), level) // fit may move the node: p is gone
}

// replace sets the value of the element at p.
func (t *Tree) replace(p *path, value []byte) {
	leaf, i := t.node(p.at[t.height].node), p.at[t.height].index
	if t.sequence {
		kept := t.keep(append([]byte(nil), value...), maxInlineValue)
		t.releaseEntry(leaf, i)
		t.swap(p, entry{value: kept, dense: true})
		return
	}
	key, n := field(leaf[leaf.off(i):])
	old, _ := field(leaf[leaf.off(i)+n:])
	if !old.outside && len(value) == len(old.bytes) {
		copy(old.bytes, value)
		return
	}
	var copies [maxInlineKey + maxInlineValue]byte // of what may lie in the leaf
	key.bytes = copies[:copy(copies[:maxInlineKey], key.bytes)]
	if len(value) <= maxInlineValue {
		value = copies[maxInlineKey : maxInlineKey+copy(copies[maxInlineKey:], value)]
	}
	kept := t.keep(value, maxInlineValue)
	t.releaseField(old)
	t.swap(p, entry{key: key, value: kept})
}

// swap puts e in the place of the element at p, whose chunks are free.
func (t *Tree) swap(p *path, e entry) {
	t.node(p.at[t.height].node).cut(p.at[t.height].index, 1)
	t.addCounts(p, t.height, -1)
	t.add(p, e)
}

// addCounts adds delta to the counts on the path above the node at depth.
func (t *Tree) addCounts(p *path, depth, delta int) {
	for d := range depth {
		inner, i := t.node(p.at[d].node), p.at[d].index
		inner.setCount(i, uint32(int(inner.countAt(i))+delta))
	}
}

// remove takes k elements from p on out of its leaf, which has them.
func (t *Tree) remove(p *path, k int) {
	leaf, i := t.node(p.at[t.height].node), p.at[t.height].index
	if leaf.dense() {
		t.denseRemove(leaf, i, k)
	} else {
		t.releaseRange(leaf, i, i+k)
		leaf.cut(i, k)
	}
	t.n -= uint64(k)
	t.addCounts(p, t.height, -k)
	for depth := t.height; depth > 0 && t.shrink(p, depth); depth-- {
	}
	t.lowerRoot()
}

// shrink frees, merges or trims the node at depth after it has lost entries, and
// tells whether its parent has lost one too.
func (t *Tree) shrink(p *path, depth int) bool {
	h, up := p.at[depth].node, p.at[depth-1]
	n := t.node(h)
	if n.len() == 0 {
		t.mem.Free(h)
		t.dropChild(up.node, up.index)
		return true
	}
	if n.live() < MaxNode/4 {
		if i := up.index; i+1 < t.node(up.node).len() && t.merge(up.node, i) || i > 0 && t.merge(up.node, i-1) {
			return true
		}
	}
	t.trim(h, loose)
	return false
}

func (t *Tree) dropChild(parent uint32, i int) {
	p := t.node(parent)
	t.releaseField(p.sepAt(i))
	p.cut(i, 1)
}

// merge moves child i+1 of parent into child i if both fit well into one node.
func (t *Tree) merge(parent uint32, i int) bool {
	up := t.node(parent)
	lh, rh := up.childAt(i), up.childAt(i+1)
	left, right, key := t.node(lh), t.node(rh), up.sepAt(i+1)
	need := right.live() - nodeHeader
	inner := right.level() > 0
	if inner {
		need += key.size() // the bound comes down as the key of right's first entry
	}
	if left.live()+need > MaxNode*3/4 || left.dense() && left.len()+right.len() > maxDense {
		return false
	}
	if inner {
		key.bytes = append([]byte(nil), key.bytes...)
		t.releaseField(right.sepAt(0))
		t.rekey(rh, 0, key)
	} else {
		t.releaseField(key)
	}
	left = t.fit(lh, need)
	right = t.node(rh)
	left.take(right, 0, right.len())
	t.mem.Free(rh)
	up = t.node(parent)
	up.setCount(i, left.total())
	up.cut(i+1, 1)
	return true
}

// lowerRoot takes away roots that lead to one child, and an empty last leaf.
func (t *Tree) lowerRoot() {
	for t.root != 0 {
		root := t.node(t.root)
		if root.len() > 1 || (t.height == 0 && root.len() == 1) {
			return
		}
		old := t.root
		t.root = 0
		if t.height > 0 && root.len() == 1 {
			t.releaseField(root.sepAt(0))
			t.root = root.childAt(0)
			t.height--
		}
		t.mem.Free(old)
	}
	t.height = 0
}

// fit returns the node with a gap of at least need bytes, packed or grown as it
// takes; nil when a full-size node would not do.
func (t *Tree) fit(h uint32, need int) node {
	p := t.node(h)
	if p.gap() >= need {
		return p
	}
	size := p.live() + need
	if size > MaxNode {
		return nil
	}
	return t.repack(h, max(len(p), min(roundUp(size+size/16), MaxNode)))
}

// trim gives back the room that a node does not use, if it is slack bytes or more.
func (t *Tree) trim(h uint32, slack int) {
	if p := t.node(h); len(p)-p.live() >= slack {
		t.repack(h, roundUp(p.live()))
	}
}

// loose is the slack that a node which loses entries may have: it may get others.
const loose = 512

// repack rewrites the node without holes in a chunk of size bytes.
func (t *Tree) repack(h uint32, size int) node {
	var scratch [MaxNode]byte
	p := t.node(h)
	old := node(scratch[:copy(scratch[:], p)])
	if size != len(p) {
		p = t.mem.Resize(h, size)
	}
	p.init(old.level(), old.dense())
	p.take(old, 0, old.len())
	return p
}

// roundUp returns the size of chunk for a node of n bytes.
func roundUp(n int) int { return min((n+growStep-1)/growStep*growStep, MaxNode) }
