package command

import "github.com/cachedserver/cached/protocol"

// options reads the optional words of a call, one after the other:
//
//	for o := c.options(3); o.next(); {
//		switch {
//		case o.is("COUNT"):
//			count = o.int()
//		default:
//			o.fail(ErrSyntax)
//		}
//	}
//
// The first error ends the loop and is found by failed.
type options struct {
	c   *Call
	pos int // of the current word
	err protocol.Error
}

// options starts before the argument at from.
func (c *Call) options(from int) options { return options{c: c, pos: from - 1} }

// next goes to the next word; false at the end or after an error.
func (o *options) next() bool {
	o.pos++
	return o.err == "" && o.pos < len(o.c.Args)
}

// is compares the current word, case ignored.
func (o *options) is(word string) bool { return equalFold(o.c.Args[o.pos], word) }

// word is the current word as it was written.
func (o *options) word() []byte { return o.c.Args[o.pos] }

// more says whether an argument follows the current word.
func (o *options) more() bool { return o.pos+1 < len(o.c.Args) }

// arg takes the argument of the current word.
func (o *options) arg() []byte {
	if !o.more() {
		o.fail(ErrSyntax)
		return nil
	}
	o.pos++
	return o.c.Args[o.pos]
}

// int takes an integer argument.
func (o *options) int() int64 {
	arg := o.arg()
	if o.err != "" {
		return 0
	}
	n, ok := ParseInt(arg)
	if !ok {
		o.fail(ErrNotInteger)
	}
	return n
}

// natural takes an integer of at least zero; anything else is refused as bad.
func (o *options) natural(bad protocol.Error) int64 {
	arg := o.arg()
	if o.err != "" {
		return 0
	}
	n, ok := ParseInt(arg)
	if !ok || n < 0 {
		o.fail(bad)
	}
	return n
}

// fail ends the reading.
func (o *options) fail(err protocol.Error) {
	if o.err == "" {
		o.err = err
	}
}

// failed replies the error, if there was one.
func (o *options) failed() bool {
	if o.err == "" {
		return false
	}
	o.c.Out.Error(o.err)
	return true
}
