package tree

// Cursor walks over neighbours in either direction. It ends at the next change
// of the tree.
type Cursor struct {
	tree *Tree
	path path
	ok   bool

	// Of a sequence: where the entries of the leaf begin, walked once a leaf.
	leaf uint32
	offs [maxDense]uint16
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
	}
	return c
}

// Valid tells whether the cursor is at an element.
func (c *Cursor) Valid() bool { return c.ok }

// Key returns the element's key.
func (c *Cursor) Key() []byte { return c.tree.key(&c.path) }

// Value returns the element's value. It may be overwritten in place.
func (c *Cursor) Value() []byte {
	if !c.tree.sequence {
		return c.tree.value(&c.path)
	}
	at := c.path.at[c.tree.height]
	leaf := c.tree.node(at.node)
	if c.leaf != at.node {
		c.leaf = at.node
		leaf.denseOffs(&c.offs)
	}
	return c.tree.denseValue(leaf[c.offs[at.index]:])
}

// Rank returns the element's position.
func (c *Cursor) Rank() int { return c.tree.rank(&c.path) }

// Next moves to the element behind, if there is one.
func (c *Cursor) Next() {
	c.path.at[c.tree.height].index++
	c.settle()
}

// Prev moves to the element before, if there is one.
func (c *Cursor) Prev() {
	t := c.tree
	for depth := t.height; depth >= 0; depth-- {
		if c.path.at[depth].index > 0 {
			c.path.at[depth].index--
			c.descend(depth, true)
			return
		}
	}
	c.ok = false
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
			return
		}
		if depth > 0 {
			c.path.at[depth-1].index++
		}
	}
	c.ok = false
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
