package value

import (
	"encoding/binary"

	"github.com/cachedserver/cached/server/value/tree"
)

// hashElement is what a field of a chunked hash is charged beside its bytes and
// its value's; a field with an expiry is charged timedElement and its bytes more.
const (
	hashElement  = 14
	timedElement = 40
)

// Hash is a map from field to value, each field with an expiry of its own if
// wanted. It is Packed (field, value, ...), Timed (field, value, expiry, ...) or
// Chunked: a tree of fields in hash order, and a tree of (expiry, field) for those
// that have one.
//
// Fields that are past their expiry count as there until Purge: writers purge
// first, readers compare ExpireAt.
type Hash struct {
	it  Item
	lim *Limits
	tmp [96]byte // key or encoding of the field at hand
	fld [20]byte // digits of the field last returned
	val [20]byte // digits of the value last returned
}

// Field is one field of a hash; its slices end at the hash's next call.
type Field struct {
	Name, Value []byte
	ExpireAt    int64 // ms since the epoch; 0 never
}

// Expired tells whether the field counts as absent at now.
func (f *Field) Expired(now int64) bool { return f.ExpireAt != 0 && f.ExpireAt <= now }

// NewHash makes the item an empty hash.
func NewHash(it Item, lim *Limits) Hash {
	InitPacked(it)
	return Hash{it: it, lim: lim}
}

// OpenHash opens the item's hash.
func OpenHash(it Item, lim *Limits) Hash { return Hash{it: it, lim: lim} }

// stride is the number of elements that a field takes in a packed form.
func (h *Hash) stride() int {
	if h.it.Encoding() == Timed {
		return 3
	}
	return 2
}

// Len returns the number of fields, those past their expiry included.
func (h *Hash) Len() int {
	if h.it.Encoding() != Chunked {
		return packed(h.it.Payload()).len() / h.stride()
	}
	t := openTree(h.it, 0)
	return t.Len()
}

// Get returns the field.
func (h *Hash) Get(field []byte) (Field, bool) {
	if h.it.Encoding() != Chunked {
		p := packed(h.it.Payload())
		off, _ := p.find(appendElem(h.tmp[:0], field), h.stride())
		if off < 0 {
			return Field{}, false
		}
		f, _ := h.read(p[off:])
		return f, true
	}
	t := openTree(h.it, 0)
	v, ok := t.Get(hashKey(h.tmp[:0], field))
	if !ok {
		return Field{}, false
	}
	return fieldOf(field, v), true
}

// read returns the field at the head of a packed payload's rest.
func (h *Hash) read(b []byte) (Field, []byte) {
	name, b := next(b)
	v, b := next(b)
	f := Field{Name: name.bytes(&h.fld), Value: v.bytes(&h.val)}
	if h.it.Encoding() == Timed {
		var at elem
		at, b = next(b)
		f.ExpireAt, _ = at.int()
	}
	return f, b
}

// A chunked field's tree value is the uvarint of its expiry (0: none), then the
// value's bytes.
func fieldOf(name, v []byte) Field {
	at, n := binary.Uvarint(v)
	return Field{Name: name, Value: v[n:], ExpireAt: int64(at)}
}

// Set sets the field's value and expiry and tells whether the field is new.
func (h *Hash) Set(field, v []byte, expireAt int64) bool {
	if h.it.Encoding() == Chunked {
		return h.setChunked(field, v, expireAt)
	}
	if expireAt != 0 && h.it.Encoding() == Packed {
		h.becomeTimed()
	}
	p := packed(h.it.Payload())
	e := appendElem(h.tmp[:0], field)
	off, _ := p.find(e, h.stride())
	full := off < 0 && p.len()/h.stride() >= min(h.lim.Entries, maxPacked/3)
	if full || len(field) > h.lim.Bytes || len(v) > h.lim.Bytes {
		h.becomeTree()
		return h.setChunked(field, v, expireAt)
	}
	isNew, end := off < 0, off
	if isNew {
		off, end = len(p), len(p)
		e = appendElem(e, v)
	} else {
		off += len(e)
		end = off + len(p[off:]) - len(skip(p[off:], h.stride()-1))
		e = appendElem(e[:0], v)
	}
	delta := 0
	if isNew {
		delta = h.stride()
	}
	if h.stride() == 3 {
		e = appendInt(e, expireAt)
	}
	splice(h.it, off, end, e, delta)
	return isNew
}

