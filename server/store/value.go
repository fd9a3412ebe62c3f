package store

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/cachedserver/cached/server/store/heap"
)

// Value is an entry found. It and the slices it gives are good until the next
// write to its stripe, or Unlock. It is four words: with five the compiler keeps
// it in memory, and passing it about took a sixth of a pipelined GET.
type Value struct {
	v *view
	s *stripe
	l heap.Lent
}

// e is the entry.
func (v Value) e() entry { return v.l.Bytes() }

// Kind is the type.
func (v Value) Kind() Kind { return v.e().kind() }

// Encoding is how the value is represented.
func (v Value) Encoding() Encoding { return v.e().encoding() }

// isInt tells whether the payload is a number's bytes.
func (v Value) isInt() bool { return v.e().kind() == String && v.e().encoding() == Int }

// Len is the length of a string as clients see it; of another kind, that of
// its payload.
func (v Value) Len() int {
	if v.isInt() {
		return len(v.Bytes())
	}
	return v.s.valueLen(v.e())
}

// Bytes is the string, or the payload of another kind. Integers are written in
// digits into the view; the last two stay good.
func (v Value) Bytes() []byte {
	if !v.isInt() {
		return v.s.lend(v.s.value(v.e()))
	}
	v.v.scratch ^= 1
	return strconv.AppendInt(v.v.digits[v.v.scratch][:0], decodeInt(v.s.value(v.e())), 10)
}

// Int is the number, if the string is kept as one.
func (v Value) Int() (int64, bool) {
	if !v.isInt() {
		return 0, false
	}
	return decodeInt(v.s.value(v.e())), true
}

// ExpireAt is the time of expiry in ms, 0 for none.
func (v Value) ExpireAt() int64 { return v.e().expireAt() }

// Size is what the key is charged in Memory.Dataset.
func (v Value) Size() int64 { return v.s.charge(v.e()) }

// Allocated is what the key takes in memory, rounding and index included.
func (v Value) Allocated() int64 { return int64(v.s.size(v.e())) }

// Idle is how many seconds ago the key was last used; it wraps around after
// 194 days.
func (v Value) Idle(now int64) int64 {
	return (now/1000 - int64(v.e().clock())) & (1<<24 - 1)
}

// Freq is how often the key was used, on the policy's scale; false if the
// policy keeps no such count.
func (v Value) Freq() (uint8, bool) {
	counts, p := v.s.counts, v.s.knower(v.l.Handle(), v.e())
	if p != nil && p != v.s.policy {
		counts = v.s.change.counts
	}
	if counts == nil || p == nil {
		return 0, false
	}
	return counts.Frequency(v.l.Handle()), true
}

// Pin makes the bytes outlive the lock. Those of large values (PinMin and
// above) are pinned where they lie; others are copied.
func (v Value) Pin() *Pin {
	if v.e()[0]&isLarge == 0 {
		return &Pin{bytes: append([]byte{}, v.Bytes()...)}
	}
	d := v.e().desc()
	d.share()
	r := heap.Run(d.run())
	v.s.ks.pins.take(r)
	return &Pin{ks: v.s.ks, run: r, bytes: v.s.value(v.e())}
}

// Integers take the fewest bytes that hold them, little-endian, sign in the
// top bit; 0 takes none.
func intLen(n int64) int {
	if n == 0 {
		return 0
	}
	l := 1
	for l < 8 && n>>(8*l-1) != 0 && n>>(8*l-1) != -1 {
		l++
	}
	return l
}

func encodeInt(b []byte, n int64) {
	for i := range b {
		b[i] = byte(n)
		n >>= 8
	}
}

func decodeInt(b []byte) int64 {
	if len(b) == 0 {
		return 0
	}
	var full [8]byte
	copy(full[:], b)
	shift := 64 - 8*len(b)
	return int64(binary.LittleEndian.Uint64(full[:])<<shift) >> shift
}

// parseInt reads a string that is just what its number would be written as.
func parseInt(b []byte) (n int64, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	d := b
	if neg {
		d = b[1:]
	}
	if len(d) == 0 || len(d) > 19 || d[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var u uint64
	for _, c := range d {
		if c -= '0'; c > 9 {
			return 0, false
		}
		u = u*10 + uint64(c)
	}
	if neg {
		return -int64(u), u <= -math.MinInt64
	}
	return int64(u), u <= math.MaxInt64
}
