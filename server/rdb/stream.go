package rdb

import (
	"encoding/binary"
	"strconv"
)

// stream reads a stream of one of the three versions of its form: nodes (listpacks
// of entries), figures, groups with their pending entries and consumers.
func (v *values) stream(version int) {
	n := v.count()
	v.begin(0)
	for i := 0; i < n && v.err == nil; i++ {
		v.node()
	}
	meta := StreamMeta{Length: v.length(), Last: v.id()}
	if version >= 2 {
		meta.First, meta.Max, meta.Added = v.id(), v.id(), v.length()
	} else {
		meta.Added = meta.Length
	}
	v.part(meta)
	for groups := v.count(); groups > 0 && v.err == nil; groups-- {
		v.group(version)
	}
}

// part hands a part to the sink.
func (v *values) part(p any) {
	if v.err == nil {
		v.give(v.sink.Stream(p))
	}
}

func (v *values) group(version int) {
	g := StreamGroup{Name: v.string(nil), Last: v.id(), Read: -1}
	if version >= 2 {
		g.Read = int64(v.length())
	}
	v.part(g)
	for n := v.count(); n > 0 && v.err == nil; n-- {
		v.part(StreamPending{ID: v.rawID(), Delivered: v.millis(), Count: v.length()})
	}
	for n := v.count(); n > 0 && v.err == nil; n-- {
		c := StreamConsumer{Name: v.string(nil), Seen: v.millis()}
		c.Active = c.Seen
		if version >= 3 {
			c.Active = v.millis()
		}
		v.part(c)
		for owned := v.count(); owned > 0 && v.err == nil; owned-- {
			v.part(StreamOwned{v.rawID()})
		}
	}
}

// node reads one listpack of entries. Their IDs are relative to the node's key,
// and most have the fields of the master entry that begins it:
//
//	master   count, deleted, number of fields, field ..., 0
//	entry    flags, ms, seq, [number of fields, field, value ... | value ...], size
func (v *values) node() {
	v.a = v.string(v.a[:0])
	if len(v.a) != 16 {
		v.fail(ErrFormat)
		return
	}
	n := nodeReader{v: v, base: bigID(v.a)}
	v.each(listpack, func(b []byte) bool {
		n.elems = append(n.elems, append([]byte(nil), b...))
		return true
	})
	if v.err == nil && !n.read() {
		v.fail(ErrFormat)
	}
}

// nodeReader reads the elements of one node.
type nodeReader struct {
	v     *values
	base  StreamID
	elems [][]byte
	bad   bool
}

const (
	flagDeleted    = 1
	flagSameFields = 2
)

func (n *nodeReader) next() []byte {
	if len(n.elems) == 0 {
		n.bad = true
		return nil
	}
	e := n.elems[0]
	n.elems = n.elems[1:]
	return e
}

func (n *nodeReader) int() int64 {
	i, err := strconv.ParseInt(string(n.next()), 10, 64)
	n.bad = n.bad || err != nil
	return i
}

// take takes count elements.
func (n *nodeReader) take(count int64) [][]byte {
	if n.bad || count < 0 || count > int64(len(n.elems)) {
		n.bad = true
		return nil
	}
	out := n.elems[:count:count]
	n.elems = n.elems[count:]
	return out
}

func (n *nodeReader) read() bool {
	n.int() // entries
	n.int() // deleted ones
	master := n.take(n.int())
	n.int()
	for len(n.elems) > 0 && !n.bad && n.v.err == nil {
		n.entry(master)
	}
	return !n.bad
}

func (n *nodeReader) entry(master [][]byte) {
	flags := n.int()
	id := StreamID{Ms: n.base.Ms + uint64(n.int()), Seq: n.base.Seq + uint64(n.int())}
	var fields [][]byte
	if flags&flagSameFields != 0 {
		values := n.take(int64(len(master)))
		for i := range values {
			fields = append(fields, master[i], values[i])
		}
	} else {
		fields = n.take(2 * min(n.int(), 1<<40))
	}
	n.int() // elements of this entry, for reading backwards
	if !n.bad && flags&flagDeleted == 0 {
		n.v.part(StreamEntry{id, fields})
	}
}

// AppendID appends an ID in its 16 bytes.
func AppendID(b []byte, id StreamID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, id.Ms), id.Seq)
}
