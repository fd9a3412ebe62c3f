package tests

import (
	"fmt"
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
	err     error
}

// watch starts a bystander of a server.
func watch(t *testing.T, p *peer.Process) *bystander {
	t.Helper()
	c, err := peer.Dial(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	b := &bystander{stop: make(chan struct{})}
	b.done.Go(func() { b.ping(c) })
	b.done.Go(func() { b.weigh(p) })
	return b
}

func (b *bystander) ping(c *peer.Client) {
	defer c.Close()
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

func (b *bystander) weigh(p *peer.Process) {
	for !b.stopped() {
		if n, err := p.RSS(); err == nil {
			b.highest = max(b.highest, n)
		}
		time.Sleep(10 * time.Millisecond)
	}
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
		t.Errorf("RSS rose to %.1f MiB, promised are %.1f", mib(b.highest), mib(bound))
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