func skip(b []byte, n int) []byte {
	for range n {
		_, b = next(b)
	}
	return b
}

func appendInt(dst []byte, n int64) []byte { return binary.AppendUvarint(dst, zigzag(n)<<1|1) }

func (h *Hash) setChunked(field, v []byte, expireAt int64) bool {
	t := openTree(h.it, 0)
	key := hashKey(h.tmp[:0], field)
	var place tree.Place
	old, there := t.Find(&place, key)
	delta := len(field) + len(v) + hashElement
	if there {
		f := fieldOf(field, old)
		delta = len(v) - len(f.Value)
		h.retime(key, f.ExpireAt, expireAt)
	} else {
		h.retime(key, 0, expireAt)
	}
	var scratch [128]byte
	t.PutAt(&place, key, append(binary.AppendUvarint(scratch[:0], uint64(expireAt)), v...))
	saveTree(h.it, 0, &t)
	charge(h.it, delta)
	return !there
}

// retime moves the field with the given tree key from one expiry to another in
// the tree of times.
func (h *Hash) retime(key []byte, from, to int64) {
	if from == to {
		return
	}
	t := openTree(h.it, 1)
	var scratch [104]byte
	if from != 0 {
		t.Delete(timeKey(scratch[:0], from, key))
		charge(h.it, -timedElement-len(key))
	}
	if to != 0 {
		t.Put(timeKey(scratch[:0], to, key), nil)
		charge(h.it, timedElement+len(key))
	}
	saveTree(h.it, 1, &t)
}

func timeKey(dst []byte, at int64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(dst, uint64(at)), key...)
}

// Expire changes the field's expiry, 0 for never, and tells whether it is there.
func (h *Hash) Expire(field []byte, at int64) bool {
	f, ok := h.Get(field)
	if !ok {
		return false
	}
	if f.ExpireAt != at {
		h.Set(field, append([]byte(nil), f.Value...), at)
	}
	return true
}

// Delete removes the field and tells whether it was there.
func (h *Hash) Delete(field []byte) bool {
	if h.it.Encoding() != Chunked {
		p := packed(h.it.Payload())
		off, _ := p.find(appendElem(h.tmp[:0], field), h.stride())
		if off < 0 {
			return false
		}
		end := p.off(skip(p[off:], h.stride()))
		splice(h.it, off, end, nil, -h.stride())
		return true
	}
	t := openTree(h.it, 0)
	key := hashKey(h.tmp[:0], field)
	v, ok := t.Get(key)
	if !ok {
		return false
	}
	f := fieldOf(field, v)
	h.retime(key, f.ExpireAt, 0)
	charge(h.it, -len(field)-len(f.Value)-hashElement)
	t.Delete(key)
	saveTree(h.it, 0, &t)
	return true
}

// At returns field number i, 0 <= i < Len, in an order that changes with the
// hash: for random picks.
func (h *Hash) At(i int) Field {
	if h.it.Encoding() != Chunked {
		p := packed(h.it.Payload())
		f, _ := h.read(p[p.at(i*h.stride()):])
		return f
	}
	t := openTree(h.it, 0)
	key, v := t.At(i)
	return fieldOf(key[4:], v)
}

// Each yields all fields, those past their expiry too; each ends with the next.
// The hash must not change meanwhile.
func (h *Hash) Each(yield func(Field) bool) {
	if h.it.Encoding() != Chunked {
		for rest := packed(h.it.Payload()).elems(); len(rest) > 0; {
			var f Field
			if f, rest = h.read(rest); !yield(f) {
				return
			}
		}
		return
	}
	t := openTree(h.it, 0)
	for c := t.SeekAt(0); c.Valid(); c.Next() {
		if !yield(fieldOf(c.Key()[4:], c.Value())) {
			return
		}
	}
}

