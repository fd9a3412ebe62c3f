package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/tests/peer"
)

// replays are the cells that the project has set floors for.
var replays = []struct {
	trace string
	mib   int
	floor float64
}{
	{"oltp", 8, 67.0},
	{"zipf-1.0", 8, 77.3},
	{"p3-1500k", 16, 16.0},
}

// request is one line of a trace.
type request struct {
	key  string
	size int
}

func (b *bench) trace() error {
	for _, r := range replays {
		reqs, err := readTrace(filepath.Join(b.traces, r.trace+".csv.gz"))
		if os.IsNotExist(err) {
			b.report.skip("trace %s: no file %s.csv.gz in the folder of traces (-traces)", r.trace, r.trace)
			continue
		}
		if err != nil {
			return err
		}
		if b.quick && len(reqs) > 1_000_000 {
			b.report.skip("trace %s: left out of a quick run", r.trace)
			continue
		}
		if err := b.replayAll(r.trace, r.mib, r.floor, reqs); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) replayAll(name string, mib int, floorPercent float64, reqs []request) error {
	bound := fmt.Sprintf("%dmb", mib)
	what := fmt.Sprintf("%s at %d MiB", name, mib)
	ours, ourRSS, err := replayRedis(b.ours(ourPolicy, "--maxmemory", bound), reqs)
	if err != nil {
		return err
	}
	var best, bestRSS float64
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
		hit, rss, err := replayRedis(b.theirs(policy, "--maxmemory", bound), reqs)
		if err != nil {
			return err
		}
		if hit > best {
			best, bestRSS = hit, rss
		}
	}
	w := row{Chapter: "trace", What: what, Unit: "hit %", Ours: ours, Peer: best}
	w.Target, w.Met = floor(ours, floorPercent, 0)
	b.report.add(w)
	m := row{Chapter: "trace", What: what, Unit: "RSS MiB", Ours: ourRSS, Peer: bestRSS}
	m.Target, m.Met = limit(ourRSS/bestRSS, 1, 0)
	b.report.add(m)
	hit, rss, err := replayMemcached(peer.Memcached(b.memcached, mib), reqs)
	if err != nil {
		return err
	}
	b.report.add(row{Chapter: "trace", What: what, Unit: "hit %", Ours: ours, Peer: hit, PeerIs: "memcached"})
	b.report.add(row{Chapter: "trace", What: what, Unit: "RSS MiB", Ours: ourRSS, Peer: rss, PeerIs: "memcached"})
	return nil
}

// readTrace reads "key,size[,ttl,op]" lines.
func readTrace(file string) ([]request, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var reqs []request
	s := bufio.NewScanner(z)
	for s.Scan() {
		key, rest, _ := strings.Cut(s.Text(), ",")
		text, _, _ := strings.Cut(rest, ",")
		size, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s: line %q: %w", file, s.Text(), err)
		}
		reqs = append(reqs, request{key, size})
	}
	return reqs, s.Err()
}

// filler is what values are cut from.
var filler = strings.Repeat("v", 1<<20)

// replayRedis replays a trace and returns the hit ratio and RSS in MiB.
func replayRedis(s peer.Spec, reqs []request) (hit, rss float64, err error) {
	p, err := peer.Start(s)
	if err != nil {
		return 0, 0, err
	}
	defer p.Kill()
	c, err := peer.Dial(p.Addr)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	hits, missed := 0, false
	for _, r := range reqs {
		c.Queue("GET", r.key)
		if err := c.Flush(); err != nil {
			return 0, 0, err
		}
		if missed { // the SET that travelled with this GET
			if _, err := c.Skip(); err != nil {
				return 0, 0, err
			}
		}
		hit, err := c.Skip()
		if err != nil {
			return 0, 0, err
		}
		if missed = !hit; hit {
			hits++
		} else {
			c.Queue("SET", r.key, filler[:r.size])
		}
	}
	n, err := p.RSS()
	return 100 * float64(hits) / float64(len(reqs)), float64(n) / (1 << 20), err
}
