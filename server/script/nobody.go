package script

import (
	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// nobody is the host of a library that is being loaded: it can call nothing.
type nobody struct{}

// Refuse refuses all.
func (nobody) Refuse(*command.Command, [][]byte) error { return coded(textNoScript) }

// Call is never reached.
func (nobody) Call(*command.Command, [][]byte, *protocol.Writer) {}

// Allowed allows nothing.
func (nobody) Allowed(*command.Command, [][]byte) bool { return false }

// Log drops the line: a library is loaded once in each state.
func (nobody) Log(int, string) {}
