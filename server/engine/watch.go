package engine

import (
	"github.com/cespare/xxhash/v2"
	"sync/atomic"

	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

// watchSlots is how many modification indexes there are. Two keys may share one:
// a guard on a key then fails, wrongly but safely, when the other is written.
const watchSlots = 1 << 16

// watches are what WATCH compares: for each key a number that every modification
// raises. Nothing is raised, nor even allocated, while nobody watches.
//
// A guard is taken under the stripe of its key after live was raised, and writers
// look at live under the same lock, so none that comes later is missed.
type watches struct {
	live  atomic.Int64 // guards that exist
	index atomic.Pointer[[watchSlots]atomic.Uint32]
	swaps []atomic.Uint32 // by database: how often SWAPDB exchanged it
}

// Guard is a key as it was when a client began to watch it.
type Guard struct {
	Key []byte // a copy
	DB  int

	index, swaps uint32
	there        bool // the key existed
}

func (w *watches) open(databases int) {
	w.swaps = make([]atomic.Uint32, databases)
}

// slot is the modification index of a key.
func (w *watches) slot(db int, key []byte) *atomic.Uint32 {
	table := w.index.Load()
	if table == nil {
		w.index.CompareAndSwap(nil, new([watchSlots]atomic.Uint32))
		table = w.index.Load()
	}
	return &table[(xxhash.Sum64(key)+uint64(db)*0x9e3779b97f4a7c15)%watchSlots]
}

// note records that a key, or all of a database, was modified.
func (w *watches) note(ev *command.Event) {
	switch {
	case w.live.Load() == 0:
	case ev.Key != nil:
		w.slot(ev.DB, ev.Key).Add(1)
	case ev.Name == command.Swapped:
		w.swaps[ev.DB].Add(1)
	}
}

// Watch begins to guard a key of the selected database of db, which holds no
// lock. Each guard is given back by Unwatch.
func (e *Engine) Watch(db *store.DB, now int64, key []byte) Guard {
	e.watches.live.Add(1)
	db.Begin(now, true)
	db.LockKey(key)
	defer db.Unlock()
	_, there := db.Peek(key)
	n := db.Index()
	return Guard{
		Key: append([]byte(nil), key...), DB: n, there: there,
		index: e.watches.slot(n, key).Load(), swaps: e.watches.swaps[n].Load(),
	}
}

// Unwatch gives n guards back.
func (e *Engine) Unwatch(n int) { e.watches.live.Add(-int64(n)) }

// Guards is how many guards there are.
func (e *Engine) Guards() int { return int(e.watches.live.Load()) }

// intact tells whether a key is as it was when the guard was taken. Called with
// its stripe locked. A key that was there and is not has expired, been evicted or
// flushed, whether or not anybody noted it.
func (e *Engine) intact(db *store.DB, g *Guard) bool {
	if e.watches.slot(g.DB, g.Key).Load() != g.index {
		return false
	}
	_, there := db.At(g.DB).Peek(g.Key)
	switch swaps := e.watches.swaps[g.DB].Load() - g.swaps; swaps {
	case 0:
		return there || !g.there
	case 1:
		return !there && !g.there
	}
	return false
}
