package stats

import "time"

// epoch anchors Nanotime; only differences count.
var epoch = time.Now()

// Nanotime is the monotonic clock in nanoseconds from an arbitrary start. Half
// the price of time.Now (22 ns against 41), since the wall clock is not read.
func Nanotime() int64 { return int64(time.Since(epoch)) }

// Timer measures commands that follow each other: the end of one is the start
// of the next, so that a pipeline costs one clock reading a command. Zero value:
// call Start before the first Lap.
type Timer struct{ last int64 }

// Start begins a batch.
func (t *Timer) Start() { t.last = Nanotime() }

// Lap returns the nanoseconds since the last Start or Lap.
func (t *Timer) Lap() int64 {
	now := Nanotime()
	d := now - t.last
	t.last = now
	return d
}
