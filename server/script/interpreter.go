package script

import (
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// Interpreter runs scripts: it keeps what was compiled and a few Lua states to
// run it in. Safe for any number of goroutines.
type Interpreter struct {
	table   *command.Table
	scripts cache
	funcs   registry

	mu   sync.Mutex
	idle []*VM // guarded by mu
	most int   // states kept idle
}

// New returns an interpreter whose scripts call the commands of table. It keeps
// at most idle Lua states at hand.
func New(table *command.Table, idle int) *Interpreter {
	it := &Interpreter{table: table, most: max(idle, 1)}
	it.scripts.init()
	return it
}

func (it *Interpreter) take() *VM {
	it.mu.Lock()
	defer it.mu.Unlock()
	if n := len(it.idle); n > 0 {
		vm := it.idle[n-1]
		it.idle = it.idle[:n-1]
		return vm
	}
	return newVM(it.table)
}

func (it *Interpreter) giveBack(vm *VM) {
	dead := vm.dead()
	vm.end()
	it.mu.Lock()
	defer it.mu.Unlock()
	if !dead && len(it.idle) < it.most {
		it.idle = append(it.idle, vm)
	}
}

// Exec runs a script and writes its reply.
func (it *Interpreter) Exec(s *Script, keys, argv [][]byte, r *Run, out *protocol.Writer) {
	vm := it.take()
	defer it.giveBack(vm)
	r.ReadOnly = r.ReadOnly || s.Flags&NoWrites != 0
	vm.begin(r)
	vm.L.Push(vm.function(s))
	vm.arrays(keys, argv)
	if f, ok := vm.call(0, out); !ok {
		out.ErrorAsIs(oneLine(f.where(s.SHA, "user_script")))
	}
}

// arrays sets KEYS and ARGV.
func (vm *VM) arrays(keys, argv [][]byte) {
	oldKeys, oldArgv := vm.keys, vm.argv
	vm.keys, vm.argv = vm.strings(oldKeys, keys), vm.strings(oldArgv, argv)
	if vm.keys != oldKeys {
		vm.globals.RawSetString("KEYS", vm.keys)
	}
	if vm.argv != oldArgv {
		vm.globals.RawSetString("ARGV", vm.argv)
	}
}

// function is a script's function in this state.
func (vm *VM) function(s *Script) *lua.LFunction {
	if fn := vm.fns[s]; fn != nil {
		return fn
	}
	if len(vm.fns) >= maxFns {
		clear(vm.fns)
	}
	fn := vm.instantiate(s.proto)
	vm.fns[s] = fn
	return fn
}

// States is how many Lua states are kept at hand.
func (it *Interpreter) States() int {
	it.mu.Lock()
	defer it.mu.Unlock()
	return len(it.idle)
}
