package value

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// A HyperLogLog is a string in Redis's byte form: 16384 registers of six bits,
// dense, or sparse as runs.
//
//	"HYLL" | encoding (0 dense, 1 sparse) | 3 x 0 | cached count u64 LE, bit 63: stale | registers
//
//	sparse   00xxxxxx            x+1 registers are 0
//	         01xxxxxx yyyyyyyy   xy+1 registers are 0
//	         1vvvvvxx            x+1 registers are v+1
//
// Counting follows Otmar Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches" (arXiv:1702.01284); the hash is MurmurHash64A.

const (
	hllBits      = 14
	hllRegisters = 1 << hllBits
	hllMax       = 64 - hllBits + 1 // largest value of a register
	hllHeader    = 16
	hllDenseSize = hllHeader + hllRegisters*6/8
	hllSeed      = 0xadc83b19

	hllZeroMax = 64     // registers of a one-byte run of zeros
	hllValMax  = 4      // registers of a run of one value
	hllValTop  = 32     // largest value that a sparse run can hold
	hllStale   = 1 << 7 // in the last byte of the cached count
)

// The reasons why a string is no HyperLogLog.
var (
	ErrNotHLL     = errors.New("value: not a HyperLogLog")
	ErrCorruptHLL = errors.New("value: corrupted HyperLogLog")
)

// HLL is the bytes of one HyperLogLog.
type HLL []byte

// NewHLL returns an empty sparse HyperLogLog.
func NewHLL() HLL {
	h := make(HLL, hllHeader, hllHeader+8)
	copy(h, "HYLL")
	h[4] = 1
	return appendZeros(h, hllRegisters)
}

// CheckHLL says whether b can be a HyperLogLog: ErrNotHLL if not.
func CheckHLL(b []byte) error {
	if len(b) < hllHeader || string(b[:4]) != "HYLL" || b[4] > 1 || b[4] == 0 && len(b) != hllDenseSize {
		return ErrNotHLL
	}
	return nil
}

func (h HLL) sparse() bool { return h[4] == 1 }

// Dense tells whether h has the dense form.
func (h HLL) Dense() bool { return !h.sparse() }

// Encoding returns "sparse" or "dense".
func (h HLL) Encoding() string {
	if h.sparse() {
		return "sparse"
	}
	return "dense"
}

// Cached returns the count as last computed, if no register has changed since.
func (h HLL) Cached() (uint64, bool) {
	return binary.LittleEndian.Uint64(h[8:]), h[15]&hllStale == 0
}

// SetCached stores a computed count.
func (h HLL) SetCached(n uint64) { binary.LittleEndian.PutUint64(h[8:], n) }

// Invalidate marks the stored count as out of date.
func (h HLL) Invalidate() { h[15] |= hllStale }

// Add counts an element and returns the bytes, grown or made dense when they had
// to be (a sparse form is at most sparseMax bytes), and whether a register changed.
func (h HLL) Add(element []byte, sparseMax int) (HLL, bool, error) {
	index, v := hllPattern(element)
	return h.raise(index, v, sparseMax)
}

// hllPattern returns the register that an element falls to, and its value.
func hllPattern(element []byte) (index int, v uint8) {
	hash := murmur64(element, hllSeed)
	rest := hash>>hllBits | 1<<(64-hllBits)
	return int(hash & (hllRegisters - 1)), uint8(bits.TrailingZeros64(rest) + 1)
}

func (h HLL) raise(index int, v uint8, sparseMax int) (HLL, bool, error) {
	if h.sparse() {
		return h.raiseSparse(index, v, sparseMax)
	}
	if h.register(index) >= v {
		return h, false, nil
	}
	h.setRegister(index, v)
	h.Invalidate()
	return h, true, nil
}

// register reads a register of the dense form.
func (h HLL) register(i int) uint8 {
	at, shift := hllHeader+i*6/8, uint(i*6%8)
	x := uint16(h[at])
	if at+1 < len(h) {
		x |= uint16(h[at+1]) << 8
	}
	return uint8(x>>shift) & 63
}

func (h HLL) setRegister(i int, v uint8) {
	at, shift := hllHeader+i*6/8, uint(i*6%8)
	h[at] = h[at]&^(63<<shift) | v<<shift
	if shift > 2 {
		h[at+1] = h[at+1]&^(63>>(8-shift)) | v>>(8-shift)
	}
}

// run is one opcode of the sparse form.
type run struct {
	value uint8
	count int // registers
	size  int // bytes
}

func readRun(b []byte) (run, bool) {
	switch op := b[0]; {
	case op&0x80 != 0:
		return run{op>>2&31 + 1, int(op&3) + 1, 1}, true
	case op&0x40 == 0:
		return run{0, int(op&63) + 1, 1}, true
	case len(b) < 2:
		return run{}, false
	default:
		return run{0, int(op&63)<<8 | int(b[1]) + 1, 2}, true
	}
}

func appendZeros(b []byte, count int) []byte {
	switch {
	case count == 0:
		return b
	case count <= hllZeroMax:
		return append(b, byte(count-1))
	default:
		return append(b, 0x40|byte((count-1)>>8), byte(count-1))
	}
}

func appendRun(b []byte, v uint8, count int) []byte {
	if v == 0 {
		return appendZeros(b, count)
	}
	if count == 0 {
		return b
	}
	return append(b, 0x80|(v-1)<<2|byte(count-1))
}

