// Package compat runs third-party clients and the programs built on them, as they
// are, against the server at COMPAT_ADDR. It is a module of its own, so that
// nothing of theirs is in ours. TestGoProgramsRunUnchanged in tests calls it,
// once for a real redis-server, which proves the tests right, and once for ours.
package compat

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// addr is the server under test.
var addr = os.Getenv("COMPAT_ADDR")

func TestMain(m *testing.M) {
	if addr == "" {
		fmt.Println("compat: COMPAT_ADDR names no server: nothing is run. go test ./tests starts servers and calls this.")
		return
	}
	os.Exit(m.Run())
}

// limit ends a test that hangs.
func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// goRedis is a go-redis client on an empty keyspace.
func goRedis(t *testing.T) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { c.Close() })
	must(t, c.FlushAll(t.Context()).Err())
	return c
}

// needs skips a test of commands that the server does not have.
func needs(t *testing.T, commands ...string) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	defer c.Close()
	for _, name := range commands {
		rows, err := c.Do(t.Context(), "COMMAND", "INFO", name).Slice()
		must(t, err)
		if len(rows) != 1 || rows[0] == nil {
			t.Skipf("the server has no %s", name)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// equal compares by what fmt prints.
func equal(t *testing.T, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Fatalf("got %s, want %s", g, w)
	}
}

// eventually waits for a condition that others bring about.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

type counter = atomic.Int64
