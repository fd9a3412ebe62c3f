package script

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// msgpackLib is Salvatore Sanfilippo's lua-cmsgpack 0.4.0.
func (vm *VM) msgpackLib() *lua.LTable {
	t := vm.library(functions{
		"pack": vm.msgpackPack, "unpack": vm.msgpackUnpack, "unpack_one": vm.msgpackOne, "unpack_limit": vm.msgpackLimit,
	})
	t.RawSetString("_NAME", lua.LString("cmsgpack"))
	t.RawSetString("_VERSION", lua.LString("lua-cmsgpack 0.4.0"))
	t.RawSetString("_COPYRIGHT", lua.LString("Copyright (C) 2012, Salvatore Sanfilippo"))
	t.RawSetString("_DESCRIPTION", lua.LString("MessagePack C implementation for Lua"))
	return t
}

// packDepth is how deep tables are packed; deeper ones become nil.
const packDepth = 16

type packer struct {
	vm   *VM
	L    *lua.LState
	b    []byte
	paid int
}

func (vm *VM) msgpackPack(L *lua.LState) int {
	n := L.GetTop()
	if n == 0 {
		L.ArgError(0, "MessagePack pack needs input.")
	}
	p := packer{vm: vm, L: L}
	for i := 1; i <= n; i++ {
		p.value(L.Get(i), 0)
	}
	vm.make(L, len(p.b)-p.paid)
	L.Push(lua.LString(p.b))
	return 1
}

func (p *packer) value(v lua.LValue, depth int) {
	if n := len(p.b) - p.paid; n > 4096 {
		p.paid = len(p.b)
		p.vm.make(p.L, n)
	}
	p.vm.pay(p.L, 1)
	switch v := v.(type) {
	case lua.LString:
		p.string(string(v))
	case lua.LBool:
		if v {
			p.b = append(p.b, 0xc3)
			return
		}
		p.b = append(p.b, 0xc2)
	case lua.LNumber:
		p.number(float64(v))
	case *lua.LTable:
		if depth == packDepth {
			p.b = append(p.b, 0xc0)
			return
		}
		p.table(p.vm.shown(v), depth)
	default:
		p.b = append(p.b, 0xc0)
	}
}

func (p *packer) number(f float64) {
	if math.Floor(f) == f && f >= -1<<63 && f < 1<<63 {
		p.integer(int64(f))
		return
	}
	if f32 := float32(f); float64(f32) == f {
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xca), math.Float32bits(f32))
		return
	}
	p.b = binary.BigEndian.AppendUint64(append(p.b, 0xcb), math.Float64bits(f))
}

func (p *packer) integer(n int64) {
	switch {
	case n >= 0 && n <= 127, n < 0 && n >= -32:
		p.b = append(p.b, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		p.b = append(p.b, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xce), uint32(n))
	case n >= 0:
		p.b = binary.BigEndian.AppendUint64(append(p.b, 0xcf), uint64(n))
	case n >= math.MinInt8:
		p.b = append(p.b, 0xd0, byte(n))
	case n >= math.MinInt16:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xd1), uint16(n))
	case n >= math.MinInt32:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xd2), uint32(n))
	default:
		p.b = binary.BigEndian.AppendUint64(append(p.b, 0xd3), uint64(n))
	}
}

func (p *packer) string(s string) {
	n := len(s)
	switch {
	case n < 32:
		p.b = append(p.b, 0xa0|byte(n))
	case n <= math.MaxUint8:
		p.b = append(p.b, 0xd9, byte(n))
	case n <= math.MaxUint16:
		p.b = binary.BigEndian.AppendUint16(append(p.b, 0xda), uint16(n))
	default:
		p.b = binary.BigEndian.AppendUint32(append(p.b, 0xdb), uint32(n))
	}
	p.b = append(p.b, s...)
}

// header writes the kind and length of an array or map.
func (p *packer) header(n int, small, medium byte) {
	switch {
	case n < 16:
		p.b = append(p.b, small|byte(n))
	case n <= math.MaxUint16:
		p.b = binary.BigEndian.AppendUint16(append(p.b, medium), uint16(n))
	default:
		p.b = binary.BigEndian.AppendUint32(append(p.b, medium+1), uint32(n))
	}
}

func (p *packer) table(t *lua.LTable, depth int) {
	count, most, array := 0, 0.0, true
	for k, _ := t.Next(lua.LNil); k != lua.LNil; k, _ = t.Next(k) {
		n, ok := k.(lua.LNumber)
		array = array && ok && n > 0 && math.Floor(float64(n)) == float64(n)
		most = max(most, float64(n))
		count++
	}
	p.vm.pay(p.L, count/16)
	if array && most == float64(count) {
		p.header(count, 0x90, 0xdc)
		for i := 1; i <= count; i++ {
			p.value(t.RawGet(lua.LNumber(i)), depth+1)
		}
		return
	}
	p.header(count, 0x80, 0xde)
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		p.value(k, depth+1)
		p.value(v, depth+1)
	}
}

