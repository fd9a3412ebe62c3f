package tests

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// onBoth runs a test of other people's programs against a real redis-server,
// which proves the test right, and against ours.
func onBoth(t *testing.T, run func(t *testing.T, addr string)) {
	t.Run("redis", func(t *testing.T) {
		bin, err := exec.LookPath("redis-server")
		if err != nil {
			t.Skip("there is no redis-server on the PATH to prove the test by")
		}
		run(t, peer.Run(t, peer.Redis(bin)).Addr)
	})
	t.Run("cached", func(t *testing.T) {
		run(t, peer.Run(t, peer.Cached(peer.Binary(t), "--maxmemory", "256mb", "--maxmemory-policy", "noeviction")).Addr)
	})
}

// TestGoProgramsRunUnchanged builds and runs the module in compat: go-redis,
// rueidis, redigo, asynq, redsync, scs, redis_rate.
func TestGoProgramsRunUnchanged(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs of others")
	}
	if _, out, err := output(t, "compat", nil, "go", "mod", "download"); err != nil {
		notHere(t, "the modules cannot be had here", err, out)
	}
	bin := filepath.Join(t.TempDir(), "compat.test")
	if _, out, err := output(t, "compat", nil, "go", "test", "-c", "-o", bin, "."); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	onBoth(t, func(t *testing.T, addr string) {
		text, _, err := output(t, "compat", []string{"COMPAT_ADDR=" + addr}, bin, "-test.v", "-test.timeout", "100s")
		judge(t, text, err, regexp.MustCompile(`(?m)^--- (PASS|SKIP|FAIL): .*$`))
	})
}

// TestNodeProgramsRunUnchanged installs and runs what is in compat/node: ioredis,
// node-redis, BullMQ, connect-redis, rate-limiter-flexible.
func TestNodeProgramsRunUnchanged(t *testing.T) {
	if testing.Short() {
		t.Skip("installs programs of others")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s on the PATH", program)
		}
	}
	dir := filepath.Join("compat", "node")
	installNode(t, dir)
	onBoth(t, func(t *testing.T, addr string) {
		text, _, err := output(t, dir, []string{"COMPAT_ADDR=" + addr},
			"node", "--test", "--test-reporter", "tap", "--test-concurrency=1", "--test-force-exit", "clients.test.mjs", "programs.test.mjs")
		judge(t, text, err, regexp.MustCompile(`(?m)^(not )?ok \d+ - .*$`))
	})
}

// installNode installs what the lock names, unless that was done before.
func installNode(t *testing.T, dir string) {
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(dir, "node_modules", ".installed-lock")
	if done, err := os.ReadFile(mark); err == nil && bytes.Equal(done, lock) {
		return
	}
	if _, out, err := output(t, dir, nil, "npm", "install", "--no-save", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		notHere(t, "the packages cannot be had here", err, out)
	}
	if err := os.WriteFile(mark, lock, 0o644); err != nil {
		t.Fatal(err)
	}
}

// unreachable are complaints of go and npm about the network or the registry.
var unreachable = regexp.MustCompile(`dial tcp|lookup |i/o timeout|connection re|signal: killed|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E40[1347]|E5\d\d| (403|404|410|5\d\d) `)

// notHere skips a test whose programs cannot be fetched. Any other failure of
// fetching them is a failure.
func notHere(t *testing.T, what string, err error, out string) {
	t.Helper()
	if unreachable.MatchString(err.Error() + " " + out) {
		t.Skipf("%s: %v: %s", what, err, out)
	}
	t.Fatalf("%v: %s", err, out)
}

// judge reads the verdicts of another test runner, at least ten of them.
func judge(t *testing.T, text string, err error, verdict *regexp.Regexp) {
	t.Helper()
	all := verdict.FindAllString(text, -1)
	for _, v := range all {
		if strings.Contains(v, "SKIP") {
			t.Log(v)
		}
	}
	if err != nil || len(all) < 10 {
		t.Fatalf("%v\n%s", err, text)
	}
}

// output runs a program in a folder, two minutes at most.
func output(t *testing.T, dir string, env []string, name string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(peer.Env(), env...)
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	err = cmd.Run()
	return out.String(), bad.String(), err
}
