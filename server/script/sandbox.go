package script

import (
	lua "github.com/yuin/gopher-lua"
)

// furnish fills the state with what scripts may use, and nothing else: no files,
// no processes, no clock, nothing that lasts from one script to the next.
func (vm *VM) furnish() {
	L := vm.L
	vm.seal()
	vm.globals = L.NewTable()
	vm.concat = L.NewFunction(vm.concatValues)
	vm.set = L.NewFunction(vm.setElement)
	builtin := vm.borrow()
	vm.define(vm.globals, vm.base(builtin))
	vm.globals.RawSetString("_VERSION", lua.LString(lua.LuaVersion))
	for _, lib := range []struct {
		name  string
		table *lua.LTable
	}{
		{"string", vm.library(vm.stringLib())},
		{"table", vm.library(vm.tableLib(builtin))},
		{"math", vm.mathLib(builtin)},
		{"coroutine", vm.library(vm.coroutineLib(builtin))},
		{"bit", vm.library(vm.bitLib())},
		{"struct", vm.library(vm.structLib())},
		{"cjson", vm.jsonLib()},
		{"cmsgpack", vm.msgpackLib()},
	} {
		vm.globals.RawSetString(lib.name, vm.guard(lib.table))
	}
	redis := vm.guard(vm.redisLib())
	vm.globals.RawSetString("redis", redis)
	vm.globals.RawSetString("server", redis)
	vm.enclose()
}

// functions are a library's by name.
type functions map[string]lua.LGFunction

func (vm *VM) library(fns functions) *lua.LTable { return vm.define(vm.L.NewTable(), fns) }

// define adds functions to a table, in no order that could show: pairs gives a
// table's names in the order in which they were set, so they are sorted.
func (vm *VM) define(t *lua.LTable, fns functions) *lua.LTable {
	for _, name := range sortedNames(fns) {
		t.RawSetString(name, vm.L.NewFunction(fns[name]))
	}
	return t
}

// borrow opens the interpreter's own libraries, of which some functions are taken.
func (vm *VM) borrow() map[string]*lua.LTable {
	L := vm.L
	libs := map[string]*lua.LTable{}
	for name, open := range map[string]lua.LGFunction{
		"_G": lua.OpenBase, lua.MathLibName: lua.OpenMath, lua.TabLibName: lua.OpenTable, lua.CoroutineLibName: lua.OpenCoroutine,
	} {
		L.Push(L.NewFunction(open))
		L.Push(lua.LString(name))
		L.Call(1, 1)
		libs[name] = L.Get(-1).(*lua.LTable)
		L.Pop(1)
	}
	return libs
}

func borrowed(lib *lua.LTable, name string) lua.LGFunction {
	return lib.RawGetString(name).(*lua.LFunction).GFunction
}

// guard returns a table that shows t and refuses to be changed.
func (vm *VM) guard(t *lua.LTable) *lua.LTable {
	L := vm.L
	shown := L.NewTable()
	meta := L.NewTable()
	meta.RawSetString("__index", t)
	meta.RawSetString("__newindex", L.NewFunction(vm.refuse))
	meta.RawSetString("__metatable", vm.sealed)
	shown.Metatable = meta
	vm.guarded[shown] = t
	return shown
}

// seal makes the table that getmetatable shows of guarded ones.
func (vm *VM) seal() {
	vm.sealed = vm.L.NewTable()
	*vm.sealed = *vm.guard(vm.L.NewTable())
	vm.guarded[vm.sealed] = vm.L.NewTable()
	vm.sealed.Metatable.(*lua.LTable).RawSetString("__metatable", vm.sealed)
}

// refuse is what writing to a guarded table comes to.
func (vm *VM) refuse(L *lua.LState) int { return vm.fail(L, "%s", textFixed) }

// fixed raises the same error in a function that was asked to change one.
func (vm *VM) fixed(L *lua.LState) int {
	L.Error(lua.LString(textFixed), 0)
	return 0
}

// enclose puts the guarded globals in the place of the interpreter's.
func (vm *VM) enclose() {
	L := vm.L
	missing := L.NewTable()
	missing.RawSetString("__index", L.NewFunction(vm.missing))
	vm.globals.Metatable = missing
	vm.env = vm.guard(vm.globals)
	vm.globals.RawSetString("_G", vm.env)
	L.G.Global, L.Env = vm.env, vm.env
	vm.encloseLibraries()
	for _, t := range vm.guarded {
		vm.rehome(t)
	}
	vm.concat.Env, vm.set.Env = vm.env, vm.env

	// Methods of strings: ("x"):upper().
	methods := L.NewTable()
	methods.RawSetString("__index", vm.globals.RawGetString("string"))
	shown := vm.guard(methods)
	methods.RawSetString("__metatable", shown)
	L.SetMetatable(lua.LString(""), methods)
}

// rehome has a table's functions live in env, so that getfenv shows nothing else.
func (vm *VM) rehome(t *lua.LTable) {
	t.ForEach(func(_, v lua.LValue) {
		if fn, ok := v.(*lua.LFunction); ok {
			fn.Env = vm.env
		}
	})
}

// missing answers the read of a global that is not there.
func (vm *VM) missing(L *lua.LState) int {
	key, _ := text(L.Get(2))
	return vm.fail(L, "Script attempted to access nonexistent global variable '%s'", key)
}
