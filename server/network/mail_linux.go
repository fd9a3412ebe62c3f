package network

// readMail handles messages. Connections that were sent something are flushed
// once.
func (l *loop) readMail() {
	l.inbox = l.mail.take(l.inbox)
	for i := range l.inbox {
		m := &l.inbox[i]
		if m.kind == chore {
			m.fn(nil)
		} else if m.conn.state&closed == 0 {
			l.handle(m)
			l.pace()
		}
	}
	if cap(l.inbox) > inboxKeep {
		l.inbox = nil
	}
	clear(l.inbox)
	l.flushDirty()
}

// flushDirty sends what Sends brought. A connection that was served meanwhile
// has nothing left.
func (l *loop) flushDirty() {
	for _, c := range l.dirty {
		if c.out != nil && l.flush(c) {
			l.leave(c)
		}
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

func (l *loop) handle(m *message) {
	c := m.conn
	switch m.kind {
	case wake:
		c.waking.Store(false)
		if c.state&parked != 0 {
			c.state &^= parked
			c.budget = commandsPerTurn
			l.resume(c)
			l.spend(c)
		}
	case call:
		if !l.enter(c) {
			return
		}
		if !c.run(m.fn) {
			l.close(c, ErrPanic)
			return
		}
		if l.relay(c) {
			l.leave(c)
		}
	case send:
		c.queued.Add(-int64(len(m.bytes)))
		c.sends.Add(-1)
		l.push(c, m.bytes)
	case cut:
		l.close(c, m.err)
	case adopt:
		l.adopt(c)
	}
}

// push appends an encoded message to what c is to be sent.
func (l *loop) push(c *Conn, b []byte) {
	if c.state&owed != 0 {
		l.settle() // first things first
	}
	if c.state&closed != 0 {
		return
	}
	if c.out == nil {
		c.out = l.spare.get()
		c.out.SetProto(c.version())
	}
	l.dirty = append(l.dirty, c)
	c.out.Raw(b)
}

// do runs fn on the loop's goroutine.
func (l *loop) do(fn func()) {
	l.post(message{kind: chore, fn: func(*Conn) { fn() }})
}

func (l *loop) post(m message) {
	if l.mail.put(m) {
		l.ring()
	}
}
