package script

import (
	"slices"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/protocol"
)

// Library is a text that registers functions. It never changes.
type Library struct {
	Name      string
	Code      string
	Functions []*Function // by name

	proto *lua.FunctionProto
	shape Shape
}

// Function is what FCALL runs.
type Function struct {
	Name        string
	Description string
	Described   bool
	Flags       Flags

	lib *Library
}

// registry holds the libraries. Readers take the set that is there; writers put
// another in its place.
type registry struct {
	mu     sync.RWMutex
	libs   map[string]*Library  // guarded by mu, as is the rest
	funcs  map[string]*Function // of all libraries
	update uint64               // counts changes, so that states drop what is gone
}

// Mode says what a library may replace.
type Mode uint8

const (
	Append  Mode = iota // nothing
	Replace             // one of its name

	restoring // nothing, told in FUNCTION RESTORE's words
)

// Define compiles a library, runs it to learn its functions, and adds it.
func (it *Interpreter) Define(code string, mode Mode) (name string, err error) {
	lib, err := it.prepare(code)
	if err != nil {
		return "", err
	}
	r := &it.funcs
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.collides(lib, mode); err != nil {
		return "", err
	}
	r.put(lib)
	return lib.Name, nil
}

// prepare compiles a library and learns its functions.
func (it *Interpreter) prepare(code string) (*Library, error) {
	lib, body, err := metadata(code)
	if err != nil {
		return nil, err
	}
	c, err := compile(body, "user_function", surveyLibrary, it.table)
	if err != nil {
		return nil, protocol.Errorf(textCompileLibrary, err)
	}
	lib.proto, lib.shape = c.proto, c.shape
	vm := it.take()
	defer it.giveBack(vm)
	loaded, text := vm.loadLibrary(lib)
	if text != "" {
		return nil, protocol.Errorf(textRegister, text)
	}
	if len(loaded.infos) == 0 {
		return nil, protocol.Error(textNoFunctions)
	}
	lib.Functions = loaded.infos
	for _, f := range lib.Functions {
		f.lib = lib
	}
	slices.SortFunc(lib.Functions, func(a, b *Function) int { return strings.Compare(a.Name, b.Name) })
	return lib, nil
}

// collides says why a library cannot be added. Called with mu held.
func (r *registry) collides(lib *Library, mode Mode) error {
	if r.libs[lib.Name] != nil && mode != Replace {
		if mode == restoring {
			return protocol.Errorf(textRestoreExists, lib.Name)
		}
		return protocol.Errorf(textLibraryExists, lib.Name)
	}
	for _, f := range lib.Functions {
		if other := r.funcs[f.Name]; other != nil && other.lib.Name != lib.Name {
			return protocol.Errorf(textFunctionExists, f.Name)
		}
	}
	return nil
}

// put adds a library, in the place of one of its name. Called with mu held.
func (r *registry) put(lib *Library) {
	if r.libs == nil {
		r.libs, r.funcs = map[string]*Library{}, map[string]*Function{}
	}
	r.drop(lib.Name)
	r.libs[lib.Name] = lib
	for _, f := range lib.Functions {
		r.funcs[f.Name] = f
	}
	r.update++
}

// drop removes a library. Called with mu held.
func (r *registry) drop(name string) bool {
	old := r.libs[name]
	if old == nil {
		return false
	}
	delete(r.libs, name)
	for _, f := range old.Functions {
		delete(r.funcs, f.Name)
	}
	r.update++
	return true
}

// Undefine removes a library. False: there is none of the name.
func (it *Interpreter) Undefine(name string) bool {
	it.funcs.mu.Lock()
	defer it.funcs.mu.Unlock()
	return it.funcs.drop(name)
}

// UndefineAll removes all libraries.
func (it *Interpreter) UndefineAll() {
	r := &it.funcs
	r.mu.Lock()
	defer r.mu.Unlock()
	r.libs, r.funcs = nil, nil
	r.update++
}

// Restore adds libraries by their texts, all or none. flush has them take the
// place of all that are there.
func (it *Interpreter) Restore(codes []string, mode Mode, flush bool) error {
	fresh := registry{}
	for _, code := range codes {
		lib, err := it.prepare(code)
		if err != nil {
			return err
		}
		if err := fresh.collides(lib, Append); err != nil {
			return err
		}
		fresh.put(lib)
	}
	r := &it.funcs
	r.mu.Lock()
	defer r.mu.Unlock()
	if flush {
		r.libs, r.funcs, r.update = fresh.libs, fresh.funcs, r.update+1
		return nil
	}
	if mode == Append {
		mode = restoring
	}
	for _, name := range sortedLibraries(fresh.libs) {
		if err := r.collides(fresh.libs[name], mode); err != nil {
			return err
		}
	}
	for _, name := range sortedLibraries(fresh.libs) {
		r.put(fresh.libs[name])
	}
	return nil
}

func sortedLibraries(libs map[string]*Library) []string {
	names := make([]string, 0, len(libs))
	for name := range libs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Libraries are those that are defined, by name.
func (it *Interpreter) Libraries() []*Library {
	r := &it.funcs
	r.mu.RLock()
	defer r.mu.RUnlock()
	libs := make([]*Library, 0, len(r.libs))
	for _, name := range sortedLibraries(r.libs) {
		libs = append(libs, r.libs[name])
	}
	return libs
}

// Function returns a function by its name, or nil.
func (it *Interpreter) Function(name []byte) *Function {
	it.funcs.mu.RLock()
	defer it.funcs.mu.RUnlock()
	return it.funcs.funcs[string(name)]
}

func (r *registry) changes() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.update
}

// shape of a function is its library's.
func (r *registry) shape(name []byte) *Shape {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if f := r.funcs[string(name)]; f != nil {
		return &f.lib.shape
	}
	return &Shape{Straight: true} // there is nothing to run
}

// Invoke runs a function and writes its reply.
func (it *Interpreter) Invoke(f *Function, keys, argv [][]byte, r *Run, out *protocol.Writer) {
	vm := it.take()
	defer it.giveBack(vm)
	r.ReadOnly = r.ReadOnly || f.Flags&NoWrites != 0
	r.function = true
	vm.forget(it.funcs.changes())
	fn, text := vm.callback(f)
	if text != "" {
		out.ErrorAsIs(oneLine(text))
		return
	}
	vm.begin(r)
	vm.L.Push(fn)
	vm.L.Push(vm.strings(nil, keys))
	vm.L.Push(vm.strings(nil, argv))
	if fail, ok := vm.call(2, out); !ok {
		out.ErrorAsIs(oneLine(fail.where(f.Name, "user_function")))
	}
}
