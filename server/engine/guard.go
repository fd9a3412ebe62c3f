package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// Breakdown tells of a handler that panicked.
type Breakdown struct {
	Command string // full name
	Cause   any    // what was passed to panic
	Stack   []byte

	// Torn: the handler had begun to write. The keyspace may be half changed,
	// so whoever hears of it must stop the process.
	Torn bool
}

// Error names the command and the cause.
func (b Breakdown) Error() string {
	return fmt.Sprintf("engine: %s panicked: %v", b.Command, b.Cause)
}

// settle ends a call: a panic becomes an error reply. A handler that panics
// before its first write has changed nothing, the same on every replica, so
// only its caller is told.
func (e *Engine) settle(c *command.Call, mark int) {
	if cause := recover(); cause != nil {
		e.breakDown(c, mark, cause)
	}
}

func (e *Engine) breakDown(c *command.Call, mark int, cause any) {
	c.Alone = false
	c.Out.Truncate(mark)
	c.Out.Error(protocol.ErrInternalPanic)
	e.broken(Breakdown{
		Command: c.Cmd.FullName(),
		Cause:   cause,
		Stack:   debug.Stack(),
		Torn:    c.DB.Wrote(),
	})
}
