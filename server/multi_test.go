package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// TestOptimisticIncrementsAreNotLost is what WATCH is for: read, compute, write,
// and again if somebody was faster.
func TestOptimisticIncrementsAreNotLost(t *testing.T) {
	srv := startWide(t)
	const clients, each = 6, 60
	var wg sync.WaitGroup
	for range clients {
		c := dial(t, srv)
		wg.Go(func() {
			for done := 0; done < each; {
				c.do("WATCH n")
				n := 0
				fmt.Sscan(string(c.do("GET n").Str), &n)
				c.send("MULTI", fmt.Sprintf("SET n %d", n+1), "EXEC")
				c.reply()
				c.reply()
				if r := c.reply(); len(r.Elems) == 1 {
					done++
				}
			}
		})
	}
	wg.Wait()
	dial(t, srv).expect("GET n", fmt.Sprint(clients*each))
	if n := srv.engine.Guards(); n != 0 {
		t.Errorf("%d guards are left", n)
	}
}

func TestATransactionIsSeenWholeOrNotAtAll(t *testing.T) {
	srv := startWide(t)
	writer, reader := dial(t, srv), dial(t, srv)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			writer.send("MULTI", fmt.Sprint("SET a ", i), fmt.Sprint("SET b ", i), fmt.Sprint("HSET c f ", i), "EXEC")
			for range 5 {
				writer.reply()
			}
		}
	})
	for range 500 {
		reader.send("MULTI", "GET a", "HGET c f", "GET b", "EXEC")
		for range 4 {
			reader.reply()
		}
		r := reader.reply()
		if a, c, b := string(r.Elems[0].Str), string(r.Elems[1].Str), string(r.Elems[2].Str); a != b || b != c {
			t.Fatalf("a=%s b=%s c=%s", a, b, c)
		}
	}
	close(stop)
	wg.Wait()
}

func TestATransactionOfConnectionsThatBreakLeavesNoGuard(t *testing.T) {
	srv := start(t)
	for range 20 {
		c := dial(t, srv)
		c.do("WATCH a b c")
		c.send("MULTI", "GET a")
		c.reply()
		c.conn.Close()
	}
	eventually(t, "all guards are given back", func() bool { return srv.engine.Guards() == 0 })
}

func TestATransactionNeedsRoomForAllThatItWrites(t *testing.T) {
	srv := start(t, "--maxmemory", "8mb", "--maxmemory-policy", "noeviction")
	c := dial(t, srv)
	c.send("MULTI", "SET a 1", "GET a")
	for range 3 {
		c.reply()
	}
	filler := dial(t, srv)
	for i := 0; ; i++ {
		if r := filler.do(fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", 10_000))); r.Kind == protocol.ErrorKind {
			break
		}
	}
	if got := c.text("EXEC"); !strings.HasPrefix(got, "EXECABORT Transaction discarded because of: OOM") {
		t.Errorf("EXEC: %q", got)
	}
	c.expect("EXEC", "ERR EXEC without MULTI", "GET a", "(nil)")
	c.send("MULTI", "GET a", "SET a 1", "EXEC")
	c.reply()
	c.reply()
	if r := c.reply(); !strings.HasPrefix(string(r.Str), "OOM") {
		t.Errorf("queueing a write: %s", protocol.Format(r))
	}
	if r := c.reply(); !strings.HasPrefix(string(r.Str), "EXECABORT") {
		t.Errorf("EXEC: %s", protocol.Format(r))
	}
}

func TestMonitorsSeeWhatATransactionRuns(t *testing.T) {
	srv := start(t)
	m, c := dial(t, srv), dial(t, srv)
	m.expect("MONITOR", "OK")
	c.send("MULTI", "SET a 1", "EXEC")
	for range 3 {
		c.reply()
	}
	for _, want := range []string{`"MULTI"`, `"SET" "a" "1"`, `"EXEC"`} {
		if got := string(m.reply().Str); !strings.HasSuffix(got, want) {
			t.Errorf("%q, want %s", got, want)
		}
	}
}
