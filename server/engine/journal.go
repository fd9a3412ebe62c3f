package engine

import (
	"encoding/binary"
	"sync"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// A Journal keeps records of what changes the keyspace. Append is called while the
// stripes of what changed are locked, so that the order of records is the order of
// changes; it must wait for nothing. A record is one or more entries that count
// together, each (protocol.AppendEntry) behind its length as uvarint.
type Journal interface {
	Append(entries []byte)
}

// journal encodes for a Journal.
type journal struct {
	to      Journal
	scratch sync.Pool // *[]byte
}

// KeepIn has all changes from now on kept in a journal.
func (e *Engine) KeepIn(j Journal) { e.journal.Store(&journal{to: j}) }

// record keeps a call that changed something: itself, with its time and seed, or
// what its handler said to keep instead.
func (j *journal) record(c *command.Call, seed uint64, batch *[]byte) {
	args := c.Args
	if c.Instead != nil {
		args = c.Instead
	}
	e := protocol.Entry{
		Version: protocol.EntryVersion, Now: c.Now, Seed: seed, DB: uint32(c.DB.Index()),
		Commands: [][][]byte{args},
	}
	j.put(&e, batch)
}

// removed keeps that a key expired or was evicted.
func (j *journal) removed(db int, key []byte) {
	e := protocol.Entry{Version: protocol.EntryVersion, DB: uint32(db), Commands: [][][]byte{{[]byte("DEL"), key}}}
	j.put(&e, nil)
}

func (j *journal) put(e *protocol.Entry, batch *[]byte) {
	if batch != nil {
		*batch = appendSized(*batch, e)
		return
	}
	b, _ := j.scratch.Get().(*[]byte)
	if b == nil {
		b = new([]byte)
	}
	*b = appendSized((*b)[:0], e)
	j.to.Append(*b)
	if cap(*b) <= maxScratch {
		j.scratch.Put(b)
	}
}

const maxScratch = 64 << 10

// appendSized appends an entry behind its length.
func appendSized(b []byte, e *protocol.Entry) []byte {
	at := len(b)
	b = protocol.AppendEntry(b, e)
	var size [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(size[:], uint64(len(b)-at))
	b = append(b, size[:n]...)
	copy(b[at+n:], b[at:len(b)-n])
	copy(b[at:], size[:n])
	return b
}

// keep makes what a batch did one record.
func (e *Engine) keep(batch *[]byte) {
	if j := e.journal.Load(); j != nil && len(*batch) > 0 {
		j.to.Append(*batch)
	}
}
