package sim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Trace is a sequence of requests for keys. The keys' names are gone: keys
// are numbered in the order of their first appearance.
type Trace struct {
	// Name is the file's name without its directory and endings.
	Name string
	// Keys has the key of each request.
	Keys []uint32
	// Sizes has the size in bytes of each request's value.
	Sizes []uint32
	// TTLs has the seconds that a value lives once it is stored, 0 for ever;
	// nil if the trace has none.
	TTLs []uint32
	// Writes tells which requests store a value unasked; the others are
	// reads that store the value when they miss. Nil if all are reads.
	Writes []bool
	// Distinct is the number of keys.
	Distinct int
}

// Progress is told now and then how many bytes of how many were read.
type Progress func(done, total int64)

// Open reads the trace in a file, compressed by gzip or not. Lines that start
// with # are skipped, fields stand between commas. Three forms are known:
//
//	key,size[,ttl-seconds,op]   op is g for a read, s for a write
//	key                         every value has one byte
//	first count 0 id            ARC's .lis: count blocks from first on
//
// The first line decides which form the file has.
func Open(path string, progress Progress) (*Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	t, err := Read(&counted{r: f, total: st.Size(), progress: progress})
	if err != nil {
		return nil, fmt.Errorf("trace %s: %w", path, err)
	}
	t.Name = baseName(path)
	return t, nil
}

func baseName(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	name, _, _ = strings.Cut(name, ".gz")
	for _, end := range []string{".csv", ".lis", ".txt"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// Read reads a trace in one of the forms that Open knows.
func Read(r io.Reader) (*Trace, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	b := builder{trace: &Trace{}, keys: map[string]uint32{}}
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if err := b.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(b.trace.Keys) == 0 {
		return nil, fmt.Errorf("no requests in it")
	}
	return b.finish(), nil
}

// builder turns lines into a trace.
type builder struct {
	trace *Trace
	keys  map[string]uint32
	parse func(*builder, []byte) error // by the form of the first line
	ttls  bool
	sets  bool
}

func (b *builder) line(line []byte) error {
	if b.parse == nil {
		b.parse = formOf(line)
	}
	return b.parse(b, line)
}

func formOf(line []byte) func(*builder, []byte) error {
	switch {
	case bytes.IndexByte(line, ',') >= 0:
		return (*builder).commas
	case len(bytes.Fields(line)) >= 3 && allDigits(line):
		return (*builder).blocks
	default:
		return (*builder).plain
	}
}

func allDigits(line []byte) bool {
	return len(bytes.Trim(line, "0123456789 \t")) == 0 &&
		bytes.IndexFunc(line, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' && r != '\t' }) < 0
}

func (b *builder) commas(line []byte) error {
	key, rest, _ := bytes.Cut(line, []byte(","))
	size, rest, _ := bytes.Cut(rest, []byte(","))
	ttl, op, _ := bytes.Cut(rest, []byte(","))
	n, err := number("size", size)
	if err != nil {
		return err
	}
	var seconds uint32
	if len(ttl) > 0 {
		if seconds, err = number("ttl", ttl); err != nil {
			return err
		}
	}
	if len(op) > 0 && op[0] != 'g' && op[0] != 's' {
		return fmt.Errorf("op %q is neither g nor s", op)
	}
	b.add(key, n, seconds, len(op) > 0 && op[0] == 's')
	return nil
}

func (b *builder) plain(line []byte) error {
	b.add(line, 1, 0, false)
	return nil
}

func (b *builder) blocks(line []byte) error {
	f := bytes.Fields(line)
	if len(f) < 2 {
		return fmt.Errorf("%q has no number of blocks", line)
	}
	first, err := strconv.ParseUint(string(f[0]), 10, 64)
	if err != nil {
		return fmt.Errorf("first block %q is no number", f[0])
	}
	count, err := number("number of blocks", f[1])
	if err != nil {
		return err
	}
	var key [20]byte
	for i := range uint64(count) {
		b.add(strconv.AppendUint(key[:0], first+i, 10), 1, 0, false)
	}
	return nil
}

func number(what string, field []byte) (uint32, error) {
	n, err := strconv.ParseUint(string(field), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a number from 0 to %d", what, field, ^uint32(0))
	}
	return uint32(n), nil
}

func (b *builder) add(key []byte, size, ttl uint32, write bool) {
	k, ok := b.keys[string(key)]
	if !ok {
		k = uint32(len(b.keys))
		b.keys[string(key)] = k
	}
	t := b.trace
	t.Keys = append(t.Keys, k)
	t.Sizes = append(t.Sizes, size)
	t.TTLs = append(t.TTLs, ttl)
	t.Writes = append(t.Writes, write)
	b.ttls = b.ttls || ttl > 0
	b.sets = b.sets || write
}

func (b *builder) finish() *Trace {
	t := b.trace
	t.Distinct = len(b.keys)
	if !b.ttls {
		t.TTLs = nil
	}
	if !b.sets {
		t.Writes = nil
	}
	return t
}

// counted reports how much has been read.
type counted struct {
	r           io.Reader
	done, total int64
	progress    Progress
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	if c.progress != nil {
		c.progress(c.done, c.total)
	}
	return n, err
}
