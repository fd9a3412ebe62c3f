package protocol

import (
	"bytes"
	"cmp"
)

// Redis's defaults for the fields of [Limits] that are zero.
const (
	DefaultMaxBulk   = 512 << 20
	DefaultMaxCount  = 1 << 20
	DefaultMaxInline = 64 << 10

	unauthMaxBulk  = 16384
	unauthMaxCount = 10
)

// Limits bound what one command may ask for. They are read at each call of
// [Parser.Next], so they may change while a connection lives.
type Limits struct {
	MaxBulk   int // bytes of one argument (proto-max-bulk-len); 0: 512 MiB
	MaxCount  int // arguments of one command; 0: 1 Mi
	MaxInline int // bytes of an inline command, and of a length's line; 0: 64 KiB
	// Unauthenticated connections get 10 arguments of 16 KiB, so that a
	// stranger can say AUTH and HELLO but not fill memory.
	Unauthenticated bool
}

var defaultLimits = Limits{MaxBulk: DefaultMaxBulk, MaxCount: DefaultMaxCount, MaxInline: DefaultMaxInline}

// The limits are clamped where a setting could make sums of them overflow: no
// memory holds so much anyway.
func (l *Limits) bulk() int   { return min(cmp.Or(l.MaxBulk, DefaultMaxBulk), 1<<48) }
func (l *Limits) count() int  { return min(cmp.Or(l.MaxCount, DefaultMaxCount), 1<<30) }
func (l *Limits) inline() int { return cmp.Or(l.MaxInline, DefaultMaxInline) }

// Parser splits one connection's byte stream into commands. The zero value is
// ready. It holds no bytes: the caller keeps what is not yet used and passes
// it again, longer, to the next call.
//
// Work is linear in the bytes received however they are cut: an argument's
// bytes are skipped by its length, a line's end is looked for from where the
// last search stopped, and only the headers of a command that came in pieces
// are read once more when its last byte is there.
type Parser struct {
	pos    int   // offset from the command's start: the next header line, or bulk's bytes if inBulk
	seen   int   // bytes after pos known to hold no line end
	bulk   int   // length of the bulk at pos; meaningful if inBulk
	left   int32 // arguments not yet whole; 0 before the count is read
	inBulk bool
}

// Next reads the next command of buf, which must begin where the last command
// ended. It returns the number of bytes used, and the arguments, appended to
// args[:0]; they are slices of buf, valid until buf changes (quotes of inline
// commands are decoded in place). n = 0: the command is not yet complete.
// n > 0 without arguments: an empty line, *0 or *-1, to be skipped.
//
// An error is a [*ProtocolError]: reply its text, then close.
func (p *Parser) Next(buf []byte, args [][]byte, lim *Limits) (n int, out [][]byte, err error) {
	args = args[:0]
	if len(buf) == 0 {
		return 0, args, nil
	}
	if lim == nil {
		lim = &defaultLimits
	}
	if buf[0] != '*' {
		return p.nextInline(buf, args, lim)
	}
	if p.pos != 0 || p.seen != 0 {
		return p.resume(buf, args, lim)
	}
	return p.fresh(buf, args, lim)
}

// Need returns how many bytes, from the pending command's first, are known to
// be needed before Next can make progress; 0 when that is not known.
func (p *Parser) Need() int {
	if !p.inBulk {
		return 0
	}
	// Each further argument takes at least "$0\r\n\r\n".
	return p.pos + p.bulk + 2 + 6*(int(p.left)-1)
}

// Reset forgets a command read in part.
func (p *Parser) Reset() { *p = Parser{} }

// fresh reads a command from its first byte: the path of nearly every command.
func (p *Parser) fresh(buf []byte, args [][]byte, lim *Limits) (int, [][]byte, error) {
	count, pos, err := readCount(buf, 0, lim)
	if pos == 0 || err != nil {
		p.seen = len(buf)
		return 0, args, err
	}
	maxBulk := lim.bulk()
	for left := count; left > 0; left-- {
		n, start := shortLength(buf, pos)
		if start == 0 || n > maxBulk {
			n, start, err = readBulkLength(buf, pos, 0, lim)
		}
		if err != nil {
			return 0, args[:0], err
		}
		if start == 0 {
			*p = Parser{pos: pos, seen: len(buf) - pos, left: int32(left)}
			return 0, args[:0], nil
		}
		end := start + n
		if end+2 > len(buf) {
			*p = Parser{pos: start, bulk: n, left: int32(left), inBulk: true}
			return 0, args[:0], nil
		}
		args = append(args, buf[start:end:end])
		pos = end + 2
	}
	return pos, args, nil
}

