package command

import "math"

var bitfieldCommands = []Command{
	{
		Name: "BITFIELD", Group: "bitmap", Since: "3.2.0", Complexity: "O(1) for each operation",
		Syntax: "key [operation: GET encoding offset" +
			" | [OVERFLOW <overflow-block: WRAP | SAT | FAIL>]" +
			" <write-operation: SET encoding offset value:integer | INCRBY encoding offset increment> ...]",
		Summary: "Reads, writes and counts in integers of any width inside a string.",
		Flags:   Write | DenyOOM, Run: bitfield,
		Keys: []KeySpec{{
			Flags: RW | Access | Update | VariableFlags, Use: useOfBitfield, Index: 1, Step: 1,
			Notes: "This command allows both access and modification of the key",
		}},
	},
	{
		Name: "BITFIELD_RO", Group: "bitmap", Since: "6.0.0", Complexity: "O(1) for each operation",
		Syntax:  "key [GET encoding offset [GET encoding offset ...]]",
		Summary: "Reads integers of any width inside a string.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: bitfieldRO,
	},
}

// useOfBitfield: a call that only reads fields only reads the key.
func useOfBitfield(args [][]byte) KeyFlags {
	for i := 2; i+2 < len(args) && equalFold(args[i], "GET"); i += 3 {
		if i+3 == len(args) {
			return RO | Access
		}
	}
	return RW | Access | Update
}

// overflow is what becomes of a number that its field cannot hold.
type overflow uint8

const (
	overflowWrap overflow = iota
	overflowSat
	overflowFail
)

func parseOverflow(word []byte) (o overflow, ok bool) {
	for i, name := range []string{"WRAP", "SAT", "FAIL"} {
		if equalFold(word, name) {
			return overflow(i), true
		}
	}
	return 0, false
}

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	kind     fieldOpKind
	overflow overflow
	signed   bool
	width    uint // bits
	offset   uint64
	n        int64 // value or increment
}

type fieldOpKind uint8

const (
	opGet fieldOpKind = iota
	opSet
	opIncr
)

func bitfield(c *Call) {
	ops, size, ok := c.fieldOps()
	switch {
	case !ok:
	case size == 0:
		c.readFields(ops)
	default:
		c.writeFields(ops, size)
	}
}

func bitfieldRO(c *Call) {
	ops, size, ok := c.fieldOps()
	switch {
	case !ok:
	case size > 0:
		c.Out.Error(ErrBitfieldRO)
	default:
		c.readFields(ops)
	}
}

// fieldOps reads the operations. size is how long the string must be for those that
// write; 0: none does.
func (c *Call) fieldOps() (ops []fieldOp, size int, ok bool) {
	var mode overflow
	for o := c.options(2); o.next(); {
		op := fieldOp{overflow: mode}
		left := c.argc() - o.pos - 1
		switch {
		case o.is("GET") && left >= 2:
		case o.is("SET") && left >= 3:
			op.kind = opSet
		case o.is("INCRBY") && left >= 3:
			op.kind = opIncr
		case o.is("OVERFLOW") && left >= 1:
			if mode, ok = parseOverflow(o.arg()); !ok {
				c.Out.Error(ErrOverflowType)
				return nil, 0, false
			}
			continue
		default:
			c.Out.Error(ErrSyntax)
			return nil, 0, false
		}
		if !c.readFieldOp(&op, &o) {
			return nil, 0, false
		}
		if op.kind != opGet {
			size = max(size, int((op.offset+uint64(op.width)-1)/8)+1)
		}
		ops = append(ops, op)
	}
	return ops, size, true
}

// readFieldOp takes an operation's arguments.
func (c *Call) readFieldOp(op *fieldOp, o *options) bool {
	if !op.parseType(o.arg()) {
		c.Out.Error(ErrBitfieldType)
		return false
	}
	var ok bool
	if op.offset, ok = c.bitOffset(o.arg(), op.width); !ok {
		return false
	}
	if op.kind != opGet {
		op.n = o.int()
	}
	return !o.failed()
}

// parseType reads "u8" or "i16".
func (op *fieldOp) parseType(b []byte) bool {
	if len(b) == 0 || b[0] != 'i' && b[0] != 'u' {
		return false
	}
	op.signed = b[0] == 'i'
	n, ok := ParseInt(b[1:])
	if !ok || n < 1 || n > 64 || n == 64 && !op.signed {
		return false
	}
	op.width = uint(n)
	return true
}

func (c *Call) readFields(ops []fieldOp) {
	v, found, ok := c.readString(c.Args[1])
	if !ok {
		return
	}
	var b []byte
	if found {
		b = v.Bytes()
	}
	c.Out.Array(len(ops))
	for i := range ops {
		c.Out.Int(ops[i].read(b))
	}
}

func (c *Call) writeFields(ops []fieldOp, size int) {
	key := c.Args[1]
	v, found, ok := c.findString(key)
	if !ok {
		return
	}
	grown := lenOf(v, found) < size
	c.creates(key)
	b := c.editBits(key, v, found, size)
	changed := false
	c.Out.Array(len(ops))
	for i := range ops {
		reply, wrote, ok := ops[i].run(b)
		changed = changed || ok && (wrote || grown && ops[i].kind != opGet)
		if !ok {
			c.Out.Null()
			continue
		}
		c.Out.Int(reply)
	}
	switch {
	case changed:
		c.Notify(NotifyString, "setbit", key)
	case grown:
		c.Changes++
	}
}

// read returns the field as it is.
func (op *fieldOp) read(b []byte) int64 {
	x := loadBits(b, op.offset, op.width)
	if op.signed {
		return int64(x<<(64-op.width)) >> (64 - op.width)
	}
	return int64(x)
}

// run runs the operation on a string that is long enough. wrote: the field changed;
// not ok: the number does not fit, and FAIL was asked for.
func (op *fieldOp) run(b []byte) (reply int64, wrote, ok bool) {
	old := op.read(b)
	if op.kind == opGet {
		return old, false, true
	}
	base, add := op.n, int64(0)
	if op.kind == opIncr {
		base, add = old, op.n
	}
	now, over := op.sum(base, add)
	if over && op.overflow == overflowFail {
		return 0, false, false
	}
	storeBits(b, op.offset, op.width, uint64(now))
	if op.kind == opSet {
		return old, now != old, true
	}
	return now, now != old, true
}

// sum adds and brings the result into the field's range; over tells whether it was
// outside. An unsigned base holds 64 bits: a negative number is a very large one.
func (op *fieldOp) sum(base, add int64) (n int64, over bool) {
	low, high := int64(0), int64(math.MaxInt64)
	shift := 64 - op.width
	if op.signed {
		low, high = math.MinInt64>>shift, math.MaxInt64>>shift
	} else {
		high = int64(uint64(math.MaxUint64) >> shift)
	}
	n = base + add
	past := add > 0 && n < base // more than 64 bits can hold
	under := add < 0 && n > base
	above := base > high || !op.signed && base < 0 || past || n > high && !under
	below := !above && (under || n < low)
	switch {
	case !above && !below:
		return n, false
	case op.overflow == overflowWrap && op.signed:
		return n << shift >> shift, true
	case op.overflow == overflowWrap:
		return int64(uint64(n) << shift >> shift), true
	case above:
		return high, true
	}
	return low, true
}
