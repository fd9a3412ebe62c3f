package rdb

import (
	"encoding/binary"

	"github.com/cachedserver/cached/server/value"
)

// nodeEntries is how many entries of a stream are written as one node.
const nodeEntries = 64

// stream appends the next node, and behind the last one what else a stream has.
func (w *walk) stream(a *Appender) {
	s := value.OpenStream(w.it, nil)
	n := node{}
	for e := range s.Range(w.next, value.MaxStreamID) {
		n.add(e)
		w.next, _ = e.ID.Next()
		if n.count == nodeEntries {
			break
		}
	}
	if n.count > 0 {
		a.string16(n.base)
		a.string(n.bytes())
	}
	if w.left -= max(n.count, 1); w.left > 0 {
		return
	}
	w.left = 0
	a.length(uint64(s.Len()))
	for _, id := range []StreamID{s.Last(), s.First(), s.MaxDeleted()} {
		a.id(id)
	}
	a.length(s.Added())
	a.length(uint64(s.Groups()))
	for g := range s.EachGroup {
		a.group(g)
	}
}

func (a *Appender) id(id StreamID) {
	a.length(id.Ms)
	a.length(id.Seq)
}

func (a *Appender) string16(id StreamID) {
	a.length(16)
	a.Buf = AppendID(a.Buf, id)
}

func (a *Appender) millis(ms int64) { a.Buf = binary.LittleEndian.AppendUint64(a.Buf, uint64(ms)) }

func (a *Appender) group(g *value.StreamGroup) {
	a.string(g.Name())
	a.id(g.Last)
	a.length(uint64(g.Read)) // unknown, -1, in 64 bits
	a.length(uint64(g.Pending()))
	for id, p := range g.EachPending(StreamID{}, nil) {
		a.Buf = AppendID(a.Buf, id)
		a.millis(p.Time)
		a.length(p.Count)
	}
	a.length(uint64(g.Consumers()))
	for c := range g.EachConsumer {
		a.string(c.Name())
		a.millis(c.Seen)
		a.length(uint64(c.Pending()))
		for id := range g.EachPending(StreamID{}, c) {
			a.Buf = AppendID(a.Buf, id)
		}
	}
}

// node is a listpack of entries, see nodeReader. Those with the fields of the first
// leave them out.
type node struct {
	base   StreamID
	master [][]byte
	head   []byte // the master entry behind its counts
	body   []byte // entries
	elems  int    // in body
	count  int    // of entries
}

func (n *node) add(e *value.StreamEntry) {
	if n.count == 0 {
		n.base = e.ID
		n.head = packInt(nil, int64(e.Len()))
		for f := range e.Fields {
			n.master = append(n.master, append([]byte(nil), f...))
			n.head = packString(n.head, f)
		}
		n.head = packInt(n.head, 0)
	}
	same, size := n.sharesFields(e), e.Len()+3
	flags := int64(flagSameFields)
	if !same {
		flags, size = 0, 2*e.Len()+4
	}
	b := packInt(n.body, flags)
	b = packInt(packInt(b, int64(e.ID.Ms-n.base.Ms)), int64(e.ID.Seq-n.base.Seq))
	if !same {
		b = packInt(b, int64(e.Len()))
	}
	for f, v := range e.Fields {
		if !same {
			b = packString(b, f)
		}
		b = packString(b, v)
	}
	n.body = packInt(b, int64(size))
	n.elems += size + 1
	n.count++
}

func (n *node) sharesFields(e *value.StreamEntry) bool {
	if e.Len() != len(n.master) {
		return false
	}
	i := 0
	for f := range e.Fields {
		if string(f) != string(n.master[i]) {
			return false
		}
		i++
	}
	return true
}

// bytes is the whole listpack.
func (n *node) bytes() []byte {
	b := make([]byte, 6, 6+20+len(n.head)+len(n.body)+1)
	b = packInt(packInt(b, int64(n.count)), 0)
	b = append(append(append(b, n.head...), n.body...), 0xff)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	elems := 2 + 1 + len(n.master) + 1 + n.elems
	binary.LittleEndian.PutUint16(b[4:], uint16(min(elems, 1<<16-1))) // at most: uncounted
	return b
}

// packInt appends a number to a listpack.
func packInt(b []byte, n int64) []byte {
	at := len(b)
	switch {
	case n >= 0 && n < 128:
		b = append(b, byte(n))
	case n >= -4096 && n < 4096:
		b = append(b, 0xc0|byte(n>>8)&0x1f, byte(n))
	case n == int64(int16(n)):
		b = binary.LittleEndian.AppendUint16(append(b, 0xf1), uint16(n))
	case n == int64(int32(n)):
		b = binary.LittleEndian.AppendUint32(append(b, 0xf3), uint32(n))
	default:
		b = binary.LittleEndian.AppendUint64(append(b, 0xf4), uint64(n))
	}
	return packBack(b, len(b)-at)
}

// packString appends a string.
func packString(b, s []byte) []byte {
	at := len(b)
	switch n := len(s); {
	case n < 1<<6:
		b = append(b, 0x80|byte(n))
	case n < 1<<12:
		b = append(b, 0xe0|byte(n>>8), byte(n))
	default:
		b = binary.LittleEndian.AppendUint32(append(b, 0xf0), uint32(n))
	}
	b = append(b, s...)
	return packBack(b, len(b)-at)
}

// packBack appends the length of an element so that it can be read backwards.
func packBack(b []byte, size int) []byte {
	n := backLength(size)
	for i := n - 1; i >= 0; i-- {
		digit := byte(size>>(7*i)) & 127
		if i < n-1 {
			digit |= 128
		}
		b = append(b, digit)
	}
	return b
}
