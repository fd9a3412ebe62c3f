package script

import (
	"context"
	"runtime/metrics"
	"time"
)

// Limits bound one run. A script that passes one ends with an error that no
// pcall can catch; what it had written stays, as with any failing script.
type Limits struct {
	Steps  int64 // instructions; 0: maxSteps
	Memory int64 // bytes by which the Go heap may grow; 0: maxGrowth
	Text   int   // longest string, bytes; 0: maxText
}

const (
	maxSteps  = 20_000_000_000
	maxGrowth = 256 << 20
	maxText   = 512 << 20

	// stride is how many instructions run between two looks around, longAfter
	// after how many a script counts as long.
	stride    = 1 << 10
	longAfter = 20 << 10
	// heapBytes is how many bytes a script makes, and heapStrides how many strides
	// it runs, before the heap is measured again.
	heapBytes   = 4 << 20
	heapStrides = 64
)

// budget counts the instructions of a run. It poses as the context of the Lua
// state, which asks it before each instruction whether to go on: the one hook
// that the interpreter has.
type budget struct {
	steps, next int64
	run         *Run
	why         error
	made        int64 // bytes since the heap was last measured
	base        int64 // heap at the start; 0: not measured yet
	strides     int
	sample      [1]metrics.Sample
}

// stopped is what Done returns when the run has to end.
var stopped = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (b *budget) begin(r *Run) {
	*b = budget{run: r, next: stride, sample: b.sample}
	b.sample[0].Name = "/memory/classes/heap/objects:bytes"
}

// Done is called before each instruction.
func (b *budget) Done() <-chan struct{} {
	if b.steps++; b.steps < b.next {
		return nil
	}
	return b.look()
}

func (b *budget) look() <-chan struct{} {
	if b.why == nil {
		b.why = b.judge()
	}
	if b.why != nil {
		b.next = b.steps // every instruction from now on: pcall is of no use
		return stopped
	}
	b.next = b.steps + stride
	return nil
}

func (b *budget) judge() error {
	r := b.run
	if r.killed() {
		return errKilled
	}
	if b.steps > r.Limits.Steps {
		return errSteps
	}
	if b.steps >= longAfter && !r.long {
		r.long = true
		if r.Long != nil {
			r.Long()
		}
	}
	if b.strides++; b.strides%heapStrides == 0 {
		return b.weigh()
	}
	return nil
}

// pay takes steps that a library function spent.
func (b *budget) pay(steps int) bool {
	b.steps += int64(steps)
	return b.steps < b.next || b.look() == nil
}

// make takes bytes that are about to be made.
func (b *budget) make(bytes int) bool {
	if b.made += int64(bytes); b.made < heapBytes {
		return true
	}
	if b.why == nil {
		b.why = b.weigh()
	}
	if b.why != nil {
		b.next = b.steps
		return false
	}
	return true
}

// weigh measures the heap. Bytes to come (made) count as made.
func (b *budget) weigh() error {
	metrics.Read(b.sample[:])
	heap := int64(b.sample[0].Value.Uint64())
	coming := b.made
	b.made = 0
	if b.base == 0 {
		b.base = heap
		heap += coming
		if coming < b.run.Limits.Memory {
			return nil
		}
	}
	if heap+coming-b.base > b.run.Limits.Memory {
		return b.overweight(coming)
	}
	return nil
}

// overweight looks again after a collection: what the heap holds may be garbage.
func (b *budget) overweight(coming int64) error {
	if b.run.Collect != nil {
		b.run.Collect()
		metrics.Read(b.sample[:])
	}
	if int64(b.sample[0].Value.Uint64())+coming-b.base > b.run.Limits.Memory {
		return errMemory
	}
	return nil
}

// Err tells why the run has to end.
func (b *budget) Err() error { return b.why }

// Deadline is part of context.Context.
func (b *budget) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value is part of context.Context.
func (b *budget) Value(any) any { return nil }

var _ context.Context = (*budget)(nil)
