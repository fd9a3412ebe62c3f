package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// trouble is something that could make a server stop for a while.
type trouble struct {
	name  string
	ready func(p *peer.Process) error // before the probe
	make  func(p *peer.Process) error // while it runs
}

func (b *bench) troubles() []trouble {
	scale := 1
	if b.quick {
		scale = 4
	}
	small := peer.Fixed(64)
	filled := func(n int) func(*peer.Process) error {
		return func(p *peer.Process) error {
			return peer.Loader{Key: peer.Keys20, Value: small}.Load(p.Addr, 0, n)
		}
	}
	var due time.Time
	return []trouble{
		{"nothing", nil, func(*peer.Process) error { time.Sleep(3 * time.Second); return nil }},
		{fmt.Sprintf("%d M new keys (rehash) at 100 k/s", 2/min(scale, 2)), nil, func(p *peer.Process) error {
			return peer.Loader{Key: peer.Keys20, Value: small, Depth: 50, Pace: 100_000}.Load(p.Addr, 0, 2_000_000/min(scale, 2))
		}},
		{fmt.Sprintf("%d k keys expire in one second", 1000/scale),
			func(p *peer.Process) error {
				due = time.Now().Add(time.Duration(8/min(scale, 2)) * time.Second)
				ttl := func(int) time.Duration { return time.Until(due) }
				return peer.Loader{Key: peer.Keys20, Value: small, TTL: ttl}.Load(p.Addr, 0, 1_000_000/scale)
			},
			func(*peer.Process) error { time.Sleep(time.Until(due.Add(4 * time.Second))); return nil }},
		{fmt.Sprintf("FLUSHALL of %d k keys", 5000/scale), filled(5_000_000 / scale), flushAll("SYNC")},
		{fmt.Sprintf("FLUSHALL ASYNC of %d k keys", 5000/scale), filled(5_000_000 / scale), flushAll("ASYNC")},
	}
}

func flushAll(how string) func(p *peer.Process) error {
	return func(p *peer.Process) error {
		c, err := peer.Dial(p.Addr)
		if err != nil {
			return err
		}
		defer c.Close()
		time.Sleep(time.Second)
		if _, err := c.Do("FLUSHALL", how); err != nil {
			return err
		}
		time.Sleep(2 * time.Second)
		return nil
	}
}

func (b *bench) stalls() error {
	for _, t := range b.troubles() {
		a, err := b.probeUnder(t, b.ours(ourPolicy, "--maxmemory", "4gb"))
		if err != nil {
			return err
		}
		z, err := b.probeUnder(t, b.theirs(redisPolicy, "--maxmemory", "4gb"))
		if err != nil {
			return err
		}
		for _, p := range []float64{99, 99.9, 100} {
			w := row{Chapter: "stalls", What: t.name, Unit: fmt.Sprintf("p%g ms", p), Ours: ms(percentile(a.took, p)), Peer: ms(percentile(z.took, p))}
			if p == 99.9 {
				w.Target, w.Met = limit(w.Ours/w.Peer, 1, 1.15)
			}
			b.report.add(w)
		}
		if a.longestLoop > 0 {
			w := row{Chapter: "stalls", What: t.name, Unit: "longest loop turn ms", Ours: a.longestLoop / 1000, Note: "thread CPU time, as INFO says"}
			w.Target, w.Met = limit(w.Ours, 1, 0)
			b.report.add(w)
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// probed is what the probe saw.
type probed struct {
	took        []time.Duration // sorted
	longestLoop float64         // microseconds, as the server says; 0: it does not
}

// probeEach is how often the probe means to send.
const probeEach = time.Millisecond

// add notes how long a reply took, and how long those requests would have waited
// that the probe could not send meanwhile: a pause of a second is a thousand
// slow replies, not one.
func (p *probed) add(d time.Duration) {
	for ; d > probeEach; d -= probeEach {
		p.took = append(p.took, d)
	}
	p.took = append(p.took, d)
}

// probeUnder starts a server, makes trouble and probes it meanwhile.
func (b *bench) probeUnder(t trouble, s peer.Spec) (out probed, err error) {
	p, err := peer.Start(s)
	if err != nil {
		return out, err
	}
	defer p.Kill()
	if t.ready != nil {
		if err := t.ready(p); err != nil {
			return out, err
		}
	}
	c, err := peer.Dial(p.Addr)
	if err != nil {
		return out, err
	}
	defer c.Close()
	if _, err := c.Do("CONFIG", "RESETSTAT"); err != nil {
		return out, err
	}
	done := make(chan error, 1)
	go func() { done <- t.make(p) }()
	for {
		start := time.Now()
		if _, err := c.Do("GET", "probe"); err != nil {
			return out, err
		}
		out.add(time.Since(start))
		select {
		case err := <-done:
			slices.Sort(out.took)
			if err == nil {
				out.longestLoop = longestLoop(c)
			}
			return out, err
		default:
		}
		time.Sleep(probeEach)
	}
}

func longestLoop(c *peer.Client) float64 {
	info, err := c.Info("stats")
	if err != nil {
		return 0
	}
	v, _ := strconv.ParseFloat(info["cached_longest_loop_usec"], 64)
	return v
}
