package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// packFrom is the length from which strings are worth packing.
const packFrom = 21

// Appender appends values in the form of the format. The zero value packs nothing.
type Appender struct {
	Buf    []byte
	packer *packer
}

// Compress has strings packed from now on.
func (a *Appender) Compress() { a.packer = new(packer) }

func (a *Appender) byte(b byte) { a.Buf = append(a.Buf, b) }

// length appends a length or a plain number.
func (a *Appender) length(n uint64) { a.Buf = appendLength(a.Buf, n) }

func appendLength(b []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return append(b, form14|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, form32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, form64), n)
}

// int appends a string that is a number of at most 32 bits.
func (a *Appender) int(n int64) {
	switch {
	case n == int64(int8(n)):
		a.Buf = append(a.Buf, formInt8, byte(n))
	case n == int64(int16(n)):
		a.Buf = binary.LittleEndian.AppendUint16(append(a.Buf, formInt16), uint16(n))
	default:
		a.Buf = binary.LittleEndian.AppendUint32(append(a.Buf, formInt32), uint32(n))
	}
}

// digits appends a number of any size as the string that it is.
func (a *Appender) digits(n int64) {
	var b [20]byte
	a.string(strconv.AppendInt(b[:0], n, 10))
}

// string appends a string in the shortest of its forms.
func (a *Appender) string(s []byte) {
	if n, ok := shortInt(s); ok {
		a.int(n)
		return
	}
	if a.packer != nil && len(s) >= packFrom {
		if packed := a.packer.pack(s); packed != nil {
			a.byte(formLZF)
			a.length(uint64(len(packed)))
			a.length(uint64(len(s)))
			a.Buf = append(a.Buf, packed...)
			return
		}
	}
	a.length(uint64(len(s)))
	a.Buf = append(a.Buf, s...)
}

// shortInt reads a string that is just what a number of 32 bits is written as.
func shortInt(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > 11 {
		return 0, false
	}
	d, neg := s, s[0] == '-'
	if neg {
		d = s[1:]
	}
	if len(d) == 0 || d[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := int64(0)
	for _, c := range d {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, n == int64(int32(n))
}

// typeOf is the type in which a value is written.
func typeOf(kind store.Kind, it value.Item) Type {
	switch kind {
	case store.List:
		return typeList
	case store.Set:
		return typeSet
	case store.ZSet:
		return typeZSet
	case store.Hash:
		if h := value.OpenHash(it, nil); h.NextExpiry() != 0 {
			return typeHashFields
		}
		return typeHash
	case store.Stream:
		return typeStream2
	}
	return typeString
}

// walk appends the elements of a collection in steps. Between steps the collection
// must stay as it is.
type walk struct {
	kind store.Kind
	it   value.Item
	t    Type
	base uint64 // least expiry of a hash's fields
	at   int    // elements appended
	scan uint64 // cursor of a set or hash
	left int    // elements still to come

	next StreamID // of a stream
}

// begin appends what stands before the elements.
func (w *walk) begin(a *Appender) {
	switch w.kind {
	case store.List:
		l := value.OpenList(w.it, nil)
		w.left = l.Len()
	case store.Set:
		s := value.OpenSet(w.it, nil)
		w.left = s.Len()
	case store.ZSet:
		z := value.OpenZSet(w.it, nil)
		w.left = z.Len()
	case store.Stream:
		s := value.OpenStream(w.it, nil)
		w.left = max(s.Len(), 1) // the end is written with the last node
		a.length(uint64((s.Len() + nodeEntries - 1) / nodeEntries))
		return
	case store.Hash:
		h := value.OpenHash(w.it, nil)
		w.left = h.Len()
		if w.t == typeHashFields {
			w.base = uint64(h.NextExpiry())
			a.Buf = binary.LittleEndian.AppendUint64(a.Buf, w.base)
		}
	}
	a.length(uint64(w.left))
}

// step appends about n elements, no more than bytes' worth of them if it can, and
// tells whether others are left.
func (w *walk) step(a *Appender, n, bytes int) (more bool) {
	end := len(a.Buf) + bytes
	stop := func() bool {
		w.at++
		w.left--
		n--
		return n <= 0 || len(a.Buf) >= end
	}
	switch w.kind {
	case store.List:
		w.list(a, stop)
	case store.ZSet:
		w.zset(a, stop)
	case store.Stream:
		w.stream(a)
	case store.Set:
		s := value.OpenSet(w.it, nil)
		for done := false; !done && w.left > 0; {
			w.scan = s.Scan(w.scan, min(n, scanStep), func(m []byte) { a.string(m); done = stop() })
		}
	case store.Hash:
		h := value.OpenHash(w.it, nil)
		for done := false; !done && w.left > 0; {
			w.scan = h.Scan(w.scan, min(n, scanStep), func(f value.Field) { w.field(a, f); done = stop() })
		}
	}
	return w.left > 0
}

// scanStep is how many elements are appended between two looks at the size.
const scanStep = 16

func (w *walk) list(a *Appender, stop func() bool) {
	l := value.OpenList(w.it, nil)
	for v := range l.Ascend(w.at) {
		a.string(v)
		if stop() {
			return
		}
	}
}

func (w *walk) zset(a *Appender, stop func() bool) {
	z := value.OpenZSet(w.it, nil)
	for m, score := range z.Ascend(w.at) {
		a.string(m)
		a.Buf = binary.LittleEndian.AppendUint64(a.Buf, math.Float64bits(score))
		if stop() {
			return
		}
	}
}

func (w *walk) field(a *Appender, f value.Field) {
	if w.t == typeHashFields {
		ttl := uint64(0)
		if f.ExpireAt != 0 {
			ttl = uint64(f.ExpireAt) - w.base + 1
		}
		a.length(ttl)
	}
	a.string(f.Name)
	a.string(f.Value)
}

// collection appends a collection's elements all at once.
func (a *Appender) collection(kind store.Kind, t Type, it value.Item) {
	w := walk{kind: kind, it: it, t: t}
	w.begin(a)
	for w.step(a, math.MaxInt, math.MaxInt) {
	}
}

// AppendPayload appends what DUMP answers for a value: type, value and footer. it
// is the collection; nil for a string.
func AppendPayload(b []byte, v store.Value, it value.Item) []byte {
	a := Appender{Buf: b}
	t := typeOf(v.Kind(), it)
	a.byte(byte(t))
	if v.Kind() == store.String {
		a.value(v)
	} else {
		a.collection(v.Kind(), t, it)
	}
	if t == typeHashFields {
		return Seal(a.Buf, VersionFields)
	}
	return Seal(a.Buf, Version)
}

// value appends a string.
func (a *Appender) value(v store.Value) {
	if n, ok := v.Int(); ok && n == int64(int32(n)) {
		a.int(n)
		return
	}
	a.string(v.Bytes())
}
