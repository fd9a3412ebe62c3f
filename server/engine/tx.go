package engine

import (
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

// Batch is several calls that seem to happen at one instant: EXEC, or a script
// with all that it calls. Body runs them, one after the other, by [Tx.Run], and
// touches nothing but the keys that the batch names.
type Batch struct {
	DB   *store.DB // the view of all the calls; holds no lock
	Now  int64     // ms
	Keys [][]byte  // of all the calls
	All  bool      // any key may be touched: all stripes are taken

	Guards []Guard // the body runs only if none of them was broken
	Broken bool    // set if one was

	Body func(*Tx)
}

// Tx is a batch under way.
type Tx struct {
	engine *Engine
	ready  readyKeys
}

// Transact runs a batch. The memory that it may need was made room for before.
func (e *Engine) Transact(b *Batch) {
	b.DB.Begin(b.Now, true)
	e.hold(b)
	defer b.DB.Unlock()
	for i := range b.Guards {
		if !e.intact(b.DB, &b.Guards[i]) {
			b.Broken = true
			return
		}
	}
	tx := &Tx{engine: e}
	var kept []byte
	tx.ready.batch = &kept
	defer e.keep(&kept) // also what a body did before it panicked
	b.Body(tx)
	if len(tx.ready.list) > 0 {
		e.serve(b.DB, b.Now, &tx.ready)
	}
}

// hold takes the stripes of the batch's keys, and all if those who wait for one
// of them need others.
func (e *Engine) hold(b *Batch) {
	if b.All {
		b.DB.LockAll()
		return
	}
	keys := b.Keys
	for i := range b.Guards {
		keys = append(keys, b.Guards[i].Key)
	}
	if len(keys) == 0 {
		return
	}
	b.DB.LockKeys(keys)
	if e.hearing.waiting.Load() == 0 {
		return
	}
	for _, key := range b.Keys {
		if e.waiters.wide(key) {
			lockRest(b.DB)
			return
		}
	}
}

// Add makes the batch hold the stripes of a call. Without keys that can be told
// beforehand, it holds all.
func (b *Batch) Add(cmd *command.Command, args [][]byte) {
	if cmd.Flags&(command.AllKeys|command.AtOnce) != 0 {
		b.All = true
		return
	}
	b.Keys = cmd.KeysOf(args, b.Keys)
}

// Run runs a call of the batch: on its view, at its time, with its keys among
// those of the batch. The call waits for nothing: what blocks elsewhere finds
// nothing here.
func (tx *Tx) Run(c *command.Call) {
	c.NoWait = true
	tx.engine.within(c, &tx.ready)
	c.NoWait = false
}
