package tests

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// overhead is what the process may take beside maxmemory: binary and runtime.
const overhead = 24 << 20

func startCached(t *testing.T, settings ...string) (*peer.Process, *peer.Client) {
	t.Helper()
	p := peer.Run(t, peer.Cached(peer.Binary(t), settings...))
	return p, dial(t, p)
}

func dial(t *testing.T, p *peer.Process) *peer.Client {
	t.Helper()
	c, err := peer.Dial(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t *testing.T, c *peer.Client, args ...string) any {
	t.Helper()
	v, err := c.Do(args...)
	if err != nil {
		t.Fatalf("%.200v: %v", args, err)
	}
	return v
}

func mustLoad(t *testing.T, p *peer.Process, l peer.Loader, from, to int) {
	t.Helper()
	if err := l.Load(p.Addr, from, to); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until RSS is at or under the bound.
func eventually(t *testing.T, p *peer.Process, bound int64, what string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		n, err := p.RSS()
		if err != nil {
			t.Fatal(err)
		}
		if n <= bound {
			t.Logf("%s: RSS %.1f MiB", what, mib(n))
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s: RSS stays at %.1f MiB, want %.1f", what, mib(n), mib(bound))
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestRSSStaysWithinMaxmemoryWhateverIsWritten fills, drifts, expires and
// evicts, small values and large, and reads RSS all the while.
func TestRSSStaysWithinMaxmemoryWhateverIsWritten(t *testing.T) {
	const bound = 64 << 20
	for _, policy := range []string{"allkeys-adaptive", "allkeys-lru", "allkeys-lfu", "volatile-ttl"} {
		t.Run(policy, func(t *testing.T) {
			p, c := startCached(t, "--maxmemory", "64mb", "--maxmemory-policy", policy)
			b := watch(t, p)
			rounds := 1
			if soak() {
				rounds = 20
			}
			for seed := range rounds {
				fillDriftExpire(t, p, policy == "volatile-ttl", uint64(seed))
			}
			b.check(t, bound+overhead)
			if n, err := c.Int("DBSIZE"); err != nil || n < 1000 {
				t.Errorf("%d keys are left, %v: a cache should be full", n, err)
			}
		})
	}
}

func fillDriftExpire(t *testing.T, p *peer.Process, volatile bool, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	ttl := func(int) time.Duration {
		if volatile {
			return time.Hour
		}
		return 0
	}
	const n = 400_000
	for _, size := range []int{64, 200, 90} { // all values drift together
		mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(size), TTL: ttl}, 0, n)
	}
	filler := strings.Repeat("v", 1<<20)
	mixed := func(int) string { return filler[:int(r.ExpFloat64()*300)%(64<<10)] }
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: mixed, TTL: ttl}, n, n+100_000)
	large := func(int) string { return filler[:100<<10+r.IntN(900<<10)] }
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: large, TTL: ttl, Depth: 8}, 2*n, 2*n+300)
	short := func(int) time.Duration { return time.Duration(1+r.IntN(1000)) * time.Millisecond }
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(100), TTL: short}, 3*n, 3*n+n/2)
}

func TestNoevictionRefusesWritesAndStaysWithinTheBound(t *testing.T) {
	p, c := startCached(t, "--maxmemory", "32mb", "--maxmemory-policy", "noeviction")
	b := watch(t, p)
	value := strings.Repeat("v", 1000)
	refused := 0
	for i := range 60_000 {
		c.Queue("SET", peer.Keys20(i), value)
		if i%100 != 99 {
			continue
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if _, err := c.Skip(); err != nil {
				if !strings.HasPrefix(err.Error(), "OOM ") {
					t.Fatal(err)
				}
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("60 MB of values were accepted under 32 MB")
	}
	if v := must(t, c, "GET", peer.Keys20(0)); v != value {
		t.Error("the first key is gone, though nothing may be evicted")
	}
	must(t, c, "DEL", peer.Keys20(0), peer.Keys20(1))
	b.check(t, 32<<20+overhead)
}

func TestShrinkingMaxmemoryLiveShrinksTheProcess(t *testing.T) {
	p, c := startCached(t, "--maxmemory", "200mb")
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(200)}, 0, 1_000_000)
	before := must(t, c, "DBSIZE").(int64)
	b := watch(t, p)
	must(t, c, "CONFIG", "SET", "maxmemory", "50mb")
	eventually(t, p, 50<<20+overhead, "shrunk to 50mb")
	if n := must(t, c, "DBSIZE").(int64); n < before/8 || n > before/2 {
		t.Errorf("%d of %d keys are left after a quarter of the memory is", n, before)
	}
	must(t, c, "CONFIG", "SET", "maxmemory", "100mb")
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(200)}, 0, 1_000_000)
	if n := must(t, c, "DBSIZE").(int64); n < before*3/8 {
		t.Errorf("%d keys after growing again to 100mb, %d fitted into 200mb", n, before)
	}
	b.check(t, 200<<20+overhead)
	eventually(t, p, 100<<20+overhead, "grown to 100mb")
}

func TestExpiredAndFlushedKeysGiveMemoryBack(t *testing.T) {
	for name, drop := range map[string]func(*peer.Client){
		"expiry":         func(*peer.Client) {},
		"FLUSHALL":       func(c *peer.Client) { must(t, c, "FLUSHALL", "SYNC") },
		"FLUSHALL ASYNC": func(c *peer.Client) { must(t, c, "FLUSHALL", "ASYNC") },
	} {
		t.Run(name, func(t *testing.T) {
			p, c := startCached(t, "--maxmemory", "400mb")
			soon := time.Now().Add(6 * time.Second)
			ttl := func(int) time.Duration { return max(time.Until(soon), time.Millisecond) }
			if name != "expiry" {
				ttl = nil
			}
			mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(200), TTL: ttl}, 0, 600_000)
			full, err := p.RSS()
			if err != nil || full < 100<<20 {
				t.Fatalf("RSS of 600,000 keys is %.1f MiB, %v", mib(full), err)
			}
			b := watch(t, p)
			drop(c)
			if name == "expiry" {
				time.Sleep(time.Until(soon.Add(2 * time.Second)))
			}
			if n := must(t, c, "DBSIZE").(int64); n != 0 {
				t.Errorf("%d keys are left", n)
			}
			eventually(t, p, overhead+20<<20, "after "+name)
			b.check(t, 400<<20+overhead)
		})
	}
}

// TestClientsBuffersCountIntoMaxmemory lets clients hold replies they do not
// read: values give way, the process does not grow.
func TestClientsBuffersCountIntoMaxmemory(t *testing.T) {
	p, c := startCached(t, "--maxmemory", "64mb")
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(1000)}, 0, 40_000)
	must(t, c, "SET", "big", strings.Repeat("v", 200<<10))
	b := watch(t, p)
	for range 40 {
		greedy := dial(t, p)
		for range 100 {
			greedy.Queue("GET", "big")
		}
		if err := greedy.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2 * time.Second)
	b.check(t, 64<<20+overhead)
	if v := must(t, c, "PING"); v != "PONG" {
		t.Error(fmt.Sprint(v))
	}
}
