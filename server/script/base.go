package script

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func init() {
	// Above this, numbered elements live in the table's hash part, and # does not
	// see them; below, the gap under an element is filled.
	lua.MaxArrayIndex = 1 << 22
}

// maxResults is how many values unpack may return, as in Lua.
const maxResults = 8000

// base are the functions without a table.
func (vm *VM) base(lib map[string]*lua.LTable) functions {
	return functions{
		"assert": vm.assert, "collectgarbage": vm.collectGarbage, "error": raiseValue, "gcinfo": vm.gcInfo,
		"getmetatable": borrowed(lib["_G"], "getmetatable"), "ipairs": vm.ipairs(), "load": vm.load, "loadstring": vm.loadString,
		"next": vm.next, "pairs": vm.pairs(), "pcall": vm.pcall, "rawequal": borrowed(lib["_G"], "rawequal"),
		"rawget": vm.rawGet, "rawset": vm.rawSet, "select": selectValues, "setmetatable": vm.setMetatable(lib["_G"]),
		"tonumber": toNumber, "tostring": vm.toString, "type": borrowed(lib["_G"], "type"), "unpack": vm.unpack, "xpcall": vm.xpcall,
	}
}

func sortedNames(fns functions) []string {
	names := make([]string, 0, len(fns))
	for name := range fns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (vm *VM) assert(L *lua.LState) int {
	if L.ToBool(1) {
		return L.GetTop()
	}
	L.CheckAny(1)
	if L.Get(2) == lua.LNil {
		return vm.fail(L, "assertion failed!")
	}
	return vm.fail(L, "%s", str(L, 2))
}

// collectGarbage does as if: memory is the process's affair.
func (vm *VM) collectGarbage(L *lua.LState) int {
	if L.OptString(1, "collect") == "count" {
		L.Push(lua.LNumber(vm.budget.made) / 1024)
		return 1
	}
	L.Push(lua.LNumber(0))
	return 1
}

func (vm *VM) gcInfo(L *lua.LState) int {
	L.Push(lua.LNumber(vm.budget.made / 1024))
	return 1
}

func raiseValue(L *lua.LState) int {
	v := L.Get(1)
	if n, ok := v.(lua.LNumber); ok {
		v = lua.LString(numberString(n))
	}
	level := L.OptInt(2, 1)
	if at, ok := L.GetStack(level); ok { // only Lua functions have places
		if L.GetInfo("S", at, lua.LNil); at.What == "G" {
			level = 0
		}
	}
	L.Error(v, level)
	return 0
}

func (vm *VM) ipairs() lua.LGFunction {
	step := vm.L.NewFunction(func(L *lua.LState) int {
		i := L.CheckInt(2) + 1
		v := L.CheckTable(1).RawGetInt(i)
		if v == lua.LNil {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(i))
		L.Push(v)
		return 2
	})
	return func(L *lua.LState) int {
		t := vm.shown(L.CheckTable(1))
		L.Push(step)
		L.Push(t)
		L.Push(lua.LNumber(0))
		return 3
	}
}

func (vm *VM) pairs() lua.LGFunction {
	step := vm.L.NewFunction(vm.next)
	return func(L *lua.LState) int {
		t := L.CheckTable(1)
		L.Push(step)
		L.Push(t)
		L.Push(lua.LNil)
		return 3
	}
}

// shown is the true table behind one that is guarded.
func (vm *VM) shown(t *lua.LTable) *lua.LTable {
	if t.Metatable == lua.LNil {
		return t
	}
	if real, ok := vm.guarded[t]; ok {
		return real
	}
	return t
}

func (vm *VM) next(L *lua.LState) int {
	k, v := vm.shown(L.CheckTable(1)).Next(L.Get(2))
	L.Push(k)
	if k == lua.LNil {
		return 1
	}
	L.Push(v)
	return 2
}

func (vm *VM) rawGet(L *lua.LState) int {
	L.Push(vm.shown(L.CheckTable(1)).RawGet(L.CheckAny(2)))
	return 1
}

func (vm *VM) rawSet(L *lua.LState) int {
	t := L.CheckTable(1)
	if _, guarded := vm.guarded[t]; guarded {
		return vm.fixed(L)
	}
	vm.gap(L, t, L.Get(2))
	L.RawSet(t, L.CheckAny(2), L.CheckAny(3))
	L.SetTop(1)
	return 1
}

func (vm *VM) setMetatable(lib *lua.LTable) lua.LGFunction {
	set := borrowed(lib, "setmetatable")
	return func(L *lua.LState) int {
		t := L.CheckTable(1)
		if _, guarded := vm.guarded[t]; guarded {
			return vm.fixed(L)
		}
		return set(L)
	}
}

// setElement is t[k] = v for any k that is not a constant text.
func (vm *VM) setElement(L *lua.LState) int {
	t, k, v := L.Get(1), L.Get(2), L.Get(3)
	tb, ok := t.(*lua.LTable)
	if !ok || tb.Metatable != lua.LNil {
		if ok {
			vm.gap(L, tb, k)
		}
		L.SetTable(t, k, v)
		return 0
	}
	vm.gap(L, tb, k)
	L.RawSet(tb, k, v)
	return 0
}

// gap pays for the elements that setting element k of a table fills in below it.
func (vm *VM) gap(L *lua.LState, t *lua.LTable, k lua.LValue) {
	n, ok := k.(lua.LNumber)
	if !ok || n <= 64 || n >= lua.LNumber(lua.MaxArrayIndex) {
		return
	}
	if fill := int(n) - t.MaxN(); fill > 0 {
		vm.pay(L, fill/16)
		if !vm.budget.make(16 * fill) {
			raisef(L, "%s", vm.budget.why.Error())
		}
	}
}

// concatValues is a .. b .. c.
func (vm *VM) concatValues(L *lua.LState) int {
	n, size := L.GetTop(), 0
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			size += len(v)
		case lua.LNumber:
			size += 24
		default:
			return vm.concatOdd(L, n)
		}
	}
	vm.make(L, size)
	b := make([]byte, 0, size)
	for i := 1; i <= n; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			b = append(b, v...)
		case lua.LNumber:
			b = appendNumber(b, float64(v))
		}
	}
	L.Push(lua.LString(b))
	return 1
}

