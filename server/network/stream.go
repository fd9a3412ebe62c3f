package network

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// stream serves one connection without a loop: under TLS, and on systems that
// have no loops. One goroutine blocks in Read; whoever holds mu is the
// connection's thread, the reader when bytes came, else a goroutine that lives
// while there are messages. Writes block, which is all the back-pressure that
// a pipeline needs.
type stream struct {
	srv  *Server
	c    *Conn
	sock net.Conn
	mail mailbox

	mu       sync.Mutex // the connection's thread
	room     sync.Cond  // the reader waits here while a parked connection has input enough
	writer   protocol.Writer
	chunks   [][]byte // scratch of flush
	draining bool     // close when there is nothing to do
	nowMs    int64

	endOnce sync.Once
	ended   error // why; set before sock is closed
}

const (
	// idleRead is what a stream's goroutine holds to read into while nothing
	// comes; busyRead, of TLS's record size, while there is more.
	idleRead, busyRead = 1 << 10, 16 << 10
	// parkedInput is how much a parked stream reads ahead, so as to notice
	// that its peer hung up.
	parkedInput = 64 << 10
)

var busyReads = sync.Pool{New: func() any { return new([busyRead]byte) }}

// startStream serves sock until it closes.
func (s *Server) startStream(d *door, sock net.Conn) {
	st := &stream{srv: s, sock: sock}
	st.room.L = &st.mu
	st.c = s.newConn(d, st, peerOf(sock), -1)
	if !s.admit(st.c) {
		s.refuse(sock)
		return
	}
	st.run()
}

func peerOf(sock net.Conn) netip.AddrPort {
	if a, ok := sock.RemoteAddr().(*net.TCPAddr); ok {
		p := a.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}

// refuse tells one client too many that it is.
func (s *Server) refuse(sock net.Conn) {
	sock.SetDeadline(time.Now().Add(time.Second))
	sock.Write(maxClientsReply)
	sock.Close()
}

var maxClientsReply = func() []byte {
	var w protocol.Writer
	w.Error(protocol.ErrMaxClients)
	b, _ := w.Bytes()
	return b
}()

// run is the reading goroutine.
func (st *stream) run() {
	if err := st.handshake(); err != nil {
		st.end(err)
	} else if st.open() {
		st.read()
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.mail.close()
	st.c.finish(st.ended)
}

// open greets. false: the handler refused, or the connection has ended.
func (st *stream) open() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.turn()
	refusal, ok := st.c.greet()
	switch {
	case !ok:
		st.end(ErrPanic)
	case refusal != nil:
		st.sock.Write(refusal)
		st.end(ErrDone)
	case !st.mail.sleep():
		go st.deliver() // what came meanwhile
	}
	return !st.c.gone.Load()
}

func (st *stream) handshake() error {
	t, ok := st.sock.(*tls.Conn)
	if !ok {
		return nil
	}
	t.SetDeadline(time.Now().Add(st.srv.limits.Load().Handshake))
	if err := t.Handshake(); err != nil {
		return err
	}
	return t.SetDeadline(time.Time{})
}

// read takes bytes until the connection ends.
func (st *stream) read() {
	idle := make([]byte, idleRead)
	for busy := false; ; {
		if !busy {
			n, err := st.sock.Read(idle)
			if !st.received(idle[:n], err) {
				return
			}
			busy = n == len(idle)
			continue
		}
		buf := busyReads.Get().(*[busyRead]byte)
		n, err := st.sock.Read(buf[:])
		more := st.received(buf[:n], err)
		busyReads.Put(buf)
		if !more {
			return
		}
		busy = n > idleRead
	}
}

// received serves what was read. false: the connection has ended.
func (st *stream) received(b []byte, err error) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(b) > 0 {
		st.srv.counts.received(len(b))
		st.turn()
		st.c.active.Store(st.nowMs)
		st.input(b)
		st.rest()
	}
	if err != nil && !st.lingers() {
		st.end(err)
	}
	for st.c.state&(parked|closing) == parked && len(st.c.in) >= parkedInput && !st.c.gone.Load() {
		st.room.Wait()
	}
	return !st.c.gone.Load()
}

// lingers waits, if the handler wishes so, until a parked connection whose
// peer hung up has been answered.
func (st *stream) lingers() bool {
	c := st.c
	if c.state&parked == 0 || !c.keepHungUp() {
		return false
	}
	for c.state&parked != 0 && !c.gone.Load() {
		st.room.Wait()
	}
	return false
}

// turn begins a turn of the thread.
func (st *stream) turn() { st.nowMs = st.srv.clock().UnixMilli() }

