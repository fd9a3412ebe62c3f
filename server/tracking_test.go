package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// TestCachesNeverStayStale has clients cache a counter that others raise: once all
// is quiet, whoever still holds a value holds the last one.
func TestCachesNeverStayStale(t *testing.T) {
	srv := startWide(t)
	const writers, readers, each = 2, 4, 300
	var wg sync.WaitGroup
	for range writers {
		c := dial(t, srv)
		wg.Go(func() {
			for range each {
				c.do("INCR n")
			}
		})
	}
	caches := make([]*cache, readers)
	for i := range caches {
		c := dial(t, srv)
		c.do("HELLO 3")
		c.expect("CLIENT TRACKING ON", "OK")
		k := &cache{c: c}
		caches[i] = k
		wg.Go(func() {
			for turn := range each {
				k.read(turn%3 == 0)
			}
		})
	}
	wg.Wait()
	last := dial(t, srv).text("GET n")
	for i, k := range caches {
		k.c.send("PING")
		if k.next(); k.value != "" && k.value != last {
			t.Errorf("cache %d still holds %s, the value is %s", i, k.value, last)
		}
	}
}

// cache is one client's cache of one key.
type cache struct {
	c     *client
	value string
}

// next reads a reply; invalidations before it empty the cache.
func (k *cache) next() protocol.Reply {
	for {
		r := k.c.reply()
		if r.Kind != protocol.PushKind {
			return r
		}
		k.value = ""
	}
}

// read caches the value, by way of a worker or not.
func (k *cache) read(worker bool) {
	if !worker {
		k.c.send("GET n")
		k.value = string(k.next().Str)
		return
	}
	k.c.send("MULTI", "GET n", "KEYS nothing", "EXEC")
	for range 3 {
		k.next()
	}
	k.value = string(k.next().Elems[0].Str)
}

func TestTheTableOfTrackedKeysIsBounded(t *testing.T) {
	srv := start(t, "--tracking-table-max-keys", "100")
	c := dial(t, srv)
	c.do("HELLO 3")
	c.expect("CLIENT TRACKING ON", "OK")
	invalidated := 0
	for i := range 500 {
		c.send(fmt.Sprintf("GET k%d", i))
		for c.reply().Kind == protocol.PushKind {
			invalidated++
		}
	}
	if n := srv.tracking.keys.Load(); n > 100 {
		t.Errorf("%d keys are tracked", n)
	}
	c.send("PING")
	for c.reply().Kind == protocol.PushKind {
		invalidated++
	}
	if invalidated != 400 {
		t.Errorf("%d keys were invalidated, want 400", invalidated)
	}
	if got := c.info("tracking_total_keys"); got != "100" {
		t.Errorf("tracking_total_keys = %s", got)
	}
	c.expect("CLIENT TRACKING OFF", "OK")
	if n, items := srv.tracking.keys.Load(), srv.tracking.items.Load(); n != 0 || items != 0 {
		t.Errorf("%d keys and %d items are left", n, items)
	}
}

func TestEvictionInvalidates(t *testing.T) {
	srv := start(t, "--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru")
	c, other := dial(t, srv), dial(t, srv)
	c.do("HELLO 3")
	c.expect("CLIENT TRACKING ON", "OK", "SET a 1", "OK", "GET a", "1")
	for i := range 1500 {
		other.do(fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", 10_000)))
	}
	if r := c.reply(); r.Kind != protocol.PushKind || string(r.Elems[1].Elems[0].Str) != "a" {
		t.Errorf("got %v", r)
	}
}