// concatOdd joins from right to left where some value is neither string nor
// number: a metamethod may know how.
func (vm *VM) concatOdd(L *lua.LState, n int) int {
	right := L.Get(n)
	for i := n - 1; i >= 1; i-- {
		left := L.Get(i)
		ls, lok := text(left)
		rs, rok := text(right)
		if lok && rok {
			vm.make(L, len(ls)+len(rs))
			right = lua.LString(ls + rs)
			continue
		}
		how := L.GetMetaField(left, "__concat")
		if how == lua.LNil {
			how = L.GetMetaField(right, "__concat")
		}
		if how == lua.LNil {
			bad := right
			if !lok {
				bad = left
			}
			return vm.fail(L, "attempt to concatenate a %s value", bad.Type())
		}
		L.Push(how)
		L.Push(left)
		L.Push(right)
		L.Call(2, 1)
		right = L.Get(-1)
	}
	L.Push(right)
	return 1
}

func (vm *VM) pcall(L *lua.LState) int {
	L.CheckAny(1)
	if err := L.PCall(L.GetTop()-1, lua.MultRet, nil); err != nil {
		thrown := vm.thrown(L, err)
		if t, ok := thrown.(*lua.LTable); ok { // Redis shows the text alone
			if s, ok := t.RawGetString("err").(lua.LString); ok {
				thrown = s
			}
		}
		L.Push(lua.LFalse)
		L.Push(thrown)
		return 2
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

func (vm *VM) xpcall(L *lua.LState) int {
	fn, handler := L.Get(1), L.CheckFunction(2)
	L.SetTop(0)
	L.Push(fn)
	if err := L.PCall(0, lua.MultRet, nil); err != nil {
		thrown := vm.thrown(L, err)
		L.Push(handler)
		L.Push(thrown)
		L.Call(1, lua.MultRet)
		L.Insert(lua.LFalse, 1)
		return L.GetTop()
	}
	L.Insert(lua.LTrue, 1)
	return L.GetTop()
}

// thrown is what pcall returns of an error.
func (vm *VM) thrown(L *lua.LState, err error) lua.LValue {
	if vm.budget.why != nil { // nothing may catch the end of a run
		raisef(L, "%s", vm.budget.why.Error())
	}
	api, ok := err.(*lua.ApiError)
	if !ok {
		return lua.LString(err.Error())
	}
	if s, ok := api.Object.(lua.LString); ok {
		return lua.LString(translate(string(s)))
	}
	return api.Object
}

func (vm *VM) loadString(L *lua.LState) int {
	return vm.loadText(L, L.CheckString(1), L.OptString(2, L.CheckString(1)))
}

func (vm *VM) load(L *lua.LState) int {
	fn := L.CheckFunction(1)
	var b strings.Builder
	for {
		L.Push(fn)
		L.Call(0, 1)
		piece, ok := L.Get(-1).(lua.LString)
		L.Pop(1)
		if !ok || piece == "" {
			break
		}
		vm.make(L, b.Len()+len(piece))
		b.WriteString(string(piece))
	}
	return vm.loadText(L, b.String(), L.OptString(2, "=(load)"))
}

func (vm *VM) loadText(L *lua.LState, body, name string) int {
	vm.pay(L, len(body)/8)
	vm.make(L, 16*len(body))
	c, err := compile(body, chunkName(name), nil, nil)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(L.NewFunctionFromProto(c.proto))
	L.Push(vm.concat)
	L.Push(vm.set)
	L.Call(2, 1)
	return 1
}

// chunkName is how Lua shows the name of a chunk.
func chunkName(name string) string {
	if name != "" && (name[0] == '=' || name[0] == '@') {
		return name[1:min(len(name), 60)]
	}
	line, _, more := strings.Cut(name, "\n")
	if more || len(line) > 40 {
		line = line[:min(len(line), 40)] + "..."
	}
	return `[string "` + line + `"]`
}

func selectValues(L *lua.LState) int {
	n := L.GetTop()
	if s, ok := L.Get(1).(lua.LString); ok && s == "#" {
		L.Push(lua.LNumber(n - 1))
		return 1
	}
	i := L.CheckInt(1)
	if i < 0 {
		i = n + i
	} else if i > n {
		i = n
	}
	if i < 1 {
		L.ArgError(1, "index out of range")
	}
	return n - i
}

func toNumber(L *lua.LState) int {
	base := L.OptInt(2, 10)
	v := L.CheckAny(1)
	if base == 10 {
		if f, ok := number(v); ok {
			L.Push(lua.LNumber(f))
			return 1
		}
		L.Push(lua.LNil)
		return 1
	}
	if base < 2 || base > 36 {
		L.ArgError(2, "base out of range")
	}
	s, _ := text(v)
	s = strings.ToLower(strings.Trim(s, " \t\n\v\f\r"))
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if base == 16 {
		s = strings.TrimPrefix(s, "0x")
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil && !isRange(err) || strings.ContainsAny(s, "_+") {
		L.Push(lua.LNil)
		return 1
	}
	f := float64(n)
	if negative {
		f = -f
	}
	L.Push(lua.LNumber(f))
	return 1
}

func (vm *VM) toString(L *lua.LState) int {
	v := L.CheckAny(1)
	if how := L.GetMetaField(v, "__tostring"); how != lua.LNil {
		L.Push(how)
		L.Push(v)
		L.Call(1, 1)
		return 1
	}
	L.Push(lua.LString(show(v)))
	return 1
}

// show is tostring without metamethods.
func show(v lua.LValue) string {
	if s, ok := text(v); ok {
		return s
	}
	if u, ok := v.(*lua.LUserData); ok {
		if _, null := u.Value.(nothing); null {
			return "userdata: (nil)"
		}
		return fmt.Sprintf("userdata: %p", u)
	}
	return v.String()
}

func (vm *VM) unpack(L *lua.LState) int {
	t := L.CheckTable(1)
	first := L.OptInt(2, 1)
	last := 0
	if L.Get(3) == lua.LNil {
		last = t.Len()
	} else {
		last = L.CheckInt(3)
	}
	if first > last {
		return 0
	}
	if n := float64(last) - float64(first) + 1; n >= maxResults || n > math.MaxInt32 {
		return vm.fail(L, "too many results to unpack")
	}
	for i := first; i <= last; i++ {
		L.Push(t.RawGetInt(i))
	}
	return last - first + 1
}
