// Package server is a node as clients meet it: it owns sessions, the gates that
// a command passes, and the commands that concern a connection or the process.
//
// The life of a SET: network calls door.Serve with bytes; session.serve takes
// one command from them; dispatch passes it through the gates (refusal) and
// hands it to the log (engine.Log), which applies it; the handler writes its
// reply to the writer that network flushes when Serve returns. Reading order:
// server.go (what a node is made of), session.go, serve.go, dispatch.go, then
// the families of commands.
//
// A session that must wait (a command without bound, CLIENT PAUSE) parks its
// connection and is woken by whoever ends the wait; no loop ever waits.
//
// Left to others: bytes and sockets (network), what data commands do (command),
// how values are kept (store), what settings mean to their reader (config).
package server
