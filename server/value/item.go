package value

import (
	"encoding/binary"

	"github.com/cachedserver/cached/server/value/tree"
	"github.com/cespare/xxhash/v2"
)

// Item is the entry of one key while a call works on it.
type Item interface {
	// Payload returns the entry's bytes. They stay where they are while chunks
	// come and go, and end at Resize.
	Payload() []byte
	// Resize makes the payload n bytes long, keeping the first bytes, and returns it.
	Resize(n int) []byte
	// Encoding returns the number of the payload's form.
	Encoding() uint8
	// SetEncoding changes it.
	SetEncoding(uint8)
	// Memory returns where the item's chunks live.
	Memory() tree.Memory
	// Charge adds to the bytes that the entry is charged for its chunks. It is a
	// formula of the content, so that all replicas agree.
	Charge(delta int64)
}

// The forms of a payload. Their numbers are the store's encodings.
const (
	Packed  uint8 = 0
	Chunked uint8 = 1
	IntSet  uint8 = 2 // of a set
	Timed   uint8 = 2 // of a hash: packed with the fields' expiry
)

// Limits say up to where a collection stays packed, as Redis's *-max-listpack-*
// directives do.
type Limits struct {
	Entries int // elements (fields of a hash, members of a sorted set)
	Bytes   int // of one element
	Ints    int // elements of a set of integers
	Node    int // bytes of a packed list as a whole; 0: no such limit
}

// maxPacked is the number of elements up to which any packed form may grow,
// whatever its limits: its count has 16 bits.
const maxPacked = 1<<16 - 1

// chunkHeader is where the tree headers of a chunked payload begin.
const chunkHeader = 8

// openTree loads tree number i of a chunked payload.
func openTree(it Item, i int) tree.Tree {
	return tree.Load(it.Memory(), it.Payload()[chunkHeader+i*tree.HeaderSize:])
}

// saveTree writes back what openTree loaded.
func saveTree(it Item, i int, t *tree.Tree) {
	at := chunkHeader + i*tree.HeaderSize
	t.Append(it.Payload()[at : at : at+tree.HeaderSize])
}

// becomeChunked turns the item into one of n empty trees. The old payload is gone.
func becomeChunked(it Item, n int) {
	p := it.Resize(chunkHeader + n*tree.HeaderSize)
	clear(p)
	it.SetEncoding(Chunked)
}

// charge counts delta bytes of chunks to the entry; Charged reads the sum.
func charge(it Item, delta int) {
	p := it.Payload()
	binary.LittleEndian.PutUint64(p, uint64(Charged(p)+int64(delta)))
	it.Charge(int64(delta))
}

// Charged returns the bytes of chunks that a chunked payload is charged for.
func Charged(payload []byte) int64 { return int64(binary.LittleEndian.Uint64(payload)) }

// hashKey appends the tree key of an element that is looked up by its bytes: four
// bytes of hash, which give SSCAN, HSCAN and ZSCAN their cursor, then the bytes.
// The hash has no secret: equal hashes cost a tree nothing.
func hashKey(dst, element []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(xxhash.Sum64(element)>>32)), element...)
}

// scan walks elements in hash order from a cursor on, whole hashes at a time, and
// returns the next cursor, 0 at the end.
func scan(t *tree.Tree, cursor uint64, count int, visit func(key, value []byte)) uint64 {
	if cursor > 1<<32-1 {
		return 0
	}
	var from [4]byte
	binary.BigEndian.PutUint32(from[:], uint32(cursor))
	last := uint64(0)
	n := 0
	for c := t.Seek(from[:]); c.Valid(); c.Next() {
		key := c.Key()
		h := uint64(binary.BigEndian.Uint32(key))
		if n >= count && h != last {
			return h
		}
		last = h
		n++
		visit(key[4:], c.Value())
	}
	return 0
}

// Copy fills a chunked payload made for it, as long as src, with copies of the
// trees of src.
func Copy(dst []byte, to tree.Memory, src []byte, from tree.Memory) {
	copy(dst[:chunkHeader], src)
	for at := chunkHeader; at+tree.HeaderSize <= len(src); at += tree.HeaderSize {
		t := tree.Load(from, src[at:])
		c := t.Copy(to)
		c.Append(dst[at : at : at+tree.HeaderSize])
	}
}

// FreeStep gives back at most about budget chunks of a chunked payload whose key
// is gone, and tells whether all are.
func FreeStep(mem tree.Memory, payload []byte, budget int) (done bool) {
	for at := chunkHeader; at+tree.HeaderSize <= len(payload); at += tree.HeaderSize {
		t := tree.Load(mem, payload[at:])
		before := t.Len()
		done = t.FreeStep(budget)
		t.Append(payload[at : at : at+tree.HeaderSize])
		if !done {
			return false
		}
		budget -= min(before/64, budget-1)
	}
	return true
}
