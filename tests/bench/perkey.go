package main

import (
	"fmt"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// perKey measures resident memory per key, one server after the other.
func (b *bench) perKey() error {
	steps := []int{1_000_000, 5_000_000, 10_000_000}
	if b.quick {
		steps = steps[:1]
	}
	for _, size := range []int{64, 200} {
		for _, ttl := range []bool{false, true} {
			a, err := keyBytes(b.ours(ourPolicy, "--maxmemory", "12gb"), size, ttl, steps)
			if err != nil {
				return err
			}
			z, err := keyBytes(b.theirs(redisPolicy, "--maxmemory", "12gb"), size, ttl, steps)
			if err != nil {
				return err
			}
			for i, n := range steps {
				w := row{Chapter: "perkey", What: fmt.Sprintf("%d M keys, %d B values%s", n/1_000_000, size, map[bool]string{true: ", TTL"}[ttl]), Unit: "RSS B/key", Ours: a[i], Peer: z[i]}
				w.Target, w.Met = limit(a[i]/z[i], map[int]float64{64: 0.75, 200: 0.85}[size], 0)
				b.report.add(w)
			}
		}
	}
	return nil
}

// keyBytes loads keys step by step and returns the bytes per key at each.
func keyBytes(s peer.Spec, size int, ttl bool, steps []int) (each []float64, err error) {
	p, err := peer.Start(s)
	if err != nil {
		return nil, err
	}
	defer p.Kill()
	empty, err := settledRSS(p)
	if err != nil {
		return nil, err
	}
	l := peer.Loader{Key: peer.Keys20, Value: peer.Fixed(size)}
	if ttl {
		l.TTL = func(i int) time.Duration { return time.Hour + time.Duration(i%3600)*time.Second }
	}
	from := 0
	for _, n := range steps {
		if err := l.Load(p.Addr, from, n); err != nil {
			return nil, err
		}
		from = n
		time.Sleep(2 * time.Second) // rehash and compaction go on in the background
		rss, err := p.RSS()
		if err != nil {
			return nil, err
		}
		each = append(each, float64(rss-empty)/float64(n))
	}
	return each, nil
}
