package script

import (
	lua "github.com/yuin/gopher-lua"
)

// threadBytes is what a coroutine's stacks take.
const threadBytes = callDepth*88 + registrySize*16

// coroutineLib is the interpreter's, but that coroutines are counted and killed
// like the rest: the interpreter would give each a context of its own.
func (vm *VM) coroutineLib(lib map[string]*lua.LTable) functions {
	t := lib[lua.CoroutineLibName]
	create, wrap := borrowed(t, "create"), borrowed(t, "wrap")
	return functions{
		"create": func(L *lua.LState) int {
			vm.make(L, threadBytes)
			n := create(L)
			L.Get(-1).(*lua.LState).SetContext(&vm.budget)
			return n
		},
		"wrap": func(L *lua.LState) int {
			vm.make(L, threadBytes)
			n := wrap(L)
			L.Get(-1).(*lua.LFunction).Upvalues[0].Value().(*lua.LState).SetContext(&vm.budget)
			return n
		},
		"resume": borrowed(t, "resume"), "running": borrowed(t, "running"), "status": borrowed(t, "status"), "yield": borrowed(t, "yield"),
	}
}
