package protocol

import (
	"math"
	"strconv"
)

// ParseInt reads a decimal integer in its only canonical form, as Redis does
// everywhere: no sign +, no leading zero, no blank, no -0.
func ParseInt(b []byte) (n int64, ok bool) {
	digits := b
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(b) == 1
	}
	var u uint64 // 19 digits cannot overflow it
	for _, c := range digits {
		if !isDigit(c) {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	if negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// AppendDouble appends f as Redis 7.2 prints it: integers plainly, all else by
// the shortest digits that read back as f, with an exponent only where the
// plain form would be long.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	case f == 0 && math.Signbit(f):
		return append(dst, "-0"...)
	case f == math.Trunc(f) && math.Abs(f) <= math.MaxInt64/2:
		return strconv.AppendInt(dst, int64(f), 10)
	}
	return appendShortest(dst, f)
}

// appendShortest lays digits out by the rules of the fpconv library, which
// Redis uses: with value = digits * 10^k, plain for k >= 0 if at most 7 zeros
// follow, plain with a point for -7 < k < 0 or small exponents, else d.dde±x.
func appendShortest(dst []byte, f float64) []byte {
	var scratch [32]byte
	// d.ddde±xx, the shortest form
	s := strconv.AppendFloat(scratch[:0], math.Abs(f), 'e', -1, 64)
	var room [20]byte
	digits := append(room[:0], s[0])
	i := 1
	if s[i] == '.' {
		for i++; s[i] != 'e'; i++ {
			digits = append(digits, s[i])
		}
	}
	exp, _ := strconv.Atoi(string(s[i+1:])) // does not escape: no allocation
	if math.Signbit(f) {
		dst = append(dst, '-')
	}
	return appendDigits(dst, digits, exp)
}

// appendDigits appends d.ddd * 10^exp.
func appendDigits(dst, digits []byte, exp int) []byte {
	n := len(digits)
	k := exp - n + 1
	size := max(exp, -exp)
	switch {
	case k >= 0 && size < n+7:
		dst = append(dst, digits...)
		return appendZeros(dst, k)
	case k < 0 && (k > -7 || size < 4):
		if exp < 0 {
			dst = appendZeros(append(dst, '0', '.'), -exp-1)
			return append(dst, digits...)
		}
		dst = append(append(dst, digits[:exp+1]...), '.')
		return append(dst, digits[exp+1:]...)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	sign := byte('+')
	if exp < 0 {
		sign = '-'
	}
	return strconv.AppendInt(append(dst, 'e', sign), int64(size), 10)
}

func appendZeros(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	return dst
}
