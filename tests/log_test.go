package tests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

func logged(dir string, settings ...string) []string {
	return append([]string{"--dir", dir, "--appendonly", "yes"}, settings...)
}

// again starts a node on what an earlier one has left.
func again(t *testing.T, settings ...string) (*peer.Process, *peer.Client) {
	t.Helper()
	p, c := startCached(t, settings...)
	return p, loaded(t, c)
}

func TestALogBringsEverythingBack(t *testing.T) {
	dir := t.TempDir()
	p, c := again(t, logged(dir)...)
	fillAll(t, c)
	must(t, c, "SADD", "pops", "a", "b", "c", "d", "e", "f", "1", "2")
	must(t, c, "SPOP", "pops", "3")
	must(t, c, "SPOP", "set:20000", "7000")
	must(t, c, "SPOP", "ints:20", "5")
	must(t, c, "SET", "s:gone", "x", "PX", "20")
	must(t, c, "INCRBYFLOAT", "float", "0.1")
	must(t, c, "APPEND", "s:large", "tail")
	must(t, c, "MULTI")
	must(t, c, "SET", "m:1", "1")
	must(t, c, "SELECT", "9")
	must(t, c, "SET", "m:2", "2")
	must(t, c, "SELECT", "0")
	must(t, c, "EXEC")
	must(t, c, "EVAL", "redis.call('SET', KEYS[1], ARGV[1]); redis.call('RPUSH', KEYS[2], 1, 2, 3); return 1", "2", "e:1", "e:2", "v")
	must(t, c, "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function(keys) return redis.call('INCR', keys[1]) end)")
	must(t, c, "FCALL", "f", "1", "counted")
	time.Sleep(50 * time.Millisecond)
	must(t, c, "SETNX", "s:gone", "after it had expired")
	want := content(t, c)
	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	p, c = again(t, logged(dir)...)
	sameContent(t, content(t, c), want)
	if n := must(t, c, "FCALL", "f", "1", "counted"); n != int64(2) {
		t.Errorf("FCALL: %v", n)
	}
	must(t, c, "BGREWRITEAOF")
	for i := range 500 {
		must(t, c, "RPUSH", "during", fmt.Sprint(i))
	}
	waitRewritten(t, c)
	must(t, c, "SET", "after", "it")
	must(t, c, "FCALL", "f", "1", "counted")
	want = content(t, c)
	p.Kill() // what the kernel was given stays
	<-p.Ended()
	_, c = again(t, logged(dir)...)
	sameContent(t, content(t, c), want)
	files, _ := filepath.Glob(filepath.Join(dir, "appendonlydir", "*"))
	if n := must(t, c, "FCALL", "f", "1", "counted"); n != int64(4) {
		t.Errorf("FCALL: %v", n)
	}
	if len(files) != 3 {
		t.Errorf("the folder holds %v", files)
	}
}

