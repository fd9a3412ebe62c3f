package network

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// This file is a connection's turn on its loop:
//
//	ready -> input -> (read -> serve)* -> leave ... settle
//
// Input goes to the loop's scratch; what the handler leaves moves to the
// connection. Replies of all connections go to the loop's shared writer, and
// are sent one after the other at the turn's end; what a socket does not take
// moves to the connection.
//
// Sending at the end rather than at once halves the loop's sleeps when clients
// share the machine: a client that is woken by the first reply finds the
// others when it next looks, and asks again for all of them together.

// halted: no Serve and no reading now.
const halted = parked | closing | choked | yielded | closed

// input reads and serves until the socket is empty or the turn is over.
func (l *loop) input(c *Conn) {
	if !l.enter(c) {
		return
	}
	for reads := 0; c.state&(halted|readable) == readable; reads++ {
		if reads == readsPerTurn {
			l.yield(c)
			break
		}
		if !l.read(c) {
			return
		}
	}
	if c.state&parked != 0 && c.state&hungUp != 0 && !c.keepHungUp() {
		l.close(c, io.EOF)
		return
	}
	l.leave(c)
}

// read takes bytes from the socket once and serves them. false: closed.
//
// They go to the scratch, behind what is left of a command, or, when that is
// large or will be, to the connection's own buffer.
func (l *loop) read(c *Conn) bool {
	have := len(c.in)
	own := have > scratchSize/4 || c.need > scratchSize
	var buf []byte
	if own {
		c.grow()
		buf = c.in[have:cap(c.in)]
	} else {
		buf = l.scratch[have:]
	}
	n, errno := receive(c.fd, buf)
	switch {
	case errno == syscall.EAGAIN:
		c.state &^= readable
		return true
	case errno != 0:
		l.close(c, reasonOf(errno))
		return false
	case n == 0:
		return l.endOfInput(c)
	}
	if n < len(buf) && c.state&hungUp == 0 {
		c.state &^= readable // the next byte makes a new edge
	}
	l.traffic.received(n)
	c.active.Store(l.nowMs)
	if own {
		c.in = c.in[:have+n]
		return l.serveKept(c) && l.bounded(c)
	}
	copy(l.scratch, c.in)
	used, ok := l.serve(c, l.scratch[:have+n])
	if ok {
		c.keep(l.scratch[used : have+n])
	}
	return ok && l.bounded(c)
}

// endOfInput closes, after what was asked before is answered. false: closed.
func (l *loop) endOfInput(c *Conn) bool {
	c.state &^= readable
	if c.state&owed == 0 && l.pending(c) == 0 {
		l.close(c, io.EOF)
		return false
	}
	c.state |= closing
	return true
}

// pending is how much the connection being served has to be sent.
func (l *loop) pending(c *Conn) int {
	if c.out == l.shared {
		return c.out.Len() - l.from
	}
	return c.out.Len()
}

// bounded closes a connection with an over-large command. false: closed.
func (l *loop) bounded(c *Conn) bool {
	if c.in != nil && c.state&halted == 0 && c.tooLong() {
		l.close(c, ErrInputLimit)
		return false
	}
	return true
}

// resume serves what waits in c.in, then what the socket has.
func (l *loop) resume(c *Conn) {
	if !l.enter(c) || (c.state&halted == 0 && !l.serveKept(c)) {
		return
	}
	l.input(c)
}

// serveKept serves c.in. false: closed.
func (l *loop) serveKept(c *Conn) bool {
	used, ok := l.serve(c, c.in)
	if ok {
		c.shift(used)
		c.publishInput()
	}
	return ok
}

// serve calls the handler until it has used what it can, sending replies in
// between. ok = false: closed.
func (l *loop) serve(c *Conn, in []byte) (used int, ok bool) {
	for {
		c.begin()
		n, ok := c.call(in[used:])
		if !ok {
			l.close(c, ErrPanic)
			return used, false
		}
		used += n
		if !l.relay(c) {
			return used, false
		}
		switch c.stop {
		case stopFlush:
			if c.state&halted != 0 {
				return used, true
			}
		case stopTurn:
			l.yield(c)
			return used, true
		default:
			return used, true
		}
	}
}

func (l *loop) yield(c *Conn) {
	if c.state&halted == 0 {
		c.state |= yielded
		l.again = append(l.again, c)
	}
}

// enter lends the connection the shared writer. A connection has one debt at
// most, so that what follows is sent behind it. false: closed.
func (l *loop) enter(c *Conn) bool {
	if c.state&owed != 0 {
		l.settle()
	}
	if c.state&closed != 0 {
		return false
	}
	if c.out == nil {
		c.out = l.shared
		c.out.SetProto(c.version())
		l.from, l.mark = c.out.Len(), c.out.Mark()
	}
	return true
}

func (c *Conn) version() int {
	if c.resp3 {
		return 3
	}
	return 2
}

// relay sends what cannot wait for the turn's end: large replies, and what
// comes behind unsent ones. false: closed.
func (l *loop) relay(c *Conn) bool {
	if c.out == l.shared && c.stop != stopFlush {
		if _, plain := c.out.Bytes(); plain {
			return true
		}
	}
	return l.flush(c)
}

