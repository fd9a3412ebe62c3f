package tree

import "encoding/binary"

// Copy returns a copy of the tree with chunks of its own in mem: node by node, so
// that it costs little more than moving the bytes.
func (t *Tree) Copy(mem Memory) Tree {
	c := Tree{mem: mem, height: t.height, n: t.n, sequence: t.sequence}
	if t.root != 0 {
		c.root = copyNode(t.mem, mem, t.root)
	}
	return c
}

func copyNode(from, to Memory, h uint32) uint32 {
	copied := copyChunk(from, to, h)
	p := node(to.Bytes(copied))
	for i := range p.len() {
		e := p[p.off(i):]
		switch {
		case p.dense():
			copyOutside(from, to, denseField(e))
		case p.level() > 0:
			binary.LittleEndian.PutUint32(e, copyNode(from, to, p.childAt(i)))
			copyOutside(from, to, p.sepAt(i))
		default:
			key, n := field(e)
			value, _ := field(e[n:])
			copyOutside(from, to, key)
			copyOutside(from, to, value)
		}
	}
	return copied
}

// copyOutside gives a field that was copied a copy of the chunk it names.
func copyOutside(from, to Memory, f slot) {
	if f.outside {
		h := binary.LittleEndian.Uint32(f.bytes)
		binary.LittleEndian.PutUint32(f.bytes, copyChunk(from, to, h))
	}
}

func copyChunk(from, to Memory, h uint32) uint32 {
	copied := to.Alloc(len(from.Bytes(h)))
	copy(to.Bytes(copied), from.Bytes(h))
	return copied
}
