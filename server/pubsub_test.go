package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestSubscribersSeeOneOrder has several clients publish at once: every subscriber
// gets all messages of a channel, and in the same order.
func TestSubscribersSeeOneOrder(t *testing.T) {
	srv := startWide(t)
	const publishers, each, listeners = 3, 200, 5
	var subs []*client
	for i := range listeners {
		c := dial(t, srv)
		if i%2 == 1 {
			c.do("HELLO 3")
		}
		c.do("SUBSCRIBE news")
		subs = append(subs, c)
	}
	var wg sync.WaitGroup
	for p := range publishers {
		c := dial(t, srv)
		wg.Go(func() {
			for i := range each {
				if got := c.text(fmt.Sprintf("PUBLISH news %d-%d", p, i)); got != fmt.Sprint("(integer) ", listeners) {
					t.Errorf("PUBLISH: %s", got)
				}
			}
		})
	}
	wg.Wait()
	var first []string
	for i, c := range subs {
		var got []string
		for range publishers * each {
			got = append(got, string(c.reply().Elems[2].Str))
		}
		if i == 0 {
			first = got
		} else if strings.Join(got, " ") != strings.Join(first, " ") {
			t.Fatalf("listener %d saw another order", i)
		}
	}
}

// TestNoMessageComesAfterTheGoodbye: what was on its way when a client stopped to
// listen comes before the confirmation, so that the reply of the next command is
// not taken for it.
func TestNoMessageComesAfterTheGoodbye(t *testing.T) {
	srv := startWide(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	pub := dial(t, srv)
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				pub.do("PUBLISH a x")
			}
		}
	})
	c := dial(t, srv)
	for range 200 {
		c.send("SUBSCRIBE a", "UNSUBSCRIBE", "ECHO hello")
		left := false
		for !left {
			left = string(c.reply().Elems[0].Str) == "unsubscribe"
		}
		if got := string(c.reply().Str); got != "hello" {
			t.Fatalf("after the goodbye came %q", got)
		}
	}
	close(stop)
	wg.Wait()
}

func TestASlowSubscriberIsCutOff(t *testing.T) {
	srv := start(t, "--client-output-buffer-limit", "pubsub 1mb 0 0")
	slow, pub := dial(t, srv), dial(t, srv)
	slow.do("SUBSCRIBE a")
	payload := strings.Repeat("x", 100_000)
	eventually(t, "the subscriber is gone", func() bool {
		return pub.text("PUBLISH a "+payload) == "(integer) 0"
	})
	if got := pub.info("client_output_buffer_limit_disconnections"); got != "1" {
		t.Errorf("disconnections: %s", got)
	}
}

func TestSubscribersThatLeaveAreForgotten(t *testing.T) {
	srv := start(t)
	for range 20 {
		c := dial(t, srv)
		c.send("SUBSCRIBE a b", "PSUBSCRIBE *", "SSUBSCRIBE s")
		for range 4 {
			c.reply()
		}
		c.conn.Close()
	}
	ps := &srv.pubsub
	eventually(t, "all are forgotten", func() bool {
		return ps.channels.n.Load() == 0 && ps.shards.n.Load() == 0 && ps.patterns.n.Load() == 0
	})
}

func TestEvictedKeysAreTold(t *testing.T) {
	srv := start(t, "--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru", "--notify-keyspace-events", "Ee")
	sub, c := dial(t, srv), dial(t, srv)
	sub.do("SUBSCRIBE __keyevent@0__:evicted")
	for i := range 1500 {
		c.do(fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", 10_000)))
	}
	if r := sub.reply(); len(r.Elems) != 3 || !strings.HasPrefix(string(r.Elems[2].Str), "k") {
		t.Errorf("got %v", r)
	}
}
