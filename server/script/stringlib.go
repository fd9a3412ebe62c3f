package script

import (
	"bytes"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (vm *VM) stringLib() functions {
	return functions{
		"byte": vm.stringByte, "char": vm.stringChar, "dump": vm.stringDump, "find": vm.stringFind, "format": vm.stringFormat,
		"gfind": vm.stringGmatch, "gmatch": vm.stringGmatch, "gsub": vm.stringGsub, "len": stringLen, "lower": vm.mapped(lowerByte),
		"match": vm.stringMatch, "rep": vm.stringRep, "reverse": vm.stringReverse, "sub": stringSub, "upper": vm.mapped(upperByte),
	}
}

// str is a string argument; numbers count as their text.
func str(L *lua.LState, i int) string {
	if s, ok := text(L.Get(i)); ok {
		return s
	}
	return L.CheckString(i)
}

// span turns Lua's bounds of a part of a string of n bytes into [from, to).
func span(n, i, j int) (from, to int) {
	if i < 0 {
		i = max(n+i+1, 1)
	} else if i == 0 {
		i = 1
	}
	if j < 0 {
		j = n + j + 1
	}
	j = min(j, n)
	if i > j {
		return 0, 0
	}
	return i - 1, j
}

func integer(L *lua.LState, i, absent int) int {
	if L.Get(i) == lua.LNil {
		return absent
	}
	f, ok := number(L.Get(i))
	if !ok {
		return L.CheckInt(i)
	}
	switch {
	case f > 1<<53:
		return 1 << 53
	case f < -1<<53:
		return -1 << 53
	}
	return int(f)
}

func stringLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(str(L, 1))))
	return 1
}

func stringSub(L *lua.LState) int {
	s := str(L, 1)
	from, to := span(len(s), integer(L, 2, 1), integer(L, 3, -1))
	L.Push(lua.LString(s[from:to]))
	return 1
}

// mapped is a function of one string that keeps its length. ASCII alone has case
// in Redis's locale.
func (vm *VM) mapped(f func(byte) byte) lua.LGFunction {
	return func(L *lua.LState) int {
		s := str(L, 1)
		vm.make(L, len(s))
		vm.pay(L, len(s)/64)
		b := []byte(s)
		for i, c := range b {
			b[i] = f(c)
		}
		L.Push(lua.LString(b))
		return 1
	}
}

func (vm *VM) stringReverse(L *lua.LState) int {
	s := str(L, 1)
	vm.make(L, len(s))
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	L.Push(lua.LString(b))
	return 1
}

func (vm *VM) stringRep(L *lua.LState) int {
	s, n := str(L, 1), integer(L, 2, 0)
	if n <= 0 || s == "" {
		L.Push(lua.LString(""))
		return 1
	}
	if n > vm.run.Limits.Text/len(s) {
		return vm.fail(L, "resulting string too large")
	}
	vm.make(L, n*len(s))
	L.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}

func (vm *VM) stringByte(L *lua.LState) int {
	s := str(L, 1)
	i := integer(L, 2, 1)
	from, to := span(len(s), i, integer(L, 3, i))
	if i == 0 && L.Get(3) == lua.LNil {
		return 0
	}
	if to-from >= maxResults {
		return vm.fail(L, "string slice too long")
	}
	for _, c := range []byte(s[from:to]) {
		L.Push(lua.LNumber(c))
	}
	return to - from
}

func (vm *VM) stringChar(L *lua.LState) int {
	n := L.GetTop()
	b := make([]byte, n)
	for i := 1; i <= n; i++ {
		c := L.CheckInt(i)
		if c < 0 || c > 255 {
			L.ArgError(i, "invalid value")
		}
		b[i-1] = byte(c)
	}
	L.Push(lua.LString(b))
	return 1
}

func (vm *VM) stringDump(L *lua.LState) int { return vm.fail(L, "unable to dump given function") }

