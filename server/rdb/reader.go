package rdb

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits bound what is read.
type Limits struct {
	String int // longest string in bytes; 0: DefaultString
}

func (l Limits) string() int {
	if l.String <= 0 {
		return DefaultString
	}
	return l.String
}

// Entry is one key of a file, its value still to be read; or, with Kind Note, what
// the file says beside its keys.
type Entry struct {
	DB       int
	Key      []byte // good until the next Next
	Type     Type
	ExpireAt int64 // ms, 0 never
	Idle     int64 // seconds; -1: not told
	Freq     int   // -1: not told

	// Function is the code of a library of functions; then the rest is empty.
	Function []byte
}

// Reader reads one file.
type Reader struct {
	in      input
	version int
	entry   Entry
	pending bool // the value of entry is not read yet
	db      int
	keys    uint64 // as the file announces
	aux     map[string]string
	modules []string
}

// NewReader reads the header of a file.
func NewReader(r io.Reader, lim Limits) (*Reader, error) {
	rd := &Reader{in: input{limit: lim.string(), sums: true}, aux: map[string]string{}}
	rd.in.r = bufio.NewReaderSize(r, 1<<16)
	head := rd.in.take(9)
	if rd.in.err != nil || !bytes.HasPrefix(head, []byte("REDIS")) {
		return nil, errors.New("rdb: not an RDB file: it does not begin with REDIS")
	}
	v, err := strconv.Atoi(string(head[5:]))
	if err != nil || v < 1 {
		return nil, fmt.Errorf("rdb: %q is no version of the format", head[5:])
	}
	if v > newest {
		return nil, fmt.Errorf("rdb: version %d of the format is newer than %d, the last one known here", v, newest)
	}
	rd.version = v
	return rd, nil
}

// Version is the version that the file tells.
func (r *Reader) Version() int { return r.version }

// Offset is how many bytes have been read.
func (r *Reader) Offset() int64 { return r.in.read }

// Announced is how many keys the file has said that its databases hold; 0: nothing.
func (r *Reader) Announced() uint64 { return r.keys }

// Aux returns a note of the file's writer, such as "redis-ver" or "ctime".
func (r *Reader) Aux(name string) string { return r.aux[name] }

// Modules names what modules have put into the file beside keys, which was passed
// over.
func (r *Reader) Modules() []string { return r.modules }

// Next returns the next key or function; io.EOF at the end of a file that is whole.
func (r *Reader) Next() (*Entry, error) {
	if r.pending {
		r.Skip()
	}
	r.entry = Entry{Key: r.entry.Key[:0], Idle: -1, Freq: -1}
	for r.in.err == nil {
		op := r.in.byte()
		if r.in.err != nil {
			break
		}
		if op == opEOF {
			return nil, r.finish()
		}
		if op < opSlotInfo {
			return r.key(Type(op))
		}
		if done := r.operation(op); done {
			return &r.entry, r.in.err
		}
	}
	return nil, r.in.err
}

func (r *Reader) key(t Type) (*Entry, error) {
	e := &r.entry
	e.Type, e.DB = t, r.db
	e.Key = r.in.string(e.Key)
	r.pending = r.in.err == nil
	return e, r.in.err
}

// operation reads what stands between keys. done: it is an entry of its own.
func (r *Reader) operation(op byte) (done bool) {
	in := &r.in
	switch op {
	case opExpireSec:
		r.entry.ExpireAt = in.seconds() * 1000
	case opExpireMs:
		r.entry.ExpireAt = in.millis()
	case opFreq:
		r.entry.Freq = int(in.byte())
	case opIdle:
		r.entry.Idle = int64(in.length())
	case opSelect:
		r.db = int(min(in.length(), 1<<31))
	case opResize:
		r.keys += in.length()
		in.length()
	case opAux:
		r.note()
	case opModuleAux:
		r.moduleAux()
	case opSlotInfo:
		in.length()
		in.length()
		in.length()
	case opFunction:
		r.entry.Function = in.string(nil)
		return true
	default:
		in.fail(fmt.Errorf("rdb: unknown operation %d: %w", op, ErrFormat))
	}
	return false
}

// maxAux bounds what notes may keep.
const maxAux = 64

func (r *Reader) note() {
	name, text := r.in.string(nil), r.in.string(nil)
	if len(r.aux) < maxAux && len(name) < 1<<10 && len(text) < 1<<10 {
		r.aux[string(name)] = string(text)
	}
}

func (r *Reader) moduleAux() {
	id := r.in.length()
	r.in.length() // opcode of a number
	r.in.length() // when the module wants it
	r.in.moduleParts()
	if len(r.modules) < maxAux {
		r.modules = append(r.modules, moduleName(id))
	}
}

// moduleName is the name that a module's ID of 64 bits spells: nine characters of
// six bits, and a version.
func moduleName(id uint64) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var name [9]byte
	id >>= 10
	for i := 8; i >= 0; i-- {
		name[i] = letters[id&63]
		id >>= 6
	}
	return string(name[:])
}

// finish checks the sum at the end; there is none before version 5, and one of 0
// was not computed.
func (r *Reader) finish() error {
	if r.version >= 5 {
		sum := r.in.crc
		r.in.sums = false
		if told := binary.LittleEndian.Uint64(r.in.take(8)); r.in.err == nil && told != 0 && told != sum {
			r.in.fail(ErrChecksum)
		}
	}
	if r.in.err == nil {
		r.in.err = io.EOF
	}
	return r.in.err
}

// Value reads the value of the entry that Next returned into a sink. When the sink
// refuses, the rest of the file cannot be read.
func (r *Reader) Value(sink Sink) error {
	r.pending = false
	err := r.in.value(r.entry.Type, sink)
	if err == ErrEmpty {
		r.in.err = nil // the bytes were whole
	}
	return err
}

// Skip passes over the value.
func (r *Reader) Skip() error {
	r.pending = false
	err := r.in.value(r.entry.Type, nil)
	if err == ErrEmpty {
		r.in.err, err = nil, nil
	}
	return err
}

// Raw appends the value with its type and a footer: what RESTORE takes.
func (r *Reader) Raw(dst []byte) ([]byte, error) {
	dst = append(dst, byte(r.entry.Type))
	r.in.tee = &dst
	err := r.Skip()
	r.in.tee = nil
	return Seal(dst, uint16(max(r.version, 6))), err
}

// Kind is the kind of a type; ok is false for what cannot be read.
func (t Type) Kind() (k Kind, ok bool) {
	f, ok := forms[t]
	return f.kind, ok && t != typeModule2
}

// ReadValue reads a payload without its footer (Open) into a sink; nil only checks.
func ReadValue(body []byte, lim Limits, sink Sink) error {
	in := input{rest: body[1:], limit: lim.string()}
	err := in.value(Type(body[0]), sink)
	if err == nil && len(in.rest) > 0 {
		err = ErrFormat
	}
	return err
}
