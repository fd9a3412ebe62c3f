package script

import (
	lua "github.com/yuin/gopher-lua"
)

func (vm *VM) tableLib(lib map[string]*lua.LTable) functions {
	t := lib[lua.TabLibName]
	return functions{
		"concat": vm.tableConcat, "foreach": vm.tableForeach, "foreachi": vm.tableForeachi, "getn": borrowed(t, "getn"),
		"insert": vm.tableInsert, "maxn": tableMaxN, "remove": vm.tableRemove, "setn": vm.tableSetN, "sort": vm.tableSort(borrowed(t, "sort")),
	}
}

func (vm *VM) tableConcat(L *lua.LState) int {
	t := L.CheckTable(1)
	sep := ""
	if L.Get(2) != lua.LNil {
		sep = str(L, 2)
	}
	first := integer(L, 3, 1)
	last := integer(L, 4, t.Len())
	var b []byte
	for i := first; i <= last; i++ {
		s, ok := text(t.RawGetInt(i))
		if !ok {
			return vm.fail(L, "invalid value (%s) at index %d in table for 'concat'", t.RawGetInt(i).Type(), i)
		}
		vm.pay(L, 1)
		vm.make(L, len(s)+len(sep))
		if len(b)+len(s) > vm.run.Limits.Text {
			return vm.fail(L, "string length overflow")
		}
		b = append(b, s...)
		if i != last {
			b = append(b, sep...)
		}
	}
	L.Push(lua.LString(b))
	return 1
}

func (vm *VM) tableInsert(L *lua.LState) int {
	t := L.CheckTable(1)
	if _, guarded := vm.guarded[t]; guarded {
		return vm.fixed(L)
	}
	n := t.Len()
	switch L.GetTop() {
	case 2:
		vm.budget.make(16)
		t.RawSetInt(n+1, L.Get(2))
		return 0
	case 3:
	default:
		return vm.fail(L, "wrong number of arguments to 'insert'")
	}
	pos, v := L.CheckInt(2), L.Get(3)
	if pos < 1 || pos > n {
		vm.gap(L, t, lua.LNumber(pos))
		t.RawSet(lua.LNumber(pos), v)
		return 0
	}
	vm.pay(L, (n-pos)/16)
	vm.budget.make(16)
	t.Insert(pos, v)
	return 0
}

func (vm *VM) tableRemove(L *lua.LState) int {
	t := L.CheckTable(1)
	n := t.Len()
	pos := integer(L, 2, n)
	if pos < 1 || pos > n {
		return 0
	}
	vm.pay(L, (n-pos)/16)
	L.Push(t.Remove(pos))
	return 1
}

// tableMaxN is the largest positive number among the keys.
func tableMaxN(L *lua.LState) int {
	most := lua.LNumber(0)
	L.CheckTable(1).ForEach(func(k, _ lua.LValue) {
		if n, ok := k.(lua.LNumber); ok && n > most {
			most = n
		}
	})
	L.Push(most)
	return 1
}

func (vm *VM) tableSetN(L *lua.LState) int { return vm.fail(L, "'setn' is obsolete") }

func (vm *VM) tableSort(sort lua.LGFunction) lua.LGFunction {
	return func(L *lua.LState) int {
		vm.pay(L, 4*L.CheckTable(1).Len())
		return sort(L)
	}
}

func (vm *VM) tableForeach(L *lua.LState) int {
	t, fn := vm.shown(L.CheckTable(1)), L.CheckFunction(2)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if vm.each(L, fn, k, v) {
			return 1
		}
	}
	return 0
}

func (vm *VM) tableForeachi(L *lua.LState) int {
	t, fn := L.CheckTable(1), L.CheckFunction(2)
	for i := 1; i <= t.Len(); i++ {
		if vm.each(L, fn, lua.LNumber(i), t.RawGetInt(i)) {
			return 1
		}
	}
	return 0
}

// each calls fn; true: it returned something, which is on the stack.
func (vm *VM) each(L *lua.LState, fn *lua.LFunction, k, v lua.LValue) bool {
	L.Push(fn)
	L.Push(k)
	L.Push(v)
	L.Call(2, 1)
	if L.Get(-1) != lua.LNil {
		return true
	}
	L.Pop(1)
	return false
}
