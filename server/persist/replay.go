package persist

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cachedserver/cached/protocol"
)

// Recovery is how a log is read.
type Recovery struct {
	Base     func(ctx context.Context, path string) error // reads the base
	Apply    func(*protocol.Entry) error
	Torn     bool // a torn end is cut off rather than a fault
	Warn     func(text string, args ...any)
	Progress *Progress
}

// OpenLog opens the log in a folder, made if it is not there, and brings back what
// it holds. fresh: there was none.
func OpenLog(ctx context.Context, o LogOptions, r Recovery) (l *Log, fresh bool, err error) {
	if err := os.MkdirAll(o.Folder, 0o755); err != nil {
		return nil, false, fmt.Errorf("persist: %w", err)
	}
	l = &Log{o: o, quit: make(chan struct{}), done: make(chan struct{})}
	m, there, err := l.readManifest()
	if err == nil {
		l.parts = m
		if err = l.recover(ctx, &r); err == nil {
			err = l.goOn()
		}
	}
	if err != nil {
		return nil, false, err
	}
	go l.run()
	return l, !there, nil
}

// goOn opens the last file to be written further, or makes the first.
func (l *Log) goOn() error {
	n := len(l.parts.incrs)
	if n == 0 {
		p := l.incrPart(l.parts.base.seq + 1)
		f, err := l.create(p)
		if err != nil {
			return err
		}
		l.file, l.good = f, int64(len(logMagic))
		l.parts.incrs = []part{p}
		return l.writeManifest(l.parts)
	}
	f, err := os.OpenFile(l.path(l.parts.incrs[n-1].name), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("persist: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.good = f, info.Size()
	return nil
}

func (l *Log) recover(ctx context.Context, r *Recovery) error {
	for _, p := range append([]part{l.parts.base}, l.parts.incrs...) {
		if info, err := os.Stat(l.path(p.name)); p.name != "" && err == nil {
			r.Progress.Total.Add(info.Size())
		}
	}
	if b := l.parts.base; b.seq != 0 {
		if err := r.Base(ctx, l.path(b.name)); err != nil {
			return err
		}
		if info, err := os.Stat(l.path(b.name)); err == nil {
			l.based.Store(info.Size())
		}
	}
	for i, p := range l.parts.incrs {
		if err := l.replay(ctx, r, p, i == len(l.parts.incrs)-1); err != nil {
			return fmt.Errorf("persist: %s: %w", l.path(p.name), err)
		}
	}
	return nil
}

// replay applies the records of a file. Only the last file may have a torn end, for
// the others were synced before the next was begun.
func (l *Log) replay(ctx context.Context, r *Recovery, p part, last bool) error {
	f, err := os.OpenFile(l.path(p.name), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	rd := records{in: bufio.NewReaderSize(f, 1<<16), size: info.Size()}
	err = rd.magic()
	for err == nil {
		if err = ctx.Err(); err == nil {
			err = rd.next(r.Apply)
		}
		r.Progress.Done.Add(rd.took)
	}
	l.bytes.Add(rd.at)
	switch {
	case err == io.EOF:
		return nil
	case err != errTorn || !last:
		return fmt.Errorf("at byte %d of %d: %w", rd.at, rd.size, err)
	case !r.Torn:
		return fmt.Errorf("the end is torn, from byte %d of %d on: to cut it off, set aof-load-truncated yes", rd.at, rd.size)
	}
	r.Warn("the end of the log is torn and was cut off: what comes before is whole", "file", p.name, "at", rd.at, "lost_bytes", rd.size-rd.at)
	if rd.at == 0 {
		_, err := f.WriteAt([]byte(logMagic), 0)
		rd.at = int64(len(logMagic))
		return errors.Join(err, f.Truncate(rd.at), f.Sync())
	}
	return errors.Join(f.Truncate(rd.at), f.Sync())
}

var (
	errTorn   = errors.New("the record is cut off")
	errDamage = errors.New("the record is damaged, and whole ones may follow: the file was changed, or the disk is faulty; restore it, or truncate it there")
)

// records reads a file of the log.
type records struct {
	in   *bufio.Reader
	size int64
	at   int64 // where the next record begins
	took int64 // bytes of the last
	buf  []byte
}

func (r *records) magic() error {
	var b [len(logMagic)]byte
	if n, err := io.ReadFull(r.in, b[:]); err != nil {
		if string(b[:n]) == logMagic[:n] {
			return errTorn
		}
		return errors.New("it is no log of cached")
	}
	if string(b[:]) != logMagic {
		return errors.New("it is no log of cached, or of another version")
	}
	r.at = int64(len(b))
	return nil
}

// next reads and applies a record: io.EOF behind the last, errTorn if it is cut off
// or no more than the beginning of one that reaches the end.
func (r *records) next(apply func(*protocol.Entry) error) error {
	r.took = 0
	left := r.size - r.at
	if left == 0 {
		return io.EOF
	}
	var head [recordHeader]byte
	if left < recordHeader {
		return errTorn
	}
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n > left-recordHeader {
		return errTorn
	}
	if int64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	b := r.buf[:n]
	if _, err := io.ReadFull(r.in, b); err != nil {
		return err
	}
	if n == 0 || crcOf(b) != binary.LittleEndian.Uint32(head[4:]) {
		if n == left-recordHeader || r.blank() {
			return errTorn
		}
		return errDamage
	}
	if err := each(b, apply); err != nil {
		return err
	}
	r.took = recordHeader + n
	r.at += r.took
	return nil
}

// blank tells whether the rest of the file is zeros, which is what a file system may
// leave of writes that it had only made room for.
func (r *records) blank() bool {
	for {
		switch c, err := r.in.ReadByte(); {
		case err != nil:
			return err == io.EOF
		case c != 0:
			return false
		}
	}
}

// each calls apply for the entries of a record.
func each(b []byte, apply func(*protocol.Entry) error) error {
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return errDamage
		}
		e, err := protocol.DecodeEntry(b[k : k+int(n)])
		if err != nil {
			return err
		}
		if err := apply(e); err != nil {
			return err
		}
		b = b[k+int(n):]
	}
	return nil
}
