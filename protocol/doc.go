// Package protocol is the Redis serialization protocol, RESP2 and RESP3: the
// bytes between a client and this server, and the form in which commands
// travel in the replicated log.
//
// The life of one request: the network layer gives the bytes that arrived to
// the connection's [Parser], which cuts commands out of them without copying.
// A handler answers through a [Writer], which holds encoded bytes and, between
// them, values that are sent from where they lie ([Pinned]). The network layer
// writes [Writer.Buffers] to the socket and tells [Writer.Advance] how far it
// came.
//
// Nothing here allocates for a small command or reply, trusts a length that a
// client sent, or knows a command by name. Sockets, buffers' memory and limits
// on how much may wait are the network layer's; what commands mean is the
// command table's.
//
// [Entry] is a log entry, [Decoder] and [Reply] are the client's side: they
// serve tests, tools and the command line.
package protocol
