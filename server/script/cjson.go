package script

import (
	"math"
	"strconv"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// jsonOptions are what a script may set of cjson. They last as long as its run.
type jsonOptions struct {
	convert       bool // sparse arrays become objects
	ratio, safe   int  // an array is sparse if max > ratio*count and max > safe
	encodeDepth   int
	decodeDepth   int
	precision     int
	encodeInvalid int // of NaN and its like: 0 refused, 1 written, 2 null
	decodeInvalid bool
	keepBuffer    bool
}

var defaultJSON = jsonOptions{ratio: 2, safe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, decodeInvalid: true, keepBuffer: true}

// maxJSONDepth is how deep it goes whatever the options say: it is recursive.
const maxJSONDepth = 20_000

// nothing is cjson.null's value, by which it is known.
type nothing struct{}

func (vm *VM) jsonLib() *lua.LTable {
	t := vm.library(functions{
		"encode": vm.jsonEncode, "decode": vm.jsonDecode,
		"encode_sparse_array":     vm.jsonSparse,
		"encode_max_depth":        func(L *lua.LState) int { return vm.jsonInt(L, &vm.json.encodeDepth, 1, math.MaxInt32) },
		"decode_max_depth":        func(L *lua.LState) int { return vm.jsonInt(L, &vm.json.decodeDepth, 1, math.MaxInt32) },
		"encode_number_precision": func(L *lua.LState) int { return vm.jsonInt(L, &vm.json.precision, 1, 14) },
		"encode_keep_buffer":      func(L *lua.LState) int { return vm.jsonBool(L, &vm.json.keepBuffer) },
		"encode_invalid_numbers":  vm.jsonInvalid,
		"decode_invalid_numbers":  func(L *lua.LState) int { return vm.jsonBool(L, &vm.json.decodeInvalid) },
		"new":                     vm.jsonNew,
	})
	vm.null = vm.L.NewUserData()
	vm.null.Value = nothing{}
	t.RawSetString("null", vm.null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

// jsonNew returns a library with options of its own in the original; here they
// are the run's.
func (vm *VM) jsonNew(L *lua.LState) int {
	L.Push(vm.globals.RawGetString("cjson"))
	return 1
}

func (vm *VM) jsonInt(L *lua.LState, at *int, low, high int) int {
	if L.Get(1) != lua.LNil {
		n := L.CheckInt(1)
		if n < low || n > high {
			L.ArgError(1, "expected integer between "+strconv.Itoa(low)+" and "+strconv.Itoa(high))
		}
		*at = n
	}
	L.Push(lua.LNumber(*at))
	return 1
}

func (vm *VM) jsonBool(L *lua.LState, at *bool) int {
	if L.Get(1) != lua.LNil {
		*at = L.ToBool(1)
	}
	L.Push(lua.LBool(*at))
	return 1
}

func (vm *VM) jsonInvalid(L *lua.LState) int {
	switch v := L.Get(1).(type) {
	case lua.LString:
		if v != "null" {
			L.ArgError(1, "invalid option '"+string(v)+"'")
		}
		vm.json.encodeInvalid = 2
	case lua.LBool:
		vm.json.encodeInvalid = 0
		if v {
			vm.json.encodeInvalid = 1
		}
	}
	switch vm.json.encodeInvalid {
	case 2:
		L.Push(lua.LString("null"))
	default:
		L.Push(lua.LBool(vm.json.encodeInvalid == 1))
	}
	return 1
}

func (vm *VM) jsonSparse(L *lua.LState) int {
	if L.Get(1) != lua.LNil {
		vm.json.convert = L.ToBool(1)
	}
	vm.json.ratio = L.OptInt(2, vm.json.ratio)
	vm.json.safe = L.OptInt(3, vm.json.safe)
	L.Push(lua.LBool(vm.json.convert))
	L.Push(lua.LNumber(vm.json.ratio))
	L.Push(lua.LNumber(vm.json.safe))
	return 3
}

// jsonWriter writes one value.
type jsonWriter struct {
	vm   *VM
	L    *lua.LState
	o    *jsonOptions
	b    []byte
	paid int
}

func (vm *VM) jsonEncode(L *lua.LState) int {
	if L.GetTop() != 1 {
		L.ArgError(1, "expected 1 argument")
	}
	w := jsonWriter{vm: vm, L: L, o: &vm.json}
	w.value(L.Get(1), 0)
	vm.make(L, len(w.b)-w.paid)
	L.Push(lua.LString(w.b))
	return 1
}

func (w *jsonWriter) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		w.string(string(v))
	case lua.LNumber:
		w.number(float64(v))
	case lua.LBool:
		w.b = strconv.AppendBool(w.b, bool(v))
	case *lua.LNilType:
		w.b = append(w.b, "null"...)
	case *lua.LUserData:
		if _, null := v.Value.(nothing); !null {
			w.unsupported(v)
		}
		w.b = append(w.b, "null"...)
	case *lua.LTable:
		w.table(w.vm.shown(v), depth+1)
	default:
		w.unsupported(v)
	}
}

func (w *jsonWriter) unsupported(v lua.LValue) {
	raisef(w.L, "Cannot serialise %s: type not supported", v.Type())
}

// spend pays for what was written since the last time.
func (w *jsonWriter) spend() {
	if n := len(w.b) - w.paid; n > 4096 {
		w.paid = len(w.b)
		w.vm.make(w.L, n)
		w.vm.pay(w.L, n/16)
	}
}

func (w *jsonWriter) string(s string) {
	w.vm.pay(w.L, len(s)/64+1)
	w.b = append(w.b, '"')
	for i := range len(s) {
		w.b = appendJSONByte(w.b, s[i])
	}
	w.b = append(w.b, '"')
	w.spend()
}

func appendJSONByte(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\', '/':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\t':
		return append(b, `\t`...)
	case '\n':
		return append(b, `\n`...)
	case '\f':
		return append(b, `\f`...)
	case '\r':
		return append(b, `\r`...)
	}
	if c < ' ' || c == 127 {
		return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
	return append(b, c)
}

func (w *jsonWriter) number(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		switch w.o.encodeInvalid {
		case 0:
			raisef(w.L, "Cannot serialise number: must not be NaN or Inf")
		case 2:
			w.b = append(w.b, "null"...)
			return
		}
	}
	w.b = appendG(w.b, f, w.o.precision)
}

