package store

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// cpu reports the thread's own time for each operation, which a busy machine
// disturbs less than the clock on the wall.
func cpu(b *testing.B) (stop func()) {
	runtime.LockOSThread()
	b.ReportAllocs()
	start := threadTime()
	return func() {
		b.ReportMetric(float64(threadTime()-start)/float64(b.N), "cpu-ns/op")
		runtime.UnlockOSThread()
	}
}

// threadTime is the processor time of the calling thread in ns.
func threadTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}
