package rdb

import (
	"fmt"
	"math"
	"strconv"
)

// form is how a type's values are read.
type form struct {
	kind Kind
	read func(v *values)
}

// forms are the types that can be read.
var forms = map[Type]form{
	typeString:       {String, (*values).str},
	typeList:         {List, (*values).elements},
	typeSet:          {Set, (*values).elements},
	typeZSetText:     {ZSet, func(v *values) { v.members((*input).text) }},
	typeZSet:         {ZSet, func(v *values) { v.members((*input).score) }},
	typeHash:         {Hash, (*values).fields},
	typeZipmap:       {Hash, func(v *values) { v.pairs(zipmap) }},
	typeListZiplist:  {List, func(v *values) { v.single(ziplist) }},
	typeIntSet:       {Set, func(v *values) { v.single(intset) }},
	typeZSetZiplist:  {ZSet, func(v *values) { v.scored(ziplist) }},
	typeHashZiplist:  {Hash, func(v *values) { v.pairs(ziplist) }},
	typeQuicklist:    {List, (*values).quicklist},
	typeHashPack:     {Hash, func(v *values) { v.pairs(listpack) }},
	typeZSetPack:     {ZSet, func(v *values) { v.scored(listpack) }},
	typeQuicklist2:   {List, (*values).quicklist2},
	typeSetPack:      {Set, func(v *values) { v.single(listpack) }},
	typeHashFields:   {Hash, (*values).timedFields},
	typeHashFieldsLP: {Hash, (*values).timedPack},
	typeStream1:      {Stream, func(v *values) { v.stream(1) }},
	typeStream2:      {Stream, func(v *values) { v.stream(2) }},
	typeStream3:      {Stream, func(v *values) { v.stream(3) }},
	typeModule2:      {Stream, (*values).module},
}

// values reads one value into a sink.
type values struct {
	*input
	sink    Sink
	kind    Kind
	a, b, c []byte // strings at hand
	seen    int    // elements handed over
}

// value reads a value of a type. A nil sink takes nothing.
func (in *input) value(t Type, sink Sink) error {
	f, ok := forms[t]
	if !ok && t == typeModule1 {
		in.fail(ErrModule)
	} else if !ok {
		in.fail(fmt.Errorf("rdb: unknown type %d: %w", t, ErrFormat))
	}
	if in.err != nil {
		return in.err
	}
	if sink == nil {
		sink = nowhere{}
	} else if t == typeModule2 {
		return ErrModule
	}
	v := &values{input: in, sink: sink, kind: f.kind}
	f.read(v)
	if f.kind != String && f.kind != Stream && v.seen == 0 {
		in.fail(ErrEmpty)
	}
	return in.err
}

// nowhere is the sink of values that are skipped.
type nowhere struct{}

func (nowhere) Begin(Kind, int) error             { return nil }
func (nowhere) String([]byte) error               { return nil }
func (nowhere) Element([]byte) error              { return nil }
func (nowhere) Field([]byte, []byte, int64) error { return nil }
func (nowhere) Member([]byte, float64) error      { return nil }
func (nowhere) Stream(any) error                  { return nil }

// give notes what the sink says and tells whether to go on.
func (v *values) give(err error) bool {
	v.seen++
	if err != nil {
		v.fail(err)
	}
	return v.err == nil
}

func (v *values) begin(n int) {
	if v.err != nil {
		return
	}
	if err := v.sink.Begin(v.kind, n); err != nil {
		v.fail(err)
	}
}

func (v *values) str() {
	v.a = v.string(v.a[:0])
	if v.err == nil {
		v.give(v.sink.String(v.a))
	}
}

func (v *values) elements() {
	n := v.count()
	v.begin(n)
	for range n {
		v.a = v.string(v.a[:0])
		if v.err != nil || !v.give(v.sink.Element(v.a)) {
			return
		}
	}
}

func (v *values) members(score func(*input) float64) {
	n := v.count()
	v.begin(n)
	for range n {
		v.a = v.string(v.a[:0])
		f := score(v.input)
		if v.err != nil || !v.member(v.a, f) {
			return
		}
	}
}

func (v *values) member(m []byte, f float64) bool {
	if math.IsNaN(f) {
		v.fail(ErrFormat)
		return false
	}
	return v.give(v.sink.Member(m, f))
}

