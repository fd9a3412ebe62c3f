package command

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
)

// bitOperation is what BITOP does.
type bitOperation uint8

const (
	bitAnd bitOperation = iota
	bitOr
	bitXor
	bitNot
)

func parseBitOperation(word []byte) (op bitOperation, ok bool) {
	for i, name := range []string{"AND", "OR", "XOR", "NOT"} {
		if equalFold(word, name) {
			return bitOperation(i), true
		}
	}
	return 0, false
}

func bitOp(c *Call) {
	op, ok := parseBitOperation(c.Args[1])
	if !ok {
		c.Out.Error(ErrSyntax)
		return
	}
	dst, sources := c.Args[2], c.Args[3:]
	if op == bitNot && len(sources) != 1 {
		c.Out.Error(ErrBitOpNot)
		return
	}
	size := 0
	for _, key := range sources {
		v, found, ok := c.readString(key)
		if !ok {
			return
		}
		size = max(size, lenOf(v, found))
	}
	if size == 0 {
		if c.DB.Delete(dst) {
			c.Notify(NotifyGeneric, "del", dst)
		}
	} else {
		c.combine(op, dst, sources, size)
		c.Notify(NotifyString, "set", dst)
	}
	c.Out.Int(int64(size))
}

// combine makes the string at dst, size bytes long, what op gives on the sources.
// It is computed where it will lie: dst, when it is among the sources, is the first
// operand already.
func (c *Call) combine(op bitOperation, dst []byte, sources [][]byte, size int) {
	times := 0
	for _, key := range sources {
		if bytes.Equal(key, dst) {
			times++
		}
	}
	c.creates(dst)
	if times == 0 {
		c.DB.Delete(dst)
	} else {
		c.DB.Expire(dst, 0)
	}
	p := c.DB.Edit(dst, size)
	if op == bitXor && times > 0 && times%2 == 0 {
		clear(p)
	}
	first := times == 0
	for _, key := range sources {
		if bytes.Equal(key, dst) {
			continue
		}
		v, found := c.DB.Peek(key)
		var with []byte
		if found {
			with = v.Bytes()
		}
		if first {
			copy(p, with)
			first = false
			continue
		}
		op.apply(p, with)
	}
	if op == bitNot {
		invert(p)
	}
}

// apply combines p with b, which may be shorter and is followed by zeros.
func (op bitOperation) apply(p, b []byte) {
	switch op {
	case bitAnd:
		clear(p[len(b):])
		and(p[:len(b)], b)
	case bitOr:
		or(p[:len(b)], b)
	case bitXor:
		subtle.XORBytes(p[:len(b)], p[:len(b)], b)
	}
}

func and(p, b []byte) {
	for len(b) >= 8 && len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)&binary.LittleEndian.Uint64(b))
		p, b = p[8:], b[8:]
	}
	for i := range b {
		p[i] &= b[i]
	}
}

func or(p, b []byte) {
	for len(b) >= 8 && len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)|binary.LittleEndian.Uint64(b))
		p, b = p[8:], b[8:]
	}
	for i := range b {
		p[i] |= b[i]
	}
}

func invert(p []byte) {
	for ; len(p) >= 8; p = p[8:] {
		binary.LittleEndian.PutUint64(p, ^binary.LittleEndian.Uint64(p))
	}
	for i := range p {
		p[i] = ^p[i]
	}
}