// flush sends what the socket takes. false: closed.
func (l *loop) flush(c *Conn) bool {
	if c.out == l.shared {
		l.settle()
	}
	for c.state&waiting == 0 && !c.out.Empty() {
		n, errno := l.transmit(c)
		if n > 0 {
			l.traffic.sent(n)
			c.out.Advance(n)
		}
		if errno == syscall.EAGAIN {
			break
		}
		if errno != 0 {
			l.close(c, reasonOf(errno))
			return false
		}
	}
	return c.out.Empty() || l.owe(c)
}

// transmit writes once.
func (l *loop) transmit(c *Conn) (n int, errno syscall.Errno) {
	if b, ok := c.out.Bytes(); ok {
		return transmit(c.fd, b)
	}
	l.vector.chunks = c.out.Buffers(l.vector.chunks[:0])
	defer l.vector.clear()
	return l.vector.transmitAll(c.fd)
}

// owe notes that the client has not taken all replies. false: closed, for it
// is too much.
func (l *loop) owe(c *Conn) bool {
	l.own(c)
	c.publishOutput()
	if c.state&waiting == 0 {
		c.state |= waiting
		if err := l.watch(unix.EPOLL_CTL_MOD, int(c.fd), outputEvents, c.slot); err != nil {
			l.close(c, err)
			return false
		}
	}
	if c.out.Len() >= c.srv.mayOwe() {
		c.state |= choked
	}
	if c.tooMuch(l.nowMs) {
		l.close(c, ErrOutputLimit)
		return false
	}
	return true
}

// own gives the connection a writer of its own: the shared one with what is in
// it, or, when that is little in a large buffer, a copy.
func (l *loop) own(c *Conn) {
	if c.out != l.shared {
		return
	}
	mine := l.spare.get()
	mine.SetProto(c.out.Proto())
	if c.out.Cap() > 4*(c.out.Len()-c.out.Pinned())+writerKeep/8 {
		c.out.MoveTo(mine)
	} else {
		mine, l.shared = l.shared, mine
	}
	c.out = mine
}

// writable goes on sending to a slow client, and serving it when it has read
// enough.
func (l *loop) writable(c *Conn) {
	c.state &^= waiting
	if !l.flush(c) {
		return
	}
	if c.state&waiting == 0 {
		if err := l.watch(unix.EPOLL_CTL_MOD, int(c.fd), inputEvents, c.slot); err != nil {
			l.close(c, err)
			return
		}
	}
	if c.state&choked != 0 && c.out.Len() < c.srv.mayOwe()/2+1 {
		c.state &^= choked
		l.resume(c)
		return
	}
	l.input(c)
}

// leave ends the connection's part of the turn.
func (l *loop) leave(c *Conn) {
	c.resp3 = c.out.Proto() == 3
	switch {
	case c.out != l.shared && c.out.Empty():
		l.spare.put(c.out)
		c.out = nil
		c.publishOutput()
		l.rest(c)
	case c.out != l.shared:
		c.publishOutput()
	case c.out.Len() == l.from:
		c.out = nil
		l.rest(c)
	default:
		c.out = nil
		c.state |= owed
		l.debts = append(l.debts, debt{c, l.shared.Len()})
		if l.shared.Len() >= flushAt {
			l.settle()
		}
	}
}

// rest closes a connection that has nothing to do any more, if it shall.
func (l *loop) rest(c *Conn) {
	switch {
	case c.state&closing != 0:
		l.close(c, ErrDone)
	case l.draining && c.drained():
		l.close(c, ErrClosed)
	}
}

// settle sends the replies that wait in the shared writer, except those of a
// connection that is served now.
func (l *loop) settle() {
	if len(l.debts) == 0 {
		return
	}
	b, _ := l.shared.Bytes()
	from := 0
	for _, d := range l.debts {
		if d.c.state&closed == 0 {
			d.c.state &^= owed
			l.pay(d.c, b[from:d.to])
		}
		from = d.to
	}
	clear(l.debts)
	l.debts = l.debts[:0]
	l.shared.Advance(from)
	l.shared.Shrink(writerKeep)
	l.from = 0
}

// pay sends b, which is not empty, to its client.
func (l *loop) pay(c *Conn, b []byte) {
	if c.out == nil {
		n, errno := transmit(c.fd, b)
		if n > 0 {
			l.traffic.sent(n)
		}
		if n == len(b) {
			l.rest(c)
			return
		}
		if errno != 0 && errno != syscall.EAGAIN {
			l.close(c, reasonOf(errno))
			return
		}
		b = b[n:]
		c.out = l.spare.get()
		c.out.SetProto(c.version())
	}
	c.out.Raw(b)
	if l.flush(c) {
		l.leave(c)
	}
}

// takeBack drops the replies of the connection being served.
func (l *loop) takeBack() {
	if len(l.debts) > 0 {
		l.shared.Truncate(l.mark)
		return
	}
	l.shared.Reset(nil)
}
