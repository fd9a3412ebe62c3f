package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// idle measures what a connection costs that has done something and waits.
func (b *bench) idle() error {
	n := 10_000
	ours, theirs, err := b.sides(ourPolicy, redisPolicy, "--maxclients", strconv.Itoa(n+100))
	if err != nil {
		return err
	}
	defer ours.Kill()
	defer theirs.Kill()
	a, err := idleBytes(ours, n)
	if err != nil {
		return err
	}
	z, err := idleBytes(theirs, n)
	if err != nil {
		return err
	}
	target, met := limit(a, 1024, 0)
	b.report.add(row{Chapter: "idle", What: fmt.Sprintf("%d idle connections after a 1 KiB SET and GET each", n), Unit: "B each", Ours: a, Peer: z, Target: target, Met: met})
	return nil
}

// idleBytes opens n connections and returns the growth of RSS per connection.
func idleBytes(p *peer.Process, n int) (float64, error) {
	value := peer.Fixed(1024)(0)
	touch := func(c *peer.Client) error {
		if _, err := c.Do("SET", "idle", value); err != nil {
			return err
		}
		_, err := c.Do("GET", "idle")
		return err
	}
	first, err := peer.Dial(p.Addr)
	if err != nil {
		return 0, err
	}
	defer first.Close()
	if err := touch(first); err != nil {
		return 0, err
	}
	before, err := settledRSS(p)
	if err != nil {
		return 0, err
	}
	for i := range n {
		c, err := peer.Dial(p.Addr)
		if err != nil {
			return 0, fmt.Errorf("connection %d to %s: %w", i, p.Name, err)
		}
		defer c.Close()
		if err := touch(c); err != nil {
			return 0, fmt.Errorf("connection %d to %s: %w", i, p.Name, err)
		}
	}
	time.Sleep(3 * time.Second) // Redis shrinks idle clients' buffers in its cron
	after, err := p.RSS()
	return float64(after-before) / float64(n), err
}
