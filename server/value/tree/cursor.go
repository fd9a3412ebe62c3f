package tree

// Cursor walks over neighbours in either direction. It ends at the next change
// of the tree.
type Cursor struct {
	tree *Tree
	path path
	ok   bool

	leaf node              // the leaf's bytes, while ok
	off  int               // of a sequence: where the present entry begins
	offs *[maxDense]uint16 // of a sequence walked backwards: where each entry of leaf begins
}

// Seek returns a cursor at the first element whose key is at or above key.
func (t *Tree) Seek(key []byte) Cursor {
	c := Cursor{tree: t, ok: t.root != 0}
	t.find(&c.path, key)
	c.settle()
	return c
}

// SeekAt returns a cursor at position i; it is off the end unless 0 <= i < Len.
func (t *Tree) SeekAt(i int) Cursor {
	c := Cursor{tree: t, ok: i >= 0 && i < t.Len()}
	if c.ok {
		t.locate(&c.path, i)
		c.enter()
	}
	return c
}

// Valid tells whether the cursor is at an element.
func (c *Cursor) Valid() bool { return c.ok }

// Key returns the element's key.
func (c *Cursor) Key() []byte { return c.tree.keyOf(c.leaf, c.at().index) }

// Value returns the element's value. It may be overwritten in place.
func (c *Cursor) Value() []byte {
	if c.leaf.dense() {
		return c.tree.denseValue(c.leaf[c.off:])
	}
	return c.tree.valueOf(c.leaf, c.at().index)
}

// Rank returns the element's position.
func (c *Cursor) Rank() int { return c.tree.rank(&c.path) }

// at is the leaf's step of the path.
func (c *Cursor) at() *step { return &c.path.at[c.tree.height] }

// Next moves to the element behind, if there is one.
func (c *Cursor) Next() {
	at := c.at()
	at.index++
	if at.index >= c.leaf.len() {
		c.settle()
	} else if c.leaf.dense() {
		c.off += denseSize(c.leaf[c.off:])
	}
}

// Prev moves to the element before, if there is one.
func (c *Cursor) Prev() {
	for depth := c.tree.height; depth >= 0; depth-- {
		if c.path.at[depth].index > 0 {
			c.path.at[depth].index--
			c.descend(depth, true)
			c.back(depth)
			return
		}
	}
	c.ok = false
}

// back is enter after a step backwards that turned round at depth.
func (c *Cursor) back(depth int) {
	if depth < c.tree.height {
		c.leaf, c.offs = c.tree.node(c.at().node), nil
	}
	if !c.leaf.dense() {
		return
	}
	if c.offs == nil {
		c.offs = new([maxDense]uint16)
		c.leaf.denseOffs(c.offs)
	}
	c.off = int(c.offs[c.at().index])
}

// settle moves from behind a leaf's last entry to the next leaf's first.
func (c *Cursor) settle() {
	t := c.tree
	if !c.ok {
		return
	}
	for depth := t.height; depth >= 0; depth-- {
		if c.path.at[depth].index < t.node(c.path.at[depth].node).len() {
			c.descend(depth, false)
			c.enter()
			return
		}
		if depth > 0 {
			c.path.at[depth-1].index++
		}
	}
	c.ok = false
}

// enter looks up what the path leads to.
func (c *Cursor) enter() {
	at := c.at()
	c.leaf, c.offs = c.tree.node(at.node), nil
	if c.leaf.dense() {
		c.off = c.leaf.off(at.index)
	}
}

// descend fills the path below depth along the first or the last children.
func (c *Cursor) descend(depth int, last bool) {
	t := c.tree
	for ; depth < t.height; depth++ {
		at := c.path.at[depth]
		child := t.node(at.node).childAt(at.index)
		i := 0
		if last {
			i = t.node(child).len() - 1
		}
		c.path.at[depth+1] = step{child, i}
	}
}