// shortLength reads "$<length>\r\n" at pos if the length has one or two digits,
// as nearly all do; else start is 0 and readBulkLength is to be asked. Without it
// a GET takes 36 ns instead of 11.
func shortLength(buf []byte, pos int) (n, start int) {
	if len(buf)-pos < 5 || buf[pos] != '$' {
		return 0, 0
	}
	n = int(buf[pos+1]) - '0'
	if buf[pos+2] == '\r' && uint(n) <= 9 {
		return n, pos + 4
	}
	low := int(buf[pos+2]) - '0'
	if buf[pos+3] == '\r' && uint(n-1) <= 8 && uint(low) <= 9 {
		return n*10 + low, pos + 5
	}
	return 0, 0
}

// resume goes on with a command of which a part was read before. When the
// command is whole, its headers are walked again for the arguments.
func (p *Parser) resume(buf []byte, args [][]byte, lim *Limits) (int, [][]byte, error) {
	if p.left == 0 {
		count, pos, err := readCount(buf, p.seen, lim)
		if pos == 0 || err != nil {
			p.seen = len(buf)
			return 0, args, err
		}
		if count <= 0 {
			p.Reset()
			return pos, args, nil
		}
		*p = Parser{pos: pos, left: int32(count)}
	}
	for p.left > 0 {
		if !p.inBulk {
			n, start, err := readBulkLength(buf, p.pos, p.seen, lim)
			if err != nil {
				return 0, args, err
			}
			if start == 0 {
				p.seen = len(buf) - p.pos
				return 0, args, nil
			}
			p.pos, p.seen, p.bulk, p.inBulk = start, 0, n, true
		}
		if p.bulk+2 > len(buf)-p.pos {
			return 0, args, nil
		}
		p.pos += p.bulk + 2
		p.bulk, p.inBulk = 0, false
		p.left--
	}
	end := p.pos
	p.Reset()
	return end, collect(buf, args), nil
}

// collect returns the arguments of the whole and valid command at the start of
// buf.
func collect(buf []byte, args [][]byte) [][]byte {
	trusted := Limits{MaxBulk: len(buf), MaxCount: len(buf)}
	count, pos, _ := readCount(buf, 0, &trusted)
	for ; count > 0; count-- {
		n, start, _ := readBulkLength(buf, pos, 0, &trusted)
		args = append(args, buf[start:start+n:start+n])
		pos = start + n + 2
	}
	return args
}

// readCount reads "*<count>\r\n" at the start of buf, of which the first seen
// bytes hold no line end. next = 0: the line is not complete.
func readCount(buf []byte, seen int, lim *Limits) (count, next int, err error) {
	if len(buf) >= 4 && buf[2] == '\r' && isDigit(buf[1]) {
		if count = int(buf[1] - '0'); count <= lim.count() {
			return count, 4, nil
		}
	}
	eol, complete, long := lineEnd(buf, 0, seen, lim)
	switch {
	case long:
		return 0, 0, errMultibulkString
	case !complete:
		return 0, 0, nil
	}
	n, ok := ParseInt(buf[1:eol])
	switch {
	case !ok || n > int64(lim.count()):
		return 0, 0, errMultibulkLength
	case n > unauthMaxCount && lim.Unauthenticated:
		return 0, 0, errMultibulkUnauth
	}
	return int(max(n, -1)), eol + 2, nil
}

// readBulkLength reads "$<length>\r\n" at pos, where seen bytes are known to
// hold no line end. start, where the argument's bytes begin, is 0 when the
// line is not complete.
func readBulkLength(buf []byte, pos, seen int, lim *Limits) (n, start int, err error) {
	eol, complete, long := lineEnd(buf, pos, seen, lim)
	switch {
	case long:
		return 0, 0, errBulkString
	case !complete:
		return 0, 0, nil
	case buf[pos] != '$':
		return 0, 0, errExpectedBulk(buf[pos])
	}
	length, ok := ParseInt(buf[pos+1 : eol])
	switch {
	case !ok || length < 0 || length > int64(lim.bulk()):
		return 0, 0, errBulkLength
	case length > unauthMaxBulk && lim.Unauthenticated:
		return 0, 0, errBulkUnauth
	}
	return int(length), eol + 2, nil
}

// lineEnd finds the carriage return of the line at pos. As in Redis the byte
// after it must have arrived but is not looked at. Whether a line is too long
// depends on its bytes only, never on the pieces in which they came.
func lineEnd(buf []byte, pos, seen int, lim *Limits) (eol int, complete, long bool) {
	from := min(pos+max(seen-1, 0), len(buf))
	i := bytes.IndexByte(buf[from:], '\r')
	if i < 0 || from+i+2 > len(buf) {
		return 0, false, len(buf)-pos > lim.inline()+1
	}
	eol = from + i
	return eol, true, eol-pos > lim.inline()
}

func isDigit(c byte) bool { return c-'0' <= 9 }
