package main

import (
	"fmt"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// sides starts our server and Redis with the same settings. Redis's policy is
// given apart, since each side gets the one it would be run with.
func (b *bench) sides(ourPolicy, redisPolicy string, settings ...string) (ours, theirs *peer.Process, err error) {
	if ours, err = peer.Start(b.ours(ourPolicy, settings...)); err != nil {
		return nil, nil, err
	}
	if theirs, err = peer.Start(b.theirs(redisPolicy, settings...)); err != nil {
		ours.Kill()
		return nil, nil, err
	}
	return ours, theirs, nil
}

func (b *bench) ours(policy string, settings ...string) peer.Spec {
	s := peer.Cached(b.cached, settings...)
	if s.Bin == b.redis {
		policy = "allkeys-lru"
	}
	s.Args = append(s.Args, "--maxmemory-policy", policy)
	return s
}

func (b *bench) theirs(policy string, settings ...string) peer.Spec {
	return peer.Redis(b.redis, append(settings, "--maxmemory-policy", policy)...)
}

// Policies for chapters in which the policy is not the subject.
const (
	ourPolicy   = "allkeys-adaptive"
	redisPolicy = "allkeys-lru"
)

// cost is what a run took of the server.
type cost struct {
	cpu  time.Duration
	wall time.Duration
}

// measure runs fn and tells what it cost the server.
func measure(p *peer.Process, fn func() error) (cost, error) {
	before, err := p.CPU()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	if err := fn(); err != nil {
		return cost{}, err
	}
	wall := time.Since(start)
	after, err := p.CPU()
	return cost{after - before, wall}, err
}

// settledRSS is the memory of a server that has nothing to do, start-up and its
// aftermath over.
func settledRSS(p *peer.Process) (int64, error) {
	time.Sleep(2 * time.Second)
	return p.RSS()
}

// say prints progress.
func say(format string, args ...any) { fmt.Printf("   "+format+"\n", args...) }
