package server

import (
	"bytes"
	"log/slog"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

func TestWhatALargeCommandTookIsGivenBack(t *testing.T) {
	// Client and server share the Go heap here, so that the bound has room for the
	// copies of both, and what other tests left does not evict the key.
	debug.FreeOSMemory()
	srv := start(t, "--maxmemory", "2gb")
	c := dial(t, srv)
	c.expect("SET k "+strings.Repeat("v", 100<<20), "OK", "DEL k", "(integer) 1")
	const most = 64 << 20
	for end := time.Now().Add(10 * time.Second); srv.ks.Memory().External > most; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are still charged for the Go heap", srv.ks.Memory().External)
		}
	}
}

func TestQueuesThatThePolicyMayEvictAreWarnedOfOnce(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	srv.cron.stop()
	defer func() { srv.cron = startCron(srv) }() // Close stops it once more
	var log bytes.Buffer
	srv.logger = slog.New(slog.NewTextHandler(&log, nil))
	warned := func(want int) {
		t.Helper()
		srv.warnOfQueues()
		if got := strings.Count(log.String(), "lists or streams"); got != want {
			t.Errorf("%d warnings, want %d: %s", got, want, &log)
		}
	}
	c.expect("SET k v", "OK")
	warned(0)
	c.expect("CONFIG SET maxmemory-policy volatile-lru", "OK", "RPUSH jobs a", "(integer) 1")
	warned(0)
	c.expect("CONFIG SET maxmemory-policy allkeys-lru", "OK")
	warned(1)
	c.expect("RPUSH jobs2 a", "(integer) 1")
	warned(1)
}
