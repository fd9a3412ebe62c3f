package network

import (
	"crypto/tls"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// Conn is one client's connection. Its methods are for its own thread (within
// a Handler's calls and functions given to Post) unless they say otherwise.
//
// Ten thousand idle ones must be cheap: it owns no goroutine on a loop, and a
// buffer only while a command is incomplete or replies are unsent.
type Conn struct {
	// Session is what Handler.Opened returned. It does not change, so any
	// goroutine may read it.
	Session any

	srv    *Server
	door   *door
	thread thread
	id     uint64
	opened int64 // ms since the epoch

	// out gets the replies. nil outside of the thread's calls, except that
	// what a client has not read yet stays here.
	out *protocol.Writer
	// in holds bytes received and not yet used: of an incomplete command, or
	// of commands that wait because this one is parked or does not read.
	in   []byte
	need int // length of in at which Serve can make progress; 0: unknown

	stopAt    int   // c.out.Len() at which More says no
	softSince int64 // ms; when output came over the soft limit; 0: it is below
	peer      netip.AddrPort
	fd        int32 // -1 on a goroutine
	slot      slot  // on a loop
	budget    int32 // commands that More still grants in this turn
	state     state
	stop      stopReason
	resp3     bool // what Out was last set to

	// Atomics: read or set by any goroutine.
	waking  atomic.Bool // a Wake is in the mailbox
	gone    atomic.Bool // closed, or about to be
	greeted atomic.Bool // Session is set
	class   atomic.Uint32
	active  atomic.Int64 // ms of the last bytes received
	inSize  atomic.Int64 // len(in)
	inHeld  atomic.Int64 // cap(in), as charged
	outSize atomic.Int64 // unsent bytes
	outHeld atomic.Int64 // memory of out, as charged
	queued  atomic.Int64 // bytes of Sends in the mailbox
	sends   atomic.Int32 // how many they are
}

// state holds what a connection's own thread knows of it.
type state uint16

const (
	parked   state = 1 << iota // no Serve until Wake
	closing                    // no Serve ever; closes when out is empty
	readable                   // the socket may hold bytes that were not read
	hungUp                     // the peer sends no more
	yielded                    // in the loop's list of those to serve again
	waiting                    // for the socket to take more output
	choked                     // too much output unread; no Serve until it drains
	owed                       // the loop's shared writer has replies for it
	closed
)

// stopReason is why More said no.
type stopReason uint8

const (
	goOn stopReason = iota
	stopParked
	stopFlush // enough output for one write
	stopTurn  // others' turn
)

// thread runs a connection: a loop, or a goroutine of its own.
type thread interface {
	post(m message)
	index() int
	now() int64
	cut(c *Conn, reason error) // closes c soon, even in a blocked write
	encryption(c *Conn) *tls.ConnectionState
	local(c *Conn) string
}

// ID is unique in the life of the server. Any goroutine may ask.
func (c *Conn) ID() uint64 { return c.id }

// Out is where replies go. They are sent when Serve returns, or earlier.
func (c *Conn) Out() *protocol.Writer { return c.out }

// More tells a handler whether to execute another command now: not when the
// connection is parked or closing, has replies enough for a write, or has had
// its share of the turn. Serve is called again when that changes.
func (c *Conn) More() bool {
	if c.state&(parked|closing) != 0 {
		c.stop = stopParked
		return false
	}
	if c.out.Len() >= c.stopAt {
		c.stop = stopFlush
		return false
	}
	if c.budget--; c.budget < 0 {
		c.stop = stopTurn
		return false
	}
	return true
}

// Expect says how many bytes the command at the front of what Serve left will
// have at least, so that the input buffer grows once. It holds until the next
// Serve.
func (c *Conn) Expect(n int) { c.need = n }

// Park stops Serve until Wake; input waits in the socket. A Wake that comes
// before Park, but within the same Serve, ends the parking just the same.
func (c *Conn) Park() { c.state |= parked }

// Parked tells whether the connection waits for a Wake.
func (c *Conn) Parked() bool { return c.state&parked != 0 }

// Wake ends a parking: Serve will be called on the connection's thread. Any
// goroutine may call it, at any time, holding any lock; what waited must
// look again whether its wait is over, for a Wake meant for an earlier parking
// may come late.
func (c *Conn) Wake() {
	if c.waking.CompareAndSwap(false, true) {
		c.thread.post(message{conn: c, kind: wake})
	}
}

// Post runs fn on the connection's thread, between two calls of Serve. Any
// goroutine may ask. fn does not run if the connection closes first.
func (c *Conn) Post(fn func(*Conn)) {
	c.thread.post(message{conn: c, kind: call, fn: fn})
}

// Send writes b, encoded already, between two replies. Any goroutine may call
// it. b is not copied and must not change any more; many connections may be
// sent the same bytes.
func (c *Conn) Send(b []byte) {
	if c.gone.Load() {
		return
	}
	queued := c.queued.Add(int64(len(b)))
	if hard := c.srv.limits.Load().Output[c.class.Load()].Hard; hard > 0 && queued > int64(hard) {
		c.Kill(ErrOutputLimit)
		return
	}
	c.sends.Add(1)
	c.thread.post(message{conn: c, kind: send, bytes: b})
}

// CloseAfterFlush ends the connection when the replies written so far are
// sent. Nothing more of its input is served.
func (c *Conn) CloseAfterFlush() { c.state |= closing }

// Kill ends the connection at once, dropping unsent replies. Any goroutine may
// call it; Closed gets the reason, on the connection's thread.
func (c *Conn) Kill(reason error) {
	if reason == nil {
		reason = ErrKilled
	}
	if !c.gone.Swap(true) {
		c.thread.cut(c, reason)
	}
}

// Loop is the index of the thread's shard in [0, Server.Shards). Indexes below
// Server.Loops belong to one thread each; those from there on are shared by
// goroutines that run at the same time.
func (c *Conn) Loop() int { return c.thread.index() }

// Now is the clock as read when the thread's present turn began, in ms since
// the epoch.
func (c *Conn) Now() int64 { return c.thread.now() }

// SetClass chooses the output limit. Replicas and pub/sub connections have no
// idle timeout.
func (c *Conn) SetClass(class Class) {
	c.class.Store(uint32(class))
}

// RemoteAddr is the peer's "host:port", or "PATH:0" on a Unix socket as in
// Redis. Any goroutine may ask.
func (c *Conn) RemoteAddr() string {
	if !c.peer.IsValid() {
		return c.door.path + ":0"
	}
	return c.peer.String()
}

// LocalAddr is the address that the client connected to. Any goroutine may ask
// while the connection lives.
func (c *Conn) LocalAddr() string {
	if c.door.path != "" {
		return c.door.path + ":0"
	}
	return c.thread.local(c)
}

// Unix tells whether the client came by a Unix socket.
func (c *Conn) Unix() bool { return c.door.path != "" }

// TLS returns the state of an encrypted connection, nil for a plain one.
func (c *Conn) TLS() *tls.ConnectionState { return c.thread.encryption(c) }

// FD is the socket's descriptor, -1 where there is none to name.
func (c *Conn) FD() int { return int(c.fd) }

// Opened is when the connection was accepted. Any goroutine may ask.
func (c *Conn) Opened() time.Time { return time.UnixMilli(c.opened) }

// LastActive is when bytes last arrived, in ms since the epoch. Any goroutine
// may ask, as for the sizes below.
func (c *Conn) LastActive() int64 { return c.active.Load() }

// InputSize is how many bytes wait to be used.
func (c *Conn) InputSize() int { return int(c.inSize.Load()) }

// InputFree is how much room its input buffer has left.
func (c *Conn) InputFree() int { return int(max(c.inHeld.Load()-c.inSize.Load(), 0)) }

// OutputHeld is the memory of its buffer of unsent replies.
func (c *Conn) OutputHeld() int { return int(c.outHeld.Load()) }

// Queued is how many Sends wait in the mailbox.
func (c *Conn) Queued() int { return int(c.sends.Load()) }

// OutputSize is how many bytes wait to be sent.
func (c *Conn) OutputSize() int { return int(c.outSize.Load() + c.queued.Load()) }

// MemoryUse is what the connection's buffers hold.
func (c *Conn) MemoryUse() int {
	return int(connSize + c.inHeld.Load() + c.outHeld.Load() + c.queued.Load())
}

// String names the connection in logs.
func (c *Conn) String() string { return c.RemoteAddr() }
