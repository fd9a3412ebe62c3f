package script

import (
	"sync/atomic"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// Host is the node as a script sees it. Its methods are called on the goroutine
// that runs the script.
type Host interface {
	// Refuse says why a command may not run, or nil: the user's rights, memory.
	Refuse(cmd *command.Command, args [][]byte) error
	// Call runs a command and has it write its reply to out. The arguments are
	// lent: they change at the next call.
	Call(cmd *command.Command, args [][]byte, out *protocol.Writer)
	// Allowed is redis.acl_check_cmd.
	Allowed(cmd *command.Command, args [][]byte) bool
	// Log is redis.log; level is 0 (debug) to 3 (warning).
	Log(level int, text string)
}

// Run is one run of one script. Its exported fields are set before it begins.
type Run struct {
	Host     Host
	Limits   Limits
	Seed     uint64
	ReadOnly bool // it may not write

	// Long, if not nil, is called once, on the script's goroutine, when it has
	// run for so long that nobody should wait for it.
	Long func()
	// Collect, if not nil, collects garbage before a script is ended for want of
	// memory.
	Collect func()

	long     bool
	function bool // a library's function, not a script
	state    atomic.Int32
}

// States of a run: the first two to come decide.
const (
	harmless = iota // it has not written
	wrote
	killedByUser
)

// write notes that the script is about to write. False: it was killed before.
func (r *Run) write() bool {
	return r.state.CompareAndSwap(harmless, wrote) || r.state.Load() == wrote
}

// Wrote tells whether the script has sent a command that writes.
func (r *Run) Wrote() bool { return r.state.Load() == wrote }

// Kill ends the script from another goroutine, unless it has written. It is
// refused then, and ok is false.
func (r *Run) Kill() (ok bool) {
	return r.state.CompareAndSwap(harmless, killedByUser) || r.state.Load() == killedByUser
}

// Abort ends the script from another goroutine whatever it has done: the node
// closes.
func (r *Run) Abort() { r.state.Store(killedByUser) }

func (r *Run) killed() bool { return r.state.Load() == killedByUser }
