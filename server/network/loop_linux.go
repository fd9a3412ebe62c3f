package network

import (
	"crypto/tls"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachedserver/cached/protocol"
)

// loop is the thread of many connections: it sleeps until some are ready,
// then reads, serves and writes each, one after the other, with buffers that
// all of them share. Everything here is its own goroutine's, except mail.
type loop struct {
	srv    *Server
	id     int
	epoll  int
	bell   int // eventfd; rung for mail
	mail   mailbox
	inbox  []message // mail in hand
	events []unix.EpollEvent
	began  time.Time // the turn
	nowMs  int64
	spent  int // units of the turn's share
	clock  threadClock
	cpu    time.Duration // of the thread, at the end of the last turn

	// crowded: there are as many loops as processors, so that other
	// goroutines depend on what the loops leave them.
	crowded bool

	conns []*Conn // by slot; nil: free
	free  []slot  // slots to be used again

	scratch []byte // where bytes are read to
	spare   writers
	vector  vector

	// shared gets the replies of all connections served in a turn, to be
	// settled at its end: first the parts of debts, then, from from (mark, as
	// the writer counts), those of the connection that is served now. Only
	// the latter may hold pinned values.
	shared *protocol.Writer
	debts  []debt
	from   int
	mark   int

	again []*Conn // yielded: to be served in the next turn
	dirty []*Conn // got Sends that are not flushed

	doors    []*epollListener // by their number
	draining bool
	ended    bool

	traffic traffic
}

// debt is a part of the shared writer's bytes: from the debt before to here.
type debt struct {
	c  *Conn
	to int
}

// slot is a connection's place in its loop. use tells apart those that had the
// place one after the other, for events may lie in hand when one closes.
type slot struct {
	index int32
	use   int32
}

const (
	eventsPerTurn = 256
	// turnShare is what is done before replies are sent: about 0.2 ms.
	turnShare = 512
	// readsPerTurn bounds what one connection may send in a turn.
	readsPerTurn = 4
	// writePerTurn bounds what one connection is sent in a turn, about 0.3 ms.
	writePerTurn = 1 << 20
	// shortSleep is the time in ms that a loop may hold a processor idle.
	shortSleep = 1
	// inboxKeep is how many messages' memory outlives a burst.
	inboxKeep = 4096

	// Events are edges: a connection costs no epoll_ctl but its first, unless
	// its client is slow to read.
	inputEvents  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET
	outputEvents = inputEvents | unix.EPOLLOUT
	hangUpEvents = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR

	bellIndex = -1 // slot.index of events that are no connection's;
	// those of listeners are bellIndex-1-number.
)

func (s *Server) startLoops(n int) error {
	for i := range n {
		l, err := newLoop(s, i, n)
		if err != nil {
			for _, l := range s.loops {
				l.release()
			}
			return fmt.Errorf("network: make an event loop: %w", err)
		}
		s.loops = append(s.loops, l)
	}
	for _, l := range s.loops {
		s.running.Go(l.run)
	}
	return nil
}

func newLoop(s *Server, id, loops int) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(epoll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	l := &loop{
		srv: s, id: id, epoll: epoll, bell: bell,
		events:  make([]unix.EpollEvent, eventsPerTurn),
		scratch: make([]byte, scratchSize),
		shared:  new(protocol.Writer),
		crowded: loops >= runtime.GOMAXPROCS(0),
	}
	if err := l.watch(unix.EPOLL_CTL_ADD, bell, unix.EPOLLIN|unix.EPOLLET, slot{index: bellIndex}); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

func (l *loop) release() {
	unix.Close(l.epoll)
	unix.Close(l.bell)
}

func (l *loop) watch(op, fd int, events uint32, at slot) error {
	e := unix.EpollEvent{Events: events, Fd: at.index, Pad: at.use}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(l.epoll, op, fd, &e))
}

// run is the loop's goroutine.
func (l *loop) run() {
	defer l.release()
	for !l.ended {
		n := l.await()
		l.beginTurn()
		for i := range l.events[:n] {
			l.event(&l.events[i])
			l.pace()
		}
		l.serveYielded()
		l.readMail()
		l.endTurn()
	}
	l.mail.close()
}

func (l *loop) beginTurn() {
	l.began = l.srv.clock()
	l.nowMs = l.began.UnixMilli()
	l.spent = 0
}

