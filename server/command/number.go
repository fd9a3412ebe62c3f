package command

import "github.com/cachedserver/cached/protocol"

// ParseInt reads a decimal integer in its only canonical form.
func ParseInt(b []byte) (int64, bool) { return protocol.ParseInt(b) }
