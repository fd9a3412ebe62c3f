package script

import (
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// structLib is Roberto Ierusalimschy's struct: C structures in strings.
func (vm *VM) structLib() functions {
	return functions{"pack": vm.structPack, "unpack": vm.structUnpack, "size": vm.structSize}
}

const (
	maxIntSize = 32
	maxAlign   = 8
)

// layout reads a format, one option after the other.
type layout struct {
	L      *lua.LState
	format string
	pos    int
	big    bool
	align  int
}

func newLayout(L *lua.LState) *layout { return &layout{L: L, format: str(L, 1), align: 1} }

func (l *layout) more() bool { return l.pos < len(l.format) }

// next returns the next option and its size.
func (l *layout) next() (opt byte, size int) {
	opt = l.format[l.pos]
	l.pos++
	switch opt {
	case 'b', 'B', 'x':
		return opt, 1
	case 'h', 'H':
		return opt, 2
	case 'l', 'L', 'T', 'd':
		return opt, 8
	case 'f':
		return opt, 4
	case 'c':
		return opt, l.number(1)
	case 'i', 'I':
		if size = l.number(4); size > maxIntSize {
			raisef(l.L, "integral size %d is larger than limit of %d", size, maxIntSize)
		}
		return opt, size
	}
	return opt, 0
}

func (l *layout) number(absent int) int {
	if !l.more() || !isDigit(l.format[l.pos]) {
		return absent
	}
	n := 0
	for ; l.more() && isDigit(l.format[l.pos]); l.pos++ {
		if n = n*10 + int(l.format[l.pos]-'0'); n > math.MaxInt32 {
			raisef(l.L, "integral size overflow")
		}
	}
	return n
}

// padding is how many bytes come before an option at offset.
func (l *layout) padding(offset int, opt byte, size int) int {
	if size == 0 || opt == 'c' {
		return 0
	}
	size = min(size, l.align)
	if size > 1 {
		return (size - offset&(size-1)) & (size - 1)
	}
	return 0
}

// control takes options that stand for no value.
func (l *layout) control(opt byte) {
	switch opt {
	case ' ':
	case '>':
		l.big = true
	case '<':
		l.big = false
	case '!':
		a := l.number(maxAlign)
		if a <= 0 || a&(a-1) != 0 {
			raisef(l.L, "alignment is not a power of 2")
		}
		l.align = a
	default:
		l.L.ArgError(1, "invalid format option '"+string(opt)+"'")
	}
}

func (vm *VM) structPack(L *lua.LState) int {
	l, arg := newLayout(L), 2
	var b []byte
	for l.more() {
		opt, size := l.next()
		b = append(b, make([]byte, l.padding(len(b), opt, size))...)
		switch opt {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			b = l.appendInt(b, numberArg(L, arg), size)
			arg++
		case 'x':
			b = append(b, 0)
		case 'f':
			b = l.append(b, uint64(math.Float32bits(float32(numberArg(L, arg)))), 4)
			arg++
		case 'd':
			b = l.append(b, math.Float64bits(numberArg(L, arg)), 8)
			arg++
		case 'c', 's':
			s := str(L, arg)
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				L.ArgError(arg, "string too short")
			}
			vm.make(L, len(b)+size)
			b = append(b, s[:size]...)
			if opt == 's' {
				b = append(b, 0)
			}
			arg++
		default:
			l.control(opt)
		}
	}
	L.Push(lua.LString(b))
	return 1
}

func (l *layout) appendInt(b []byte, f float64, size int) []byte {
	n := uint64(int64(f))
	if f >= 1<<63 {
		n = uint64(f)
	}
	return l.append(b, n, size)
}

func (l *layout) append(b []byte, n uint64, size int) []byte {
	from := len(b)
	for range size {
		b = append(b, byte(n))
		n >>= 8
	}
	if l.big {
		for i, j := from, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
	return b
}

func (vm *VM) structUnpack(L *lua.LState) int {
	l, data := newLayout(L), str(L, 2)
	pos := integer(L, 3, 1) - 1
	if pos < 0 {
		L.ArgError(3, "offset must be 1 or greater")
	}
	n := 0
	for l.more() {
		opt, size := l.next()
		pos += l.padding(pos, opt, size)
		if pos > len(data) || size > len(data)-pos {
			L.ArgError(2, "data string too short")
		}
		if n >= maxResults {
			return vm.fail(L, "too many results to unpack")
		}
		switch opt {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			L.Push(l.integer(data[pos:pos+size], opt >= 'a'))
			n++
		case 'x':
		case 'f':
			L.Push(lua.LNumber(math.Float32frombits(uint32(l.uint(data[pos : pos+4])))))
			n++
		case 'd':
			L.Push(lua.LNumber(math.Float64frombits(l.uint(data[pos : pos+8]))))
			n++
		case 'c':
			if size == 0 {
				size = l.counted(n)
				n--
				if size > len(data)-pos {
					L.ArgError(2, "data string too short")
				}
			}
			L.Push(lua.LString(data[pos : pos+size]))
			n++
		case 's':
			end := strings.IndexByte(data[pos:], 0)
			if end < 0 {
				return vm.fail(L, "unfinished string in data")
			}
			L.Push(lua.LString(data[pos : pos+end]))
			size = end + 1
			n++
		default:
			l.control(opt)
		}
		pos += size
	}
	L.Push(lua.LNumber(pos + 1))
	return n + 1
}

// counted takes the value before as the length of c0.
func (l *layout) counted(values int) int {
	f, ok := l.L.Get(-1).(lua.LNumber)
	if values == 0 || !ok || f < 0 || f > math.MaxInt32 {
		raisef(l.L, "format 'c0' needs a previous size")
	}
	l.L.Pop(1)
	return int(f)
}

func (l *layout) uint(s string) (n uint64) {
	for i := range len(s) {
		c := s[i]
		if !l.big {
			c = s[len(s)-1-i]
		}
		n = n<<8 | uint64(c)
	}
	return n
}

func (l *layout) integer(s string, signed bool) lua.LNumber {
	n := l.uint(s)
	if !signed {
		return lua.LNumber(n)
	}
	if shift := 64 - 8*len(s); shift > 0 {
		return lua.LNumber(int64(n<<shift) >> shift)
	}
	return lua.LNumber(int64(n))
}

func (vm *VM) structSize(L *lua.LState) int {
	l, pos := newLayout(L), 0
	for l.more() {
		opt, size := l.next()
		pos += l.padding(pos, opt, size)
		switch opt {
		case 's':
			L.ArgError(1, "option 's' has no fixed size")
		case 'c':
			if size == 0 {
				L.ArgError(1, "option 'c0' has no fixed size")
			}
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I', 'x', 'f', 'd':
		default:
			l.control(opt)
		}
		pos += size
	}
	L.Push(lua.LNumber(pos))
	return 1
}
