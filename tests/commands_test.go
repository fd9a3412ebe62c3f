// Package tests holds the tests of the whole system.
package tests

import (
	"flag"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachedserver/cached/tests/peer"
	"github.com/cachedserver/cached/tests/script"
)

var (
	rewrite = flag.Bool("rewrite", false, "write the replies of -world into tests/commands instead of comparing")
	world   = flag.String("world", "redis", "the world that -rewrite believes: redis, server, engine")
)

// TestCommandsOnRedis proves the scripts right.
func TestCommandsOnRedis(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to prove the scripts by")
	}
	p := peer.Run(t, peer.Redis(bin, "--enable-debug-command", "yes"))
	runScripts(t, "redis", p.Addr)
}

// TestCommandsOnServer runs them against our server, over the wire.
func TestCommandsOnServer(t *testing.T) {
	runScripts(t, "server", startServer(t).Addr)
}

func startServer(t *testing.T) *peer.Process {
	bin, err := peer.Build("..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return peer.Run(t, peer.Cached(bin, "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--enable-debug-command", "yes"))
}

func runScripts(t *testing.T, name, addr string) {
	w, err := script.WireWorld(name, addr)
	if err != nil {
		t.Fatal(err)
	}
	runScriptsIn(t, w)
}

func runScriptsIn(t *testing.T, w *script.World) {
	for _, f := range scripts(t) {
		t.Run(strings.TrimSuffix(filepath.Base(f.Path), ".txt"), func(t *testing.T) {
			f.Run(t, w, *rewrite && *world == w.Name)
		})
	}
}

func scripts(t *testing.T) (files []*script.File) {
	paths, err := filepath.Glob("commands/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, p := range paths {
		f, err := script.Load(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// used returns the commands that the scripts send, in capitals, and with
// subcommands as "CONFIG GET".
func used(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, f := range scripts(t) {
		f.Commands(func(args []string) {
			names[strings.ToUpper(args[0])] = true
			if len(args) > 1 {
				names[strings.ToUpper(args[0]+" "+args[1])] = true
			}
		})
	}
	return names
}

// TestEveryCommandHasAScript asks the server for its commands, so that one
// added to the table without a script is noticed.
func TestEveryCommandHasAScript(t *testing.T) {
	names, err := script.CommandNames(startServer(t).Addr)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 50 {
		t.Errorf("the server lists %d commands only", len(names))
	}
	known := used(t)
	names = slices.DeleteFunc(names, func(n string) bool { return known[n] })
	if len(names) > 0 {
		t.Errorf("no script in tests/commands uses %s", strings.Join(names, ", "))
	}
}
