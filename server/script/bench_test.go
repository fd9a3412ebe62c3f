package script

import (
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// BenchmarkIncr is what a script costs with its command: 1.5 to 3 us on a busy
// machine and 6 allocations, the call, its run and the strings of KEYS.
func BenchmarkIncr(b *testing.B) {
	r := newRig(b)
	s, err := r.Load("return redis.call('incr', KEYS[1])")
	if err != nil {
		b.Fatal(err)
	}
	keys := [][]byte{[]byte("counter")}
	var out protocol.Writer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset(nil)
		r.Exec(s, keys, nil, &Run{Host: host{r.db}}, &out)
	}
}

// BenchmarkLoop is the interpreter itself: instructions a second.
func BenchmarkLoop(b *testing.B) {
	r := newRig(b)
	s, err := r.Load("local n = 0 for i = 1, 1000 do n = n + i % 7 end return n")
	if err != nil {
		b.Fatal(err)
	}
	var out protocol.Writer
	for b.Loop() {
		out.Reset(nil)
		r.Exec(s, nil, nil, &Run{Host: host{r.db}}, &out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/3000, "ns/instruction")
}
