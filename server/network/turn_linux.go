package network

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// This file is a connection's turn on its loop:
//
//	ready -> input -> (receive -> serve -> flush)* -> leave
//
// Replies go to the loop's shared writer; what the socket does not take moves
// to the connection. Input goes to the loop's scratch; what the handler leaves
// moves to the connection.

// halted: no Serve and no reading now.
const halted = parked | closing | choked | yielded | closed

// input reads and serves until the socket is empty or the turn is over.
func (l *loop) input(c *Conn) {
	l.enter(c)
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
func (l *loop) read(c *Conn) bool {
	buf := l.scratch
	if c.in != nil {
		c.grow()
		buf = c.in[len(c.in):cap(c.in)]
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
	if c.in == nil {
		used, ok := l.serve(c, buf[:n])
		if ok {
			c.keep(buf[used:n])
		}
		return ok && l.bounded(c)
	}
	c.in = c.in[:len(c.in)+n]
	return l.serveKept(c) && l.bounded(c)
}

// endOfInput closes, after what was asked before is answered. false: closed.
func (l *loop) endOfInput(c *Conn) bool {
	c.state &^= readable
	if c.out != nil && c.out.Empty() {
		l.close(c, io.EOF)
		return false
	}
	c.state |= closing
	return true
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
	l.enter(c)
	if c.state&halted == 0 && !l.serveKept(c) {
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
		if !l.flush(c) {
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
	if c.state&(halted) == 0 {
		c.state |= yielded
		l.again = append(l.again, c)
	}
}

// enter lends the connection the shared writer.
func (l *loop) enter(c *Conn) {
	if c.out == nil {
		c.out = l.shared
		c.out.SetProto(c.version())
	}
}

func (c *Conn) version() int {
	if c.resp3 {
		return 3
	}
	return 2
}

// flush sends what the socket takes. false: closed.
func (l *loop) flush(c *Conn) bool {
	if c.state&waiting == 0 {
		for !c.out.Empty() {
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
		if c.out.Empty() {
			return true
		}
	}
	return l.owe(c)
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

// leave ends a turn: the shared writer goes back, and a connection that has
// nothing to do any more closes if it shall.
func (l *loop) leave(c *Conn) {
	c.resp3 = c.out.Proto() == 3
	if !c.out.Empty() {
		c.publishOutput()
		return
	}
	if c.state&closing != 0 {
		l.close(c, ErrDone)
		return
	}
	if c.out == l.shared {
		c.out.Shrink(writerKeep)
		c.out = nil
	} else {
		l.spare.put(c.out)
		c.out = nil
		c.publishOutput()
	}
	if l.draining && c.drained() {
		l.close(c, ErrClosed)
	}
}
