package engine

import (
	"sync/atomic"

	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

// A Listener hears of changes of the keyspace in the one order that there is:
// under the locks of the call that makes them. It must be quick, wait for nothing
// and keep no slice that it is given.
type Listener interface {
	// Changed tells of an event of a call, or, with c nil, of a key that expired or
	// was evicted.
	Changed(c *command.Call, ev *command.Event)

	// Called tells that a call which had events is over.
	Called(c *command.Call)

	// Read tells that a call marked Tracked has read its keys.
	Read(c *command.Call)
}

// hearing says which events are worth recording.
type hearing struct {
	_        [64]byte
	classes  atomic.Uint32 // that the listener wants
	trackers atomic.Int64  // clients that want to know of all changes
	waiting  atomic.Int64  // calls that wait for keys
	_        [64]byte
	listener Listener
}

// every is what must be recorded when somebody watches, tracks or waits: changes
// of any kind, but not reads that found nothing.
const every = ^(command.NotifyKeyMiss | command.NotifyNew)

// Listen has l hear of changes. To be called before the first call is run.
func (e *Engine) Listen(l Listener) { e.hearing.listener = l }

// Hear chooses the classes of events that the listener wants at all times.
func (e *Engine) Hear(classes command.NotifyClass) { e.hearing.classes.Store(uint32(classes)) }

// Track counts clients that want to know of every change of a key; delta may be
// negative.
func (e *Engine) Track(delta int) { e.hearing.trackers.Add(int64(delta)) }

// wanted is what a call whose stripes are locked has to record.
func (e *Engine) wanted() command.NotifyClass {
	set := command.NotifyClass(e.hearing.classes.Load())
	if e.watches.live.Load() != 0 || e.hearing.trackers.Load() != 0 || e.hearing.waiting.Load() != 0 {
		set |= every
	}
	return set
}

// tell passes on what a call has recorded. ready gathers keys that others may
// wait for.
func (e *Engine) tell(c *command.Call, ready *readyKeys) {
	for i := range c.Events {
		ev := &c.Events[i]
		e.watches.note(ev)
		if l := e.hearing.listener; l != nil {
			l.Changed(c, ev)
		}
		e.waiters.note(ev, ready)
	}
	if l := e.hearing.listener; l != nil {
		if len(c.Events) > 0 {
			l.Called(c)
		}
		if c.Tracked && c.Wait == nil && c.Cmd.Is(command.Read) {
			l.Read(c)
		}
	}
	clear(c.Events)
	c.Events = c.Events[:0]
}

// removals are the events of keys that leave without a call that asked for it.
var removals = map[store.Removal]command.Event{
	store.Expired:       {Class: command.NotifyExpired, Name: "expired"},
	store.Evicted:       {Class: command.NotifyEvicted, Name: "evicted"},
	store.FieldsExpired: {Class: command.NotifyHash, Name: "hexpired"},
	store.Emptied:       {Class: command.NotifyGeneric, Name: "del"},
}

// Removed is what the keyspace's owner gives it as [store.Options].Removed.
func (e *Engine) Removed(db int, key []byte, why store.Removal) {
	ev := removals[why]
	if j := e.journal.Load(); j != nil && why != store.FieldsExpired {
		j.removed(db, key)
	}
	if e.wanted()&ev.Class == 0 {
		return
	}
	ev.DB, ev.Key = db, key
	if why == store.FieldsExpired {
		e.watches.note(&ev) // of a key that went, guards see that it is gone
	}
	if l := e.hearing.listener; l != nil {
		l.Changed(nil, &ev)
	}
}
