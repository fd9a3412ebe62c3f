package command

import (
	"encoding/binary"
	"hash/crc64"
	"math"
	"strconv"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// The payload of DUMP is a value in Redis's RDB form, and a footer:
//
//	1 byte    type: 0 string
//	n bytes   the value
//	2 bytes   RDB version, little-endian
//	8 bytes   CRC-64 (Jones) of all before it, little-endian
//
// A string is its length and its bytes, or one of four special forms. The two high
// bits of the first byte tell:
//
//	00        length in the other 6 bits
//	01        length in 14 bits, big-endian
//	10        0x80: length in the next 4 bytes, 0x81: in 8, big-endian
//	11        0, 1, 2: integer of 1, 2, 4 bytes, little-endian;
//	          3: compressed: two lengths (packed, unpacked), LZF data
const (
	rdbVersion   = 11 // that of Redis 7.2; older ones are read, too
	rdbString    = 0
	footerLength = 2 + 8

	rdbInt8  = 0xc0
	rdbInt16 = 0xc1
	rdbInt32 = 0xc2
	rdbLZF   = 0xc3
	rdbLen32 = 0x80
	rdbLen64 = 0x81
)

var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// checksum is Redis's CRC-64: without the inversions of Go's.
func checksum(b []byte) uint64 { return ^crc64.Update(math.MaxUint64, jones, b) }

// appendPayload appends a string's payload.
func appendPayload(b []byte, v store.Value) []byte {
	b = append(b, rdbString)
	if n, ok := v.Int(); ok && n == int64(int32(n)) {
		b = appendRDBInt(b, n)
	} else {
		b = append(appendRDBLength(b, uint64(v.Len())), v.Bytes()...)
	}
	b = binary.LittleEndian.AppendUint16(b, rdbVersion)
	return binary.LittleEndian.AppendUint64(b, checksum(b))
}

func appendRDBInt(b []byte, n int64) []byte {
	switch {
	case n == int64(int8(n)):
		return append(b, rdbInt8, byte(n))
	case n == int64(int16(n)):
		return binary.LittleEndian.AppendUint16(append(b, rdbInt16), uint16(n))
	}
	return binary.LittleEndian.AppendUint32(append(b, rdbInt32), uint32(n))
}

func appendRDBLength(b []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return append(b, 0x40|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, rdbLen32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, rdbLen64), n)
}

// readPayload checks a payload and returns its string, of at most limit bytes.
func readPayload(b []byte, limit int64) ([]byte, protocol.Error) {
	if len(b) < footerLength {
		return nil, ErrPayload
	}
	body := b[:len(b)-footerLength]
	version := binary.LittleEndian.Uint16(b[len(body):])
	sum := binary.LittleEndian.Uint64(b[len(b)-8:])
	if version > rdbVersion || sum != 0 && sum != checksum(b[:len(b)-8]) {
		return nil, ErrPayload
	}
	if len(body) == 0 || body[0] != rdbString {
		return nil, ErrBadFormat
	}
	r := rdbReader{rest: body[1:], ok: true}
	text := r.string(limit)
	if !r.ok || len(r.rest) > 0 {
		return nil, ErrBadFormat
	}
	return text, ""
}

// rdbReader reads from a value in RDB form. After the first fault all that it
// returns is empty.
type rdbReader struct {
	rest []byte
	ok   bool
}

func (r *rdbReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.ok, r.rest = false, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// uint takes a big-endian number of n bytes.
func (r *rdbReader) uint(n uint64) (u uint64) {
	for _, b := range r.take(n) {
		u = u<<8 | uint64(b)
	}
	return u
}

// length takes a length; special is the whole first byte of one of the other forms.
func (r *rdbReader) length() (n uint64, special byte) {
	first := byte(r.uint(1))
	switch {
	case first < 0x40:
		return uint64(first), 0
	case first < 0x80:
		return uint64(first&0x3f)<<8 | r.uint(1), 0
	case first == rdbLen32:
		return r.uint(4), 0
	case first == rdbLen64:
		return r.uint(8), 0
	case first < rdbInt8:
		r.ok = false
	}
	return 0, first
}

func (r *rdbReader) string(limit int64) []byte {
	n, special := r.length()
	switch special {
	case 0:
		if n > uint64(limit) {
			r.ok = false
			return nil
		}
		return r.take(n)
	case rdbInt8, rdbInt16, rdbInt32:
		return r.int(1 << (special - rdbInt8))
	case rdbLZF:
		return r.compressed(limit)
	}
	r.ok = false
	return nil
}

// int takes a little-endian integer of n bytes and returns its digits.
func (r *rdbReader) int(n uint64) []byte {
	var full [8]byte
	copy(full[8-n:], r.take(n))
	return strconv.AppendInt(nil, int64(binary.LittleEndian.Uint64(full[:]))>>(64-8*n), 10)
}

func (r *rdbReader) compressed(limit int64) []byte {
	packed, s1 := r.length()
	size, s2 := r.length()
	data := r.take(packed)
	if s1|s2 != 0 || !r.ok || size > uint64(limit) || size > lzfRatio*packed {
		r.ok = false
		return nil
	}
	text, ok := unpackLZF(data, int(size))
	r.ok = ok
	return text
}