// matcher readies a matcher for L.
func (vm *VM) matcher(L *lua.LState, src, pat string) *matcher {
	return &matcher{
		src: src, pat: pat,
		pay:  func(n int) { vm.pay(L, n) },
		fail: func(s string) { raisef(L, "%s", s) },
	}
}

func (vm *VM) stringFind(L *lua.LState) int  { return vm.search(L, true) }
func (vm *VM) stringMatch(L *lua.LState) int { return vm.search(L, false) }

func (vm *VM) search(L *lua.LState, find bool) int {
	s, p := str(L, 1), str(L, 2)
	init := integer(L, 3, 1)
	if init < 0 {
		init = max(len(s)+init+1, 1)
	}
	init = min(max(init, 1)-1, len(s)) // Lua 5.1 starts at the end when told to start behind it
	if find && (L.ToBool(4) || !strings.ContainsAny(p, "^$*+?.([%-")) {
		vm.pay(L, (len(s)-init)/64)
		i := strings.Index(s[init:], p)
		if i < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + i + 1))
		L.Push(lua.LNumber(init + i + len(p)))
		return 2
	}
	m := vm.matcher(L, s, p)
	start := 0
	anchored := p != "" && p[0] == '^'
	if anchored {
		start = 1
	}
	for ; init <= len(s); init++ {
		m.reset()
		if end := m.match(init, start); end >= 0 {
			if find {
				L.Push(lua.LNumber(init + 1))
				L.Push(lua.LNumber(end))
				return 2 + m.push(L, init, end, false)
			}
			return m.push(L, init, end, true)
		}
		if anchored {
			break
		}
	}
	L.Push(lua.LNil)
	return 1
}

// push pushes the captures; whole: the match where there are none.
func (m *matcher) push(L *lua.LState, from, to int, whole bool) int {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		L.Push(m.capture(i, from, to))
	}
	return n
}

func (m *matcher) capture(i, from, to int) lua.LValue {
	if i >= m.level {
		if i != 0 {
			m.fail("invalid capture index")
		}
		return lua.LString(m.src[from:to])
	}
	c := m.captures[i]
	switch c.length {
	case capturePosition:
		return lua.LNumber(c.start + 1)
	case captureOpen:
		m.fail("unfinished capture")
	}
	return lua.LString(m.src[c.start : c.start+c.length])
}

func (vm *VM) stringGmatch(L *lua.LState) int {
	s, p := str(L, 1), str(L, 2)
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		m := vm.matcher(L, s, p)
		for ; at <= len(s); at++ {
			m.reset()
			if end := m.match(at, 0); end >= 0 {
				from := at
				if at = end; end == from {
					at++
				}
				return m.push(L, from, end, true)
			}
		}
		return 0
	}))
	return 1
}

func (vm *VM) stringGsub(L *lua.LState) int {
	s, p, repl := str(L, 1), str(L, 2), L.Get(3)
	most := integer(L, 4, len(s)+1)
	switch repl.(type) {
	case lua.LString, lua.LNumber, *lua.LTable, *lua.LFunction:
	default:
		L.ArgError(3, "string/function/table expected")
	}
	m := vm.matcher(L, s, p)
	start := 0
	anchored := p != "" && p[0] == '^'
	if anchored {
		start = 1
	}
	var b bytes.Buffer
	at, count := 0, 0
	for count < most {
		m.reset()
		end := m.match(at, start)
		if end >= 0 {
			count++
			vm.replacement(L, m, &b, repl, at, end)
		}
		switch {
		case end > at:
			at = end
		case at < len(s):
			b.WriteByte(s[at])
			at++
		default:
			at = len(s) + 1
		}
		if at > len(s) || anchored {
			break
		}
	}
	if at < len(s) {
		b.WriteString(s[at:])
	}
	vm.make(L, b.Len())
	L.Push(lua.LString(b.String()))
	L.Push(lua.LNumber(count))
	return 2
}

