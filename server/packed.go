package server

import (
	"math"

	"github.com/cachedserver/cached/server/value"
)

// packed are the sizes up to which a collection is kept as packed bytes.
func (srv *Server) packed(entries, bytes string) *value.Limits {
	return &value.Limits{Entries: size(srv.config.Int(entries)), Bytes: size(srv.config.Int(bytes))}
}

// packedSet has a further bound for sets of integers alone.
func (srv *Server) packedSet() *value.Limits {
	l := srv.packed("set-max-listpack-entries", "set-max-listpack-value")
	l.Ints = size(srv.config.Int("set-max-intset-entries"))
	return l
}

// packedList reads list-max-listpack-size: a number of elements, or below zero
// one of five sizes in bytes, 4 KiB to 64 KiB.
func packedList(n int64) *value.Limits {
	l := &value.Limits{Entries: math.MaxInt32, Bytes: math.MaxInt32, Node: math.MaxInt32}
	if n >= 0 {
		l.Entries = size(n)
	} else {
		l.Node = 4 << 10 << (min(-n, 5) - 1)
	}
	return l
}

// size is a setting's number as a bound that fits any int.
func size(n int64) int { return int(min(n, math.MaxInt32)) }

// streamLimits are those of the blocks of a stream.
func (srv *Server) streamLimits() *value.StreamLimits {
	return &value.StreamLimits{
		Entries: size(srv.config.Int("stream-node-max-entries")),
		Bytes:   size(srv.config.Int("stream-node-max-bytes")),
	}
}