func (vm *VM) msgpackUnpack(L *lua.LState) int { return vm.unpackFull(L, 0, 0) }

func (vm *VM) msgpackOne(L *lua.LState) int { return vm.unpackFull(L, 1, integer(L, 2, 0)) }

func (vm *VM) msgpackLimit(L *lua.LState) int {
	L.CheckInt(2)
	return vm.unpackFull(L, integer(L, 2, 0), integer(L, 3, 0))
}

// unpackFull unpacks limit values from offset on, all if limit and offset are 0.
func (vm *VM) unpackFull(L *lua.LState, limit, offset int) int {
	s := str(L, 1)
	switch {
	case offset < 0 || limit < 0:
		return vm.fail(L, "Invalid request to unpack with offset of %d and limit of %d.", offset, len(s))
	case offset > len(s):
		return vm.fail(L, "Start offset %d greater than input length %d.", offset, len(s))
	}
	all := limit == 0 && offset == 0
	if all {
		limit = math.MaxInt32
	}
	u := unpacker{vm: vm, L: L, s: s, pos: offset}
	var values []lua.LValue
	for ; len(values) < limit && u.pos < len(s); vm.budget.make(16) {
		if len(values) >= maxResults {
			return vm.fail(L, "too many results to unpack")
		}
		values = append(values, u.value(0))
	}
	n := len(values)
	if !all {
		next := u.pos
		if next == len(s) {
			next = -1
		}
		L.Push(lua.LNumber(next))
		n++
	}
	for _, v := range values {
		L.Push(v)
	}
	return n
}

// maxUnpack bounds the depth of what is unpacked.
const maxUnpack = 1000

type unpacker struct {
	vm  *VM
	L   *lua.LState
	s   string
	pos int
}

// take takes n bytes.
func (u *unpacker) take(n int) string {
	if n > len(u.s)-u.pos {
		raisef(u.L, "Missing bytes in input.")
	}
	u.pos += n
	return u.s[u.pos-n : u.pos]
}

// uint takes a big-endian number of n bytes.
func (u *unpacker) uint(n int) (v uint64) {
	for _, c := range []byte(u.take(n)) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (u *unpacker) value(depth int) lua.LValue {
	u.vm.pay(u.L, 1)
	switch c := u.take(1)[0]; {
	case c < 0x80:
		return lua.LNumber(c)
	case c >= 0xe0:
		return lua.LNumber(int8(c))
	case c < 0x90:
		return u.table(int(c&15), depth)
	case c < 0xa0:
		return u.array(int(c&15), depth)
	case c < 0xc0:
		return lua.LString(u.take(int(c & 31)))
	default:
		return u.long(c, depth)
	}
}

func (u *unpacker) long(c byte, depth int) lua.LValue {
	switch c {
	case 0xc0:
		return lua.LNil
	case 0xc2, 0xc3:
		return lua.LBool(c == 0xc3)
	case 0xca:
		return lua.LNumber(math.Float32frombits(uint32(u.uint(4))))
	case 0xcb:
		return lua.LNumber(math.Float64frombits(u.uint(8)))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return lua.LNumber(u.uint(1 << (c - 0xcc)))
	case 0xd0:
		return lua.LNumber(int8(u.uint(1)))
	case 0xd1:
		return lua.LNumber(int16(u.uint(2)))
	case 0xd2:
		return lua.LNumber(int32(u.uint(4)))
	case 0xd3:
		return lua.LNumber(int64(u.uint(8)))
	case 0xd9, 0xda, 0xdb:
		return lua.LString(u.take(int(u.uint(1 << (c - 0xd9)))))
	case 0xc4, 0xc5, 0xc6:
		return lua.LString(u.take(int(u.uint(1 << (c - 0xc4)))))
	case 0xdc, 0xdd:
		return u.array(int(u.uint(2<<(c-0xdc))), depth)
	case 0xde, 0xdf:
		return u.table(int(u.uint(2<<(c-0xde))), depth)
	}
	raisef(u.L, "Bad data format in input.")
	return lua.LNil
}

func (u *unpacker) deeper(depth int) {
	if depth >= maxUnpack {
		raisef(u.L, "Bad data format in input.")
	}
	u.vm.make(u.L, 64)
}

func (u *unpacker) array(n, depth int) lua.LValue {
	u.deeper(depth)
	t := u.L.CreateTable(min(n, 64), 0)
	for i := 1; i <= n; i++ {
		v := u.value(depth + 1)
		u.vm.budget.make(16)
		t.RawSetInt(i, v)
	}
	return t
}

func (u *unpacker) table(n, depth int) lua.LValue {
	u.deeper(depth)
	t := u.L.CreateTable(0, min(n, 64))
	for range n {
		k := u.value(depth + 1)
		v := u.value(depth + 1)
		u.vm.make(u.L, 64)
		u.vm.gap(u.L, t, k)
		u.L.RawSet(t, k, v)
	}
	return t
}
