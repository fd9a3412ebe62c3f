package network

import (
	"unsafe"

	"github.com/cachedserver/cached/protocol"
)

const (
	// scratchSize is what one read takes at most, and so what a connection
	// may do in a turn before others have theirs.
	scratchSize = 64 << 10
	// writerKeep is the largest buffer that an idle writer keeps.
	writerKeep = 512 << 10
	// flushAt is how many bytes of replies make a write worth its call, and
	// flushAtPressed the same while clients leave too much unread.
	flushAt, flushAtPressed = 256 << 10, 16 << 10
	// growAtOnce is how much a client gets on the mere word that it will send
	// a large argument; beyond it the buffer grows with what has arrived.
	growAtOnce = 1 << 20

	connSize = int64(unsafe.Sizeof(Conn{}))
)

// keep makes rest, which does not lie in c.in, the input that waits.
func (c *Conn) keep(rest []byte) {
	if len(rest) == 0 {
		c.drop()
		return
	}
	if len(rest) > cap(c.in) {
		c.in = make([]byte, 0, c.room(len(rest)))
	}
	c.in = append(c.in[:0], rest...)
	c.publishInput()
}

// shift drops the first n bytes of c.in.
func (c *Conn) shift(n int) {
	if n == len(c.in) {
		c.drop()
		return
	}
	if n > 0 {
		c.in = c.in[:copy(c.in, c.in[n:])]
		c.publishInput()
	}
}

func (c *Conn) drop() {
	if c.in != nil {
		c.in = nil
		c.publishInput()
	}
}

// grow makes space behind c.in for at least one more byte, and for all that
// the command at its front is known to need.
func (c *Conn) grow() {
	if len(c.in) < cap(c.in) {
		return
	}
	bigger := make([]byte, len(c.in), c.room(len(c.in)+1))
	copy(bigger, c.in)
	c.in = bigger
	c.publishInput()
}

// room is the capacity to allocate for have bytes of input. It grows by a
// factor, so that copying stays linear, whatever the command needs next.
func (c *Conn) room(have int) int {
	const least = 512
	grown := max(least, have+min(have, growAtOnce)+have/4)
	if c.need <= min(growAtOnce, c.srv.limits.Load().PartialTotal/64) {
		return max(c.need, grown)
	}
	return max(min(c.need, 4*have), grown)
}

// publishInput lets other goroutines know the size of c.in.
func (c *Conn) publishInput() {
	c.inSize.Store(int64(len(c.in)))
	held := int64(cap(c.in))
	if was := c.inHeld.Swap(held); was != held {
		c.srv.charge(held - was)
		total := c.srv.partial.Add(held - was)
		if held > was && total > int64(c.srv.limits.Load().PartialTotal) {
			c.srv.relieve()
		}
	}
}

// publishOutput lets other goroutines know what is unsent.
func (c *Conn) publishOutput() {
	var size, held int64
	if c.out != nil {
		size, held = int64(c.out.Len()), int64(c.out.Cap())
	}
	if was := c.outSize.Swap(size); was != size {
		c.srv.unsent.Add(size - was)
	}
	if was := c.outHeld.Swap(held); was != held {
		c.srv.charge(held - was)
	}
}

// writers keeps writers that nobody uses. Only one thread touches it.
type writers struct{ free []*protocol.Writer }

func (p *writers) get() *protocol.Writer {
	n := len(p.free)
	if n == 0 {
		return new(protocol.Writer)
	}
	w := p.free[n-1]
	p.free = p.free[:n-1]
	return w
}

func (p *writers) put(w *protocol.Writer) {
	const most, bytes = 64, 16 << 10
	if len(p.free) < most {
		w.Shrink(bytes)
		p.free = append(p.free, w)
	}
}
