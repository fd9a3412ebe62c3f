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

// maxLongDoubleExp is x87's largest binary exponent.
const maxLongDoubleExp = 16384

// smallestLongDouble is half of x87's smallest number: what is not above it
// would be rounded to zero.
var smallestLongDouble = new(big.Float).SetMantExp(big.NewFloat(1), -16446)

// ParseLongDouble reads a number as strtold does where Redis allows it: no
// blanks around, no NaN, nothing that is too large or too near to zero.
// Infinities are numbers here; their sum is refused by [LongDouble.Add].
func ParseLongDouble(b []byte) (LongDouble, bool) {
	if len(b) == 0 || len(b) > 5*1024 {
		return LongDouble{}, false
	}
	text := string(bytes.ToLower(b))
	digits := strings.TrimLeft(text, "+-")
	hex := strings.HasPrefix(digits, "0x")
	goOnly := strings.HasPrefix(digits, "0b") || strings.HasPrefix(digits, "0o") || strings.Contains(digits, "_")
	if goOnly || !hex && strings.Contains(digits, "p") {
		return LongDouble{}, false
	}
	text = withoutHugeExponent(strings.Replace(text, "infinity", "inf", 1), hex)
	f, _, err := big.ParseFloat(text, 0, longDoubleBits, big.ToNearestEven)
	if err != nil || outOfRange(f) {
		return LongDouble{}, false
	}
	return LongDouble{f}, true
}

// withoutHugeExponent returns text with an exponent of at most six digits, all
// of which are far out of range but for a zero: 1e999999999 must not cost a
// gigabyte.
func withoutHugeExponent(text string, hex bool) string {
	mark := "e"
	if hex {
		mark = "p"
	}
	mantissa, exp, found := strings.Cut(text, mark)
	size := strings.TrimLeft(exp, "+-0")
	if !found || len(size) <= 5 || strings.Trim(size, "0123456789") != "" {
		return text
	}
	if strings.Trim(mantissa, "+-0x.") == "" {
		return mantissa
	}
	return mantissa + mark + exp[:len(exp)-len(size)] + "99999"
}

func outOfRange(f *big.Float) bool {
	if f.IsInf() || f.Sign() == 0 {
		return false
	}
	return f.MantExp(nil) > maxLongDoubleExp || new(big.Float).Abs(f).Cmp(smallestLongDouble) <= 0
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

// Float64 returns the nearest float64; an infinity for what is beyond all of them.
func (x LongDouble) Float64() float64 {
	f, _ := x.f.Float64()
	return f
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
