package command

import (
	"github.com/cachedserver/cached/server/store"
)

var bitmapCommands = []Command{
	{
		Name: "BITCOUNT", Group: "bitmap", Since: "2.6.0", Complexity: "O(N) with N the length of the range",
		Syntax:  "key [range: start end [unit: BYTE | BIT]]",
		Summary: "Counts the bits that are set in a string, or in a part of it.",
		Flags:   Read, Keys: key(RO | Access), Run: bitCount,
	},
	{
		Name: "BITOP", Group: "bitmap", Since: "2.6.0", Complexity: "O(N) with N the length of the longest string",
		Syntax:  "<operation: AND | OR | XOR | NOT> destkey:key key [key ...]",
		Summary: "Combines strings bit by bit and stores the result.",
		Flags:   Write | DenyOOM, Run: bitOp,
		Keys: []KeySpec{
			{Flags: OW | Update, Index: 2, Step: 1},
			{Flags: RO | Access, Index: 3, Last: -1, Step: 1},
		},
	},
	{
		Name: "BITPOS", Group: "bitmap", Since: "2.8.7", Complexity: "O(N) with N the length of the range",
		Syntax:  "key bit [range: start [end-unit-block: end [unit: BYTE | BIT]]]",
		Summary: "Finds the first bit of a string that is set, or that is not.",
		Flags:   Read, Keys: key(RO | Access), Run: bitPos,
	},
	{
		Name: "GETBIT", Group: "bitmap", Since: "2.2.0", Complexity: "O(1)",
		Syntax:  "key offset",
		Summary: "Returns a bit of the string at a key.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: getBit,
	},
	{
		Name: "SETBIT", Group: "bitmap", Since: "2.2.0", Complexity: "O(1)",
		Syntax:  "key offset value:integer",
		Summary: "Sets or clears a bit of the string at a key, which grows as needed, and returns what it was.",
		Flags:   Write | DenyOOM, Keys: key(RW | Access | Update), Run: setBit,
	},
}

func bitCount(c *Call) {
	if c.argc() == 3 || c.argc() > 5 {
		c.Out.Error(ErrSyntax)
		return
	}
	r, ok := c.bitRange(2)
	if !ok {
		return
	}
	v, found, ok := c.readString(c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	if found && !(r.start < 0 && r.end < 0 && r.start > r.end) {
		if from, to := r.bits(v.Len()); from < to {
			n = countBits(v.Bytes(), from, to)
		}
	}
	c.Out.Int(n)
}

func bitPos(c *Call) {
	bit, ok := c.int(2)
	if !ok {
		return
	}
	if bit != 0 && bit != 1 {
		c.Out.Error(ErrBitArgument)
		return
	}
	if c.argc() > 6 {
		c.Out.Error(ErrSyntax)
		return
	}
	if c.argc() == 6 { // the unit is looked at before the end
		if _, ok := ParseInt(c.Args[3]); ok && !new(bitRange).readUnit(c, 5) {
			return
		}
	}
	r, ok := c.bitRange(3)
	if !ok {
		return
	}
	v, found, ok := c.readString(c.Args[1])
	switch {
	case !ok:
	case !found:
		c.Out.Int(-bit)
	default:
		c.Out.Int(r.find(v, bit == 1))
	}
}

// find returns the position of the first bit that is set or clear. Behind a string
// whose end was not named there are zeros.
func (r *bitRange) find(v store.Value, set bool) int64 {
	from, to := r.bits(v.Len())
	if from >= to {
		return -1
	}
	pos := findBit(v.Bytes(), from, to, set)
	if pos < 0 && !set && !r.endGiven {
		return int64(v.Len()) * 8
	}
	return pos
}

func getBit(c *Call) {
	offset, ok := c.bitOffset(c.Args[2], 0)
	if !ok {
		return
	}
	if v, found, ok := c.readString(c.Args[1]); ok {
		c.truth(found && bitAt(v.Bytes(), offset))
	}
}

func setBit(c *Call) {
	key := c.Args[1]
	offset, ok := c.bitOffset(c.Args[2], 0)
	if !ok {
		return
	}
	bit, ok := ParseInt(c.Args[3])
	if !ok || bit != 0 && bit != 1 {
		c.Out.Error(ErrBit)
		return
	}
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	was := found && bitAt(v.Bytes(), offset)
	grown := lenOf(v, found) <= int(offset/8)
	c.creates(key)
	p := c.editBits(key, v, found, int(offset/8)+1)
	mask := byte(0x80) >> (offset % 8)
	p[offset/8] &^= mask
	if bit == 1 {
		p[offset/8] |= mask
	}
	if grown || was != (bit == 1) {
		c.Notify(NotifyString, "setbit", key)
	}
	c.truth(was)
}

// editBits returns the string at key, made size bytes long if it is shorter. A number
// is from now on a plain string, which is a change of its own.
func (c *Call) editBits(key []byte, v store.Value, found bool, size int) []byte {
	if found && v.Encoding() == store.Int {
		c.Changes++
	}
	return c.DB.Edit(key, max(lenOf(v, found), size))
}

// bitOffset reads the position of a bit. In the form #N it is that of the N-th
// field of width bits, where fields are meant (width > 0).
func (c *Call) bitOffset(arg []byte, width uint) (offset uint64, ok bool) {
	times := int64(1)
	if width > 0 && len(arg) > 0 && arg[0] == '#' {
		times, arg = int64(width), arg[1:]
	}
	n, ok := ParseInt(arg)
	if !ok || n < 0 || n>>3 >= c.settings().MaxString || n*times>>3 >= c.settings().MaxString {
		c.Out.Error(ErrBitOffset)
		return 0, false
	}
	return uint64(n * times), true
}

// bitRange is the part of a string that BITCOUNT and BITPOS look at. Both ends
// belong to it and may count from the end of the string.
type bitRange struct {
	start, end int64
	endGiven   bool
	inBits     bool
}

// bitRange reads start, end and unit, all of which may be left out, from argument i
// on.
func (c *Call) bitRange(i int) (r bitRange, ok bool) {
	r.end = -1
	if c.argc() > i {
		if r.start, ok = c.int(i); !ok {
			return r, false
		}
	}
	if c.argc() > i+1 {
		if r.end, ok = c.int(i + 1); !ok {
			return r, false
		}
		r.endGiven = true
	}
	return r, c.argc() <= i+2 || r.readUnit(c, i+2)
}

// readUnit reads BIT or BYTE.
func (r *bitRange) readUnit(c *Call, i int) bool {
	r.inBits = equalFold(c.Args[i], "BIT")
	if !r.inBits && !equalFold(c.Args[i], "BYTE") {
		c.Out.Error(ErrSyntax)
		return false
	}
	return true
}

// bits gives the range as bits [from, to) of a string of n bytes.
func (r *bitRange) bits(n int) (from, to int64) {
	total, unit := int64(n), int64(8)
	if r.inBits {
		total, unit = total*8, 1
	}
	start, end := r.start, r.end
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	end = min(end, total-1)
	if start > end {
		return 0, 0
	}
	return start * unit, (end + 1) * unit
}