// Scan visits about count fields from cursor on and returns the next cursor, 0 at
// the end. A field that is there from the first call to the last is visited.
func (h *Hash) Scan(cursor uint64, count int, visit func(Field)) uint64 {
	if h.it.Encoding() != Chunked {
		h.Each(func(f Field) bool { visit(f); return true })
		return 0
	}
	t := openTree(h.it, 0)
	return scan(&t, cursor, count, func(key, v []byte) { visit(fieldOf(key, v)) })
}

// NextExpiry returns the earliest expiry of a field, 0 when none has one.
func (h *Hash) NextExpiry() int64 {
	switch h.it.Encoding() {
	case Packed:
		return 0
	case Chunked:
		t := openTree(h.it, 1)
		if t.Len() == 0 {
			return 0
		}
		key, _ := t.At(0)
		return int64(binary.BigEndian.Uint64(key))
	}
	first := int64(0)
	for f := range h.Each {
		if f.ExpireAt != 0 && (first == 0 || f.ExpireAt < first) {
			first = f.ExpireAt
		}
	}
	return first
}

// Live returns the number of fields that are not past their expiry at now.
func (h *Hash) Live(now int64) int {
	switch h.it.Encoding() {
	case Packed:
		return h.Len()
	case Chunked:
		t := openTree(h.it, 1)
		due, _ := t.Rank(timeKey(h.tmp[:0], now+1, nil))
		return h.Len() - due
	}
	n := 0
	for f := range h.Each {
		if !f.Expired(now) {
			n++
		}
	}
	return n
}

// Purge deletes up to most fields that are past their expiry at now and returns
// how many it was.
func (h *Hash) Purge(now int64, most int) int {
	switch h.it.Encoding() {
	case Packed:
		return 0
	case Chunked:
		return h.purgeTree(now, most)
	}
	return h.purgeTimed(now, most)
}

func (h *Hash) purgeTree(now int64, most int) (n int) {
	for ; n < most; n++ {
		t := openTree(h.it, 1)
		if t.Len() == 0 {
			break
		}
		key, _ := t.At(0)
		if int64(binary.BigEndian.Uint64(key)) > now {
			break
		}
		h.Delete(append([]byte(nil), key[8+4:]...))
	}
	return n
}

// purgeTimed moves the fields that stay together.
func (h *Hash) purgeTimed(now int64, most int) (n int) {
	p := packed(h.it.Payload())
	end := EmptyPacked
	for rest := p.elems(); len(rest) > 0; {
		at := rest
		var f Field
		if f, rest = h.read(at); f.Expired(now) && n < most {
			n++
			continue
		}
		end += copy(p[end:], at[:len(at)-len(rest)])
	}
	if n > 0 {
		p.setLen(p.len() - 3*n)
		h.it.Resize(end)
	}
	return n
}

// becomeTimed gives each field of a packed hash room for an expiry.
func (h *Hash) becomeTimed() {
	p := packed(h.it.Payload())
	b := make([]byte, EmptyPacked, len(p)+p.len())
	packed(b).setLen(p.len() / 2 * 3)
	for rest := p.elems(); len(rest) > 0; {
		at := rest
		rest = skip(rest, 2)
		b = append(b, at[:len(at)-len(rest)]...)
		b = appendInt(b, 0)
	}
	copy(h.it.Resize(len(b)), b)
	h.it.SetEncoding(Timed)
}

func (h *Hash) becomeTree() {
	fields, times := tree.New(h.it.Memory()), tree.New(h.it.Memory())
	bytes := 0
	for f := range h.Each {
		key := hashKey(h.tmp[:0], f.Name)
		fields.Put(key, append(binary.AppendUvarint(nil, uint64(f.ExpireAt)), f.Value...))
		bytes += len(f.Name) + len(f.Value) + hashElement
		if f.ExpireAt != 0 {
			times.Put(timeKey(nil, f.ExpireAt, key), nil)
			bytes += timedElement + len(key)
		}
	}
	becomeChunked(h.it, 2)
	saveTree(h.it, 0, &fields)
	saveTree(h.it, 1, &times)
	charge(h.it, bytes)
}
