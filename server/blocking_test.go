package server

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// startWide runs a node with several event loops even on a small machine, so that
// commands meet.
func startWide(t *testing.T, args ...string) *Server {
	before := runtime.GOMAXPROCS(8)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	return start(t, args...)
}

// blocked waits until so many clients wait.
func blocked(t *testing.T, srv *Server, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " clients wait"), func() bool { return srv.blockedClients() == n })
}

func TestManyWaitersAreServedInOrderOfArrival(t *testing.T) {
	srv := start(t)
	const n = 100
	var waiters []*client
	for i := range n {
		c := dial(t, srv)
		c.send("BLPOP l 0")
		blocked(t, srv, i+1)
		waiters = append(waiters, c)
	}
	pusher := dial(t, srv)
	for i := 0; i < n; {
		k := min(1+rand.IntN(7), n-i)
		var words []string
		for range k {
			words = append(words, strconv.Itoa(i))
			i++
		}
		pusher.do("RPUSH l " + strings.Join(words, " "))
	}
	for i, c := range waiters {
		if r := c.reply(); len(r.Elems) != 2 || string(r.Elems[1].Str) != strconv.Itoa(i) {
			t.Fatalf("waiter %d got %s", i, protocol.Format(r))
		}
	}
	blocked(t, srv, 0)
	pusher.expect("EXISTS l", "(integer) 0")
}

// TestNoWakeUpIsLost has consumers block and producers push at the same time, on
// lists that cross stripes, and counts what comes out.
func TestNoWakeUpIsLost(t *testing.T) {
	srv := startWide(t)
	const producers, consumers, each = 4, 8, 400
	var got sync.Map
	var left atomic.Int64
	left.Store(producers * each)
	var wg sync.WaitGroup
	forms := []string{"BLPOP a b c 5", "BRPOP b c a 5", "BLMPOP 5 3 c a b LEFT COUNT 3", "BLPOP c 5", "BLPOP a 5", "BRPOP b 5", "BLMOVE a b LEFT RIGHT 5", "BLPOP a b 5"}
	for i := range consumers {
		c := dial(t, srv)
		wg.Go(func() {
			for left.Load() > 0 {
				c.send(forms[i])
				r := c.reply()
				if strings.HasPrefix(forms[i], "BLMOVE") {
					continue
				}
				for _, v := range values(r) {
					if _, twice := got.LoadOrStore(v, true); twice {
						t.Errorf("%s came twice", v)
					}
					left.Add(-1)
				}
			}
		})
	}
	for p := range producers {
		c := dial(t, srv)
		wg.Go(func() {
			for i := range each {
				c.do(fmt.Sprintf("RPUSH %c %d-%d", "abc"[i%3], p, i))
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	end := time.After(20 * time.Second)
	for open := true; open; {
		select {
		case <-done:
			open = false
		case <-end:
			t.Fatalf("%d elements were never handed out, %d clients wait", left.Load(), srv.blockedClients())
		case <-time.After(20 * time.Millisecond):
			if left.Load() == 0 { // let those go who wait for more
				for _, s := range srv.sessions() {
					srv.unblock(s.conn.ID(), "")
				}
			}
		}
	}
}

// values are the elements in the reply of a blocking pop, without the key.
func values(r protocol.Reply) (list []string) {
	if len(r.Elems) != 2 {
		return nil
	}
	if r.Elems[1].Kind == protocol.ArrayKind {
		for _, e := range r.Elems[1].Elems {
			list = append(list, string(e.Str))
		}
		return list
	}
	return []string{string(r.Elems[1].Str)}
}

func TestWaitsThatEndOrAreBrokenTakeNothing(t *testing.T) {
	srv := startWide(t)
	pusher := dial(t, srv)
	for round := range 30 {
		short, gone, stays := dial(t, srv), dial(t, srv), dial(t, srv)
		short.send("BLPOP l 0.01")
		gone.send("BLPOP l 0")
		eventually(t, "one waits for ever", func() bool { return srv.blockedClients() >= 1 })
		if r := short.reply(); len(r.Elems) != 0 {
			t.Fatalf("got %s", protocol.Format(r))
		}
		gone.conn.Close()
		blocked(t, srv, 0)
		stays.send("BLPOP l 0")
		blocked(t, srv, 1)
		pusher.expect(fmt.Sprintf("RPUSH l %d", round), "(integer) 1", "EXISTS l", "(integer) 0")
		if r := stays.reply(); len(r.Elems) != 2 || string(r.Elems[1].Str) != strconv.Itoa(round) {
			t.Fatalf("got %s", protocol.Format(r))
		}
	}
}

func TestAServerClosesWhileClientsWait(t *testing.T) {
	srv := start(t)
	var all []*client
	for range 10 {
		c := dial(t, srv)
		c.send("BLPOP l 0")
		all = append(all, c)
	}
	blocked(t, srv, 10)
	began := time.Now()
	srv.Close(t.Context())
	if took := time.Since(began); took > time.Second {
		t.Errorf("closing took %v", took)
	}
	for _, c := range all {
		if !c.gone() {
			t.Error("a waiting client was left")
		}
	}
}

func TestAWaitIsCountedOnce(t *testing.T) {
	srv := start(t)
	waiter, other := dial(t, srv), dial(t, srv)
	waiter.send("BLPOP l 0")
	blocked(t, srv, 1)
	other.do("RPUSH l x")
	waiter.reply()
	text := other.text("INFO commandstats")
	if !strings.Contains(text, "cmdstat_blpop:calls=1,") || !strings.Contains(text, "cmdstat_rpush:calls=1,") {
		t.Errorf("%s", text)
	}
}
