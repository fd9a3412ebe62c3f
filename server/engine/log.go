package engine

import "github.com/cachedserver/cached/server/command"

// Log orders writes. The server proposes to it and never applies by itself, so
// that a node of a cluster differs from a single one by its Log alone.
type Log interface {
	// Propose orders a write. True: applied, and replied to in the call's
	// writer. False: the call's owner will be woken when it is.
	Propose(c *command.Call) (done bool)

	// Transact orders a batch of calls as one entry; done as for Propose.
	Transact(b *Batch) (done bool)

	// ReadBarrier reports whether a read may run now and see all that was
	// acknowledged before. False: the call's owner will be woken when it may.
	ReadBarrier(c *command.Call) (ready bool)
}

// Solo is the log of a node that is alone: what is proposed is applied at once.
type Solo struct{ *Engine }

// Propose applies the call.
func (s Solo) Propose(c *command.Call) bool {
	s.Apply(c)
	return true
}

// Transact runs the batch.
func (s Solo) Transact(b *Batch) bool {
	s.Engine.Transact(b)
	return true
}

// ReadBarrier is always passed: nobody else writes.
func (Solo) ReadBarrier(*command.Call) bool { return true }
