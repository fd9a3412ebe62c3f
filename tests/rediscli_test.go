package tests

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// cli calls redis-cli against addr with in as its input.
func cli(t *testing.T, addr, in string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, port, _ := strings.Cut(addr, ":")
	cmd := exec.CommandContext(ctx, "redis-cli", append([]string{"-p", port}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli %q: %v: %s", args, err, out)
	}
	return string(out)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in\n%s", p, text)
		}
	}
}

// TestRedisCliWorksUnchanged calls every mode of redis-cli that needs no cluster.
func TestRedisCliWorksUnchanged(t *testing.T) {
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("there is no redis-cli on the PATH")
	}
	onBoth(t, func(t *testing.T, addr string) {
		known := commandsOf(t, addr)
		t.Run("pipe", func(t *testing.T) { cliPipe(t, addr) })
		t.Run("scan", func(t *testing.T) {
			if n := len(strings.Fields(cli(t, addr, "", "--scan", "--pattern", "string:*"))); n != 1000 {
				t.Errorf("--scan names %d keys", n)
			}
		})
		t.Run("bigkeys", func(t *testing.T) {
			contains(t, cli(t, addr, "", "--bigkeys"), "Sampled 1005 keys in the keyspace!", "Biggest   list found",
				`'"big:list"' has 300 items`, `'"big:hash"' has 200 fields`, `'"big:set"' has 100 members`, `'"big:zset"' has 400 members`, `'"big:string"' has 5000 bytes`)
		})
		t.Run("memkeys", func(t *testing.T) {
			contains(t, cli(t, addr, "", "--memkeys"), "Sampled 1005 keys in the keyspace!", `Biggest string found '"big:string"'`)
		})
		t.Run("hotkeys", func(t *testing.T) { cliHotkeys(t, addr) })
		t.Run("latency", func(t *testing.T) {
			if f := strings.Fields(cli(t, addr, "", "--raw", "--latency")); len(f) != 4 || !isNumber(f[3]) {
				t.Errorf("--latency says %q", f)
			}
		})
		t.Run("stat", func(t *testing.T) { cliStat(t, addr) })
		t.Run("monitor", func(t *testing.T) { cliMonitor(t, addr) })
		t.Run("eval", func(t *testing.T) {
			if !known["EVAL"] {
				t.Skip("there is no EVAL")
			}
			file := filepath.Join(t.TempDir(), "x.lua")
			if err := os.WriteFile(file, []byte("return {KEYS[1], ARGV[1]}"), 0o644); err != nil {
				t.Fatal(err)
			}
			if got := cli(t, addr, "", "--eval", file, "k", ",", "a"); got != "k\na\n" {
				t.Errorf("--eval says %q", got)
			}
		})
		t.Run("rdb", func(t *testing.T) {
			if !known["PSYNC"] && !known["SYNC"] {
				t.Skip("there is no SYNC")
			}
			file := filepath.Join(t.TempDir(), "dump.rdb")
			cli(t, addr, "", "--rdb", file)
			if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), "REDIS00") {
				t.Errorf("--rdb wrote %.20q, %v", b, err)
			}
		})
	})
}

// cliPipe loads what the other modes look at.
func cliPipe(t *testing.T, addr string) {
	var in strings.Builder
	n := 0
	add := func(format string, args ...any) {
		fmt.Fprintf(&in, format+"\r\n", args...)
		n++
	}
	for i := range 1000 {
		add("SET string:%d value", i)
	}
	for i := range 400 {
		add("ZADD big:zset %d m%d", i, i)
		if i < 300 {
			add("RPUSH big:list e%d", i)
		}
		if i < 200 {
			add("HSET big:hash f%d v", i)
		}
		if i < 100 {
			add("SADD big:set m%d", i)
		}
	}
	add("SET big:string %s", strings.Repeat("x", 5000))
	contains(t, cli(t, addr, in.String(), "--pipe"), fmt.Sprintf("errors: 0, replies: %d", n))
}

func cliHotkeys(t *testing.T, addr string) {
	policy := strings.Fields(cli(t, addr, "", "CONFIG", "GET", "maxmemory-policy"))[1]
	cli(t, addr, "", "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
	defer cli(t, addr, "", "CONFIG", "SET", "maxmemory-policy", policy)
	for range 30 {
		cli(t, addr, strings.Repeat("GET string:7\n", 100))
	}
	contains(t, cli(t, addr, "", "--hotkeys"), "Sampled 1005 keys in the keyspace!", `keyname: "string:7"`)
}

// reader starts redis-cli in a mode that does not end, and ends it with the test.
func reader(t *testing.T, addr string, args ...string) *bufio.Scanner {
	_, port, _ := strings.Cut(addr, ":")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	cmd := exec.CommandContext(ctx, "redis-cli", append([]string{"-p", port}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() }) //nolint:errcheck // killed
	return bufio.NewScanner(out)
}

func cliStat(t *testing.T, addr string) {
	lines := reader(t, addr, "--stat", "-i", "0.05")
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) > 3 && f[0] == "1005" {
			return // keys, memory, clients, ...
		}
	}
	t.Error("--stat does not tell of 1005 keys")
}

func cliMonitor(t *testing.T, addr string) {
	lines := reader(t, addr, "MONITOR")
	if !lines.Scan() || lines.Text() != "OK" {
		t.Fatalf("MONITOR says %q", lines.Text())
	}
	cli(t, addr, "", "SET", "seen", "by all")
	for lines.Scan() {
		if strings.HasSuffix(lines.Text(), `"SET" "seen" "by all"`) {
			cli(t, addr, "", "DEL", "seen")
			return
		}
	}
	t.Error("MONITOR does not show the SET")
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// TestRedisBenchmarkRunsWhole runs every test of redis-benchmark's default suite.
func TestRedisBenchmarkRunsWhole(t *testing.T) {
	bin, err := exec.LookPath("redis-benchmark")
	if err != nil {
		t.Skip("there is no redis-benchmark on the PATH")
	}
	onBoth(t, func(t *testing.T, addr string) {
		_, port, _ := strings.Cut(addr, ":")
		text, bad, err := output(t, ".", nil, bin, "-p", port, "-n", "2000", "-P", "8", "--csv")
		if err != nil {
			t.Fatalf("%v: %s", err, bad)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 20 {
			t.Fatalf("%d rows, %v\n%s", len(rows), err, text)
		}
		for _, row := range rows[1:] {
			if !isNumber(row[1]) || row[1] == "0.00" {
				t.Errorf("%s: %s a second", row[0], row[1])
			}
		}
		c, err := peer.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		stats, err := c.Info("errorstats")
		if err != nil || len(stats) > 0 {
			t.Errorf("replies were errors: %v, %v", stats, err)
		}
	})
}
