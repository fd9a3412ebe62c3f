package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

func realRedis(t *testing.T) string {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server on PATH to compare with")
	}
	return bin
}

// fillAll makes keys of all kinds and sizes, with and without expiry.
func fillAll(t *testing.T, c *peer.Client) {
	t.Helper()
	long := strings.Repeat("abcdefghij", 50)
	far := "4102444800000" // ms: the year 2100
	line := func(words string) { must(t, c, strings.Fields(words)...) }
	for _, text := range []string{"", "0", "-7", "12345678901234567890", "9223372036854775807", "plain", long, "\x00\r\n\xff"} {
		must(t, c, "SET", fmt.Sprintf("s:%.20q", text), text)
	}
	must(t, c, "SET", "s:large", strings.Repeat(long, 500))
	must(t, c, "SET", "s:ttl", "x", "PXAT", far)
	many := func(verb, key string, n, each int, element func(i int) []string) {
		for at := 0; at < n; at += each {
			words := []string{verb, key}
			for i := at; i < min(at+each, n); i++ {
				words = append(words, element(i)...)
			}
			must(t, c, words...)
		}
	}
	word := func(i int) []string { return []string{fmt.Sprint("element:", i)} }
	number := func(i int) []string { return []string{fmt.Sprint(i * 7)} }
	pair := func(i int) []string { return []string{fmt.Sprint("f", i), fmt.Sprint(long[:i%60], i)} }
	scored := func(i int) []string { return []string{fmt.Sprint(float64(i) / 8), fmt.Sprint("m", i)} }
	for _, n := range []int{1, 20, 20_000} {
		many("RPUSH", fmt.Sprint("list:", n), n, 500, word)
		many("RPUSH", fmt.Sprint("listn:", n), n, 500, number)
		many("SADD", fmt.Sprint("set:", n), n, 500, word)
		many("SADD", fmt.Sprint("ints:", n), n, 500, number)
		many("HSET", fmt.Sprint("hash:", n), n, 500, pair)
		many("ZADD", fmt.Sprint("zset:", n), n, 500, scored)
	}
	must(t, c, "RPUSH", "list:long", strings.Repeat(long, 40), "short", strings.Repeat("y", 70_000))
	line("ZADD zset:edges -inf a +inf b 0 c -0.5 d 1024.125 e")
	line("SADD set:mixed 1 two 3")
	for i := range 300 {
		words := []string{"XADD", "stream", fmt.Sprintf("%d-%d", 1000+i/3, i), "name", fmt.Sprint("n", i), "n", fmt.Sprint(i)}
		if i%50 == 7 {
			words = append(words, "more", long[:i])
		}
		must(t, c, words...)
	}
	line("XDEL stream 1000-1 1050-150")
	line("XGROUP CREATE stream g 1010-30")
	line("XREADGROUP GROUP g alice COUNT 20 STREAMS stream >")
	line("XREADGROUP GROUP g bob COUNT 5 STREAMS stream >")
	line("XACK stream g 1010-31")
	line("XGROUP CREATE stream h $")
	line("XGROUP CREATECONSUMER stream h idle")
	line("XADD stream:one * only field")
	line("XADD stream:none * a b")
	line("XTRIM stream:none MAXLEN 0")
	line("PEXPIREAT list:20 " + far)
	line("PEXPIREAT hash:20000 " + far)
	line("SELECT 9")
	line("SET other database")
	line("SELECT 0")
}

// content tells all that a server holds, equal for equal content.
func content(t *testing.T, c *peer.Client) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, db := range []string{"0", "9"} {
		must(t, c, "SELECT", db)
		for _, k := range must(t, c, "KEYS", "*").([]any) {
			key := text(k)
			kind := text(must(t, c, "TYPE", key))
			var held []string
			switch kind {
			case "string":
				held = []string{text(must(t, c, "GET", key))}
			case "list":
				held = texts(must(t, c, "LRANGE", key, "0", "-1"))
			case "set":
				held = texts(must(t, c, "SMEMBERS", key))
				slices.Sort(held)
			case "zset":
				held = texts(must(t, c, "ZRANGE", key, "0", "-1", "WITHSCORES"))
			case "stream":
				held = []string{fmt.Sprintf("%s", must(t, c, "XRANGE", key, "-", "+"))}
				full := must(t, c, "XINFO", "STREAM", key, "FULL", "COUNT", "0")
				held = append(held, steadyInfo(full))
			case "hash":
				held = texts(must(t, c, "HGETALL", key))
				pairs := make([]string, 0, len(held)/2)
				for i := 0; i < len(held); i += 2 {
					pairs = append(pairs, held[i]+"="+held[i+1])
				}
				slices.Sort(pairs)
				held = pairs
			}
			all[db+" "+key] = fmt.Sprint(kind, " ", must(t, c, "PEXPIRETIME", key), " ", strings.Join(held, ","))
		}
	}
	must(t, c, "SELECT", "0")
	return all
}

