package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// profileTime is how long the profile for the compiler is taken.
const profileTime = 30 * time.Second

// families are commands beside GET and SET that the compiler should know of.
const families = "incr,lpush,rpop,sadd,hset,zadd,spop,mset"

// record writes a processor profile of our server under the loads of this
// benchmark: what cmd/cached is built by.
func (b *bench) record(file string) error {
	door, err := freeAddr()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(door)
	p, err := peer.Start(b.ours(ourPolicy, "--maxmemory", "2gb", "--http-port", port))
	if err != nil {
		return err
	}
	defer p.Kill()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.driveAll(ctx, p) }()
	profile, err := fetchProfile(door)
	stop()
	if failed := <-ended; err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("take a profile: %w", err)
	}
	return os.WriteFile(file, profile, 0o644)
}

// driveAll runs all kinds of load, short and in turns, until ctx ends.
func (b *bench) driveAll(ctx context.Context, p *peer.Process) error {
	_, port, _ := net.SplitHostPort(p.Addr)
	for {
		for _, way := range []struct{ ops, bytes, conns, depth, requests string }{
			{"set,get", "64", "50", "64", "600000"},
			{"set,get", "1024", "50", "16", "200000"},
			{"set,get", "64", "50", "1", "30000"},
			{families, "64", "50", "16", "50000"},
		} {
			cmd := exec.CommandContext(ctx, b.redisBenchmark, "-p", port, "-t", way.ops, "-d", way.bytes, "-c", way.conns,
				"-P", way.depth, "-n", way.requests, "-r", strconv.Itoa(2*benchKeys), "-q")
			switch err := cmd.Run(); {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				return fmt.Errorf("redis-benchmark: %w", err)
			}
		}
	}
}

func fetchProfile(door string) ([]byte, error) {
	resp, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", door, int(profileTime.Seconds())))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("http: %s", resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// freeAddr is an address of this machine on which nobody listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
