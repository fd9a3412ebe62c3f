package script

import (
	"math"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/server/command"
)

func TestNumbersReadAsInLua(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 1: "1", -1: "-1", 0.1: "0.1", 1e14: "1e+14", 99999999999999: "99999999999999", 1e15: "1e+15", 1e100: "1e+100",
		10.0 / 3: "3.3333333333333", 1.5e-7: "1.5e-07", math.Inf(1): "inf", math.Inf(-1): "-inf", 123456.789: "123456.789", -0.5: "-0.5",
	} {
		if got := numberString(lua.LNumber(f)); got != want {
			t.Errorf("%v: %q, want %q", f, got, want)
		}
	}
	for s, want := range map[string]float64{
		"10": 10, " 10 ": 10, "0x10": 16, "-0x10": -16, "1e3": 1000, ".5": .5, "5.": 5, "inf": math.Inf(1), "-5": -5, "+5": 5, "0X1F": 31,
	} {
		if got, ok := parseNumber(s); !ok || got != want {
			t.Errorf("%q: %v %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", " ", "x", "1x", "0x", "1_000", "1 2", "--1", "0x+1", "0xg"} {
		if got, ok := parseNumber(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// decoder runs one library function on hostile input.
func decoder(f *testing.F, call func(vm *VM, s string)) {
	table, err := command.NewTable(command.Data())
	if err != nil {
		f.Fatal(err)
	}
	vm := newVM(table)
	f.Fuzz(func(t *testing.T, s string) {
		vm.begin(&Run{Host: nobody{}, Limits: Limits{Steps: 1 << 16, Memory: 64 << 20}})
		call(vm, s)
		if vm.L.GetTop() != 0 {
			t.Fatalf("%d values are left on the stack", vm.L.GetTop())
		}
	})
}

// try calls a function of a library with arguments, protected; nil: it failed.
func (vm *VM) try(fn lua.LGFunction, args ...lua.LValue) lua.LValue {
	vm.L.Push(vm.L.NewFunction(fn))
	for _, a := range args {
		vm.L.Push(a)
	}
	if err := vm.L.PCall(len(args), 1, nil); err != nil {
		return nil
	}
	v := vm.L.Get(-1)
	vm.L.Pop(1)
	return v
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,{"b":null}],"c":"\u00e9\ud83d\ude00"}`, `[`, `"\u12`, `1e999`, `{"a":}`, `[nan,inf,0x1p3]`, "\x00"} {
		f.Add(s)
	}
	decoder(f, func(vm *VM, s string) {
		v := vm.try(vm.jsonDecode, lua.LString(s))
		if v == nil {
			return
		}
		text := vm.try(vm.jsonEncode, v)
		if text == nil {
			return // a number that JSON lacks
		}
		if again := vm.try(vm.jsonDecode, text); again == nil {
			panic("what encode wrote, decode does not read: " + text.String())
		}
	})
}

func FuzzMsgpack(f *testing.F) {
	for _, s := range []string{"\x93\x01\xa1a\xc0", "\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc1", "\x91\x91\x91\x91", "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01"} {
		f.Add(s)
	}
	decoder(f, func(vm *VM, s string) {
		v := vm.try(vm.msgpackUnpack, lua.LString(s))
		if v == nil {
			return
		}
		packed := vm.try(vm.msgpackPack, v)
		if packed == nil || vm.try(vm.msgpackUnpack, packed) == nil {
			panic("what pack wrote, unpack does not read")
		}
	})
}

func FuzzStruct(f *testing.F) {
	f.Add(">I2hs!4bxc0\x00abcdefgh")
	f.Add("i33")
	f.Add("c9999999999")
	decoder(f, func(vm *VM, s string) {
		half := len(s) / 2
		vm.try(vm.structUnpack, lua.LString(s[:half]), lua.LString(s[half:]))
		vm.try(vm.structPack, lua.LString(s[:half]), lua.LNumber(1), lua.LString(s[half:]), lua.LNumber(-2.5))
		vm.try(vm.structSize, lua.LString(s))
	})
}

func FuzzPattern(f *testing.F) {
	f.Add("^(%a+)%s-(%b())%f[%w]%1$ hello (x) hello")
	f.Add("[^%]a-z]*.-")
	decoder(f, func(vm *VM, s string) {
		half := len(s) / 2
		vm.try(vm.stringFind, lua.LString(s[half:]), lua.LString(s[:half]))
		vm.try(vm.stringGsub, lua.LString(s[half:]), lua.LString(s[:half]), lua.LString("%1%0"))
		vm.try(vm.stringFormat, lua.LString(s), lua.LNumber(3.7), lua.LString("x"), lua.LNumber(-1))
	})
}

func FuzzCompile(f *testing.F) {
	for _, body := range endless {
		f.Add(body)
	}
	f.Add("local a, t = 1, {} t[a], t.x, a = a .. 'x' .. 1, ..., t[1] return function(...) return a, ... end")
	decoder(f, func(vm *VM, s string) {
		c, err := compile(s, "fuzz", survey, vm.table)
		if err != nil {
			return
		}
		vm.L.Push(vm.instantiate(c.proto))
		if err := vm.L.PCall(0, 0, nil); err == nil {
			return
		}
	})
}