func (w *jsonWriter) table(t *lua.LTable, depth int) {
	if depth > min(w.o.encodeDepth, maxJSONDepth) {
		raisef(w.L, "Cannot serialise, excessive nesting (%d)", depth)
	}
	if n := w.arrayLength(t); n > 0 {
		w.array(t, n, depth)
		return
	}
	w.object(t, depth)
}

// arrayLength is the largest index of a table that is an array, else -1.
func (w *jsonWriter) arrayLength(t *lua.LTable) int {
	most, count := 0.0, 0
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		n, ok := k.(lua.LNumber)
		if !ok || float64(n) <= 0 || math.Floor(float64(n)) != float64(n) {
			return -1
		}
		most = max(most, float64(n))
		count++
		if count&255 == 0 {
			w.vm.pay(w.L, 16)
		}
	}
	if w.o.ratio > 0 && most > float64(count)*float64(w.o.ratio) && most > float64(w.o.safe) {
		if !w.o.convert {
			raisef(w.L, "Cannot serialise table: excessively sparse array")
		}
		return -1
	}
	return int(min(most, math.MaxInt32))
}

func (w *jsonWriter) array(t *lua.LTable, n, depth int) {
	w.b = append(w.b, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			w.b = append(w.b, ',')
		}
		w.value(t.RawGet(lua.LNumber(i)), depth)
		w.spend()
	}
	w.b = append(w.b, ']')
}

func (w *jsonWriter) object(t *lua.LTable, depth int) {
	w.b = append(w.b, '{')
	first := true
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		switch k := k.(type) {
		case lua.LNumber:
			w.b = append(w.b, '"')
			w.number(float64(k))
			w.b = append(w.b, '"')
		case lua.LString:
			w.string(string(k))
		default:
			raisef(w.L, "Cannot serialise %s: table key must be a number or string", k.Type())
		}
		w.b = append(w.b, ':')
		w.value(v, depth)
		w.spend()
	}
	w.b = append(w.b, '}')
}

