package command

import (
	"math"

	"github.com/cachedserver/cached/protocol"
)

// timeUnit is a way to say when a key ends.
type timeUnit uint8

// The ways, named by their words in SET. The zero unit: nothing was said.
const (
	noUnit timeUnit = iota
	ex              // seconds from now
	px              // milliseconds from now
	exat            // seconds since the epoch
	pxat            // milliseconds since the epoch
)

var unitWords = [...]string{ex: "EX", px: "PX", exat: "EXAT", pxat: "PXAT"}

func (u timeUnit) seconds() bool  { return u == ex || u == exat }
func (u timeUnit) relative() bool { return u == ex || u == px }

// expiry is when a key is to end, as a client said it. The zero value says nothing.
type expiry struct {
	unit timeUnit
	arg  []byte
}

func (e *expiry) given() bool { return e.unit != noUnit }

// read takes a word such as EX with its argument, if the current one is such a word
// and does not contradict an earlier one.
func (e *expiry) read(o *options) bool {
	for u := ex; u <= pxat; u++ {
		if (e.unit == noUnit || e.unit == u) && o.is(unitWords[u]) {
			e.unit, e.arg = u, o.arg()
			return true
		}
	}
	return false
}

// at is the time of death in ms since the epoch; 0 if nothing was said. Zero and
// negative times are errors here, unlike in EXPIRE.
func (e *expiry) at(c *Call) (int64, protocol.Error) {
	if !e.given() {
		return 0, ""
	}
	n, ok := ParseInt(e.arg)
	if !ok {
		return 0, ErrNotInteger
	}
	at, ok := e.unit.at(n, c.Now)
	if !ok || n <= 0 {
		return 0, c.errExpire()
	}
	return at, ""
}

// at converts n of the unit to ms since the epoch; false if it overflows.
func (u timeUnit) at(n, now int64) (int64, bool) {
	if u.seconds() {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, false
		}
		n *= 1000
	}
	if u.relative() {
		if n > math.MaxInt64-now {
			return 0, false
		}
		n += now
	}
	return n, true
}

// expire sets a key's time of death; one that is past deletes the key.
func (c *Call) expire(key []byte, at int64) {
	if at <= c.Now {
		c.DB.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
		return
	}
	c.DB.Expire(key, at)
	c.Notify(NotifyGeneric, "expire", key)
}