func (vm *VM) replacement(L *lua.LState, m *matcher, b *bytes.Buffer, repl lua.LValue, from, to int) {
	var v lua.LValue
	switch r := repl.(type) {
	case *lua.LTable:
		v = L.GetTable(r, m.capture(0, from, to))
	case *lua.LFunction:
		L.Push(r)
		n := m.push(L, from, to, true)
		L.Call(n, 1)
		v = L.Get(-1)
		L.Pop(1)
	default:
		s, _ := text(r)
		vm.template(L, m, b, s, from, to)
		return
	}
	if lua.LVIsFalse(v) {
		b.WriteString(m.src[from:to])
		return
	}
	s, ok := text(v)
	if !ok {
		vm.fail(L, "invalid replacement value (a %s)", v.Type())
	}
	vm.grow(L, b, len(s))
	b.WriteString(s)
}

// template writes a replacement text with %1 and its like.
func (vm *VM) template(L *lua.LState, m *matcher, b *bytes.Buffer, s string, from, to int) {
	vm.grow(L, b, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '0':
			vm.grow(L, b, to-from)
			b.WriteString(m.src[from:to])
		case isDigit(c):
			t, _ := text(m.capture(int(c-'1'), from, to))
			vm.grow(L, b, len(t))
			b.WriteString(t)
		default:
			b.WriteByte(c)
		}
	}
}

// grow pays for n more bytes in a string that is being built.
func (vm *VM) grow(L *lua.LState, b *bytes.Buffer, n int) {
	if b.Len()+n > vm.run.Limits.Text {
		vm.fail(L, "string length overflow")
	}
	vm.make(L, n)
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upperByte(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// stringFormat is C's sprintf, as far as Lua lets it in.
func (vm *VM) stringFormat(L *lua.LState) int {
	format := str(L, 1)
	b := make([]byte, 0, len(format)+16)
	arg := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b = append(b, format[i])
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			b = append(b, '%')
			continue
		}
		var d directive
		i = d.read(L, format, i)
		if i >= len(format) {
			return vm.fail(L, "invalid option '%%' to 'format'")
		}
		arg++
		b = vm.directive(L, b, &d, format[i], arg)
	}
	L.Push(lua.LString(b))
	return 1
}

// directive is one % of a format.
type directive struct {
	left, plus, blank, alternate, zero bool
	width, precision                   int
	precise                            bool
}

func (d *directive) read(L *lua.LState, f string, i int) int {
	start := i
flags:
	for ; i < len(f); i++ {
		switch f[i] {
		case '-':
			d.left = true
		case '+':
			d.plus = true
		case ' ':
			d.blank = true
		case '#':
			d.alternate = true
		case '0':
			d.zero = true
		default:
			break flags
		}
	}
	if i-start > 5 {
		raisef(L, "invalid format (repeated flags)")
	}
	d.width, i = twoDigits(f, i)
	if i < len(f) && f[i] == '.' {
		d.precise = true
		d.precision, i = twoDigits(f, i+1)
	}
	if i < len(f) && isDigit(f[i]) {
		raisef(L, "invalid format (width or precision too long)")
	}
	return i
}

func twoDigits(f string, i int) (n, next int) {
	for end := i + 2; i < end && i < len(f) && isDigit(f[i]); i++ {
		n = n*10 + int(f[i]-'0')
	}
	return n, i
}

func (vm *VM) directive(L *lua.LState, b []byte, d *directive, verb byte, arg int) []byte {
	switch verb {
	case 'c':
		return d.pad(b, []byte{byte(numberArg(L, arg))}, false)
	case 'd', 'i':
		return d.integer(b, int64(numberArg(L, arg)))
	case 'u', 'o', 'x', 'X':
		return d.unsigned(b, verb, numberArg(L, arg))
	case 'e', 'E', 'f', 'g', 'G':
		return d.float(b, verb, numberArg(L, arg))
	case 'q':
		return appendQuoted(b, str(L, arg))
	case 's':
		s := vm.stringOf(L, arg)
		if d.precise {
			s = s[:min(len(s), d.precision)]
		}
		vm.make(L, len(b)+len(s))
		return d.pad(b, []byte(s), false)
	}
	vm.fail(L, "invalid option '%%%c' to 'format'", verb)
	return b
}

