package network

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// This file is the way of replies: from the shared writer, or the connection's
// own when its client reads slowly, to the socket.

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
	if c.out == l.shared && c.stop != stopFlush && l.pending(c) < flushAt {
		if _, plain := c.out.Bytes(); plain {
			return true
		}
	}
	return l.flush(c)
}

// flush sends what the socket takes, and at most writePerTurn, for a client
// that reads as fast as we write would keep us forever. false: closed.
func (l *loop) flush(c *Conn) bool {
	if c.out == l.shared {
		l.settle()
	}
	if !c.out.Empty() {
		l.srv.commit()
	}
	for sent := 0; sent < writePerTurn && c.state&waiting == 0 && !c.out.Empty(); {
		n, errno := l.transmit(c)
		if n > 0 {
			sent += n
			l.spent += n >> 10
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
		return transmit(c.fd, b[:min(len(b), writePerTurn)])
	}
	l.vector.chunks = c.out.Buffers(l.vector.chunks[:0])
	defer l.vector.clear()
	return l.vector.transmitAll(c.fd, writePerTurn)
}

// owe notes that the client has not taken all replies, and asks for an event
// when it can take more, which may be at once. false: closed, for it is too
// much.
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
	l.srv.commit()
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
