package rdb

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"strconv"
)

// DefaultString is the longest string that is read when Limits say nothing.
const DefaultString = 512 << 20

// grow is how far a buffer runs ahead of the bytes that have really come.
const grow = 1 << 20

// input reads the primitives of the format. After the first fault err is set and
// all that it returns is empty.
type input struct {
	r     *bufio.Reader // nil: rest is all there is
	rest  []byte
	limit int // longest string
	err   error

	crc  uint64 // of all that was taken from r, if summing
	sums bool
	read int64   // bytes taken
	tee  *[]byte // takes a copy of all that is read; nil: none

	buf    [32]byte
	packed []byte // compressed bytes of the string at hand
	digits [20]byte
}

func (in *input) fail(err error) {
	if in.err == nil {
		in.err = err
	}
}

// full fills b.
func (in *input) full(b []byte) bool {
	if in.err != nil {
		return false
	}
	if in.r == nil {
		if len(in.rest) < len(b) {
			in.fail(ErrFormat)
			return false
		}
		copy(b, in.rest)
		in.rest = in.rest[len(b):]
	} else if _, err := io.ReadFull(in.r, b); err != nil {
		in.fail(cut(err))
		return false
	}
	if in.sums {
		in.crc = update(in.crc, b)
	}
	if in.tee != nil {
		*in.tee = append(*in.tee, b...)
	}
	in.read += int64(len(b))
	return true
}

// cut makes an end in the middle of something an error.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// take returns the next n <= len(buf) bytes, zero after a fault.
func (in *input) take(n int) []byte {
	b := in.buf[:n]
	if !in.full(b) {
		clear(b)
	}
	return b
}

func (in *input) byte() byte      { return in.take(1)[0] }
func (in *input) uint64() uint64  { return binary.LittleEndian.Uint64(in.take(8)) }
func (in *input) millis() int64   { return int64(in.uint64()) }
func (in *input) score() float64  { return math.Float64frombits(in.uint64()) }
func (in *input) seconds() int64  { return int64(int32(binary.LittleEndian.Uint32(in.take(4)))) }
func (in *input) id() StreamID    { return StreamID{Ms: in.length(), Seq: in.length()} }
func (in *input) rawID() StreamID { return bigID(in.take(16)) }

func bigID(b []byte) StreamID {
	return StreamID{Ms: binary.BigEndian.Uint64(b), Seq: binary.BigEndian.Uint64(b[8:])}
}

// form takes a length; special is the whole first byte of one of the other forms.
func (in *input) form() (n uint64, special byte) {
	first := in.byte()
	switch {
	case first < form14:
		return uint64(first), 0
	case first < form32:
		return uint64(first&0x3f)<<8 | uint64(in.byte()), 0
	case first == form32:
		return uint64(binary.BigEndian.Uint32(in.take(4))), 0
	case first == form64:
		return binary.BigEndian.Uint64(in.take(8)), 0
	case first < formInt8:
		in.fail(ErrFormat)
		return 0, 0
	}
	return 0, first
}

// length takes a plain length or number.
func (in *input) length() uint64 {
	n, special := in.form()
	if special != 0 {
		in.fail(ErrFormat)
	}
	return n
}

// count takes a number of things that each take a byte at least.
func (in *input) count() int {
	n := in.length()
	if n > math.MaxInt32*64 || in.r == nil && n > uint64(len(in.rest)) {
		in.fail(ErrFormat)
		return 0
	}
	return int(n)
}

// string appends a string to dst.
func (in *input) string(dst []byte) []byte {
	n, special := in.form()
	switch special {
	case 0:
		return in.bytes(dst, n)
	case formInt8, formInt16, formInt32:
		return strconv.AppendInt(dst, in.int(1<<(special-formInt8)), 10)
	case formLZF:
		return in.unpack(dst)
	}
	in.fail(ErrFormat)
	return dst
}

// bytes appends the next n bytes to dst.
func (in *input) bytes(dst []byte, n uint64) []byte {
	if n > uint64(in.limit) {
		in.fail(ErrTooLong)
		return dst
	}
	if in.r == nil && n > uint64(len(in.rest)) {
		in.fail(ErrFormat)
		return dst
	}
	for left := int(n); left > 0 && in.err == nil; {
		step := min(left, grow)
		at := len(dst)
		dst = append(dst, make([]byte, step)...)
		in.full(dst[at:])
		left -= step
	}
	return dst
}

// int takes a little-endian integer of n bytes.
func (in *input) int(n int) int64 {
	var full [8]byte
	copy(full[8-n:], in.take(n))
	return int64(binary.LittleEndian.Uint64(full[:])) >> (64 - 8*n)
}

func (in *input) unpack(dst []byte) []byte {
	n, size := in.length(), in.length()
	if size > uint64(in.limit) || size > lzfRatio*n {
		in.fail(ErrTooLong)
		return dst
	}
	in.packed = in.bytes(in.packed[:0], n)
	if in.err != nil {
		return dst
	}
	text, ok := unpackLZF(in.packed, int(size))
	if !ok {
		in.fail(ErrFormat)
	}
	if cap(in.packed) > grow {
		in.packed = nil
	}
	if len(dst) == 0 {
		return text
	}
	return append(dst, text...)
}

// text takes a score in the decimal form of old files.
func (in *input) text() float64 {
	switch n := in.byte(); n {
	case 255:
		return math.Inf(-1)
	case 254:
		return math.Inf(1)
	case 253:
		return math.NaN()
	default:
		var b [256]byte
		in.full(b[:n])
		f, err := strconv.ParseFloat(string(b[:n]), 64)
		if err != nil {
			in.fail(ErrFormat)
		}
		return f
	}
}
