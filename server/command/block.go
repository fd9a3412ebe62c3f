package command

import (
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// Wait is what a blocking call asks for when there is nothing for it yet: to be
// run again, with the same arguments, when one of its keys may have something.
// The engine does so under the locks of the call that brought it, so a wait ends
// as the command itself would have, and in order of arrival.
type Wait struct {
	Keys [][]byte   // to be watched; slices of the arguments
	Kind store.Kind // a key is worth another look when it holds this
	Gone bool       // or when it went, or holds another kind
	Till int64      // ms since the epoch; 0: for ever

	// Args replace the call's arguments when it is run again, for what must be
	// decided now (XREAD's "$"); nil: they stay.
	Args [][]byte
}

// Block asks for a wait. False: the call may not wait, being inside of MULTI or a
// script; the handler replies that it found nothing.
func (c *Call) Block(w Wait) bool {
	if c.NoWait {
		return false
	}
	c.Wait = &w
	return true
}

// Timeout reads an argument that says how many seconds to wait: when the wait ends
// in ms since the epoch, 0 for never. Not ok: the error is replied.
func (c *Call) Timeout(arg []byte) (till int64, ok bool) {
	seconds, ok := protocol.ParseLongDouble(arg)
	if !ok {
		c.Out.Error(ErrTimeout)
		return 0, false
	}
	ms := math.Ceil(seconds.Float64() * 1000)
	switch {
	case ms > math.MaxInt64 || ms > float64(math.MaxInt64-c.Now):
		c.Out.Error(ErrTimeoutRange)
	case ms < 0:
		c.Out.Error(ErrTimeoutNegative)
	case ms == 0:
		return 0, true
	default:
		return c.Now + int64(ms), true
	}
	return 0, false
}

// TimeoutMs is Timeout for an argument in whole milliseconds.
func (c *Call) TimeoutMs(arg []byte) (till int64, ok bool) {
	ms, ok := ParseInt(arg)
	switch {
	case !ok:
		c.Out.Error(ErrTimeoutInt)
	case ms < 0:
		c.Out.Error(ErrTimeoutNegative)
	case ms > math.MaxInt64-c.Now:
		c.Out.Error(ErrTimeoutRange)
	case ms == 0:
		return 0, true
	default:
		return c.Now + ms, true
	}
	return 0, false
}
