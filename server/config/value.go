package config

import (
	"strings"
	"sync/atomic"
)

// Value is one setting's value. It never changes once made.
type Value struct {
	text    string // as CONFIG GET shows it
	written string // as the user wrote it, for REWRITE: 64mb, 50%
	num     int64  // integers, bytes, seconds; a bool's 0 or 1; an enum's index
	parts   any    // what list kinds parsed into
}

// String returns the value as CONFIG GET shows it.
func (v *Value) String() string { return v.text }

// Written returns the value as it was written, which keeps units.
func (v *Value) Written() string { return v.written }

// Int returns the number: bytes of a memory value, seconds of a duration.
func (v *Value) Int() int64 { return v.num }

// Bool reports whether the value is yes.
func (v *Value) Bool() bool { return v.num != 0 }

// Words returns the words of a list value: addresses of bind, numbers of
// latency-tracking-info-percentiles.
func (v *Value) Words() []string {
	if words, ok := v.parts.([]string); ok {
		return words
	}
	return strings.Fields(v.text)
}

// Ref is a handle on one setting, looked up once and then read at the price of
// one atomic load. It stays valid as long as its Config.
type Ref struct {
	set *Setting
	v   atomic.Pointer[Value]

	// Guarded by Config.mu.
	from  source
	where string // "cached.conf:12", "--port", "CACHED_PORT"
}

// Setting returns the declaration.
func (r *Ref) Setting() *Setting { return r.set }

// Value returns the present value.
func (r *Ref) Value() *Value { return r.v.Load() }

// Int returns the present value's number.
func (r *Ref) Int() int64 { return r.v.Load().num }

// Bool reports whether the present value is yes.
func (r *Ref) Bool() bool { return r.v.Load().num != 0 }

// String returns the present value as CONFIG GET shows it.
func (r *Ref) String() string { return r.v.Load().text }
