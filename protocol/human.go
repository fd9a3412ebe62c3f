package protocol

import (
	"bytes"
	"strconv"
)

// HumanDouble appends a number in plain decimal digits, at most 17 behind the
// point: a bulk string, in RESP3 a double. Coordinates are replied so.
func (w *Writer) HumanDouble(f float64) {
	var digits [64]byte
	text := AppendHuman(digits[:0], f)
	if w.Proto() == 2 {
		w.Bulk(text)
		return
	}
	w.buf = append(w.buf, ',')
	w.buf = append(append(w.buf, text...), '\r', '\n')
}

// AppendHuman appends f without an exponent and without zeros at its end.
func AppendHuman(dst []byte, f float64) []byte {
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', 17, 64)
	if !bytes.ContainsRune(dst[from:], '.') {
		return dst
	}
	return bytes.TrimRight(bytes.TrimRight(dst, "0"), ".")
}
