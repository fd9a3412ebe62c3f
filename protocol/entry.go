package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// EntryVersion is the version of an entry's meaning that this program writes.
// A change of what a command does with the same entry needs a new one.
const EntryVersion = 1

// Entry is what is replicated: commands that are applied together, with the
// time and the randomness they are applied with. Two keyspaces that apply the
// same entries in the same order are equal.
type Entry struct {
	Version  uint8
	Now      int64  // ms since the epoch
	Seed     uint64 // of the random numbers the commands draw
	DB       uint32 // database selected at the start
	Commands [][][]byte
}

// ErrEntry is wrapped by all errors of DecodeEntry.
var ErrEntry = errors.New("protocol: malformed log entry")

const entryHeader = 1 + 8 + 8 // version, now, seed

// AppendEntry appends e's encoding, drawn in docs/protocol.md.
func AppendEntry(dst []byte, e *Entry) []byte {
	dst = append(dst, e.Version)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.Now))
	dst = binary.LittleEndian.AppendUint64(dst, e.Seed)
	dst = binary.AppendUvarint(dst, uint64(e.DB))
	dst = binary.AppendUvarint(dst, uint64(len(e.Commands)))
	for _, args := range e.Commands {
		dst = binary.AppendUvarint(dst, uint64(len(args)))
		for _, a := range args {
			dst = binary.AppendUvarint(dst, uint64(len(a)))
			dst = append(dst, a...)
		}
	}
	return dst
}

// DecodeEntry reads one entry that fills b. Arguments are slices of b. There is
// one encoding of an entry and no other is accepted. What it allocates is at
// most 48 times len(b), two slice headers a byte, whatever b says.
func DecodeEntry(b []byte) (*Entry, error) {
	if len(b) < entryHeader {
		return nil, fmt.Errorf("%w: %d bytes are no header", ErrEntry, len(b))
	}
	if b[0] == 0 || b[0] > EntryVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows 1 to %d", ErrEntry, b[0], EntryVersion)
	}
	e := &Entry{
		Version: b[0],
		Now:     int64(binary.LittleEndian.Uint64(b[1:])),
		Seed:    binary.LittleEndian.Uint64(b[9:]),
	}
	r := entryReader{rest: b[entryHeader:]}
	e.DB = uint32(r.number(1<<32 - 1))
	e.Commands = make([][][]byte, r.number(len(r.rest)))
	for i := range e.Commands {
		e.Commands[i] = r.args()
	}
	if len(r.rest) > 0 {
		r.fail("%d bytes too many", len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	return e, nil
}

// entryReader reads from rest until an error; then every read gives zero.
type entryReader struct {
	rest []byte
	err  error
}

func (r *entryReader) args() [][]byte {
	args := make([][]byte, r.number(len(r.rest)))
	for i := range args {
		n := r.number(len(r.rest))
		args[i] = r.rest[:n:n]
		r.rest = r.rest[n:]
	}
	return args
}

// number reads a varint of at most limit. Each counted thing takes a byte or
// more, so the bytes left bound every count.
func (r *entryReader) number(limit int) int {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	switch {
	case n <= 0:
		r.fail("cut off in a number")
	case n > 1 && r.rest[n-1] == 0:
		r.fail("a number is padded")
	case v > uint64(limit):
		r.fail("%d where %d is the most", v, limit)
	default:
		r.rest = r.rest[n:]
		if int(v) > len(r.rest) && limit < 1<<32-1 {
			r.fail("%d announced, %d bytes left", v, len(r.rest))
			return 0
		}
		return int(v)
	}
	return 0
}

func (r *entryReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrEntry}, args...)...)
		r.rest = nil
	}
}
