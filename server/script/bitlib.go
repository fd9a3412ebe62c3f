package script

import (
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// bitLib is LuaBitOp: 32-bit numbers, results signed.
func (vm *VM) bitLib() functions {
	shift := func(f func(n uint32, by uint) uint32) lua.LGFunction {
		return func(L *lua.LState) int { return pushBits(L, f(bitArg(L, 1), uint(bitArg(L, 2)&31))) }
	}
	fold := func(f func(a, b uint32) uint32) lua.LGFunction {
		return func(L *lua.LState) int {
			n := bitArg(L, 1)
			for i := 2; i <= L.GetTop(); i++ {
				n = f(n, bitArg(L, i))
			}
			return pushBits(L, n)
		}
	}
	one := func(f func(uint32) uint32) lua.LGFunction {
		return func(L *lua.LState) int { return pushBits(L, f(bitArg(L, 1))) }
	}
	return functions{
		"tobit": one(func(n uint32) uint32 { return n }), "bnot": one(func(n uint32) uint32 { return ^n }), "bswap": one(bits.ReverseBytes32),
		"band":    fold(func(a, b uint32) uint32 { return a & b }),
		"bor":     fold(func(a, b uint32) uint32 { return a | b }),
		"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(n uint32, by uint) uint32 { return n << by }),
		"rshift":  shift(func(n uint32, by uint) uint32 { return n >> by }),
		"arshift": shift(func(n uint32, by uint) uint32 { return uint32(int32(n) >> by) }),
		"rol":     shift(func(n uint32, by uint) uint32 { return bits.RotateLeft32(n, int(by)) }),
		"ror":     shift(func(n uint32, by uint) uint32 { return bits.RotateLeft32(n, -int(by)) }),
		"tohex":   bitHex,
	}
}

// bitArg takes a number modulo 2^32, rounded to the nearest integer.
func bitArg(L *lua.LState, i int) uint32 {
	f := numberArg(L, i)
	if f != f || math.IsInf(f, 0) {
		return 0
	}
	if f = math.RoundToEven(f); math.Abs(f) >= 1<<53 {
		f = math.Mod(f, 1<<32)
	}
	return uint32(int64(f))
}

func pushBits(L *lua.LState, n uint32) int {
	L.Push(lua.LNumber(int32(n)))
	return 1
}

func bitHex(L *lua.LState) int {
	n, digits := bitArg(L, 1), int32(8)
	if L.Get(2) != lua.LNil {
		digits = int32(bitArg(L, 2))
	}
	const lower, upper = "0123456789abcdef", "0123456789ABCDEF"
	set := lower
	if digits < 0 {
		set, digits = upper, -digits
	}
	if digits > 8 || digits < 0 {
		digits = 8
	}
	b := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		b[i] = set[n&15]
		n >>= 4
	}
	L.Push(lua.LString(b))
	return 1
}
