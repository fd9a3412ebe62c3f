package protocol

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Kind is the first byte of a reply's encoding.
type Kind byte

// The types of replies, by the byte that announces them.
const (
	SimpleKind   = Kind('+')
	ErrorKind    = Kind('-')
	IntKind      = Kind(':')
	BulkKind     = Kind('$')
	ArrayKind    = Kind('*')
	NullKind     = Kind('_') // also RESP2's $-1 and *-1
	DoubleKind   = Kind(',')
	BoolKind     = Kind('#')
	BigKind      = Kind('(')
	BlobErrKind  = Kind('!')
	VerbatimKind = Kind('=')
	MapKind      = Kind('%')
	SetKind      = Kind('~')
	PushKind     = Kind('>')
	attrKind     = Kind('|')
)

// Reply is a reply as a client reads it.
type Reply struct {
	Kind  Kind
	Str   []byte  // bytes of Simple, Error, Bulk, Big, BlobErr, Verbatim (with its "txt:"); digits of Double
	Int   int64   // value of Int; 1 or 0 of Bool
	Elems []Reply // of Array, Set and Push; of Map keys and values in turn
}

// ErrReply is wrapped by errors that say a reply is malformed.
var ErrReply = errors.New("protocol: malformed reply")

// maxReplyDepth bounds nesting: a hostile server must not exhaust our stack.
const maxReplyDepth = 64

// Decoder reads replies of a server, as a client does.
type Decoder struct{ r *bufio.Reader }

// NewDecoder returns a Decoder that reads from r.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{bufio.NewReader(r)} }

// Buffered returns how many bytes are read but not yet decoded.
func (d *Decoder) Buffered() int { return d.r.Buffered() }

// Read returns the next reply. io.EOF means that there is none;
// io.ErrUnexpectedEOF that it is cut off.
func (d *Decoder) Read() (Reply, error) {
	r, err := d.read(maxReplyDepth)
	return r, err
}

// DecodeReply reads the first reply of b and returns the number of bytes used.
func DecodeReply(b []byte) (Reply, int, error) {
	src := bytes.NewReader(b)
	d := NewDecoder(src)
	r, err := d.Read()
	if err != nil {
		return Reply{}, 0, err
	}
	return r, len(b) - src.Len() - d.Buffered(), nil
}

func (d *Decoder) read(depth int) (Reply, error) {
	line, err := d.line()
	if err != nil {
		return Reply{}, err
	}
	if len(line) == 0 {
		return Reply{}, fmt.Errorf("%w: an empty line", ErrReply)
	}
	r := Reply{Kind: Kind(line[0])}
	text := line[1:]
	switch r.Kind {
	case SimpleKind, ErrorKind:
		r.Str = bytes.Clone(text)
		return r, nil
	case IntKind:
		r.Int, err = parseReplyInt(text)
		return r, err
	case BigKind, DoubleKind:
		r.Str = bytes.Clone(text)
		return r, checkNumber(r)
	case NullKind:
		return r, check(len(text) == 0, "null %q", line)
	case BoolKind:
		if string(text) == "t" {
			r.Int = 1
		}
		return r, check(string(text) == "t" || string(text) == "f", "truth value %q", line)
	case BulkKind, BlobErrKind, VerbatimKind:
		return d.blob(r, text)
	case ArrayKind, SetKind, PushKind, MapKind, attrKind:
		return d.aggregate(r, text, depth)
	}
	return Reply{}, fmt.Errorf("%w: type %q", ErrReply, line[0])
}

func (d *Decoder) blob(r Reply, text []byte) (Reply, error) {
	n, err := parseReplyInt(text)
	if err != nil {
		return Reply{}, err
	}
	if n == -1 && r.Kind == BulkKind {
		return Reply{Kind: NullKind}, nil
	}
	if n < 0 || n > math.MaxInt32 {
		return Reply{}, fmt.Errorf("%w: length %d", ErrReply, n)
	}
	// Grown as bytes arrive: a length alone must not make us allocate.
	var b bytes.Buffer
	if _, err = io.CopyN(&b, d.r, n+2); err != nil {
		return Reply{}, unexpected(err)
	}
	body := b.Bytes()
	r.Str = body[:n:n]
	if r.Kind == VerbatimKind {
		if err = check(n >= 4 && body[3] == ':', "verbatim string %q", r.Str); err != nil {
			return Reply{}, err
		}
	}
	return r, check(string(body[n:]) == "\r\n", "string of %d bytes ends in %q", n, body[n:])
}

func (d *Decoder) aggregate(r Reply, text []byte, depth int) (Reply, error) {
	n, err := parseReplyInt(text)
	if err != nil {
		return Reply{}, err
	}
	if n == -1 && r.Kind == ArrayKind {
		return Reply{Kind: NullKind}, nil
	}
	if n < 0 || n > math.MaxInt32 || depth == 0 {
		return Reply{}, fmt.Errorf("%w: %d elements at depth %d", ErrReply, n, maxReplyDepth-depth)
	}
	if r.Kind == MapKind || r.Kind == attrKind {
		n *= 2
	}
	r.Elems = make([]Reply, 0, min(n, 64))
	for range n {
		e, err := d.read(depth - 1)
		if err != nil {
			return Reply{}, unexpected(err)
		}
		r.Elems = append(r.Elems, e)
	}
	if r.Kind == attrKind { // says something about the reply that follows
		return d.read(depth - 1)
	}
	return r, nil
}

// line reads up to CRLF; the result is valid until the next read.
func (d *Decoder) line() ([]byte, error) {
	line, err := d.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull { // a long status or error
		head := bytes.Clone(line)
		line, err = d.r.ReadBytes('\n')
		line = append(head, line...)
	}
	if err != nil {
		if len(line) > 0 {
			err = unexpected(err)
		}
		return nil, err
	}
	n := len(line) - 2
	if n < 0 || line[n] != '\r' {
		return nil, fmt.Errorf("%w: line %q ends without CR", ErrReply, line)
	}
	return line[:n], nil
}

func parseReplyInt(b []byte) (int64, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: integer %q", ErrReply, b)
	}
	return n, nil
}

func checkNumber(r Reply) error {
	if r.Kind == DoubleKind {
		_, err := strconv.ParseFloat(string(r.Str), 64)
		return check(err == nil, "double %q", r.Str)
	}
	digits := bytes.TrimPrefix(r.Str, []byte("-"))
	ok := len(digits) > 0
	for _, c := range digits {
		ok = ok && isDigit(c)
	}
	return check(ok, "big number %q", r.Str)
}

func check(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%w: "+format, append([]any{ErrReply}, args...)...)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