func (h HLL) raiseSparse(index int, v uint8, sparseMax int) (HLL, bool, error) {
	at, prev, first, cur, err := h.locate(index)
	if err != nil {
		return h, false, err
	}
	if cur.value >= v {
		return h, false, nil
	}
	if v > hllValTop {
		return h.promote(index, v)
	}
	var buf [5]byte
	with := appendRun(buf[:0], cur.value, index-first)
	with = appendRun(with, v, 1)
	with = appendRun(with, cur.value, first+cur.count-1-index)
	grow := len(with) - cur.size
	if grow > 0 && len(h)+grow > sparseMax {
		return h.promote(index, v)
	}
	h = h.spliceRun(at, cur.size, with)
	h = h.mergeRuns(prev)
	h.Invalidate()
	return h, true, nil
}

// Runs writes the runs of a sparse form out as PFDEBUG DECODE does: z and Z are
// zeros, v is a value and how many registers have it.
func (h HLL) Runs() string {
	var out []byte
	for at := hllHeader; at < len(h); {
		r, ok := readRun(h[at:])
		if !ok {
			break
		}
		switch {
		case r.value > 0:
			out = fmt.Appendf(out, "v:%d,%d ", r.value, r.count)
		case r.size == 1:
			out = fmt.Appendf(out, "z:%d ", r.count)
		default:
			out = fmt.Appendf(out, "Z:%d ", r.count)
		}
		at += r.size
	}
	return string(bytes.TrimRight(out, " "))
}

// locate finds the run that holds a register: where it is, where the run before
// it is (itself if it is the first), and its first register.
func (h HLL) locate(index int) (at, prev, first int, cur run, err error) {
	at, prev = hllHeader, hllHeader
	for at < len(h) {
		r, ok := readRun(h[at:])
		if !ok {
			break
		}
		if index < first+r.count {
			return at, prev, first, r, nil
		}
		first += r.count
		prev, at = at, at+r.size
	}
	return 0, 0, 0, run{}, ErrCorruptHLL
}

func (h HLL) spliceRun(at, size int, with []byte) HLL {
	tail := len(h) - at - size
	for len(h) < at+len(with)+tail {
		h = append(h, 0)
	}
	copy(h[at+len(with):], h[at+size:at+size+tail])
	copy(h[at:], with)
	return h[:at+len(with)+tail]
}

// mergeRuns joins neighbouring runs of one value among the five from at on.
func (h HLL) mergeRuns(at int) HLL {
	for n := 0; n < 5 && at < len(h); n++ {
		r, _ := readRun(h[at:])
		if r.value > 0 && at+1 < len(h) {
			if after, ok := readRun(h[at+1:]); ok && after.value == r.value && r.count+after.count <= hllValMax {
				h = h.spliceRun(at, 2, appendRun(nil, r.value, r.count+after.count))
				continue
			}
		}
		at += r.size
	}
	return h
}

func (h HLL) promote(index int, v uint8) (HLL, bool, error) {
	d, err := h.MakeDense()
	if err != nil {
		return h, false, err
	}
	return d.raise(index, v, 0)
}

// MakeDense returns the dense form of the same registers.
func (h HLL) MakeDense() (HLL, error) {
	if !h.sparse() {
		return h, nil
	}
	d := make(HLL, hllDenseSize)
	copy(d, h[:hllHeader])
	d[4] = 0
	var regs Registers
	if err := regs.Merge(h); err != nil {
		return h, err
	}
	for i, v := range regs {
		if v > 0 {
			d.setRegister(i, v)
		}
	}
	return d, nil
}

// Registers are the registers of a union under way.
type Registers [hllRegisters]uint8

// Merge raises the registers to those of h. ErrCorruptHLL: h is damaged, and the
// registers are undefined.
func (regs *Registers) Merge(h HLL) error {
	if !h.sparse() {
		regs.mergeDense(h[hllHeader:hllDenseSize])
		return nil
	}
	i := 0
	for at := hllHeader; at < len(h); {
		r, ok := readRun(h[at:])
		if !ok || i+r.count > hllRegisters {
			return ErrCorruptHLL
		}
		for ; r.count > 0; r.count-- {
			regs[i] = max(regs[i], r.value)
			i++
		}
		at += r.size
	}
	if i != hllRegisters {
		return ErrCorruptHLL
	}
	return nil
}

// mergeDense takes four registers out of three bytes at a time.
func (regs *Registers) mergeDense(b []byte) {
	for i := 0; i+4 <= len(regs) && len(b) >= 3; i, b = i+4, b[3:] {
		r := regs[i : i+4 : i+4]
		x := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		r[0] = max(r[0], uint8(x&63))
		r[1] = max(r[1], uint8(x>>6&63))
		r[2] = max(r[2], uint8(x>>12&63))
		r[3] = max(r[3], uint8(x>>18))
	}
}

// Store raises the registers of h to regs and returns the bytes.
func (regs *Registers) Store(h HLL, sparseMax int) (HLL, error) {
	var err error
	for i, v := range regs {
		if v == 0 {
			continue
		}
		if h, _, err = h.raise(i, v, sparseMax); err != nil {
			return h, err
		}
	}
	h.Invalidate()
	return h, nil
}

// Count estimates how many different elements were added.
func (regs *Registers) Count() uint64 {
	var histogram [64]int
	for _, v := range regs {
		histogram[v]++
	}
	const m = float64(hllRegisters)
	z := m * tau((m-float64(histogram[hllMax]))/m)
	for j := hllMax - 1; j >= 1; j-- {
		z = float64(z+float64(histogram[j])) * 0.5
	}
	z += float64(m * sigma(float64(histogram[0])/m))
	const alphaInf = 0.721347520444481703680 // 1 / (2 ln 2)
	return uint64(math.Round(alphaInf * m * m / z))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x = float64(x * x)
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}

// murmur64 is MurmurHash64A by Austin Appleby, as on little-endian machines.
func murmur64(b []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k ^= k >> r
		h = (h ^ k*m) * m
	}
	if len(b) > 0 {
		for i, c := range b {
			h ^= uint64(c) << (8 * i)
		}
		h *= m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}
