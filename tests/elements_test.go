package tests

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"

	"github.com/cachedserver/cached/tests/peer"
)

// element is a kind of collection and the call that adds element i to it.
type element struct {
	kind string
	add  func(key string, i int) []string
}

// Elements of 12 to 14 bytes in an order that is not theirs.
var elementKinds = []element{
	{"hash", func(key string, i int) []string {
		return []string{"HSET", key, fmt.Sprintf("field:%07d", shuffled(i)), fmt.Sprintf("value:%07d", i)}
	}},
	{"set", func(key string, i int) []string {
		return []string{"SADD", key, fmt.Sprintf("member:%07d", shuffled(i))}
	}},
	{"set of integers", func(key string, i int) []string {
		return []string{"SADD", key, strconv.Itoa(shuffled(i))}
	}},
	{"zset", func(key string, i int) []string {
		return []string{"ZADD", key, strconv.Itoa(i), fmt.Sprintf("member:%07d", shuffled(i))}
	}},
	{"list", func(key string, i int) []string {
		return []string{"RPUSH", key, fmt.Sprintf("element:%07d", i)}
	}},
}

// shuffled is a permutation of the numbers below ten million.
func shuffled(i int) int { return i * 7_368_787 % 10_000_000 }

// TestElementsTakeNoMoreMemoryThanInRedis prints the table of docs/benchmarks.md:
// bytes that an element takes in collections of 10, 1,000 and a million.
func TestElementsTakeNoMoreMemoryThanInRedis(t *testing.T) {
	if testing.Short() {
		t.Skip("fills collections of a million")
	}
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	t.Logf("%-16s %9s %24s %24s %6s", "", "elements", "cached (RSS)", "redis (RSS)", "ratio")
	for _, k := range elementKinds {
		for _, size := range []int{10, 1000, 1_000_000} {
			ours, ourRSS := perElement(t, peer.Cached(peer.Binary(t), "--maxmemory", "0"), k, size)
			theirs, theirRSS := perElement(t, peer.Redis(bin), k, size)
			t.Logf("%-16s %9d %15.1f (%5.1f) %15.1f (%5.1f) %6.2f", k.kind, size, ours, ourRSS, theirs, theirRSS, ours/theirs)
			if ours > theirs {
				t.Errorf("%s of %d: %.1f bytes an element, Redis takes %.1f", k.kind, size, ours, theirs)
			}
		}
	}
}

// perElement fills a server with collections of one size, and returns the bytes
// that one element has added to used_memory and to the resident set.
func perElement(t *testing.T, spec peer.Spec, k element, size int) (used, rss float64) {
	t.Helper()
	p, err := peer.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	c := dial(t, p)
	total := max(size, 300_000)
	// Some keys first: what a server sets up once is no element's.
	for i := range 1000 {
		c.Queue("SET", "key:"+strconv.Itoa(i), "value")
	}
	drain(t, c, 1000)
	usedBefore, rssBefore := memoryOf(t, p, c)
	queued := 0
	for i := range total {
		c.Queue(k.add("collection:"+strconv.Itoa(i/size), i%size)...)
		if queued++; queued == 1000 || i == total-1 {
			drain(t, c, queued)
			queued = 0
		}
	}
	usedAfter, rssAfter := memoryOf(t, p, c)
	return float64(usedAfter-usedBefore) / float64(total), float64(rssAfter-rssBefore) / float64(total)
}

func drain(t *testing.T, c *peer.Client, n int) {
	t.Helper()
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := c.Read(); err != nil {
			t.Fatal(err)
		}
	}
}

func memoryOf(t *testing.T, p *peer.Process, c *peer.Client) (used, rss int64) {
	t.Helper()
	info, err := c.Info("memory")
	if err != nil {
		t.Fatal(err)
	}
	if used, err = strconv.ParseInt(info["used_memory"], 10, 64); err != nil {
		t.Fatal(err)
	}
	if rss, err = p.RSS(); err != nil {
		t.Fatal(err)
	}
	return used, rss
}