// loaded waits until a server has read its snapshot.
func loaded(t *testing.T, c *peer.Client) *peer.Client {
	t.Helper()
	for range 1000 {
		info, err := c.Info("persistence")
		if err != nil {
			t.Fatal(err)
		}
		if info["loading"] == "0" {
			return c
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("still loading")
	return nil
}

func text(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

func texts(v any) (out []string) {
	for _, e := range v.([]any) {
		out = append(out, text(e))
	}
	return out
}

// steadyInfo is what XINFO STREAM FULL tells, but for what depends on how a server
// keeps a stream, and on its clock.
func steadyInfo(v any) string {
	list, ok := v.([]any)
	if !ok {
		return text(v)
	}
	var b strings.Builder
	for i := 0; i < len(list); i++ {
		switch text(list[i]) {
		case "radix-tree-keys", "radix-tree-nodes", "active-time", "entries":
			i++
			continue
		}
		b.WriteString(steadyInfo(list[i]) + " ")
	}
	return b.String()
}

func sameContent(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	for key, w := range want {
		if g := got[key]; g != w {
			t.Errorf("%q: %.100q, want %.100q", key, g, w)
		}
	}
}

func TestSnapshotsAreExchangedWithRedis(t *testing.T) {
	redis, dir := realRedis(t), t.TempDir()
	real := peer.Run(t, peer.Redis(redis, "--dir", dir, "--dbfilename", "theirs.rdb"))
	theirs := dial(t, real)
	fillAll(t, theirs)
	want := content(t, theirs)
	must(t, theirs, "SAVE")

	ours, c := startCached(t, "--dir", dir, "--dbfilename", "theirs.rdb", "--save", "3600 1", "--enable-protected-configs", "yes")
	sameContent(t, content(t, loaded(t, c)), want)
	must(t, c, "CONFIG", "SET", "dbfilename", "ours.rdb")
	must(t, c, "SAVE")
	if err := ours.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	back := loaded(t, dial(t, peer.Run(t, peer.Redis(redis, "--dir", dir, "--dbfilename", "ours.rdb"))))
	sameContent(t, content(t, back), want)
}

func TestARestartBringsTheSnapshotBack(t *testing.T) {
	dir := t.TempDir()
	settings := []string{"--dir", dir, "--save", "3600 1", "--enable-debug-command", "yes"}
	p, c := startCached(t, settings...)
	fillAll(t, c)
	want := content(t, c)
	must(t, c, "DEBUG", "RELOAD")
	sameContent(t, content(t, c), want)
	must(t, c, "SET", "s:late", "written at the end")
	want["0 s:late"] = "string -1 written at the end"
	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	p, c = startCached(t, settings...)
	sameContent(t, content(t, loaded(t, c)), want)
	must(t, c, "FLUSHALL")
	if _, err := c.Do("SHUTDOWN", "NOSAVE"); err == nil {
		t.Error("SHUTDOWN replied")
	}
	<-p.Ended()
	_, c = startCached(t, settings...)
	sameContent(t, content(t, loaded(t, c)), want)
	if left, err := filepath.Glob(filepath.Join(dir, "temp-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWithoutSavePointsNothingIsReadOrWritten(t *testing.T) {
	dir := t.TempDir()
	p, c := startCached(t, "--dir", dir)
	must(t, c, "SET", "k", "v")
	must(t, c, "SAVE")
	must(t, c, "SET", "k", "later")
	if err := p.Stop(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	_, c = startCached(t, "--dir", dir)
	if n := must(t, c, "DBSIZE"); n != int64(0) {
		t.Errorf("%v keys", n)
	}
	_, c = startCached(t, "--dir", dir, "--save", "100 100")
	if v := text(must(t, loaded(t, c), "GET", "k")); v != "v" {
		t.Errorf("k is %q", v)
	}
}

func TestABrokenSnapshotStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	p, c := startCached(t, "--dir", dir)
	fillAll(t, c)
	must(t, c, "SAVE")
	p.Kill()
	path := filepath.Join(dir, "dump.rdb")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{
		"cut": whole[:len(whole)/2], "flipped": slices.Concat(whole[:len(whole)/2], []byte{whole[len(whole)/2] ^ 4}, whole[len(whole)/2+1:]), "empty": {},
	} {
		if err := os.WriteFile(path, broken, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := peer.Start(peer.Cached(peer.Binary(t), "--dir", dir, "--save", "100 1"))
		if err == nil {
			select {
			case <-p.Ended():
			case <-time.After(5 * time.Second):
				t.Errorf("%s: the node serves", name)
				p.Kill()
			}
			err = fmt.Errorf("%s", p.Log())
		}
		if !strings.Contains(err.Error(), "snapshot cannot be read") {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || len(now) != len(broken) {
			t.Errorf("%s: the file was touched (%v)", name, err)
		}
	}
}

// TestASnapshotUnderWritesIsOneInstant has writers number their writes, each over
// keys of its own in turns. A file that shows the state at one instant shows of each
// writer just its writes up to one number; and where two keys are written by one
// command, both or neither.
func TestASnapshotUnderWritesIsOneInstant(t *testing.T) {
	const writers, keys = 3, 500
	redis, dir := realRedis(t), t.TempDir()
	p, c := startCached(t, "--dir", dir)
	fillAll(t, c)
	key := func(w, i int) string { return fmt.Sprintf("w:%d:%d", w, i) }
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		conn := dial(t, p)
		for i := range keys {
			must(t, conn, "MSET", key(w, i), fmt.Sprint(i-keys), key(w, i)+":twin", fmt.Sprint(i-keys))
		}
		wg.Go(func() {
			for n := 0; ; n += 50 {
				select {
				case <-stop:
					return
				default:
				}
				for i := n; i < n+50; i++ {
					conn.Queue("MSET", key(w, i%keys), fmt.Sprint(i), key(w, i%keys)+":twin", fmt.Sprint(i))
					conn.Queue("HSET", fmt.Sprint("wh:", w), fmt.Sprint(i%keys), fmt.Sprint(i))
				}
				conn.Flush()
				for range 100 {
					if _, err := conn.Read(); err != nil {
						return
					}
				}
			}
		})
	}
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		must(t, c, "SAVE")
		back := loaded(t, dial(t, peer.Run(t, peer.Redis(redis, "--dir", dir))))
		for w := range writers {
			last, least := -keys-1, 1<<60
			for i := range keys {
				n, twin := text(must(t, back, "GET", key(w, i))), text(must(t, back, "GET", key(w, i)+":twin"))
				if n != twin {
					t.Fatalf("a torn MSET: %s and %s", n, twin)
				}
				var v int
				fmt.Sscan(n, &v)
				last, least = max(last, v), min(least, v)
			}
			if last-least != keys-1 {
				t.Errorf("writer %d: write %d is there, and of its %d keys one is as old as %d", w, last, keys, least)
			}
			hash := texts(must(t, back, "HGETALL", fmt.Sprint("wh:", w)))
			most := -1
			for i := 1; i < len(hash); i += 2 {
				var v int
				fmt.Sscan(hash[i], &v)
				most = max(most, v)
			}
			if most != last && most != last-1 {
				t.Errorf("writer %d: its keys show write %d, its hash %d", w, last, most)
			}
		}
	}
	close(stop)
	wg.Wait()
}

func TestAFileIsImportedIntoARunningServer(t *testing.T) {
	redis, dir := realRedis(t), t.TempDir()
	theirs := dial(t, peer.Run(t, peer.Redis(redis, "--dir", dir)))
	fillAll(t, theirs)
	must(t, theirs, "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
	must(t, theirs, "SET", "s:soon", "x", "PX", "1")
	want := content(t, theirs)
	delete(want, "0 s:soon")
	must(t, theirs, "SAVE")

	p, c := startCached(t)
	must(t, c, "SET", "s:ttl", "mine")
	into := func(addr string, more ...string) (string, error) {
		out, err := exec.Command(peer.Binary(t), append([]string{"import-rdb", filepath.Join(dir, "dump.rdb"), "--to", addr}, more...)...).CombinedOutput()
		return string(out), err
	}
	again := dial(t, peer.Run(t, peer.Redis(redis, "--dir", t.TempDir())))
	if out, err := into(again.Conn().RemoteAddr().String()); err != nil {
		t.Errorf("into Redis: %v: %s", err, out)
	}
	sameContent(t, content(t, again), want)
	if r := must(t, again, "FCALL", "f", "0"); r != int64(1) {
		t.Errorf("FCALL: %v", r)
	}

	must(t, theirs, "FUNCTION", "FLUSH")
	must(t, theirs, "SAVE")
	out, err := into(p.Addr)
	if err != nil || !strings.Contains(out, "1 keys were there already") {
		t.Errorf("%v: %s", err, out)
	}
	if v := text(must(t, c, "GET", "s:ttl")); v != "mine" {
		t.Errorf("a key that was there is %q", v)
	}
	if out, err := into(p.Addr, "--replace"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	sameContent(t, content(t, c), want)
	if out, err := into("127.0.0.1:1"); err == nil {
		t.Errorf("into nowhere: %s", out)
	}
}
