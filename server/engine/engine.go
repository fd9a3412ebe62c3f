// Package engine is the state machine: it takes one call after the other and
// runs its handler on the keyspace with the right stripes locked.
//
// The life of a write: the server's gates ask MakeRoom, which evicts until the
// call may take memory, then hand the call to a Log. The Log of a single node
// (Solo) applies it at once; a cluster's log applies it when a majority has it.
// Apply locks the stripes of the call's keys in index order, runs the handler,
// which writes its reply to the call's writer, and unlocks. A read comes in by
// Read and differs only in what it promises: it changes nothing.
//
// The engine never waits for anything but stripe locks, sees no clock, no
// connection and no randomness but the call's own. Who may run what, and when,
// is the server's business; how a value is kept is the store's.
package engine

import (
	"sync/atomic"

	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

// Engine runs calls on one keyspace. Safe for any number of goroutines, each
// with calls (and store views) of its own.
type Engine struct {
	ks *store.Keyspace

	hearing hearing                 // who wants to know of changes
	watches watches                 // what WATCH compares
	waiters waiters                 // blocking calls
	journal atomic.Pointer[journal] // keeps what changes the keyspace; nil: nothing does

	// broken is told of a handler's panic, after the stripes are free again.
	broken func(Breakdown)
}

// New returns an engine over ks. broken, if not nil, hears of every handler
// that panicked.
func New(ks *store.Keyspace, broken func(Breakdown)) *Engine {
	if broken == nil {
		broken = func(Breakdown) {}
	}
	e := &Engine{ks: ks, broken: broken}
	e.watches.open(ks.Databases())
	return e
}

// Keyspace returns what the engine runs on.
func (e *Engine) Keyspace() *store.Keyspace { return e.ks }

// Read runs a call that changes nothing.
func (e *Engine) Read(c *command.Call) { e.run(c) }

// Apply runs a call that may change the keyspace. Nothing else does.
func (e *Engine) Apply(c *command.Call) { e.run(c) }

func (e *Engine) run(c *command.Call) {
	defer e.settle(c, c.Out.Mark())
	if lock(c) {
		defer c.DB.Unlock() // before settle, so that whoever hears of a panic may look
	}
	if c.Cmd.Is(command.Write) && e.hearing.waiting.Load() != 0 {
		e.widen(c)
	}
	c.Alone = !c.Tracked
	e.call(c, nil)
	c.Alone = false
	if len(c.Events) > 0 || c.Wait != nil || c.Tracked {
		e.conclude(c)
	}
}

// call runs a call's handler. Its stripes are locked. batch: what the call changes
// is kept with the rest of a batch; nil: on its own.
func (e *Engine) call(c *command.Call, batch *[]byte) {
	c.Changes, c.Wait, c.Events = 0, nil, c.Events[:0]
	c.Wanted = e.wanted()
	c.DB.Begin(c.Now, c.NoTouch && !c.Cmd.Is(command.Touches))
	j := e.journal.Load()
	if j == nil {
		c.Cmd.Run(c)
		return
	}
	c.Kept, c.Instead = true, nil
	seed := c.Rand.Seed()
	c.Cmd.Run(c)
	if c.Changes > 0 && c.Wait == nil && c.Cmd.Flags&(command.Write|command.MayReplicate) != 0 {
		j.record(c, seed, batch)
	}
}

// conclude tells others what a call did, while its stripes are locked: who reads,
// watches and tracks, and then those who wait for what it brought.
func (e *Engine) conclude(c *command.Call) {
	var ready readyKeys
	e.tell(c, &ready)
	if c.Wait != nil {
		e.enqueue(c)
		return
	}
	if len(ready.list) > 0 {
		e.serve(c.DB, c.Now, &ready)
	}
}

// within runs a call inside of another or of a batch, whose locks suffice for it.
func (e *Engine) within(c *command.Call, ready *readyKeys) {
	defer e.settle(c, c.Out.Mark())
	e.call(c, ready.batch)
	if len(c.Events) > 0 || c.Tracked {
		e.tell(c, ready)
	}
}

// lock takes the stripes that the call may touch, and tells whether it took
// any. For a command that may touch any key it takes none: the store's
// whole-database methods lock stripe by stripe, so that no scan holds up the
// others. It takes all for one that must seem to happen in an instant.
func lock(c *command.Call) bool {
	if i := c.Cmd.OneKey(); i != 0 {
		c.DB.LockKey(c.Args[i])
		return true
	}
	return lockMany(c)
}

func lockMany(c *command.Call) bool {
	switch {
	case c.Cmd.Is(command.AtOnce):
		c.DB.LockAll()
		return true
	case c.Cmd.Is(command.AllKeys):
		return false
	}
	c.Keys = c.Cmd.KeysOf(c.Args, c.Keys[:0])
	if len(c.Keys) == 0 {
		return false
	}
	c.DB.LockKeys(c.Keys)
	return true
}
