// Package network moves bytes between clients and a [Handler]: it accepts,
// reads, writes, bounds and closes connections, and knows no command.
//
// The life of a request: bytes arrive at a connection's thread (an event loop,
// or a goroutine of its own), which calls Handler.Serve with them; the handler
// takes whole commands and writes replies to Conn.Out; when it returns, the
// thread flushes them with one write. A handler that must wait calls
// Conn.Park, and whoever has the answer calls Conn.Wake: the thread is free
// meanwhile.
//
// On Linux plain TCP and Unix sockets are served by epoll loops, in which an
// idle connection owns no buffer. TLS, and every other system, get a goroutine
// per connection behind the same Conn. DESIGN.md has the drawing and the
// figures.
//
// What bytes mean is left to package protocol and the handler, and what a
// client may do to the server.
package network