func waitRewritten(t *testing.T, c *peer.Client) {
	t.Helper()
	for range 1000 {
		info, err := c.Info("persistence")
		if err != nil {
			t.Fatal(err)
		}
		if info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0" {
			if info["aof_last_bgrewrite_status"] != "ok" || info["aof_rewrites"] == "0" {
				t.Errorf("rewrite: %v", info)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the rewrite does not end")
}

// TestNothingAcknowledgedIsLostByAKill has clients count up keys of their own while
// the log is rewritten and the process is killed: each counter is at least what was
// acknowledged, and at most one more.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	const clients = 8
	var acked, listed [clients]int64
	for round := range 4 {
		p, c := again(t, logged(dir, "--appendfsync", "always")...)
		for i := range clients {
			n, err := c.Do("GET", fmt.Sprint("n:", i))
			if err != nil {
				t.Fatal(err)
			}
			var v int64
			if n != nil {
				fmt.Sscan(text(n), &v)
			}
			if v < acked[i] || v > acked[i]+1 {
				t.Errorf("round %d: counter %d is %d, acknowledged %d", round, i, v, acked[i])
			}
			l, err := c.Int("LLEN", fmt.Sprint("l:", i))
			if err != nil || l < listed[i] || l > listed[i]+1 {
				t.Errorf("round %d: list %d has %d, acknowledged %d (%v)", round, i, l, listed[i], err)
			}
			acked[i], listed[i] = v, l
		}
		var wg sync.WaitGroup
		var total atomic.Int64
		for i := range clients {
			conn := dial(t, p)
			wg.Go(func() {
				for {
					n, err := conn.Int("INCR", fmt.Sprint("n:", i))
					if err != nil {
						return
					}
					acked[i] = n
					if n, err = conn.Int("RPUSH", fmt.Sprint("l:", i), "x"); err != nil {
						return
					}
					listed[i] = n
					total.Add(2)
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		must(t, c, "BGREWRITEAOF")
		time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
		p.Kill()
		<-p.Ended()
		wg.Wait()
		t.Logf("round %d: %d writes acknowledged", round, total.Load())
	}
}

func TestATornEndIsCutOffAndDamageIsRefused(t *testing.T) {
	dir := t.TempDir()
	p, c := again(t, logged(dir)...)
	for i := range 100 {
		must(t, c, "RPUSH", "l", fmt.Sprint(i))
	}
	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "appendonlydir", "appendonly.aof.1.incr.log")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, torn := range [][]byte{
		whole[:len(whole)-1], whole[:len(whole)-20], append(whole[:len(whole)-3:len(whole)-3], make([]byte, 5000)...),
		append(whole[:len(whole):len(whole)], 7, 0),
	} {
		put(torn)
		p, c := again(t, logged(dir)...)
		n, err := c.Int("LLEN", "l")
		if err != nil || n < 99 || n > 100 {
			t.Errorf("%d elements (%v)", n, err)
		}
		if !strings.Contains(p.Log(), "torn and was cut off") {
			t.Errorf("the log of the node does not tell: %s", p.Log())
		}
		must(t, c, "RPUSH", "l", "more")
		if err := p.Stop(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		p, c = again(t, logged(dir)...)
		if m, err := c.Int("LLEN", "l"); err != nil || m != n+1 {
			t.Errorf("after one more: %d elements, want %d (%v)", m, n+1, err)
		}
		if err := p.Stop(10 * time.Second); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(why string, settings ...string) {
		t.Helper()
		p, err := peer.Start(peer.Cached(peer.Binary(t), logged(dir, settings...)...))
		if err == nil {
			select {
			case <-p.Ended():
			case <-time.After(5 * time.Second):
				t.Errorf("%s: the node serves", why)
				p.Kill()
			}
			err = fmt.Errorf("%s", p.Log())
		}
		if !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", why, err)
		}
	}
	put(whole[:len(whole)-1])
	refused("aof-load-truncated", "--aof-load-truncated", "no")
	damaged := append([]byte(nil), whole...)
	damaged[len(whole)/2] ^= 1
	put(damaged)
	refused("damaged")
	if now, err := os.ReadFile(path); err != nil || len(now) != len(damaged) {
		t.Errorf("a damaged file was changed (%v)", err)
	}
}

func TestALogBeginsWithTheSnapshot(t *testing.T) {
	dir := t.TempDir()
	p, c := startCached(t, "--dir", dir, "--save", "3600 1")
	must(t, c, "SET", "old", "value")
	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	p, c = again(t, logged(dir)...)
	must(t, c, "APPEND", "old", "+")
	p.Kill()
	<-p.Ended()
	_, c = again(t, logged(dir)...)
	if v := text(must(t, c, "GET", "old")); v != "value+" {
		t.Errorf("%q", v)
	}
}

func TestWhatWasEvictedStaysAway(t *testing.T) {
	dir := t.TempDir()
	settings := logged(dir, "--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru")
	p, c := again(t, settings...)
	for i := range 20_000 {
		c.Queue("SET", fmt.Sprint("k", i), strings.Repeat("v", 500))
		if i%500 == 499 {
			c.Flush()
			for range 500 {
				if _, err := c.Read(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var there []string
	for i := range 20_000 {
		if n, err := c.Int("EXISTS", fmt.Sprint("k", i)); err != nil || n == 1 {
			there = append(there, fmt.Sprint("k", i))
		}
	}
	p.Kill()
	<-p.Ended()
	_, c = again(t, settings...)
	n, err := c.Int("DBSIZE")
	if err != nil || n > int64(len(there)) || n < int64(len(there))*9/10 {
		t.Errorf("%d keys, want %d (%v)", n, len(there), err)
	}
}

// TestRandomHistoriesComeBackFromTheLog runs commands of all families at random, kills
// the node and finds every value as it was, byte by byte as DUMP shows it.
func TestRandomHistoriesComeBackFromTheLog(t *testing.T) {
	seed := *historySeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -history-seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 9))
	dir := t.TempDir()
	settings := logged(dir, append(slices.Clone(smallPacked), "--maxmemory", "256mb", "--maxmemory-policy", "noeviction")...)
	known := map[string]bool{}
	for _, f := range families() {
		if f.slow {
			continue
		}
		p, c := again(t, settings...)
		if len(known) == 0 {
			known = commandsOf(t, p.Addr)
		}
		shapes := f.known(t, known)
		var ran []string
		for range 60 {
			h := history(rng, shapes, 40)
			for _, args := range h {
				if slices.Contains([]string{"HELLO", "QUIT", "RESET", "SHUTDOWN", "DEBUG", "CONFIG", "CLIENT"}, strings.ToUpper(args[0])) {
					continue
				}
				ran = append(ran, strings.Join(args, " "))
				c.Do(args...)
			}
			c.Do("DISCARD")
			c.Do("SELECT", "0")
		}
		want := dumps(t, c)
		p.Kill()
		<-p.Ended()
		_, c = again(t, settings...)
		got := dumps(t, c)
		for key, w := range want {
			if got[key] != w {
				t.Errorf("%s: %s: %.200q came back as %.200q", f.name, key, w, got[key])
				for _, line := range ran {
					if words := strings.Fields(line); slices.Contains(words, key) {
						t.Logf("%.200q", line)
					}
				}
				return
			}
		}
		for key := range got {
			if _, there := want[key]; !there {
				t.Errorf("%s: %s was not there", f.name, key)
			}
		}
		t.Logf("%s: %d keys", f.name, len(want))
		must(t, c, "FLUSHALL")
		c.Do("SHUTDOWN")
	}
}

// dumps is what DUMP and PEXPIRETIME tell of each key of the first database that
// does not expire soon.
func dumps(t *testing.T, c *peer.Client) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, k := range must(t, c, "KEYS", "*").([]any) {
		key := text(k)
		at, err := c.Int("PEXPIRETIME", key)
		if err != nil || at == -2 || at > 0 && at < time.Now().Add(time.Minute).UnixMilli() {
			continue
		}
		all[key] = fmt.Sprint(at, " ", text(must(t, c, "DUMP", key)))
	}
	return all
}
