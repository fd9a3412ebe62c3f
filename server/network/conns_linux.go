package network

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt begins to serve a connection.
func (l *loop) adopt(c *Conn) {
	if n := len(l.free); n > 0 {
		c.slot = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		c.slot = slot{index: int32(len(l.conns))}
		l.conns = append(l.conns, nil)
	}
	l.conns[c.slot.index] = c
	refusal, ok := c.greet()
	switch {
	case !ok:
		l.close(c, ErrPanic)
		return
	case refusal != nil:
		transmit(c.fd, refusal)
		l.close(c, ErrDone)
		return
	case l.draining:
		l.close(c, ErrClosed)
		return
	}
	if err := l.watch(unix.EPOLL_CTL_ADD, int(c.fd), inputEvents, c.slot); err != nil {
		l.close(c, err)
	}
}

// close ends a connection.
func (l *loop) close(c *Conn, reason error) {
	if c.state&closed != 0 {
		return
	}
	if c.out == l.shared {
		l.takeBack()
		c.out = nil
	}
	l.vacate(c)
	c.finish(reason)
}

func (l *loop) vacate(c *Conn) {
	unix.Close(int(c.fd))
	l.conns[c.slot.index] = nil
	l.free = append(l.free, slot{c.slot.index, c.slot.use + 1})
}

// sweep closes connections that are idle or do not read.
func (l *loop) sweep() {
	for _, c := range l.conns {
		switch {
		case c == nil:
		case c.state&waiting != 0 && c.tooMuch(l.nowMs):
			l.close(c, ErrOutputLimit)
		case c.tooIdle(l.nowMs):
			l.close(c, ErrIdle)
		}
	}
}

// drain closes the connections with nothing to do, now or when that is so.
func (l *loop) drain() {
	l.draining = true
	for _, c := range l.conns {
		if c != nil && c.out == nil && c.drained() {
			l.close(c, ErrClosed)
		}
	}
}

// drained tells whether nothing of what arrived waits to be served. Half a
// command is nothing: its client may never send the rest.
func (c *Conn) drained() bool { return c.state&(parked|yielded|choked|owed) == 0 }

// end stops the loop, which has no connections any more.
func (l *loop) end() { l.ended = true }

// reasonOf turns a socket's error into a reason to close.
func reasonOf(errno syscall.Errno) error {
	if errors.Is(errno, syscall.ECONNRESET) || errors.Is(errno, syscall.EPIPE) {
		return io.EOF
	}
	return errno
}
