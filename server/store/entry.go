package store

import (
	"encoding/binary"

	"github.com/cachedserver/cached/server/value"
)

// entry is the payload of a key's block:
//
//	 0          1       4       5         +16 if TTL                  +2 if wide
//	+----------+-------+-------+---------+---------+------+------+---+-------+-----+-------+- - -
//	| W L T EE | clock | slack | key len | expires | next | prev |   | index | key | value | slack
//	|      KKK | s     |       | varint  | ms      |  timer wheel |   |       |     |       |
//	+----------+-------+-------+---------+---------+------+------+---+-------+-----+-------+- - -
//
// KKK kind, EE encoding, T has a TTL, L the value lies in a run, W has an index
// number. slack is how many bytes at the end are unused; 255 means that the
// last four bytes hold it. So a value may grow and shrink in its block without
// anything before it moving.
//
// With L the value is a descriptor of 16 bytes: run, pages of capacity and
// length. The run holds the value, behind the key if that is longer than
// keyMax.
type entry []byte

const (
	hasTTL  = 1 << 5
	isLarge = 1 << 6
	isWide  = 1 << 7

	fixedLen = 5  // bytes before the key length
	ttlLen   = 16 // expires, next, prev
	wideLen  = 2
	descLen  = 16 // run, capacity, length
	slackEsc = 255

	// keyMax is the longest key that lies in the entry itself.
	keyMax = 1 << 10
)

func (e entry) kind() Kind         { return Kind(e[0] & 7) }
func (e entry) encoding() Encoding { return encodingOf[e[0]&7][e[0]>>3&3] }
func (e entry) setEncoding(enc Encoding) {
	e[0] = e[0]&^(3<<3) | enc.code(e.kind())<<3
}

// chunked tells whether the value is a collection in chunks. Its first 8 bytes
// are what those are charged.
func (e entry) chunked() bool { return e[0]&7 != byte(String) && e[0]>>3&3 == value.Chunked }

// clock is the time of the last access in seconds, modulo 2^24.
func (e entry) clock() uint32 { return uint32(e[1]) | uint32(e[2])<<8 | uint32(e[3])<<16 }

func (e entry) setClock(ms int64) {
	s := ms / 1000
	e[1], e[2], e[3] = byte(s), byte(s>>8), byte(s>>16)
}

func (e entry) slack() int {
	if e[4] != slackEsc {
		return int(e[4])
	}
	return int(binary.LittleEndian.Uint32(e[len(e)-4:]))
}

func (e entry) setSlack(n int) {
	e[4] = byte(min(n, slackEsc))
	if n >= slackEsc {
		binary.LittleEndian.PutUint32(e[len(e)-4:], uint32(n))
	}
}

// keyLen returns the key's length and where the fields behind it begin.
func (e entry) keyLen() (n, end int) {
	if e[fixedLen] < 0x80 {
		return int(e[fixedLen]), fixedLen + 1
	}
	v, w := binary.Uvarint(e[fixedLen:])
	return int(v), fixedLen + w
}

// keyAt returns the key's length and where it begins.
func (e entry) keyAt() (n, at int) {
	n, at = e.keyLen()
	if e[0]&hasTTL != 0 {
		at += ttlLen
	}
	if e[0]&isWide != 0 {
		at += wideLen
	}
	return n, at
}

// body is where the value or its descriptor lies in the entry.
func (e entry) body() (from, to int) {
	n, at := e.keyAt()
	if n > keyMax {
		n = 0
	}
	return at + n, len(e) - e.slack()
}

// timer returns the expiry and the links of the timer wheel, nil without TTL.
func (e entry) timer() []byte {
	if e[0]&hasTTL == 0 {
		return nil
	}
	_, at := e.keyLen()
	return e[at : at+ttlLen : at+ttlLen]
}

// expireAt is the time of expiry in ms, 0 for none.
func (e entry) expireAt() int64 {
	if e[0]&hasTTL == 0 {
		return 0
	}
	return int64(u64(e.timer()))
}

func (e entry) expired(now int64) bool {
	return e[0]&hasTTL != 0 && e.expireAt() <= now
}

// index is the number of the index that holds the entry.
func (e entry) index() uint16 {
	if e[0]&isWide == 0 {
		return 0
	}
	_, at := e.keyAt()
	return binary.LittleEndian.Uint16(e[at-wideLen:])
}

// shape is what an entry is made from.
type shape struct {
	kind   Kind
	enc    Encoding
	index  uint16
	keyLen int
	valLen int
	expire int64
}

func uvarintLen(n int) int {
	l := 1
	for ; n >= 0x80; n >>= 7 {
		l++
	}
	return l
}

// size is the payload of an entry of that shape and whether its value must lie
// in a run, given the longest payload of a block.
func (s *shape) size(most int) (n int, large bool) {
	n = fixedLen + uvarintLen(s.keyLen)
	if s.expire != 0 {
		n += ttlLen
	}
	if s.index != 0 {
		n += wideLen
	}
	if s.keyLen > keyMax {
		return n + descLen, true
	}
	n += s.keyLen
	if n+s.valLen > most {
		return n + descLen, true
	}
	return n + s.valLen, false
}

// write fills an entry of n used bytes, all but key, value and timer links.
func (e entry) write(s *shape, n int, large bool, now int64) {
	e[0] = byte(s.kind) | s.enc.code(s.kind)<<3
	if large {
		e[0] |= isLarge
	}
	e.setClock(now)
	e.setSlack(len(e) - n)
	at := fixedLen + binary.PutUvarint(e[fixedLen:], uint64(s.keyLen))
	if s.expire != 0 {
		e[0] |= hasTTL
		binary.LittleEndian.PutUint64(e[at:], uint64(s.expire))
		at += ttlLen
	}
	if s.index != 0 {
		e[0] |= isWide
		binary.LittleEndian.PutUint16(e[at:], s.index)
	}
}

// desc is the descriptor of a value in a run.
type desc []byte

func (e entry) desc() desc {
	from, _ := e.body()
	return desc(e[from : from+descLen])
}

func (d desc) run() uint32     { return uint32(u32(d)) }
func (d desc) capacity() int   { return int(u32(d[4:])) } // pages
func (d desc) length() int     { return int(u64(d[8:]) &^ sharedBit) }
func (d desc) shared() bool    { return u64(d[8:])&sharedBit != 0 }
func (d desc) setLength(n int) { binary.LittleEndian.PutUint64(d[8:], uint64(n)|u64(d[8:])&sharedBit) }
func (d desc) set(run uint32, pages, n int) {
	binary.LittleEndian.PutUint32(d, run)
	binary.LittleEndian.PutUint32(d[4:], uint32(pages))
	binary.LittleEndian.PutUint64(d[8:], uint64(n))
}
func (d desc) share() { binary.LittleEndian.PutUint64(d[8:], u64(d[8:])|sharedBit) }

// sharedBit in the length says that the run may be pinned.
const sharedBit = 1 << 63

func putTime(timer []byte, at int64) { binary.LittleEndian.PutUint64(timer, uint64(at)) }
