package rdb

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// Writer writes one file.
type Writer struct {
	a     Appender
	w     io.Writer
	sums  bool
	crc   uint64
	db    int
	bytes int64
	err   error
}

// Options are how a file is written.
type Options struct {
	Compress bool // rdbcompression
	Checksum bool // rdbchecksum
}

// flushAt is how much is gathered before it is written.
const flushAt = 64 << 10

// NewWriter writes the header of a file.
func NewWriter(w io.Writer, o Options) *Writer {
	wr := &Writer{w: w, sums: o.Checksum, db: -1}
	if o.Compress {
		wr.a.Compress()
	}
	wr.a.Buf = fmt.Appendf(nil, "REDIS%04d", Version)
	return wr
}

// Aux notes something about the file.
func (w *Writer) Aux(name, text string) {
	w.a.byte(opAux)
	w.a.string([]byte(name))
	w.a.string([]byte(text))
	w.settle()
}

// AuxInt notes a number.
func (w *Writer) AuxInt(name string, n int64) { w.Aux(name, strconv.FormatInt(n, 10)) }

// Function writes the code of a library of functions.
func (w *Writer) Function(code []byte) {
	w.a.byte(opFunction)
	w.a.string(code)
	w.settle()
}

// Select says which database the next keys are in, and how many it holds, for the
// reader to prepare, if it was not said before.
func (w *Writer) Select(db int) {
	if db == w.db {
		return
	}
	w.db = db
	w.a.byte(opSelect)
	w.a.length(uint64(db))
}

// Resize says how many keys the database holds, and how many of them expire.
func (w *Writer) Resize(keys, expires int) {
	w.a.byte(opResize)
	w.a.length(uint64(keys))
	w.a.length(uint64(expires))
}

// key writes what stands before a value.
func (w *Writer) key(db int, t Type, key []byte, expireAt int64) {
	w.Select(db)
	if expireAt != 0 {
		w.a.byte(opExpireMs)
		w.a.Buf = binary.LittleEndian.AppendUint64(w.a.Buf, uint64(expireAt))
	}
	w.a.byte(byte(t))
	w.a.string(key)
}

// settle writes what is gathered when it is enough.
func (w *Writer) settle() {
	if len(w.a.Buf) >= flushAt {
		w.flush()
	}
}

func (w *Writer) flush() {
	w.emit(w.a.Buf)
	w.a.Buf = w.a.Buf[:0]
	if cap(w.a.Buf) > 16*flushAt {
		w.a.Buf = nil
	}
}

func (w *Writer) emit(b []byte) {
	if w.err != nil {
		return
	}
	if w.sums {
		w.crc = update(w.crc, b)
	}
	w.bytes += int64(len(b))
	_, w.err = w.w.Write(b)
}

// Err is the first fault of writing.
func (w *Writer) Err() error { return w.err }

// Bytes is how many bytes were written.
func (w *Writer) Bytes() int64 { return w.bytes }

// Close ends the file with its checksum.
func (w *Writer) Close() error {
	w.a.byte(opEOF)
	w.flush()
	w.sums = false
	w.emit(binary.LittleEndian.AppendUint64(nil, w.crc))
	return w.err
}
