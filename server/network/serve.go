package network

import (
	"io"
	"runtime/debug"
)

// commandsPerTurn bounds what one connection executes before others have their
// turn.
const commandsPerTurn = 256

// begin lets the handler serve. Replies go to c.out, which the caller has set.
func (c *Conn) begin() {
	c.stop = goOn
	c.stopAt = c.out.Len() + c.srv.flushAt()
}

// call gives in to the handler. ok is false if it panicked.
func (c *Conn) call(in []byte) (used int, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			c.panicked(v)
			ok = false
		}
	}()
	c.need = 0
	return c.door.handler.Serve(c, in), true
}

// greet lets the handler see the connection for the first time. ok is false if
// it panicked.
func (c *Conn) greet() (refusal []byte, ok bool) {
	ok = c.run(func(*Conn) { c.Session, refusal = c.door.handler.Opened(c) })
	if ok && refusal == nil {
		c.greeted.Store(true)
	}
	return refusal, ok
}

// run calls fn on the connection's thread. ok is false if it panicked.
func (c *Conn) run(fn func(*Conn)) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			c.panicked(v)
			ok = false
		}
	}()
	fn(c)
	return true
}

func (c *Conn) panicked(v any) {
	c.srv.log.Error("network: a handler panicked; its connection is closed",
		"client", c.RemoteAddr(), "id", c.id, "panic", v, "stack", string(debug.Stack()))
}

// tooLong tells whether the command that has not wholly arrived is over the
// limit.
func (c *Conn) tooLong() bool {
	limit := c.srv.limits.Load().QueryBuffer
	if len(c.in) <= limit {
		return false
	}
	c.srv.counts.inputCuts.Add(1)
	c.srv.log.Warn("network: closing a client that reached the query buffer limit",
		"client", c.RemoteAddr(), "id", c.id, "bytes", len(c.in), "limit", limit)
	return true
}

// tooMuch tells whether the client left more replies unread than its class
// allows.
func (c *Conn) tooMuch(now int64) bool {
	limit := c.srv.limits.Load().Output[c.class.Load()]
	pending := int(c.outSize.Load() + c.queued.Load())
	if limit.Soft <= 0 || pending <= limit.Soft {
		c.softSince = 0
	} else if c.softSince == 0 {
		c.softSince = now
	}
	soft := c.softSince != 0 && now-c.softSince >= limit.SoftTime.Milliseconds()
	if !soft && (limit.Hard <= 0 || pending <= limit.Hard) {
		return false
	}
	c.srv.counts.outputCuts.Add(1)
	c.srv.log.Warn("network: closing a client that reads too slowly: output buffer limit",
		"client", c.RemoteAddr(), "id", c.id, "bytes", pending, "soft", soft)
	return true
}

// tooIdle tells whether the idle timeout is over.
func (c *Conn) tooIdle(now int64) bool {
	limit := c.srv.limits.Load().Idle.Milliseconds()
	return limit > 0 && c.state&parked == 0 && Class(c.class.Load()) == Normal &&
		now-c.active.Load() > limit
}

// keepHungUp asks the handler whether a parked connection outlives its peer's
// sending side.
func (c *Conn) keepHungUp() (keep bool) {
	h, ok := c.door.handler.(HangUpHandler)
	return ok && c.run(func(*Conn) { keep = h.HungUp(c) }) && keep
}

// finish releases what the connection holds and tells the handler. The caller
// has seen to it that it runs once, and closes the socket.
func (c *Conn) finish(reason error) {
	c.state |= closed
	c.gone.Store(true)
	c.drop()
	if c.out != nil {
		c.out.Reset(nil)
		c.out = nil
	}
	c.publishOutput()
	if reason == nil {
		reason = io.EOF
	}
	if c.greeted.Load() {
		c.run(func(*Conn) { c.door.handler.Closed(c, reason) })
	}
	c.srv.forget(c)
}
