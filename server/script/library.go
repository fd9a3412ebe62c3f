package script

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
)

// library is a Library as one state has loaded it. Each state loads it for itself,
// so what a library keeps in its variables is not shared: functions that count
// calls there would count each state's.
type library struct {
	infos     []*Function
	callbacks map[string]*lua.LFunction
}

// loadSteps bounds the instructions of a library's text itself.
const loadSteps = 20_000_000

// metadata reads a library's first line, "#!lua name=mylib".
func metadata(code string) (lib *Library, body string, err error) {
	if !strings.HasPrefix(code, "#!") {
		return nil, "", protocol.Error(textNoMetadata)
	}
	line, rest, found := strings.Cut(code, "\n")
	if !found {
		return nil, "", protocol.Error(textBadMetadata)
	}
	words := strings.Fields(line)
	lib = &Library{Code: code}
	for _, w := range words[1:] {
		name, ok := strings.CutPrefix(w, "name=")
		switch {
		case !ok:
			return nil, "", protocol.Errorf(textMetadata, w)
		case lib.Name != "":
			return nil, "", protocol.Error(textTwoNames)
		}
		lib.Name = name
	}
	switch engine := strings.TrimPrefix(words[0], "#!"); {
	case lib.Name == "":
		return nil, "", protocol.Error(textNoName)
	case !lawfulName(lib.Name):
		return nil, "", protocol.Error(textName)
	case !strings.EqualFold(engine, "lua"):
		return nil, "", protocol.Errorf(textNoEngine, engine)
	}
	return lib, "\n" + rest, nil
}

func lawfulName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isAlpha(c) && !isDigit(c) && c != '_' {
			return false
		}
	}
	return name != ""
}

// callback is a function in this state; its library is loaded if it was not.
func (vm *VM) callback(f *Function) (*lua.LFunction, string) {
	lib := vm.libraries[f.lib]
	if lib == nil {
		var text string
		if lib, text = vm.loadLibrary(f.lib); text != "" {
			return nil, text
		}
		vm.libraries[f.lib] = lib
	}
	return lib.callbacks[f.Name], ""
}

// forget drops libraries that are gone.
func (vm *VM) forget(update uint64) {
	if vm.update != update {
		vm.update = update
		clear(vm.libraries)
	}
}

// loadLibrary runs a library's text, which sees little but register_function.
func (vm *VM) loadLibrary(l *Library) (lib *library, text string) {
	lib = &library{callbacks: map[string]*lua.LFunction{}}
	vm.begin(&Run{Limits: Limits{Steps: loadSteps}, Host: nobody{}, function: true})
	vm.loading = lib
	seen := vm.libraryEnv.Metatable.(*lua.LTable)
	seen.RawSetString("__index", vm.loadAPI)
	defer func() {
		vm.loading = nil
		seen.RawSetString("__index", vm.functionAPI)
	}()
	vm.L.Env = vm.libraryEnv
	fn := vm.instantiate(l.proto)
	vm.L.Push(fn)
	if err := vm.L.PCall(0, 0, nil); err != nil {
		if vm.budget.why == errSteps {
			return nil, textLoadTimeout
		}
		return nil, vm.failureOf(err).text
	}
	return lib, ""
}

// registerFunction is redis.register_function(name, callback), or with a table of
// named arguments.
func (vm *VM) registerFunction(L *lua.LState) int {
	if vm.loading == nil {
		return vm.raise(L, code+"redis.register_function can only be called on FUNCTION LOAD command")
	}
	f := &Function{}
	callback, text := vm.registration(L, f)
	switch {
	case text != "":
		return vm.raise(L, code+text)
	case !lawfulName(f.Name):
		return vm.raise(L, textName)
	case vm.loading.callbacks[f.Name] != nil:
		return vm.raise(L, code+"Function already exists in the library")
	}
	vm.loading.callbacks[f.Name] = callback
	vm.loading.infos = append(vm.loading.infos, f)
	return 0
}

func (vm *VM) registration(L *lua.LState, f *Function) (*lua.LFunction, string) {
	switch L.GetTop() {
	case 1:
		t, ok := L.Get(1).(*lua.LTable)
		if !ok {
			return nil, "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments)."
		}
		return vm.namedArguments(t, f)
	case 2:
	default:
		return nil, "wrong number of arguments to redis.register_function"
	}
	name, ok := text(L.Get(1))
	if !ok {
		return nil, "first argument to redis.register_function must be a string"
	}
	callback, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		return nil, "second argument to redis.register_function must be a function"
	}
	f.Name = name
	return callback, ""
}

func (vm *VM) namedArguments(t *lua.LTable, f *Function) (callback *lua.LFunction, text string) {
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		s, isText := v.(lua.LString)
		switch k {
		case lua.LString("function_name"):
			if !isText {
				return nil, "function_name argument given to redis.register_function must be a string"
			}
			f.Name = string(s)
		case lua.LString("description"):
			if !isText {
				return nil, "description argument given to redis.register_function must be a string"
			}
			f.Description, f.Described = string(s), true
		case lua.LString("callback"):
			fn, ok := v.(*lua.LFunction)
			if !ok {
				return nil, "callback argument given to redis.register_function must be a function"
			}
			callback = fn
		case lua.LString("flags"):
			flags, ok := v.(*lua.LTable)
			if !ok {
				return nil, "flags argument to redis.register_function must be a table representing function flags"
			}
			if !f.setFlags(flags) {
				return nil, "unknown flag given"
			}
		default:
			if _, ok := k.(lua.LString); !ok {
				return nil, "named argument key given to redis.register_function is not a string"
			}
			return nil, "unknown argument given to redis.register_function"
		}
	}
	switch {
	case f.Name == "":
		return nil, "redis.register_function must get a function name argument"
	case callback == nil:
		return nil, "redis.register_function must get a callback argument"
	}
	return callback, ""
}

func (f *Function) setFlags(t *lua.LTable) bool {
	for i := 1; i <= t.Len(); i++ {
		name, ok := t.RawGetInt(i).(lua.LString)
		flag, known := parseFlag(string(name))
		if !ok || !known {
			return false
		}
		f.Flags |= flag
	}
	return true
}

// encloseLibraries makes what libraries see as globals: while they are loaded only
// the means to register; in their functions all but KEYS and ARGV.
func (vm *VM) encloseLibraries() {
	L := vm.L
	load := vm.library(functions{"register_function": vm.registerFunction, "log": vm.log})
	for _, name := range []string{"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM"} {
		load.RawSetString(name, vm.guarded[vm.globals.RawGetString("redis").(*lua.LTable)].RawGetString(name))
	}
	load.Metatable = vm.globals.Metatable
	vm.loadAPI = L.NewTable()
	shown := vm.guard(load)
	vm.loadAPI.RawSetString("redis", shown)
	vm.loadAPI.RawSetString("server", shown)
	vm.loadAPI.Metatable = vm.globals.Metatable

	vm.functionAPI = L.NewTable()
	vm.globals.ForEach(func(k, v lua.LValue) { vm.functionAPI.RawSet(k, v) })
	vm.functionAPI.Metatable = vm.globals.Metatable
	vm.libraryEnv = vm.guard(vm.functionAPI)
	vm.functionAPI.RawSetString("_G", vm.libraryEnv)
	vm.libraries = map[*Library]*library{}
}
