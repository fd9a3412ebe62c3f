package server

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// TestAllTogetherNobodyHangs mixes whatever takes locks, waits, is woken, listens or
// is told, on several loops. It asserts that everybody gets an answer, and that in
// the end nothing is held for those who left.
func TestAllTogetherNobodyHangs(t *testing.T) {
	srv := startWide(t, "--notify-keyspace-events", "KEA")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	lines := []string{
		"RPUSH a 1 2", "RPUSH b 1", "RPUSH c 1", "LPUSH d 1", "BLPOP a b 0.01", "BLMOVE b a LEFT LEFT 0.01", "BRPOPLPUSH c d 0.01",
		"BLMPOP 0.01 2 c d LEFT COUNT 2", "BLPOP d 0.01", "ZADD z 1 m", "BZPOPMIN z 0.01", "DEL a", "RENAME c d", "COPY b c REPLACE",
		"SWAPDB 0 1", "FLUSHALL", "KEYS *", "SCAN 0", "DBSIZE", "SORT a STORE b", "MGET a b c", "SET x 1 PX 3", "GET x", "INCR n",
		"WATCH n x", "UNWATCH", "MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "SELECT 0", "SELECT 1", "PUBLISH ch hello", "SPUBLISH ch hello",
		"CLIENT LIST", "CLIENT TRACKING ON", "CLIENT TRACKING OFF", "CLIENT TRACKINGINFO", "INFO", "PUBSUB CHANNELS", "PING", "MEMORY STATS",
		"CONFIG SET tracking-table-max-keys 2", "EVAL \"return redis.call('RPUSH', KEYS[1], 1)\" 1 a", "XADD s * f v", "XREAD BLOCK 10 STREAMS s $",
	}
	const clients, each = 8, 400
	var wg sync.WaitGroup
	var conns []*client
	for i := range clients {
		c := dial(t, srv)
		c.do("HELLO 3")
		conns = append(conns, c)
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		wg.Go(func() {
			for range each {
				line := lines[r.IntN(len(lines))]
				c.send(line)
				if answer(c); t.Failed() {
					t.Log("after ", line)
					return
				}
			}
		})
	}
	listener := dial(t, srv)
	wg.Go(func() {
		for range 50 {
			listener.send("PSUBSCRIBE __key*", "SUBSCRIBE ch", "UNSUBSCRIBE", "PUNSUBSCRIBE", "ECHO done")
			for string(listener.reply().Str) != "done" {
			}
		}
	})
	wg.Wait()
	for _, c := range append(conns, listener) {
		c.conn.Close()
	}
	eventually(t, "all is given back", func() bool {
		return srv.engine.Guards() == 0 && srv.blockedClients() == 0 && srv.tracking.sessions() == 0 &&
			srv.tracking.keys.Load() == 0 && srv.pubsub.patterns.n.Load() == 0
	})
}

// answer reads a reply, and what is pushed before it.
func answer(c *client) {
	for c.reply().Kind == protocol.PushKind {
	}
}
