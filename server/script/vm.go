package script

import (
	"fmt"
	"regexp"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// VM is one Lua state with Redis's libraries. It runs one script at a time and
// keeps nothing from one to the next but compiled functions.
type VM struct {
	L     *lua.LState
	table *command.Table

	// Scripts see env as _G: an empty table that shows globals and refuses to be
	// changed. guarded maps each such shown table to the true one.
	globals, env *lua.LTable
	guarded      map[*lua.LTable]*lua.LTable
	sealed       *lua.LTable    // what getmetatable shows of them
	concat, set  *lua.LFunction // see rewrite

	budget budget
	run    *Run // the present one
	rand   command.Rand
	resp   int // protocol in which commands answer the script

	out        protocol.Writer // takes a command's reply
	keys, argv *lua.LTable     // KEYS and ARGV, to be used again

	args [][]byte // scratch: a command's arguments
	flat []byte   // their bytes
	ends []int

	json jsonOptions
	null *lua.LUserData // cjson.null
	fns  map[*Script]*lua.LFunction

	// Functions: what libraries see, those that are loaded here, and the one that
	// is being loaded.
	libraryEnv, loadAPI, functionAPI *lua.LTable
	libraries                        map[*Library]*library
	loading                          *library
	update                           uint64 // of the registry, as libraries are
}

const (
	registrySize = 1 << 10
	registryMax  = 1 << 16
	callDepth    = 1000

	// maxFns bounds the compiled functions that a VM keeps at hand.
	maxFns = 1024
	// maxScratch bounds what a large command leaves behind.
	maxScratch = 64 << 10
)

// newVM makes a state with all libraries.
func newVM(table *command.Table) *VM {
	vm := &VM{
		L: lua.NewState(lua.Options{
			CallStackSize: callDepth, RegistrySize: registrySize, RegistryMaxSize: registryMax,
			RegistryGrowStep: registrySize, SkipOpenLibs: true,
		}),
		table:   table,
		guarded: map[*lua.LTable]*lua.LTable{},
		fns:     map[*Script]*lua.LFunction{},
	}
	vm.budget.begin(&Run{Limits: Limits{}.full()})
	vm.L.SetContext(&vm.budget)
	vm.furnish()
	return vm
}

// begin makes the VM ready for a run.
func (vm *VM) begin(r *Run) {
	r.Limits = r.Limits.full()
	vm.run, vm.resp = r, 2
	vm.rand = command.NewRand(r.Seed)
	vm.json = defaultJSON
	vm.budget.begin(r)
	vm.L.Env = vm.env
}

// end lets go of what belonged to the run.
func (vm *VM) end() {
	vm.run, vm.budget.run = nil, nil
	if vm.keys != nil {
		vm.keys, vm.argv = emptied(vm.keys), emptied(vm.argv)
	}
	if cap(vm.flat) > maxScratch {
		vm.flat = nil
	}
	if cap(vm.args) > maxScratch/64 {
		vm.args, vm.ends = nil, nil
	}
}

// call runs a function with the arguments that stand behind it on the stack and
// writes what it returns. False: it failed, and why is in the failure.
func (vm *VM) call(nargs int, out *protocol.Writer) (failure, bool) {
	if err := vm.L.PCall(nargs, 1, nil); err != nil {
		return vm.failureOf(err), false
	}
	v := vm.L.Get(-1)
	vm.L.Pop(1)
	if vm.budget.why != nil { // its last call was a coroutine that was stopped
		return failure{text: code + vm.budget.why.Error()}, false
	}
	vm.reply(out, v)
	return failure{}, true
}

// dead tells whether the VM must not be used again: it was stopped amid
// something, or its stack is not as it was.
func (vm *VM) dead() bool { return vm.budget.why != nil || vm.L.GetTop() != 0 }

// strings makes a Lua array of arguments, in a table used before if there is one.
func (vm *VM) strings(t *lua.LTable, args [][]byte) *lua.LTable {
	if t == nil {
		t = vm.L.CreateTable(max(len(args), 4), 0)
	}
	for _, a := range args {
		t.Append(lua.LString(a))
	}
	return t
}

// maxKept is how many elements a table may have had to be used again.
const maxKept = 256

// emptied takes out of a table what a script has left there, so that it may be
// used again; nil if that cannot be done quickly. A script cannot have kept it:
// there is nothing that outlives its run.
func emptied(t *lua.LTable) *lua.LTable {
	n := t.MaxN()
	if n > maxKept || t.Metatable != lua.LNil {
		return nil
	}
	for ; n > 0; n = t.MaxN() {
		for ; n > 0; n-- {
			t.Remove(n)
		}
	}
	if k, _ := t.Next(lua.LNil); k != lua.LNil {
		return nil
	}
	return t
}

var lineNumber = regexp.MustCompile(`:(\d+):$`)

// raise ends the running Go function with Redis's form of an error: a table that
// tells where it was raised.
func (vm *VM) raise(L *lua.LState, text string) int {
	t := L.CreateTable(0, 4)
	t.RawSetString("err", lua.LString(text))
	if where := L.Where(1); where != "" {
		if m := lineNumber.FindStringSubmatch(where); m != nil {
			t.RawSetString("line", lua.LString(m[1]))
		}
		t.RawSetString("source", lua.LString("@"+vm.source()))
	}
	L.Error(t, 1)
	return 0
}

// fail raises a plain error, with its place before it.
func (vm *VM) fail(L *lua.LState, format string, args ...any) int {
	raisef(L, format, args...)
	return 0
}

// raisef raises an error in a function of a library, with the place of the Lua
// function that called it before it; if it was not called by one, there is none.
func raisef(L *lua.LState, format string, args ...any) {
	level := 1
	if at, ok := L.GetStack(1); ok {
		if L.GetInfo("S", at, lua.LNil); at.What == "G" {
			level = 0
		}
	}
	L.Error(lua.LString(fmt.Sprintf(format, args...)), level)
}

// source names the kind of text that runs.
func (vm *VM) source() string {
	if vm.run != nil && vm.run.function {
		return "user_function"
	}
	return "user_script"
}

// pay has a library function's work counted; it ends the run if that was too much.
func (vm *VM) pay(L *lua.LState, steps int) {
	if !vm.budget.pay(steps) {
		raisef(L, "%s", vm.budget.why.Error())
	}
}

// make announces bytes that are about to be made.
func (vm *VM) make(L *lua.LState, bytes int) {
	if bytes > vm.run.Limits.Text {
		raisef(L, "string length overflow")
	}
	if !vm.budget.make(bytes) {
		raisef(L, "%s", vm.budget.why.Error())
	}
}

func (l Limits) full() Limits {
	if l.Steps == 0 {
		l.Steps = maxSteps
	}
	if l.Memory == 0 {
		l.Memory = maxGrowth
	}
	if l.Text == 0 {
		l.Text = maxText
	}
	return l
}
