package value

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/cachedserver/cached/server/value/tree"
)

// A Stream is always Chunked: a tree of blocks of entries and a tree of all that
// belongs to consumer groups, followed by some figures.
//
//	u64 charged | tree of blocks | tree of groups | figures
//
// A block (streamblock.go) holds some hundred entries, as a node of a Redis stream
// does; its tree key is an ID at or below all of its entries' and above all of the
// block before. The groups' tree (streamgroup.go) holds groups, consumers and what is
// pending, told apart by the first byte of the key; counts of a prefix are ranks.
//
// The figures lie in blocks of 16 bytes that begin with four zeros, so that whoever
// walks over tree headers (Copy, FreeStep) finds empty trees there.

// StreamID names an entry: the time at which it was added, in ms, and a number.
type StreamID struct{ Ms, Seq uint64 }

// MaxStreamID is the highest ID; the zero ID is the lowest.
var MaxStreamID = StreamID{math.MaxUint64, math.MaxUint64}

// Compare orders IDs.
func (a StreamID) Compare(b StreamID) int {
	if c := cmp.Compare(a.Ms, b.Ms); c != 0 {
		return c
	}
	return cmp.Compare(a.Seq, b.Seq)
}

// Next returns the ID behind; none behind the highest.
func (a StreamID) Next() (StreamID, bool) {
	if a.Seq++; a.Seq == 0 {
		a.Ms++
	}
	return a, a != StreamID{}
}

// Prev returns the ID before; none before the lowest.
func (a StreamID) Prev() (StreamID, bool) {
	if a == (StreamID{}) {
		return a, false
	}
	if a.Seq--; a.Seq == math.MaxUint64 {
		a.Ms--
	}
	return a, true
}

// Append appends the ID as clients write it: "1526919030474-55".
func (a StreamID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, a.Ms, 10)
	return strconv.AppendUint(append(dst, '-'), a.Seq, 10)
}

func (a StreamID) appendKey(dst []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, a.Ms), a.Seq)
}

