package tests

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

func TestStartsAtOnceAndStopsCleanly(t *testing.T) {
	bin := peer.Binary(t)
	start := time.Now()
	p, err := peer.Start(peer.Cached(bin))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("accepting after %v", time.Since(start).Round(time.Millisecond))
	c, err := peer.Dial(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	must(t, c, "SET", "k", "v")
	idle, err := net.Dial("tcp", p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := p.Stop(10 * time.Second); err != nil {
		t.Errorf("SIGTERM with idle clients: %v\n%s", err, p.Log())
	}
	if _, err := c.Do("PING"); err == nil {
		t.Error("still served after the process ended")
	}
}

func TestShutdownEndsTheProcess(t *testing.T) {
	p, c := startCached(t)
	if _, err := c.Do("SHUTDOWN", "NOSAVE"); err == nil {
		t.Error("SHUTDOWN replied")
	} else if _, reply := err.(peer.ErrReply); reply {
		t.Errorf("SHUTDOWN: %v", err)
	}
	select {
	case <-p.Ended():
	case <-time.After(10 * time.Second):
		t.Error("the process goes on")
	}
}

func TestStopsWhileClientsKeepItBusy(t *testing.T) {
	p, err := peer.Start(peer.Cached(peer.Binary(t), "--maxmemory", "64mb"))
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan error, 4)
	for range cap(busy) {
		go func() { busy <- peer.Loader{Key: peer.Keys20, Value: peer.Fixed(64)}.Load(p.Addr, 0, 50_000_000) }()
	}
	time.Sleep(300 * time.Millisecond)
	if err := p.Stop(15 * time.Second); err != nil {
		t.Errorf("%v\n%s", err, p.Log())
	}
	for range cap(busy) {
		if err := <-busy; err == nil {
			t.Error("a client did not notice")
		}
	}
}

func TestATakenPortIsToldWithARemedy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	cmd := exec.Command(peer.Binary(t), "--port", port, "--http-port", "0")
	cmd.Env = peer.Env()
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("started on a taken port")
	}
	if !strings.Contains(string(out), port) || !strings.Contains(string(out), "port") {
		t.Errorf("said %q", out)
	}
}
