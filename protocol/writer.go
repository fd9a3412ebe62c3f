package protocol

import (
	"strconv"

	"github.com/tidwall/redcon"
)

// Pinned is a value's bytes that stay where and as they are until Release.
// Replies to reads of large values are written from there, without a copy.
type Pinned interface {
	Bytes() []byte
	Release()
}

// Writer builds the replies of one connection, in RESP2 or RESP3. It is an
// append-only buffer, with pinned chunks between its bytes. The zero value is
// ready and speaks RESP2. It is not safe for use by two goroutines.
//
// A Writer never refuses: whoever fills it watches Len.
type Writer struct {
	// buf[off:] waits to be sent; buf[:off] was sent. Pinned chunks lie
	// between: pins[head:] are pending, ordered by at, and of the first one
	// pins[head].done bytes were sent.
	buf  []byte
	off  int
	pins []pin
	head int

	pinned    int // bytes of pins[head:] not yet sent
	resp3     bool
	errors    uint64 // error replies written ever
	lastError string
}

// pin is a chunk to be sent before buf[at].
type pin struct {
	at   int
	done int
	p    Pinned
}

// Proto returns the protocol version in use, 2 or 3.
func (w *Writer) Proto() int {
	if w.resp3 {
		return 3
	}
	return 2
}

// SetProto selects RESP2 or RESP3 for the replies that follow.
func (w *Writer) SetProto(version int) { w.resp3 = version >= 3 }

// Simple writes a status such as PONG. CR and LF become blanks.
func (w *Writer) Simple(s string) { w.buf = redcon.AppendString(w.buf, s) }

// OK writes the status OK.
func (w *Writer) OK() { w.buf = redcon.AppendOK(w.buf) }

// Int writes an integer.
func (w *Writer) Int(n int64) { w.buf = redcon.AppendInt(w.buf, n) }

// Uint writes an integer that may exceed an int64.
func (w *Writer) Uint(n uint64) { w.buf = redcon.AppendUint(w.buf, n) }

// Bulk writes a string of bytes.
func (w *Writer) Bulk(b []byte) { w.buf = redcon.AppendBulk(w.buf, b) }

// BulkString writes a string of bytes.
func (w *Writer) BulkString(s string) { w.buf = redcon.AppendBulkString(w.buf, s) }

// BulkInt writes an integer as a string, as values are read.
func (w *Writer) BulkInt(n int64) {
	var scratch [20]byte
	w.Bulk(strconv.AppendInt(scratch[:0], n, 10))
}

// Null writes the absent value: RESP2's null string, RESP3's null.
func (w *Writer) Null() {
	if w.resp3 {
		w.buf = append(w.buf, "_\r\n"...)
		return
	}
	w.buf = redcon.AppendNull(w.buf)
}

// NullArray writes the absent array: RESP2's null array, RESP3's null.
func (w *Writer) NullArray() {
	if w.resp3 {
		w.Null()
		return
	}
	w.buf = append(w.buf, "*-1\r\n"...)
}

// Error writes an error reply. A text whose first word is no code in capitals
// gets "ERR " before it; CR and LF become blanks.
func (w *Writer) Error(err error) { w.ErrorString(err.Error()) }

// ErrorString is Error for a text.
func (w *Writer) ErrorString(s string) {
	w.errors++
	w.lastError = s
	if !hasCode(s) {
		w.buf = append(w.buf, "-ERR "...)
	} else {
		w.buf = append(w.buf, '-')
	}
	from := len(w.buf)
	w.buf = append(w.buf, s...)
	for i := from; i < len(w.buf); i++ {
		if c := w.buf[i]; c == '\r' || c == '\n' {
			w.buf[i] = ' '
		}
	}
	w.buf = append(w.buf, "\r\n"...)
}

// hasCode tells whether s begins with a word in capitals, as in "WRONGTYPE ...".
func hasCode(s string) bool {
	i := 0
	for i < len(s) && s[i] >= 'A' && s[i] <= 'Z' {
		i++
	}
	return i > 1 && (i == len(s) || s[i] == ' ')
}

// Errors returns how many error replies were written in all. A caller that
// compares it before and after a command knows whether the command failed.
func (w *Writer) Errors() uint64 { return w.errors }

// LastErrorCode returns the code of the last error reply, "ERR" or a more
// telling one, by which Redis counts errors.
func (w *Writer) LastErrorCode() string {
	if !hasCode(w.lastError) {
		return "ERR"
	}
	return Error(w.lastError).Code()
}

// Array begins an array of n replies.
func (w *Writer) Array(n int) { w.buf = redcon.AppendArray(w.buf, n) }

// Map begins n pairs; for RESP2 an array of 2n replies.
func (w *Writer) Map(n int) {
	if w.resp3 {
		w.header('%', n)
		return
	}
	w.Array(2 * n)
}

// Set begins a set of n replies; for RESP2 an array.
func (w *Writer) Set(n int) {
	if w.resp3 {
		w.header('~', n)
		return
	}
	w.Array(n)
}

// Push begins a message of n replies that nobody asked for; for RESP2 an array.
func (w *Writer) Push(n int) {
	if w.resp3 {
		w.header('>', n)
		return
	}
	w.Array(n)
}

// Attribute begins n pairs that say something about the reply to follow. RESP2
// has no such thing: it returns false, and the pairs must not be written.
func (w *Writer) Attribute(n int) bool {
	if w.resp3 {
		w.header('|', n)
	}
	return w.resp3
}

// Double writes a number as Redis 7.2 does; for RESP2 a string.
func (w *Writer) Double(f float64) {
	var scratch [32]byte
	text := AppendDouble(scratch[:0], f)
	if !w.resp3 {
		w.Bulk(text)
		return
	}
	w.buf = append(append(append(w.buf, ','), text...), "\r\n"...)
}

// Bool writes a truth value; for RESP2 the integer 1 or 0.
func (w *Writer) Bool(b bool) {
	switch {
	case !w.resp3 && b:
		w.Int(1)
	case !w.resp3:
		w.Int(0)
	case b:
		w.buf = append(w.buf, "#t\r\n"...)
	default:
		w.buf = append(w.buf, "#f\r\n"...)
	}
}

// BigNumber writes an integer of any size given by its digits; for RESP2 a
// string.
func (w *Writer) BigNumber(digits string) {
	if !w.resp3 {
		w.BulkString(digits)
		return
	}
	w.buf = append(append(append(w.buf, '('), digits...), "\r\n"...)
}

// Verbatim writes a text for people, such as INFO's; format is three letters,
// "txt" or "mkd". For RESP2 a string.
func (w *Writer) Verbatim(format, s string) {
	if !w.resp3 {
		w.BulkString(s)
		return
	}
	w.header('=', len(s)+4)
	w.buf = append(append(append(w.buf, format...), ':'), s...)
	w.buf = append(w.buf, "\r\n"...)
}

// Raw writes what is already encoded, in the protocol that is in use.
func (w *Writer) Raw(b []byte) { w.buf = append(w.buf, b...) }

// BulkPinned writes p's bytes as a string without copying them. p is released
// when they are sent or dropped.
func (w *Writer) BulkPinned(p Pinned) {
	n := len(p.Bytes())
	w.header('$', n)
	w.pins = append(w.pins, pin{at: len(w.buf), p: p})
	w.pinned += n
	w.buf = append(w.buf, "\r\n"...)
}

func (w *Writer) header(kind byte, n int) {
	w.buf = strconv.AppendInt(append(w.buf, kind), int64(n), 10)
	w.buf = append(w.buf, "\r\n"...)
}
