package persist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Sync says when the log is synced to disk.
type Sync int32

// The policies, under the names of appendfsync.
const (
	SyncEverySecond Sync = iota
	SyncAlways
	SyncNever
)

// LogOptions are fixed when a log is opened.
type LogOptions struct {
	Folder string
	Name   string // base name of the files
	// Fault is told when the log cannot be written, and, with nil, that it can
	// again. After a failed sync nobody can know what is on disk: then fatal.
	Fault func(err error, fatal bool)
}

// Log keeps what changes the keyspace, as entries in the order in which they take
// effect. A file of it is
//
//	"CACHEDLOG1\n" | record ...     record: u32 length | u32 CRC-32C | entries
//
// with all numbers little-endian. A record is the entries (protocol.Entry) of what
// happened at one instant, each behind its length as uvarint; it counts as a whole
// or not at all.
//
// Append gathers records under the stripes' locks; Commit, the barrier before
// replies, writes what all have gathered, and with SyncAlways syncs it. So the death
// of the process alone loses nothing that was acknowledged, whatever the policy.
//
// Positions count records: synced <= written <= added.
type Log struct {
	o     LogOptions
	parts manifest // owned by whoever opens or rewrites

	policy  atomic.Int32
	added   atomic.Uint64
	written atomic.Uint64
	synced  atomic.Uint64
	failing atomic.Bool  // the last write failed; the ticker tries again
	bytes   atomic.Int64 // of the increments
	based   atomic.Int64 // of the base

	mu   sync.Mutex // guards what was gathered; a leaf
	buf  []byte
	next *os.File // from cut on, buf goes there; nil: no change of files
	cut  int

	writing sync.Mutex // whoever writes; before mu and syncing
	file    *os.File   // changed under both writing and syncing
	good    int64      // bytes of file that are whole records
	spare   []byte     // a buffer to gather in

	syncing sync.Mutex // whoever syncs

	quit chan struct{}
	done chan struct{}
}

const (
	logMagic     = "CACHEDLOG1\n"
	recordHeader = 8
	maxSpare     = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func crcOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// SetSync changes the policy.
func (l *Log) SetSync(s Sync) { l.policy.Store(int32(s)) }

func (l *Log) sync() Sync { return Sync(l.policy.Load()) }

// Bytes are the sizes of the base and of what was written since.
func (l *Log) Bytes() (base, increments int64) { return l.based.Load(), l.bytes.Load() }

// Append adds a record: entries, each behind its length. It waits for nothing. The
// stripes of what the entries change are locked, so that their order is that in
// which they took effect.
func (l *Log) Append(entries []byte) {
	sum := crcOf(entries)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = binary.LittleEndian.AppendUint32(l.buf, uint32(len(entries)))
	l.buf = binary.LittleEndian.AppendUint32(l.buf, sum)
	l.buf = append(l.buf, entries...)
	l.added.Add(1)
}

// Commit makes what was appended as lasting as the policy promises: with SyncAlways
// it is on disk, else in the system's hands. Many who come at once are served by one
// of them.
func (l *Log) Commit() {
	want, have, always := l.added.Load(), &l.written, l.sync() == SyncAlways
	if always {
		have = &l.synced
	}
	if have.Load() >= want || l.failing.Load() {
		return
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if have.Load() < want {
		l.write(always)
	}
}

// Flush has all that was appended on disk, whatever the policy.
func (l *Log) Flush() {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.write(true)
}

// run is what each second asks for.
func (l *Log) run() {
	defer close(l.done)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-second.C:
			l.writing.Lock()
			l.write(false)
			l.writing.Unlock()
			if l.sync() != SyncNever {
				l.settle() // writers go on meanwhile
			}
		}
	}
}

// write writes what was gathered. The caller holds writing.
func (l *Log) write(sync bool) {
	l.mu.Lock()
	buf, next, cut := l.buf, l.next, l.cut
	l.buf, l.next, l.spare = l.spare[:0], nil, nil
	position := l.added.Load()
	l.mu.Unlock()
	rest := buf
	var err error
	if next != nil {
		if err = l.put(buf[:cut]); err == nil {
			l.turnTo(next)
			next, rest = nil, buf[cut:]
		}
	}
	if err == nil {
		err = l.put(rest)
	}
	if err != nil {
		l.giveBack(rest, next, cut, err)
		return
	}
	if l.failing.Swap(false) {
		l.o.Fault(nil, false)
	}
	l.written.Store(position)
	if cap(buf) <= maxSpare {
		l.spare = buf
	}
	if sync {
		l.settle()
	}
}

// put writes whole records, all or none.
func (l *Log) put(b []byte) error {
	if _, err := l.file.WriteAt(b, l.good); err != nil {
		return errors.Join(err, l.file.Truncate(l.good))
	}
	l.good += int64(len(b))
	l.bytes.Add(int64(len(b)))
	return nil
}

// giveBack keeps what could not be written for another try. Where acknowledged
// means on disk there is none.
func (l *Log) giveBack(rest []byte, next *os.File, cut int, err error) {
	l.mu.Lock()
	if l.next != nil {
		l.cut += len(rest)
	} else {
		l.next, l.cut = next, cut
	}
	l.buf = append(rest, l.buf...)
	l.mu.Unlock()
	if always := l.sync() == SyncAlways; !l.failing.Swap(true) || always { // told once, not each second
		l.o.Fault(fmt.Errorf("persist: the log cannot be written: %w", err), always)
	}
}

// settle syncs what was written.
func (l *Log) settle() {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	position := l.written.Load()
	if l.synced.Load() >= position {
		return
	}
	if err := l.file.Sync(); err != nil {
		l.o.Fault(fmt.Errorf("persist: the log cannot be synced: %w", err), true)
		return
	}
	l.synced.Store(position)
}

// turnTo ends the present file and goes on in the next.
func (l *Log) turnTo(next *os.File) {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	if err := errors.Join(l.file.Sync(), l.file.Close()); err != nil {
		l.o.Fault(fmt.Errorf("persist: the log cannot be synced: %w", err), true)
	}
	l.file, l.good = next, int64(len(logMagic))
}

// Close writes and syncs what is left.
func (l *Log) Close() error {
	close(l.quit)
	<-l.done
	l.Flush()
	return l.file.Close()
}