func numberArg(L *lua.LState, i int) float64 {
	if f, ok := number(L.Get(i)); ok {
		return f
	}
	return float64(L.CheckNumber(i))
}

// stringOf is the argument of %s: in Lua 5.1 a string or number.
func (vm *VM) stringOf(L *lua.LState, i int) string { return str(L, i) }

func (d *directive) pad(b, s []byte, numeric bool) []byte {
	fill := d.width - len(s)
	if fill <= 0 {
		return append(b, s...)
	}
	switch {
	case d.left:
		b = append(b, s...)
		return append(b, bytes.Repeat([]byte{' '}, fill)...)
	case d.zero && numeric:
		sign := 0
		if len(s) > 0 && (s[0] == '-' || s[0] == '+' || s[0] == ' ') {
			sign = 1
		}
		if len(s) > sign+1 && s[sign] == '0' && s[sign+1]|0x20 == 'x' {
			sign += 2
		}
		b = append(b, s[:sign]...)
		b = append(b, bytes.Repeat([]byte{'0'}, fill)...)
		return append(b, s[sign:]...)
	}
	b = append(b, bytes.Repeat([]byte{' '}, fill)...)
	return append(b, s...)
}

func (d *directive) sign(digits []byte, negative bool) []byte {
	switch {
	case negative:
		return append([]byte{'-'}, digits...)
	case d.plus:
		return append([]byte{'+'}, digits...)
	case d.blank:
		return append([]byte{' '}, digits...)
	}
	return digits
}

// precisely gives an integer as many digits as its precision asks for.
func (d *directive) precisely(digits []byte) []byte {
	if !d.precise {
		return digits
	}
	d.zero = false
	if d.precision == 0 && string(digits) == "0" {
		return nil
	}
	if fill := d.precision - len(digits); fill > 0 {
		digits = append(bytes.Repeat([]byte{'0'}, fill), digits...)
	}
	return digits
}

func (d *directive) integer(b []byte, n int64) []byte {
	digits := strconv.AppendInt(nil, n, 10)
	if n < 0 {
		digits = digits[1:]
	}
	return d.pad(b, d.sign(d.precisely(digits), n < 0), true)
}

func (d *directive) unsigned(b []byte, verb byte, f float64) []byte {
	n := uint64(int64(f))
	if f >= 1<<63 {
		n = uint64(f)
	}
	base := 10
	switch verb {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
	}
	digits := d.precisely(strconv.AppendUint(nil, n, base))
	if d.alternate && n != 0 {
		switch verb {
		case 'o':
			digits = append([]byte{'0'}, digits...)
		case 'x', 'X':
			digits = append([]byte("0x"), digits...)
		}
	}
	if verb == 'X' {
		digits = bytes.ToUpper(digits)
	}
	return d.pad(b, digits, true)
}

func (d *directive) float(b []byte, verb byte, f float64) []byte {
	precision := 6
	if d.precise {
		precision = d.precision
	}
	var digits []byte
	switch {
	case f != f || f-f != 0:
		digits = appendG(nil, f, 6)
		d.zero = false
	case verb|0x20 == 'g':
		digits = appendG(nil, f, precision)
	default:
		digits = strconv.AppendFloat(nil, f, verb|0x20, precision, 64)
	}
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	if verb < 'a' {
		digits = bytes.ToUpper(digits)
	}
	return d.pad(b, d.sign(digits, negative), true)
}

// appendQuoted is %q: a string that Lua reads back.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b = append(b, '\\', c)
		case '\r':
			b = append(b, `\r`...)
		case 0:
			b = append(b, `\000`...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