func (v *values) fields() {
	n := v.count()
	v.begin(n)
	for range n {
		v.a = v.string(v.a[:0])
		v.b = v.string(v.b[:0])
		if v.err != nil || !v.give(v.sink.Field(v.a, v.b, 0)) {
			return
		}
	}
}

// timedFields are fields with their time to live beyond the least of them:
//
//	u64 least | count | (time - least + 1, or 0 for never; field; value) ...
func (v *values) timedFields() {
	least := v.uint64()
	n := v.count()
	v.begin(n)
	for range n {
		at := v.length()
		if at != 0 {
			at += least - 1
		}
		v.a = v.string(v.a[:0])
		v.b = v.string(v.b[:0])
		if at > math.MaxInt64 {
			v.fail(ErrFormat)
		}
		if v.err != nil || !v.give(v.sink.Field(v.a, v.b, int64(at))) {
			return
		}
	}
}

// blob is a reader of a compact form.
type blob func(b []byte, visit func(v []byte) bool) bool

// each visits the elements of the next string, which is a blob.
func (v *values) each(read blob, visit func(b []byte) bool) {
	v.c = v.string(v.c[:0])
	if v.err == nil && !read(v.c, visit) {
		v.fail(ErrFormat)
	}
}

func (v *values) single(read blob) {
	v.begin(0)
	v.each(read, func(b []byte) bool { return v.give(v.sink.Element(b)) })
}

// pairs reads a blob of field, value, ...
func (v *values) pairs(read blob) {
	v.begin(0)
	field := false
	v.each(read, func(b []byte) bool {
		if field = !field; field {
			v.a = append(v.a[:0], b...)
			return true
		}
		return v.give(v.sink.Field(v.a, b, 0))
	})
	v.whole(!field)
}

// whole notes a fault if something was begun and not ended.
func (v *values) whole(ok bool) {
	if !ok {
		v.fail(ErrFormat)
	}
}

// scored reads a blob of member, score, ...
func (v *values) scored(read blob) {
	v.begin(0)
	member := false
	v.each(read, func(b []byte) bool {
		if member = !member; member {
			v.a = append(v.a[:0], b...)
			return true
		}
		f, err := strconv.ParseFloat(string(b), 64)
		return err == nil && v.member(v.a, f)
	})
	v.whole(!member)
}

// timedPack is the least time to live and a listpack of field, value, time.
func (v *values) timedPack() {
	v.uint64()
	v.begin(0)
	i := 0
	v.each(listpack, func(b []byte) bool {
		i++
		switch i % 3 {
		case 1:
			v.a = append(v.a[:0], b...)
			return true
		case 2:
			v.b = append(v.b[:0], b...)
			return true
		}
		at, err := strconv.ParseInt(string(b), 10, 64)
		return err == nil && at >= 0 && v.give(v.sink.Field(v.a, v.b, at))
	})
	v.whole(i%3 == 0)
}

func (v *values) quicklist() {
	n := v.count()
	v.begin(0)
	for i := 0; i < n && v.err == nil; i++ {
		v.each(ziplist, func(b []byte) bool { return v.give(v.sink.Element(b)) })
	}
}

// quicklist2 has nodes of two kinds: 1 a single long element, 2 a listpack.
func (v *values) quicklist2() {
	n := v.count()
	v.begin(0)
	for i := 0; i < n && v.err == nil; i++ {
		switch v.length() {
		case 1:
			v.a = v.string(v.a[:0])
			if v.err == nil {
				v.give(v.sink.Element(v.a))
			}
		case 2:
			v.each(listpack, func(b []byte) bool { return v.give(v.sink.Element(b)) })
		default:
			v.fail(ErrFormat)
		}
	}
}

// module passes over a module's value, whose parts tell their sizes.
func (v *values) module() {
	v.length() // the module's name, in 64 bits
	v.moduleParts()
}

func (in *input) moduleParts() {
	const (
		end = iota
		signed
		unsigned
		float
		double
		text
	)
	for in.err == nil {
		switch in.length() {
		case end:
			return
		case signed, unsigned:
			in.length()
		case float:
			in.take(4)
		case double:
			in.take(8)
		case text:
			in.string(nil)
		default:
			in.fail(ErrFormat)
		}
	}
}
