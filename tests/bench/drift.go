package main

import (
	"fmt"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// Bounds of the drift chapter: what the project promises of RSS.
const (
	driftBound   = 200 << 20
	driftPromise = driftBound + 24<<20
)

// drift overwrites all values with other sizes under a bound.
func (b *bench) drift() error {
	ours, err := b.driftOf(b.ours(ourPolicy, "--maxmemory", "200mb"))
	if err != nil {
		return err
	}
	theirs, err := b.driftOf(b.theirs(redisPolicy, "--maxmemory", "200mb"))
	if err != nil {
		return err
	}
	for i, a := range ours {
		z := theirs[i]
		rss := row{Chapter: "drift", What: a.phase, Unit: "peak RSS MiB", Ours: a.rss / (1 << 20), Peer: z.rss / (1 << 20)}
		rss.Target, rss.Met = limit(a.rss/(1<<20), driftPromise>>20, 0)
		b.report.add(rss)
		keys := row{Chapter: "drift", What: a.phase, Unit: "keys", Ours: a.keys, Peer: z.keys}
		keys.Target, keys.Met = floor(a.keys/z.keys, 1, 0)
		b.report.add(keys)
	}
	return nil
}

// phase is the state after one pass over all keys.
type phase struct {
	phase     string
	rss, keys float64
}

func (b *bench) driftOf(s peer.Spec) (all []phase, err error) {
	p, err := peer.Start(s)
	if err != nil {
		return nil, err
	}
	defer p.Kill()
	c, err := peer.Dial(p.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	n := 2_000_000
	for _, size := range []int{64, 200, 90} {
		watch := watchRSS(p)
		err := peer.Loader{Key: peer.Keys20, Value: peer.Fixed(size)}.Load(p.Addr, 0, n)
		time.Sleep(time.Second)
		rss := watch()
		if err != nil {
			return nil, err
		}
		keys, err := c.Int("DBSIZE")
		if err != nil {
			return nil, err
		}
		all = append(all, phase{fmt.Sprintf("2 M keys written with %d B", size), float64(rss), float64(keys)})
	}
	return all, nil
}

// watchRSS samples a process's RSS until the returned function is called, which
// returns the highest.
func watchRSS(p *peer.Process) (highest func() int64) {
	stop, result := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if n, err := p.RSS(); err == nil {
				most = max(most, n)
			}
			select {
			case <-tick.C:
			case <-stop:
				result <- most
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-result
	}
}