// jsonReader reads one text.
type jsonReader struct {
	vm    *VM
	L     *lua.LState
	s     string
	pos   int
	depth int
	buf   []byte
}

func (vm *VM) jsonDecode(L *lua.LState) int {
	if L.GetTop() != 1 {
		L.ArgError(1, "expected 1 argument")
	}
	r := jsonReader{vm: vm, L: L, s: str(L, 1)}
	if len(r.s) >= 2 && (r.s[0] == 0 || r.s[1] == 0) {
		return vm.fail(L, "JSON parser does not support UTF-16 or UTF-32")
	}
	v := r.value()
	r.blanks()
	if r.pos < len(r.s) {
		r.expected("the end")
	}
	L.Push(v)
	return 1
}

func (r *jsonReader) blanks() {
	for r.pos < len(r.s) && (r.s[r.pos] == ' ' || r.s[r.pos] == '\t' || r.s[r.pos] == '\n' || r.s[r.pos] == '\r') {
		r.pos++
	}
}

// peek is the next byte that is not blank; 0 at the end.
func (r *jsonReader) peek() byte {
	if r.blanks(); r.pos < len(r.s) {
		return r.s[r.pos]
	}
	return 0
}

// expected raises the error that something else stands here.
func (r *jsonReader) expected(what string) {
	r.blanks()
	at := r.pos
	r.complain(what, r.token(), at)
}

func (r *jsonReader) complain(what, found string, at int) {
	raisef(r.L, "Expected %s but found %s at character %d", what, found, at+1)
}

// token names what stands at the position.
func (r *jsonReader) token() string {
	if r.pos >= len(r.s) {
		return "T_END"
	}
	switch c := r.s[r.pos]; c {
	case '{':
		return "T_OBJ_BEGIN"
	case '}':
		return "T_OBJ_END"
	case '[':
		return "T_ARR_BEGIN"
	case ']':
		return "T_ARR_END"
	case ',':
		return "T_COMMA"
	case ':':
		return "T_COLON"
	case '"':
		r.string("value")
		return "T_STRING"
	}
	for word, name := range map[string]string{"true": "T_BOOLEAN", "false": "T_BOOLEAN", "null": "T_NULL"} {
		if r.word(word) {
			return name
		}
	}
	if _, ok := r.number(); ok {
		return "T_NUMBER"
	}
	return "invalid token"
}

func (r *jsonReader) word(w string) bool {
	if len(r.s)-r.pos >= len(w) && r.s[r.pos:r.pos+len(w)] == w {
		r.pos += len(w)
		return true
	}
	return false
}

func (r *jsonReader) value() lua.LValue {
	r.vm.pay(r.L, 1)
	switch r.peek() {
	case '"':
		return lua.LString(r.string("value"))
	case '{':
		return r.object()
	case '[':
		return r.array()
	case 't':
		if r.word("true") {
			return lua.LTrue
		}
	case 'f':
		if r.word("false") {
			return lua.LFalse
		}
	case 'n':
		if r.word("null") {
			return r.vm.null
		}
	}
	if r.pos < len(r.s) {
		if f, ok := r.number(); ok {
			return lua.LNumber(f)
		}
	}
	r.expected("value")
	return lua.LNil
}

// maxNumber is how many bytes of a number are looked at.
const maxNumber = 400

// number reads a number in strtod's notation, as cjson does unless told to be
// strict: the longest part from here on that is one.
func (r *jsonReader) number() (float64, bool) {
	end := r.pos
	for end < len(r.s) && end < r.pos+maxNumber && isNumberByte(r.s[end]) {
		end++
	}
	for ; end > r.pos && r.s[r.pos] != '+'; end-- {
		word := r.s[r.pos:end]
		if !r.vm.json.decodeInvalid && !strictNumber(word) {
			continue
		}
		if f, ok := parseNumber(word); ok {
			r.pos = end
			return f, true
		}
	}
	return 0, false
}

func isNumberByte(c byte) bool {
	return isDigit(c) || isAlpha(c) || c == '.' || c == '+' || c == '-'
}

// strictNumber: what RFC 8259 calls a number, roughly: no hexadecimal, infinity
// or leading zero.
func strictNumber(w string) bool {
	if w[0] == '-' {
		w = w[1:]
	}
	if w == "" || !isDigit(w[0]) {
		return false
	}
	return w[0] != '0' || len(w) == 1 || !(isDigit(w[1]) || w[1]|0x20 == 'x')
}

