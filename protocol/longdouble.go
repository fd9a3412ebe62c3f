package protocol

import (
	"bytes"
	"math/big"
	"strings"
)

// LongDouble is the number type of INCRBYFLOAT and HINCRBYFLOAT: as in C on
// amd64 a float with 64 bits of mantissa, computed in software so that every
// machine gets the same digits. The zero value is no number; use
// [ParseLongDouble].
type LongDouble struct{ f *big.Float }

// longDoubleBits is the mantissa of x87's extended precision.
const longDoubleBits = 64

// maxLongDoubleExp bounds numbers read: 4932 is x87's largest decimal exponent.
// A string such as 1e999999999 must not cost a gigabyte.
const maxLongDoubleExp = 16384

// ParseLongDouble reads a number as strtold does where Redis allows it: no
// blanks around, no NaN. Infinities are numbers here; their sum is refused by
// [LongDouble.Add].
func ParseLongDouble(b []byte) (LongDouble, bool) {
	if len(b) == 0 || len(b) > 5*1024 {
		return LongDouble{}, false
	}
	text := string(bytes.ToLower(b))
	digits := strings.TrimLeft(text, "+-")
	goOnly := strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0o")
	if goOnly || strings.ContainsAny(text, "_p") || hugeExponent(digits) {
		return LongDouble{}, false
	}
	text = strings.Replace(text, "infinity", "inf", 1)
	f, _, err := big.ParseFloat(text, 0, longDoubleBits, big.ToNearestEven)
	if err != nil || (!f.IsInf() && f.Sign() != 0 && f.MantExp(nil) > maxLongDoubleExp) {
		return LongDouble{}, false
	}
	return LongDouble{f}, true
}

// hugeExponent tells whether the decimal exponent has five digits or more.
func hugeExponent(digits string) bool {
	if strings.HasPrefix(digits, "0x") {
		return false
	}
	_, exp, found := strings.Cut(digits, "e")
	return found && len(strings.TrimLeft(exp, "+-0")) > 4
}

// Add returns x+y; ok is false if the sum is no finite number.
func (x LongDouble) Add(y LongDouble) (sum LongDouble, ok bool) {
	if x.f.IsInf() || y.f.IsInf() {
		return LongDouble{}, false
	}
	f := new(big.Float).SetPrec(longDoubleBits).SetMode(big.ToNearestEven).Add(x.f, y.f)
	if f.Sign() != 0 && f.MantExp(nil) > maxLongDoubleExp {
		return LongDouble{}, false
	}
	return LongDouble{f}, true
}

// Append appends the number for people: at most 17 digits after the point,
// no trailing zeros, never an exponent.
func (x LongDouble) Append(dst []byte) []byte {
	if x.f.IsInf() {
		if x.f.Signbit() {
			return append(dst, "-inf"...)
		}
		return append(dst, "inf"...)
	}
	text := x.f.Text('f', 17)
	text = strings.TrimRight(text, "0")
	text = strings.TrimSuffix(text, ".")
	if text == "-0" {
		text = "0"
	}
	return append(dst, text...)
}