func idOfKey(b []byte) StreamID {
	return StreamID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// StreamLimits say how much a block may hold, as stream-node-max-entries and
// stream-node-max-bytes do; 0: as much as fits.
type StreamLimits struct{ Entries, Bytes int }

// StreamSize is the length of a stream's payload.
const StreamSize = chunkHeader + 2*tree.HeaderSize + figureBlocks*tree.HeaderSize

const figureBlocks = 5

// figures are what a stream knows of itself.
type figures struct {
	length     uint64
	last       StreamID // the highest that ever was
	maxDeleted StreamID // the highest that XDEL removed
	added      uint64   // entries ever added
	nextGroup  uint32
}

// Stream is a log of entries, each with an ID and fields.
type Stream struct {
	it  Item
	lim *StreamLimits
	fig figures
	buf []byte // scratch: the entry at hand
}

// NewStream makes an item of StreamSize zero bytes, made Chunked, an empty stream.
func NewStream(it Item, lim *StreamLimits) Stream { return Stream{it: it, lim: lim} }

// OpenStream opens the item's stream.
func OpenStream(it Item, lim *StreamLimits) Stream {
	s := Stream{it: it, lim: lim}
	s.load()
	return s
}

// Open is OpenStream for a Stream that was used before, whose scratch it keeps.
func (s *Stream) Open(it Item, lim *StreamLimits) {
	s.it, s.lim = it, lim
	if cap(s.buf) > keptScratch {
		s.buf = nil
	}
	s.load()
}

// keptScratch is how large an entry may be whose scratch is kept.
const keptScratch = 4 << 10

// figureBytes copies the figures out of, or into, the blocks where they lie.
func (s *Stream) figureBytes(b *[12 * figureBlocks]byte, write bool) {
	p := s.it.Payload()[chunkHeader+2*tree.HeaderSize:]
	for i := range figureBlocks {
		at := p[i*tree.HeaderSize+4 : (i+1)*tree.HeaderSize]
		if write {
			copy(at, b[12*i:])
		} else {
			copy(b[12*i:12*i+12], at)
		}
	}
}

func (s *Stream) load() {
	var b [12 * figureBlocks]byte
	s.figureBytes(&b, false)
	u := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	s.fig = figures{u(0), StreamID{u(1), u(2)}, StreamID{u(3), u(4)}, u(5), uint32(u(6))}
}

// save writes the figures back.
func (s *Stream) save() {
	var b [12 * figureBlocks]byte
	f := &s.fig
	for i, u := range [...]uint64{f.length, f.last.Ms, f.last.Seq, f.maxDeleted.Ms, f.maxDeleted.Seq, f.added, uint64(f.nextGroup)} {
		binary.LittleEndian.PutUint64(b[8*i:], u)
	}
	s.figureBytes(&b, true)
}

// Len returns the number of entries.
func (s *Stream) Len() int { return int(s.fig.length) }

// Last returns the highest ID that the stream ever gave, or was told to be.
func (s *Stream) Last() StreamID { return s.fig.last }

// MaxDeleted returns the highest ID that was deleted, except by trimming.
func (s *Stream) MaxDeleted() StreamID { return s.fig.maxDeleted }

// Added returns how many entries were ever added.
func (s *Stream) Added() uint64 { return s.fig.added }

// SetFigures replaces what the stream remembers of its past.
func (s *Stream) SetFigures(last, maxDeleted StreamID, added uint64) {
	s.fig.last, s.fig.maxDeleted, s.fig.added = last, maxDeleted, added
	s.save()
}

// First returns the lowest ID of an entry, the zero ID of none.
func (s *Stream) First() StreamID {
	for e := range s.Range(StreamID{}, MaxStreamID) {
		return e.ID
	}
	return StreamID{}
}

// Top returns the highest ID of an entry, the zero ID of none.
func (s *Stream) Top() StreamID {
	t := openTree(s.it, 0)
	if t.Len() == 0 {
		return StreamID{}
	}
	key, v := t.At(t.Len() - 1)
	return block(v).last(idOfKey(key))
}

// Blocks returns how many blocks there are.
func (s *Stream) Blocks() int {
	t := openTree(s.it, 0)
	return t.Len()
}

// Append adds an entry, whose ID is above Last. pairs are fields and values in turn.
func (s *Stream) Append(id StreamID, pairs [][]byte) {
	t := openTree(s.it, 0)
	room := 0
	if n := t.Len(); n > 0 {
		key, v := t.At(n - 1)
		b := block(v)
		s.buf = b.appendEntry(s.buf[:0], idOfKey(key), id, pairs)
		if s.fits(b, len(s.buf)) {
			s.addTo(&t, key, b)
			s.added(id, len(s.buf))
			return
		}
		room = b.used()
		if len(b)-b.used() >= spareBytes {
			t.Put(bytes.Clone(key), b[:b.used()])
		}
	}
	b := newBlock(s.buf[:0], id, pairs)
	s.buf = b
	if room = min(max(room, 2*len(b), 96), s.maxBytes()); room > len(b) {
		b = append(b, make([]byte, room-len(b))...)
	}
	var key [16]byte
	t.Put(id.appendKey(key[:0]), b)
	saveTree(s.it, 0, &t)
	s.added(id, len(s.buf)+blockCharge)
}

// spareBytes is how much room a full block may keep.
const spareBytes = 64

func (s *Stream) added(id StreamID, bytes int) {
	s.fig.length++
	s.fig.added++
	s.fig.last = id
	s.save()
	charge(s.it, bytes)
}

// maxBytes is the longest block; only one entry alone may take more.
func (s *Stream) maxBytes() int {
	if s.lim.Bytes <= 0 {
		return maxBlock
	}
	return min(s.lim.Bytes, maxBlock)
}

func (s *Stream) fits(b block, n int) bool {
	most := maxPacked
	if s.lim.Entries > 0 {
		most = min(s.lim.Entries, most)
	}
	return b.count() < most && b.used()+n <= s.maxBytes()
}

// addTo appends the entry in buf to the last block, which grows by doubling.
func (s *Stream) addTo(t *tree.Tree, key []byte, b block) {
	need := b.used() + len(s.buf)
	if need <= len(b) {
		b.add(s.buf)
		return
	}
	grown := make(block, min(max(2*len(b), need), s.maxBytes()))
	copy(grown, b[:b.used()])
	grown.add(s.buf)
	t.Put(bytes.Clone(key), grown)
	saveTree(s.it, 0, t)
}

// blockOf returns the position of the block that would hold an entry.
func blockOf(t *tree.Tree, id StreamID) int {
	var key [16]byte
	i, found := t.Rank(id.appendKey(key[:0]))
	if !found {
		i--
	}
	return max(i, 0)
}

// Range yields the entries with IDs of [from, to] upwards; each ends with the next.
// Entries must not come or go meanwhile.
func (s *Stream) Range(from, to StreamID) func(yield func(*StreamEntry) bool) {
	return func(yield func(*StreamEntry) bool) {
		t := openTree(s.it, 0)
		var e StreamEntry
		for c := t.SeekAt(blockOf(&t, from)); c.Valid(); c.Next() {
			b, base := block(c.Value()), idOfKey(c.Key())
			for rest := b.entries(); len(rest) > 0; {
				rest = e.read(b, base, rest)
				if e.ID.Compare(from) < 0 {
					continue
				}
				if e.ID.Compare(to) > 0 || !yield(&e) {
					return
				}
			}
		}
	}
}

// Backward is Range downwards.
func (s *Stream) Backward(from, to StreamID) func(yield func(*StreamEntry) bool) {
	return func(yield func(*StreamEntry) bool) {
		t := openTree(s.it, 0)
		var e StreamEntry
		var starts []int
		for c := t.SeekAt(blockOf(&t, from)); c.Valid(); c.Prev() {
			b, base := block(c.Value()), idOfKey(c.Key())
			starts = b.starts(starts[:0])
			for i := len(starts) - 1; i >= 0; i-- {
				e.read(b, base, b[starts[i]:b.used()])
				if e.ID.Compare(from) > 0 {
					continue
				}
				if e.ID.Compare(to) < 0 || !yield(&e) {
					return
				}
			}
		}
	}
}

// Get returns the entry with an ID.
func (s *Stream) Get(id StreamID) (*StreamEntry, bool) {
	for e := range s.Range(id, id) {
		return e, true
	}
	return nil, false
}

// Has tells whether there is an entry with an ID.
func (s *Stream) Has(id StreamID) bool {
	_, ok := s.Get(id)
	return ok
}

// Delete removes an entry and tells whether it was there.
func (s *Stream) Delete(id StreamID) bool {
	t := openTree(s.it, 0)
	if t.Len() == 0 {
		return false
	}
	key, v := t.At(blockOf(&t, id))
	b := block(v)
	from, to := b.find(idOfKey(key), id)
	if from == to {
		return false
	}
	s.cut(&t, bytes.Clone(key), b, from, to, 1)
	if id.Compare(s.fig.maxDeleted) > 0 {
		s.fig.maxDeleted = id
	}
	s.save()
	return true
}

// cut takes n entries, the bytes [from, to), out of a block, which goes with the last.
func (s *Stream) cut(t *tree.Tree, key []byte, b block, from, to, n int) {
	s.fig.length -= uint64(n)
	if n == b.count() {
		charge(s.it, -b.used()-blockCharge)
		t.Delete(key)
		saveTree(s.it, 0, t)
		return
	}
	b.cut(from, to, n)
	charge(s.it, from-to)
	if b.used() < len(b)/2 {
		t.Put(key, b[:b.used()])
		saveTree(s.it, 0, t)
	}
}

// StreamTrim says what to remove from the head of a stream.
type StreamTrim struct {
	ByID   bool
	MaxLen int64    // entries that stay
	MinID  StreamID // of those that stay
	Approx bool     // whole blocks only
	Limit  int64    // most that goes; 0: any number
}

// Trim removes entries from the head and returns how many.
func (s *Stream) Trim(trim *StreamTrim) (removed int64) {
	t := openTree(s.it, 0)
	blocks, bytes := 0, 0
	c := t.SeekAt(0)
	for ; c.Valid(); c.Next() {
		b := block(c.Value())
		left := int64(s.fig.length) - removed
		n := int64(b.count())
		if !trim.ByID && left <= trim.MaxLen || trim.Limit > 0 && removed+n > trim.Limit || !trim.takes(b, idOfKey(c.Key()), left) {
			break
		}
		removed += n
		bytes += b.used() + blockCharge
		blocks++
	}
	if blocks > 0 {
		t.DeleteRange(0, blocks)
		saveTree(s.it, 0, &t)
		charge(s.it, -bytes)
		s.fig.length -= uint64(removed)
	}
	// A limit ends the work before a block of which a part could go.
	if !trim.Approx && t.Len() > 0 {
		removed += s.trimFirst(&t, trim)
	}
	s.save()
	return removed
}

// takes tells whether a whole block goes; left is what the stream still has.
func (trim *StreamTrim) takes(b block, base StreamID, left int64) bool {
	if !trim.ByID {
		return left-int64(b.count()) >= trim.MaxLen
	}
	return b.last(base).Compare(trim.MinID) < 0
}

// trimFirst removes entries from the head of the first block.
func (s *Stream) trimFirst(t *tree.Tree, trim *StreamTrim) int64 {
	key, v := t.At(0)
	b := block(v)
	rest := b.entries()
	from := b.used() - len(rest)
	to, n := from, 0
	var e StreamEntry
	for len(rest) > 0 {
		if !trim.ByID && int64(s.fig.length)-int64(n) <= trim.MaxLen {
			break
		}
		rest = e.read(b, idOfKey(key), rest)
		if trim.ByID && e.ID.Compare(trim.MinID) >= 0 {
			break
		}
		to = b.used() - len(rest)
		n++
	}
	if n > 0 {
		s.cut(t, bytes.Clone(key), b, from, to, n)
	}
	return int64(n)
}
