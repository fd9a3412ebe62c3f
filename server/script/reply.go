package script

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
)

// replyReader turns a command's reply into Lua values. What it reads is our own
// writer's, so it is well formed.
type replyReader struct {
	L *lua.LState
	b []byte
}

func (r *replyReader) line() []byte {
	for i, c := range r.b {
		if c == '\r' {
			line := r.b[1:i]
			r.b = r.b[i+2:]
			return line
		}
	}
	return nil
}

func (r *replyReader) int() int64 {
	n, negative := int64(0), false
	for i, c := range r.line() {
		if i == 0 && c == '-' {
			negative = true
			continue
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

func (r *replyReader) value(depth int) lua.LValue {
	if len(r.b) == 0 {
		return lua.LFalse
	}
	switch kind := protocol.Kind(r.b[0]); kind {
	case protocol.IntKind:
		return lua.LNumber(r.int())
	case protocol.BulkKind:
		return r.bulk()
	case protocol.SimpleKind:
		return r.field("ok", lua.LString(r.line()))
	case protocol.ErrorKind:
		t := r.field("err", lua.LString(r.line()))
		t.RawSetString("ignore_error_stats_update", lua.LTrue)
		return t
	case protocol.ArrayKind, protocol.PushKind:
		return r.array(depth)
	case protocol.NullKind:
		r.line()
		return lua.LNil
	case protocol.BoolKind:
		return lua.LBool(string(r.line()) == "t")
	case protocol.DoubleKind:
		f, _ := strconv.ParseFloat(string(r.line()), 64)
		return r.field("double", lua.LNumber(f))
	case protocol.BigKind:
		return r.field("big_number", lua.LString(r.line()))
	case protocol.VerbatimKind:
		return r.verbatim()
	case protocol.MapKind:
		return r.field("map", r.pairs(true, depth))
	case protocol.SetKind:
		return r.field("set", r.pairs(false, depth))
	}
	return lua.LFalse
}

func (r *replyReader) bulk() lua.LValue {
	n := r.int()
	if n < 0 {
		return lua.LFalse
	}
	s := lua.LString(r.b[:n])
	r.b = r.b[n+2:]
	return s
}

func (r *replyReader) array(depth int) lua.LValue {
	n := int(r.int())
	if n < 0 {
		return lua.LFalse
	}
	t := r.L.CreateTable(n, 0)
	for i := 1; i <= n; i++ {
		if v := r.value(depth + 1); v != lua.LNil {
			t.RawSetInt(i, v)
		}
	}
	return t
}

// pairs are the entries of a map, or the elements of a set, each with the value
// true.
func (r *replyReader) pairs(isMap bool, depth int) *lua.LTable {
	t := r.L.CreateTable(0, 0)
	for range r.int() {
		k, v := r.value(depth+1), lua.LValue(lua.LTrue)
		if isMap {
			v = r.value(depth + 1)
		}
		if k != lua.LNil {
			t.RawSet(k, v)
		}
	}
	return t
}

func (r *replyReader) verbatim() lua.LValue {
	s, _ := r.bulk().(lua.LString)
	t := r.L.CreateTable(0, 2)
	t.RawSetString("format", s[:3])
	t.RawSetString("string", s[4:])
	return r.field("verbatim_string", t)
}

func (r *replyReader) field(name string, v lua.LValue) *lua.LTable {
	t := r.L.CreateTable(0, 1)
	t.RawSetString(name, v)
	return t
}

// maxReplyDepth is how deep tables may nest in what a script returns.
const maxReplyDepth = 1000

// reply writes what a script returned.
func (vm *VM) reply(out *protocol.Writer, v lua.LValue) {
	w := resultWriter{vm: vm, out: out}
	mark := out.Mark()
	w.value(v, 0)
	if w.values > maxReplyValues || vm.budget.why != nil {
		out.Truncate(mark)
		out.ErrorAsIs(textReplyTooLong)
	}
}

// maxReplyValues bounds what a script returns: a table that holds itself twice
// would have no end.
const maxReplyValues = 1 << 22

type resultWriter struct {
	vm     *VM
	out    *protocol.Writer
	values int
}

func (w *resultWriter) value(v lua.LValue, depth int) {
	if w.values++; w.values > maxReplyValues || !w.vm.budget.pay(1) {
		w.values = maxReplyValues + 1
		return
	}
	switch v := v.(type) {
	case lua.LString:
		w.out.BulkString(string(v))
	case lua.LNumber:
		w.out.Int(truncate(float64(v)))
	case lua.LBool:
		w.bool(bool(v))
	case *lua.LTable:
		if depth > maxReplyDepth {
			w.out.ErrorString(code + "reached lua stack limit")
			return
		}
		w.table(v, depth)
	default:
		w.out.Null()
	}
}

// truncate is C's conversion of a double to a 64-bit integer.
func truncate(f float64) int64 {
	if f != f || f >= 1<<63 || f < -1<<63 {
		return -1 << 63
	}
	return int64(f)
}

func (w *resultWriter) bool(b bool) {
	switch {
	case w.vm.resp == 3:
		w.out.Bool(b)
	case b:
		w.out.Int(1)
	default:
		w.out.Null()
	}
}

func (w *resultWriter) table(t *lua.LTable, depth int) {
	if s, ok := w.field(t, "err").(lua.LString); ok {
		w.out.ErrorAsIs(oneLine(string(s)))
		return
	}
	if s, ok := w.field(t, "ok").(lua.LString); ok {
		w.out.Simple(oneLine(string(s)))
		return
	}
	if n, ok := w.field(t, "double").(lua.LNumber); ok {
		w.out.Double(float64(n))
		return
	}
	if m, ok := w.field(t, "map").(*lua.LTable); ok {
		w.entries(m, depth, true)
		return
	}
	if m, ok := w.field(t, "set").(*lua.LTable); ok {
		w.entries(m, depth, false)
		return
	}
	if s, ok := w.field(t, "big_number").(lua.LString); ok {
		w.out.BigNumber(oneLine(string(s)))
		return
	}
	if v, ok := w.field(t, "verbatim_string").(*lua.LTable); ok {
		s, ok1 := w.field(v, "string").(lua.LString)
		format, ok2 := w.field(v, "format").(lua.LString)
		if ok1 && ok2 && len(format) >= 3 {
			w.out.Verbatim(string(format[:3]), string(s))
			return
		}
	}
	w.array(t, depth)
}

func (w *resultWriter) field(t *lua.LTable, name string) lua.LValue {
	return w.vm.shown(t).RawGetString(name)
}

// oneLine keeps a status or error from ending its line.
func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
}

func (w *resultWriter) array(t *lua.LTable, depth int) {
	n := 0
	for ; t.RawGet(lua.LNumber(n+1)) != lua.LNil; n++ {
	}
	w.out.Array(n)
	for i := 1; i <= n && w.values <= maxReplyValues; i++ {
		w.value(t.RawGet(lua.LNumber(i)), depth+1)
	}
}

func (w *resultWriter) entries(t *lua.LTable, depth int, isMap bool) {
	n := 0
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		n++
	}
	if isMap {
		w.out.Map(n)
	} else {
		w.out.Set(n)
	}
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		w.value(k, depth+1)
		if isMap {
			w.value(v, depth+1)
		}
	}
}
