package script

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// appendNumber appends a number as Lua 5.1 shows it: C's "%.14g".
func appendNumber(dst []byte, f float64) []byte {
	if n := int64(f); float64(n) == f && n > -1e14 && n < 1e14 && (n != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(dst, n, 10)
	}
	return appendG(dst, f, 14)
}

// appendG is C's "%.<precision>g".
func appendG(dst []byte, f float64, precision int) []byte {
	switch {
	case math.IsNaN(f) && math.Signbit(f):
		return append(dst, "-nan"...)
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, f, 'g', max(precision, 1), 64)
}

func numberString(n lua.LNumber) string {
	var scratch [32]byte
	return string(appendNumber(scratch[:0], float64(n)))
}

// text is a string or number as a string; ok is false for all else.
func text(v lua.LValue) (string, bool) {
	switch v := v.(type) {
	case lua.LString:
		return string(v), true
	case lua.LNumber:
		return numberString(v), true
	}
	return "", false
}

// parseNumber reads a string as Lua's tonumber does without a base: strtod's
// notation, or hexadecimal, with blanks around.
func parseNumber(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	if s == "" || strings.ContainsRune(s, '_') {
		return 0, false
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil || isRange(err) {
		return f, true
	}
	digits, negative := s, false
	if digits[0] == '-' || digits[0] == '+' {
		negative, digits = digits[0] == '-', digits[1:]
	}
	if len(digits) < 3 || digits[0] != '0' || digits[1]|0x20 != 'x' {
		return 0, false
	}
	if digits[2] == '+' || digits[2] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits[2:], 16, 64)
	if err != nil && !isRange(err) {
		if f, err := strconv.ParseFloat(s+"p0", 64); err == nil {
			return f, true
		}
		return 0, false
	}
	if negative {
		return -float64(n), true
	}
	return float64(n), true
}

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// number is a number, or a string that reads as one.
func number(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return parseNumber(string(v))
	}
	return 0, false
}
