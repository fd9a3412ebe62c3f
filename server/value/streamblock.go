package value

import (
	"bytes"
	"encoding/binary"

	"github.com/cachedserver/cached/server/value/tree"
)

// A block holds entries one behind the other, and the fields of the first, which most
// have in common:
//
//	u32 used | u16 count | u32 where entries begin | uvarint fields | field ... | entry ... | room
//
//	entry    uvarint length of the rest | uvarint ms - base | uvarint seq |
//	         0 | value ...                         the block's fields
//	         uvarint fields | field value ...      its own
//
// base is the ID that is the block's key; seq is counted from the base's in the
// base's millisecond. Fields and values are elements as in packed.go.
type block []byte

const (
	blockHeader = 10
	maxBlock    = tree.MaxNode // bytes, so that a block is one chunk
	blockCharge = 32           // what a block is charged beside its bytes
)

func (b block) used() int      { return int(binary.LittleEndian.Uint32(b)) }
func (b block) count() int     { return int(binary.LittleEndian.Uint16(b[4:])) }
func (b block) begin() int     { return int(binary.LittleEndian.Uint32(b[6:])) }
func (b block) setUsed(n int)  { binary.LittleEndian.PutUint32(b, uint32(n)) }
func (b block) setCount(n int) { binary.LittleEndian.PutUint16(b[4:], uint16(n)) }

// entries are the bytes of all entries.
func (b block) entries() []byte { return b[b.begin():b.used()] }

// newBlock builds a block of one entry.
func newBlock(buf []byte, id StreamID, pairs [][]byte) block {
	b := append(buf, make([]byte, blockHeader)...)
	b = binary.AppendUvarint(b, uint64(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		b = appendElem(b, pairs[i])
	}
	binary.LittleEndian.PutUint32(b[6:], uint32(len(b)))
	b = block(b).appendEntry(b, id, id, pairs)
	block(b).setUsed(len(b))
	block(b).setCount(1)
	return b
}

// appendEntry appends an entry of this block to dst.
func (b block) appendEntry(dst []byte, base, id StreamID, pairs [][]byte) []byte {
	from := len(dst)
	dst = append(dst, 0) // the length, if it is short
	seq := id.Seq
	if id.Ms == base.Ms {
		seq -= base.Seq
	}
	dst = binary.AppendUvarint(dst, id.Ms-base.Ms)
	dst = binary.AppendUvarint(dst, seq)
	if b.shares(pairs) {
		dst = append(dst, 0)
		for i := 1; i < len(pairs); i += 2 {
			dst = appendElem(dst, pairs[i])
		}
	} else {
		dst = binary.AppendUvarint(dst, uint64(len(pairs)/2))
		for _, p := range pairs {
			dst = appendElem(dst, p)
		}
	}
	n := len(dst) - from - 1
	if n < 0x80 {
		dst[from] = byte(n)
		return dst
	}
	var length [binary.MaxVarintLen64]byte
	k := binary.PutUvarint(length[:], uint64(n))
	dst = append(dst, length[:k-1]...) // room
	copy(dst[from+k:], dst[from+1:from+1+n])
	copy(dst[from:], length[:k])
	return dst
}

// master returns the block's fields: how many, and their elements.
func (b block) master() (n int, fields []byte) {
	u, k := binary.Uvarint(b[blockHeader:])
	return int(u), b[blockHeader+k : b.begin()]
}

// shares tells whether the pairs have the block's fields.
func (b block) shares(pairs [][]byte) bool {
	n, fields := b.master()
	if n != len(pairs)/2 {
		return false
	}
	var digits [20]byte
	for i := 0; i < len(pairs); i += 2 {
		var f elem
		f, fields = next(fields)
		if !bytes.Equal(f.bytes(&digits), pairs[i]) {
			return false
		}
	}
	return true
}

// add appends an entry for which there is room.
func (b block) add(entry []byte) {
	copy(b[b.used():], entry)
	b.setUsed(b.used() + len(entry))
	b.setCount(b.count() + 1)
}

// cut takes n entries, the bytes [from, to), out.
func (b block) cut(from, to, n int) {
	used := b.used()
	copy(b[from:], b[to:used])
	b.setUsed(used - (to - from))
	b.setCount(b.count() - n)
}

// starts appends where each entry begins.
func (b block) starts(dst []int) []int {
	for at := b.begin(); at < b.used(); {
		dst = append(dst, at)
		n, k := binary.Uvarint(b[at:])
		at += k + int(n)
	}
	return dst
}

// find returns the bytes [from, to) of an entry; from == to if it is not there.
func (b block) find(base, id StreamID) (from, to int) {
	var e StreamEntry
	for rest := b.entries(); len(rest) > 0; {
		from = b.used() - len(rest)
		rest = e.read(b, base, rest)
		switch c := e.ID.Compare(id); {
		case c == 0:
			return from, b.used() - len(rest)
		case c > 0:
			return 0, 0
		}
	}
	return 0, 0
}

// last returns the ID of the last entry.
func (b block) last(base StreamID) StreamID {
	rest := b.entries()
	for {
		n, k := binary.Uvarint(rest)
		if k+int(n) == len(rest) {
			break
		}
		rest = rest[k+int(n):]
	}
	var e StreamEntry
	e.read(b, base, rest)
	return e.ID
}

// StreamEntry is one entry; its bytes end when the stream changes.
type StreamEntry struct {
	ID     StreamID
	n      int
	shared []byte // the block's fields; nil: they stand before their values
	body   []byte
	fld    [20]byte
	val    [20]byte
}

// read reads the entry at the head of rest, which belongs to b, and returns what
// follows it.
func (e *StreamEntry) read(b block, base StreamID, rest []byte) []byte {
	size, k := binary.Uvarint(rest)
	body, after := rest[k:k+int(size)], rest[k+int(size):]
	ms, k := binary.Uvarint(body)
	body = body[k:]
	seq, k := binary.Uvarint(body)
	body = body[k:]
	if ms == 0 {
		seq += base.Seq
	}
	e.ID = StreamID{base.Ms + ms, seq}
	n, k := binary.Uvarint(body)
	e.n, e.shared, e.body = int(n), nil, body[k:]
	if n == 0 {
		e.n, e.shared = b.master()
	}
	return after
}

// Len returns the number of fields.
func (e *StreamEntry) Len() int { return e.n }

// Fields yields fields and values in the order in which they were added; each ends
// with the next.
func (e *StreamEntry) Fields(yield func(field, value []byte) bool) {
	shared, body := e.shared, e.body
	for range e.n {
		var f, v elem
		if e.shared != nil {
			f, shared = next(shared)
		} else {
			f, body = next(body)
		}
		v, body = next(body)
		if !yield(f.bytes(&e.fld), v.bytes(&e.val)) {
			return
		}
	}
}
