//go:build linux

package store

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// rss is what the process has in memory.
func rss(t testing.TB) int64 {
	t.Helper()
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	n, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n * int64(os.Getpagesize())
}

// What a key may take in memory, policy and all.
func TestMemoryAKeyStaysInItsFigures(t *testing.T) {
	quiet(t)
	const n = 1_000_000
	for _, c := range []struct {
		name   string
		valLen int
		expire int64
		most   float64
	}{
		{"64 bytes", 64, 0, 133},
		{"200 bytes", 200, 0, 275},
		{"64 bytes with TTL", 64, 1 << 40, 150},
	} {
		before := rss(t)
		ks, _ := filled(t, Options{Seed: 1, Policy: "allkeys-adaptive"}, n, c.valLen, c.expire)
		got := float64(rss(t)-before) / n
		m := ks.Memory()
		t.Logf("%s: RSS %.1f a key; counted %.1f, dataset %.1f (pages %.1f of which free %.1f, handles %.1f, policy %.1f, index %.2f)",
			c.name, got, float64(m.Resident)/n, float64(m.Dataset)/n, float64(m.Pages)/n, float64(m.Free)/n, float64(m.Handles)/n, float64(m.Policy)/n, float64(m.Index)/n)
		if got > c.most {
			t.Errorf("%s: %.1f bytes a key, want at most %.0f", c.name, got, c.most)
		}
		if err := ks.Close(); err != nil {
			t.Error(err)
		}
		runtime.GC()
	}
}

// bounded is a keyspace with a bound and a caller that keeps to it as the
// engine does: room before each write, a little background work between.
type bounded struct {
	t    testing.TB
	ks   *Keyspace
	db   *DB
	now  int64
	base int64 // RSS before
	peak int64
	key  []byte
	val  []byte
}

func newBounded(t testing.TB, maxMemory int64, policy string) *bounded {
	before := rss(t)
	ks, err := Open(Options{Seed: 1, MaxMemory: maxMemory, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	b := &bounded{t: t, ks: ks, db: ks.View(), now: 1_700_000_000_000, base: before, val: make([]byte, 64<<10)}
	b.db.Begin(b.now, false)
	return b
}

func (b *bounded) set(i, n int, expire int64) {
	for b.ks.Over() > 0 {
		if !b.ks.Evict(b.now) {
			b.t.Fatalf("over by %d and nothing to evict", b.ks.Over())
		}
	}
	b.key = benchKey(b.key, i)
	b.db.LockKey(b.key)
	b.db.SetString(b.key, b.val[:n], expire)
	b.db.Unlock()
	if i%1024 == 0 {
		b.ks.Maintain(4)
		b.ks.ExpireStep(b.now, 100)
	}
}

// grown is RSS since before, and how much of the promise is left.
func (b *bounded) report(what string) {
	m := b.ks.Memory()
	got := rss(b.t) - b.base
	limit := b.ks.MaxMemory()
	b.t.Logf("%-22s RSS %6.1f MiB of %.0f, keys %d, used %.1f, holes %.1f%%, moved %d, evicted %d", what,
		float64(got)/(1<<20), float64(limit)/(1<<20), m.Keys, float64(m.Used)/(1<<20),
		100*float64(m.Free)/float64(m.Pages+1), b.ks.Stats().Moved, b.ks.Stats().Evicted)
	if got > limit+promised {
		b.t.Errorf("%s: RSS grew by %d, bound %d", what, got, limit)
	}
	if b.ks.Over() > limit/1000 {
		b.t.Errorf("%s: over by %d", what, b.ks.Over())
	}
}

// promised is what the keyspace may use of the 24 MiB that a process may have
// beyond its bound.
const promised = 8 << 20

func TestMemoryStaysBoundedWhileSizesDrift(t *testing.T) {
	quiet(t)
	for _, mb := range []int64{8, 64} {
		n := int(mb) * 8000
		b := newBounded(t, mb<<20, "allkeys-lru")
		for _, size := range []int{64, 200, 90} {
			for i := range n {
				b.set(i, size, 0)
			}
			b.report(strconv.Itoa(size) + " bytes")
		}
		for i := range n {
			b.set(i, i*7919%500, b.now+int64(i%10000))
		}
		b.report("0..500 bytes, TTL")
		for i := range n / 40 {
			b.set(i, i*7919%40000, 0)
		}
		b.report("0..40000 bytes")
		for i := range n {
			b.set(i, 64, 0)
		}
		b.report("64 bytes again")
		b.now += 20000
		b.db.Begin(b.now, false)
		for more := true; more; {
			_, more = b.ks.ExpireStep(b.now, 1000)
		}
		b.ks.SetMaxMemory(mb << 19)
		for b.ks.Over() > 0 && b.ks.Evict(b.now) {
		}
		for b.ks.Maintain(10) {
		}
		b.report("maxmemory halved")
		if err := b.ks.Close(); err != nil {
			t.Error(err)
		}
	}
}