// input serves b behind what waits already.
func (st *stream) input(b []byte) {
	c := st.c
	if len(c.in) == 0 && c.state&(parked|closing) == 0 {
		n := st.serve(b)
		c.keep(b[n:])
		return
	}
	for len(b) > 0 {
		c.grow()
		n := min(len(b), cap(c.in)-len(c.in))
		c.in = append(c.in, b[:n]...)
		b = b[n:]
	}
	c.publishInput()
	st.resume()
}

// resume serves what waits.
func (st *stream) resume() {
	if st.c.state&(parked|closing) == 0 {
		st.c.shift(st.serve(st.c.in))
	}
}

// serve calls the handler until it has used what it can, and sends replies.
func (st *stream) serve(in []byte) (used int) {
	c := st.c
	for {
		st.enter()
		c.begin()
		c.budget = commandsPerTurn
		n, ok := c.call(in[used:])
		if !ok {
			st.end(ErrPanic)
			return used
		}
		used += n
		st.leave()
		if c.stop == goOn || c.stop == stopParked || c.gone.Load() {
			break
		}
	}
	if c.state&(parked|closing) == 0 && c.tooLong() {
		st.end(ErrInputLimit)
	}
	return used
}

func (st *stream) enter() {
	st.c.out = &st.writer
}

// leave sends what was written and, if asked to, closes.
func (st *stream) leave() {
	c := st.c
	c.publishOutput()
	if !st.writer.Empty() {
		st.srv.commit()
	}
	for !st.writer.Empty() {
		st.chunks = st.writer.Buffers(st.chunks[:0])
		bufs := net.Buffers(st.chunks)
		n, err := bufs.WriteTo(st.sock)
		st.srv.counts.sent(int(n))
		st.writer.Advance(int(n))
		if err != nil {
			st.end(err)
			break
		}
		c.publishOutput()
	}
	clear(st.chunks[:cap(st.chunks)])
	st.writer.Shrink(0)
	c.publishOutput()
	if c.state&closing != 0 {
		st.end(ErrDone)
	}
}

// rest closes a connection that has nothing to do any more, if it shall: what
// is left of its input is no whole command.
func (st *stream) rest() {
	if st.draining && st.c.state&parked == 0 {
		st.end(ErrDone)
	}
}

// end closes the socket, so that the reader comes back and finishes. Any
// goroutine may call it.
func (st *stream) end(reason error) {
	st.endOnce.Do(func() {
		st.ended = reason
		st.c.gone.Store(true)
		st.sock.Close()
		go st.nudge()
	})
}

// nudge wakes a reader that waits for room.
func (st *stream) nudge() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.room.Broadcast()
}

// post is thread's.
func (st *stream) post(m message) {
	if st.mail.put(m) {
		go st.deliver()
	}
}

// deliver handles messages while there are any.
func (st *stream) deliver() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.turn()
	for !st.mail.sleep() {
		for _, m := range st.mail.take(nil) {
			if !st.c.gone.Load() {
				st.handle(m)
			}
		}
		if !st.c.gone.Load() {
			st.leave()
			st.rest()
		}
	}
	st.room.Broadcast()
}

func (st *stream) handle(m message) {
	st.enter()
	switch m.kind {
	case wake:
		st.c.waking.Store(false)
		st.c.state &^= parked
		st.resume()
	case call:
		if !st.c.run(m.fn) {
			st.end(ErrPanic)
		}
	case send:
		st.c.queued.Add(-int64(len(m.bytes)))
		st.c.sends.Add(-1)
		st.writer.Raw(m.bytes)
	}
}

// sweep closes a connection that is idle or does not read.
func (st *stream) sweep() {
	now := st.srv.clock().UnixMilli()
	if st.c.tooMuch(now) {
		st.end(ErrOutputLimit)
		return
	}
	if !st.mu.TryLock() {
		return // busy, so not idle
	}
	defer st.mu.Unlock()
	if st.c.tooIdle(now) {
		st.end(ErrIdle)
	}
}

func (st *stream) index() int                { return len(st.srv.loops) + int(st.c.id%sharedShards) }
func (st *stream) now() int64                { return st.nowMs }
func (st *stream) cut(_ *Conn, reason error) { st.end(reason) }
func (st *stream) local(*Conn) string        { return st.sock.LocalAddr().String() }

func (st *stream) encryption(*Conn) *tls.ConnectionState {
	t, ok := st.sock.(*tls.Conn)
	if !ok {
		return nil
	}
	state := t.ConnectionState()
	return &state
}