func (r *jsonReader) down() {
	if r.depth++; r.depth > min(r.vm.json.decodeDepth, maxJSONDepth) {
		raisef(r.L, "Found too many nested data structures (%d) at character %d", r.depth, r.pos+1)
	}
	r.pos++
	r.vm.make(r.L, 64)
}

func (r *jsonReader) object() lua.LValue {
	r.down()
	t := r.L.CreateTable(0, 0)
	if r.peek() == '}' {
		r.pos++
		r.depth--
		return t
	}
	for {
		if r.peek() != '"' {
			r.expected("object key string")
		}
		key := r.string("object key string")
		if r.peek() != ':' {
			r.expected("colon")
		}
		r.pos++
		v := r.value()
		r.vm.make(r.L, 64)
		t.RawSetString(key, v)
		switch r.peek() {
		case '}':
			r.pos++
			r.depth--
			return t
		case ',':
			r.pos++
		default:
			r.expected("comma or object end")
		}
	}
}

func (r *jsonReader) array() lua.LValue {
	r.down()
	t := r.L.CreateTable(4, 0)
	if r.peek() == ']' {
		r.pos++
		r.depth--
		return t
	}
	for {
		v := r.value()
		r.vm.make(r.L, 16)
		t.Append(v)
		switch r.peek() {
		case ']':
			r.pos++
			r.depth--
			return t
		case ',':
			r.pos++
		default:
			r.expected("comma or array end")
		}
	}
}

func (r *jsonReader) string(what string) string {
	r.pos++
	from := r.pos
	for r.pos < len(r.s) && r.s[r.pos] != '"' && r.s[r.pos] != '\\' && r.s[r.pos] >= ' ' {
		r.pos++
	}
	r.vm.pay(r.L, (r.pos-from)/64)
	if r.pos < len(r.s) && r.s[r.pos] == '"' {
		r.pos++
		return r.s[from : r.pos-1]
	}
	r.buf = append(r.buf[:0], r.s[from:r.pos]...)
	for r.pos < len(r.s) && r.s[r.pos] != '"' {
		c := r.s[r.pos]
		if c != '\\' {
			r.buf = append(r.buf, c)
			r.pos++
			continue
		}
		r.escape(what)
	}
	if r.pos >= len(r.s) {
		r.complain(what, "unexpected end of string", r.pos)
	}
	r.pos++
	r.vm.make(r.L, len(r.buf))
	r.vm.pay(r.L, len(r.buf)/16)
	return string(r.buf)
}

func (r *jsonReader) escape(what string) {
	at := r.pos
	c := byte(0)
	if r.pos+1 < len(r.s) {
		c = r.s[r.pos+1]
	}
	r.pos += 2
	switch c {
	case '"', '\\', '/':
		r.buf = append(r.buf, c)
	case 'b':
		r.buf = append(r.buf, '\b')
	case 'f':
		r.buf = append(r.buf, '\f')
	case 'n':
		r.buf = append(r.buf, '\n')
	case 'r':
		r.buf = append(r.buf, '\r')
	case 't':
		r.buf = append(r.buf, '\t')
	case 'u':
		if !r.unicode() {
			r.complain(what, "invalid unicode escape code", at)
		}
	default:
		r.complain(what, "invalid escape code", at)
	}
}

func (r *jsonReader) unicode() bool {
	n, ok := r.hex4()
	if !ok {
		return false
	}
	if n >= 0xdc00 && n < 0xe000 {
		return false
	}
	if n >= 0xd800 && n < 0xdc00 {
		if !r.word(`\u`) {
			return false
		}
		low, ok := r.hex4()
		if !ok || low < 0xdc00 || low >= 0xe000 {
			return false
		}
		n = 0x10000 + (n-0xd800)<<10 + low - 0xdc00
	}
	r.buf = utf8.AppendRune(r.buf, rune(n))
	return true
}

func (r *jsonReader) hex4() (uint64, bool) {
	if r.pos+4 > len(r.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(r.s[r.pos:r.pos+4], 16, 16)
	r.pos += 4
	return n, err == nil
}
