package script

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/cachedserver/cached/server/command"
)

// mathLib is the interpreter's, but for chance: that comes from the run's seed.
func (vm *VM) mathLib(lib map[string]*lua.LTable) *lua.LTable {
	own := functions{"random": vm.random, "randomseed": vm.randomSeed}
	for _, name := range []string{
		"abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor", "fmod", "frexp", "ldexp",
		"log", "log10", "max", "min", "mod", "modf", "pow", "rad", "sin", "sinh", "sqrt", "tan", "tanh",
	} {
		own[name] = borrowed(lib[lua.MathLibName], name)
	}
	t := vm.library(own)
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	t.RawSetString("pi", lua.LNumber(math.Pi))
	return t
}

func (vm *VM) random(L *lua.LState) int {
	r := float64(vm.rand.Uint64()>>11) / (1 << 53)
	low, high := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(r))
		return 1
	case 1:
		high = math.Trunc(numberArg(L, 1))
	case 2:
		low, high = math.Trunc(numberArg(L, 1)), math.Trunc(numberArg(L, 2))
	default:
		return vm.fail(L, "wrong number of arguments")
	}
	if low > high {
		L.ArgError(L.GetTop(), "interval is empty")
	}
	L.Push(lua.LNumber(math.Floor(r*(high-low+1)) + low))
	return 1
}

func (vm *VM) randomSeed(L *lua.LState) int {
	vm.rand = command.NewRand(uint64(int64(numberArg(L, 1))))
	return 0
}
