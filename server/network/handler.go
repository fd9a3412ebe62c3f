package network

// Handler is what one [Door] does with its connections. All calls for one Conn
// are serial, on its thread, so a session needs no lock. No call may wait: on
// a loop all its other connections would wait too.
type Handler interface {
	// Opened greets a new connection. The returned session becomes
	// Conn.Session. A refusal is written as it is, then the connection closes
	// (Closed is not called for it).
	Opened(c *Conn) (session any, refusal []byte)

	// Serve takes whole commands from the front of in, writes replies to
	// c.Out(), and returns how many bytes it used. The rest is given again,
	// with what arrived since. Between two commands it asks c.More(), and
	// returns when that says no.
	//
	// It is called when bytes arrived, after a Wake (in may then be empty),
	// and when output that made More say no has drained. in is valid until it
	// returns.
	Serve(c *Conn, in []byte) (used int)

	// Closed is the last call for a connection. err is io.EOF when the peer
	// closed, else one of this package's errors, the reason given to Kill, or
	// the system's. c.Out() may no longer be used.
	Closed(c *Conn, err error)
}

// A HangUpHandler decides about a parked connection whose peer has closed its
// sending side. Handlers without it have such connections closed at once.
type HangUpHandler interface {
	// HungUp reports whether to keep the connection until the answer it waits
	// for is written: true for a write on its way, false for a client that
	// blocks until something happens.
	HungUp(c *Conn) (keep bool)
}
