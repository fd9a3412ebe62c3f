package tests

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// bystander is a well-behaved client that must not notice what others do: it
// sends PING all the time and watches the server's memory.
type bystander struct {
	stop chan struct{}
	done sync.WaitGroup

	// Written by the goroutines, read after done.
	pings   int
	longest time.Duration
	highest int64
	account string // where the server says its memory is, when RSS was highest
	err     error
}

// watch starts a bystander of a server.
func watch(t *testing.T, p *peer.Process) *bystander {
	t.Helper()
	c, asks := dial(t, p), dial(t, p)
	b := &bystander{stop: make(chan struct{})}
	b.done.Go(func() { b.ping(c) })
	b.done.Go(func() { b.weigh(p, asks) })
	return b
}

func (b *bystander) ping(c *peer.Client) {
	for !b.stopped() {
		start := time.Now()
		if v, err := c.Do("PING"); err != nil || v != "PONG" {
			b.err = fmt.Errorf("PING number %d: %v, %w", b.pings+1, v, err)
			return
		}
		b.pings++
		b.longest = max(b.longest, time.Since(start))
		time.Sleep(2 * time.Millisecond)
	}
}

func (b *bystander) weigh(p *peer.Process, c *peer.Client) {
	for !b.stopped() {
		if n, err := p.RSS(); err == nil && n > b.highest+1<<20 {
			b.highest = n
			b.account = account(c)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// account is the server's own word on its memory.
func account(c *peer.Client) string {
	info, err := c.Info("memory")
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, f := range slices.Sorted(maps.Keys(info)) {
		if n, err := strconv.ParseInt(info[f], 10, 64); err == nil && n > 1<<20 && (own(f) || f == "used_memory" || f == "used_memory_rss" || f == "mem_clients_normal" || f == "allocator_resident") {
			fmt.Fprintf(&b, " %s %.1f", f, mib(n))
		}
	}
	return b.String()
}

func (b *bystander) stopped() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// patience is how long a PING may take beside anything: generous, since tests
// run on busy machines; a server that waits for a client takes forever.
const patience = 2 * time.Second

// check ends the watch: every PING was answered in time, and the resident
// memory stayed at or under bound.
func (b *bystander) check(t *testing.T, bound int64) {
	t.Helper()
	close(b.stop)
	b.done.Wait()
	t.Logf("%d PINGs, the longest took %v; RSS at most %.1f MiB of %.1f", b.pings, b.longest.Round(time.Microsecond), mib(b.highest), mib(bound))
	if b.err != nil {
		t.Errorf("another client was not served: %v", b.err)
	}
	if b.pings == 0 || b.longest > patience {
		t.Errorf("another client's PING took %v (%d answered)", b.longest, b.pings)
	}
	if b.highest > bound {
		t.Errorf("RSS rose to %.1f MiB, promised are %.1f; the server said (MiB):%s", mib(b.highest), mib(bound), b.account)
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
