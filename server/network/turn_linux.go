package network

import (
	"io"
	"syscall"
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
	l.spent += n >> 10
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