func (l *loop) endTurn() {
	l.settle()
	l.account(l.srv.clock().Sub(l.began))
}

// pace ends the turn and begins the next one when it has done its share, so
// that no reply waits for long in the shared writer, however many connections
// are ready.
func (l *loop) pace() {
	if l.spent >= turnShare {
		l.endTurn()
		l.beginTurn()
	}
}

// spend counts what serving c took of the turn: a unit is about a command, or
// a KiB moved; a visit with its two system calls is six.
func (l *loop) spend(c *Conn) {
	l.spent += 6 + commandsPerTurn - max(0, int(c.budget))
}

// account counts a turn. Its CPU time is read once a turn, at the end, and so
// includes what the thread did since the last one: the call that waited, and
// other goroutines that had the thread meanwhile. But it is never more than the
// turn's wall time, and not known when the loop changed threads.
func (l *loop) account(busy time.Duration) {
	t := &l.traffic
	t.cycles.Add(1)
	t.busyNs.Add(uint64(busy))
	before := l.cpu
	cpu, sameThread := l.clock.threadTime()
	l.cpu = cpu
	if used := uint64(min(cpu-before, busy)); sameThread && used > t.longestNs.Load() {
		t.longestNs.Store(used)
	}
}

// await returns the number of events in hand. It sleeps until there is one,
// unless other work waits.
//
// A short sleep is hidden from the scheduler: told of it, the runtime gives
// the loop's processor away and the loop comes back on another thread, which
// costs a fifth of all CPU when requests come ten at a time. Only a loop with
// nothing to do for a moment lets go.
func (l *loop) await() int {
	if len(l.again) > 0 {
		n, _ := pollEvents(l.epoll, l.events, 0)
		return n
	}
	if l.crowded {
		runtime.Gosched()
	}
	if !l.mail.sleep() {
		return 0
	}
	n, errno := pollEvents(l.epoll, l.events, shortSleep)
	if n == 0 && errno == 0 {
		n, _ = sleepEvents(l.epoll, l.events)
	}
	l.mail.wakeUp()
	return n // 0 when a signal came: what sent it gets its turn
}

func (l *loop) event(e *unix.EpollEvent) {
	switch {
	case e.Fd == bellIndex:
		l.silence()
	case e.Fd < bellIndex:
		l.doors[bellIndex-1-e.Fd].accept()
	default:
		c := l.conns[e.Fd]
		if c == nil || c.slot.use != e.Pad {
			return // closed by what came earlier in this turn
		}
		l.ready(c, e.Events)
	}
}

func (l *loop) ready(c *Conn, events uint32) {
	if events&(unix.EPOLLIN|hangUpEvents) != 0 {
		c.state |= readable
	}
	if events&hangUpEvents != 0 {
		c.state |= hungUp
	}
	c.budget = commandsPerTurn
	if events&unix.EPOLLOUT != 0 && c.state&waiting != 0 {
		l.writable(c)
	} else {
		l.input(c)
	}
	l.spend(c)
}

// silence makes the bell ready to be rung again.
func (l *loop) silence() {
	var b [8]byte
	unix.Read(l.bell, b[:])
}

func (l *loop) ring() {
	one := [8]byte{1}
	unix.Write(l.bell, one[:]) // EAGAIN: it rings already
}

// serveYielded goes on with connections that used up their last turn.
func (l *loop) serveYielded() {
	turn := l.again
	l.again = nil
	for _, c := range turn {
		if c.state&closed != 0 {
			continue
		}
		c.state &^= yielded
		c.budget = commandsPerTurn
		l.resume(c)
		l.spend(c)
		l.pace()
	}
	clear(turn)
	if l.again == nil {
		l.again = turn[:0]
	}
}

func (l *loop) index() int                { return l.id }
func (l *loop) now() int64                { return l.nowMs }
func (l *loop) cut(c *Conn, reason error) { l.post(message{conn: c, kind: cut, err: reason}) }

func (l *loop) encryption(*Conn) *tls.ConnectionState { return nil }

func (l *loop) local(c *Conn) string {
	sa, err := unix.Getsockname(int(c.fd))
	if err != nil {
		return ""
	}
	return addrPortOf(sa).String()
}
