package config

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redis is a connection to a real redis-server, to prove our texts and forms.
type redis struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func startRedis(t *testing.T) *redis {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server to compare with")
	}
	dir := t.TempDir()
	socket := dir + "/s"
	cmd := exec.Command(path, "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--bind", "127.0.0.1 -::1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 100 {
		if c, err := net.Dial("unix", socket); err == nil {
			t.Cleanup(func() { c.Close() })
			return &redis{t, c, bufio.NewReader(c)}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("redis-server did not start")
	return nil
}

// do sends a command and returns its reply, an array flattened, an error with
// its "-".
func (r *redis) do(args ...string) []string {
	r.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := r.c.Write([]byte(b.String())); err != nil {
		r.t.Fatal(err)
	}
	return r.reply()
}

func (r *redis) reply() []string {
	r.t.Helper()
	line, err := r.r.ReadString('\n')
	if err != nil {
		r.t.Fatal(err)
	}
	line = strings.TrimRight(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '*':
		var all []string
		for range n {
			all = append(all, r.reply()...)
		}
		return all
	case '$':
		text := make([]byte, n+2)
		if _, err := io.ReadFull(r.r, text); err != nil {
			r.t.Fatal(err)
		}
		return []string{string(text[:n])}
	}
	return []string{line}
}

// changedDefaults differ from Redis's on purpose; the run's own flags too.
var changedDefaults = map[string]bool{
	"maxmemory": true, "maxmemory-policy": true, // a cache out of the box
	"bind": true, "port": true, "unixsocket": true, "dir": true, // flags of the test
}

// newerThan70 came with Redis 7.2 or its next minor versions.
var newerThan70 = map[string]bool{
	"set-max-listpack-entries": true, "set-max-listpack-value": true, "locale-collate": true,
	"cluster-announce-human-nodename": true, "max-new-connections-per-cycle": true,
	"max-new-tls-connections-per-cycle": true,
	"server-cpulist":                    true, "bio-cpulist": true, "aof-rewrite-cpulist": true, "bgsave-cpulist": true,
}

func TestGetHasRedissNamesAndForms(t *testing.T) {
	r := startRedis(t)
	theirs := map[string]string{}
	reply := r.do("CONFIG", "GET", "*")
	for i := 0; i < len(reply); i += 2 {
		theirs[reply[i]] = reply[i+1]
	}
	if len(theirs) < 190 {
		t.Fatalf("only %d names from Redis", len(theirs))
	}
	c := fresh(t)
	for _, p := range c.Get("*") {
		value, known := theirs[p.Name]
		switch {
		case !known && !newerThan70[p.Name] && !c.Ref(p.Name).set.Ours:
			t.Errorf("%s is not known to Redis, nor declared as ours", p.Name)
		case known && value != p.Value && !changedDefaults[p.Name]:
			t.Errorf("%s = %q, Redis has %q", p.Name, p.Value, value)
		}
		delete(theirs, p.Name)
	}
	for name := range theirs {
		t.Errorf("CONFIG GET lacks %s", name)
	}
}

// The same CONFIG SET must lead to the same reply and value on both sides.
// Not here, since we differ on purpose: an empty memory value (0 in Redis), n
// beside A in notify-keyspace-events (lost in Redis), words that Redis 7.2
// added.
func TestSetAnswersAsRedisDoes(t *testing.T) {
	r := startRedis(t)
	c := fresh(t)
	for _, pairs := range [][]string{
		{"maxmemory", "1k"}, {"maxmemory", "1kb"}, {"maxmemory", "2MB"}, {"maxmemory", "3G"}, {"maxmemory", "17b"}, {"maxmemory", "1gib"}, {"maxmemory", "-1"},
		{"maxmemory-clients", "5%"}, {"maxmemory-clients", "500%"}, {"maxmemory-clients", "x"}, {"maxmemory-clients", "1mb"},
		{"proto-max-bulk-len", "1"}, {"client-query-buffer-limit", "2mb"},
		{"maxmemory-policy", "ALLKEYS-LRU"}, {"repl-diskless-load", "loud"}, {"appendfsync", "Always"},
		{"hz", "abc"}, {"hz", ""}, {"hz", "-1"}, {"hz", "0x10"}, {"hz", " 5"}, {"hz", "+5"}, {"hz", "05"}, {"hz", "-0"}, {"maxmemory", "+5"}, {"maxmemory", "05"}, {"maxmemory", "5 mb"}, {"timeout", "99999999999"}, {"slowlog-log-slower-than", "-1"}, {"slowlog-log-slower-than", "-2"},
		{"lazyfree-lazy-user-del", "YES"}, {"lazyfree-lazy-user-del", "1"},
		{"list-max-listpack-size", "-5"}, {"list-max-ziplist-size", "-4"},
		{"save", "3600 1 300 100"}, {"save", "3600"}, {"save", "a b"}, {"save", "0 1"}, {"save", "1 -1"}, {"save", ""},
		{"client-output-buffer-limit", "normal 1mb 2kb 3"}, {"client-output-buffer-limit", "replica 1 2 3 pubsub 4 5 6"},
		{"client-output-buffer-limit", "normal 1"}, {"client-output-buffer-limit", "nobody 1 2 3"}, {"client-output-buffer-limit", "normal 1 x 3"}, {"client-output-buffer-limit", "master 1 2 3"},
		{"notify-keyspace-events", "KEA"}, {"notify-keyspace-events", "Kgx"}, {"notify-keyspace-events", "KEAm"}, {"notify-keyspace-events", "g$lshzxetdK"},
		{"notify-keyspace-events", "nEx$"}, {"notify-keyspace-events", "Q"}, {"notify-keyspace-events", ""},
		{"latency-tracking-info-percentiles", "50 99.95 100"}, {"latency-tracking-info-percentiles", ""}, {"latency-tracking-info-percentiles", "101"}, {"latency-tracking-info-percentiles", "x"},
		{"oom-score-adj-values", "1 2 3"}, {"oom-score-adj-values", "1 2"}, {"oom-score-adj-values", "1 2 9999"},
		{"dbfilename", "a/b"}, {"unixsocketperm", "700"}, {"nope", "1"}, {"nope"}, {"hz", "1", "hz", "2"}, {"hz", "20", "nope", "1"}, {"hz", "20", "databases", "4"}, {"hz", "21", "timeout", "x"},
		{"databases", "3", "nope", "1"}, {"HZ", "30", "Timeout", "5"}, {"HZ", "x"},
		{"active-defrag-cycle-max", "100"}, {"enable-debug-command", "yes"}, {"requirepass", "a b"}, {"requirepass", ""}, {"ignore-warnings", ""},
		{"lua-time-limit", "7"}, {"repl-backlog-size", "0"}, {"tcp-keepalive", "5"}, {"tracking-table-max-keys", "-1"},
		{"shutdown-on-sigterm", "nosave force"}, {"shutdown-on-sigterm", "bad"}, {"shutdown-on-sigterm", "Default"}, {"shutdown-on-sigterm", "save nosave"},
		{"proc-title-template", "{title} x"}, {"syslog-ident", "x"}, {"replicaof", "no one"}, {"min-slaves-max-lag", "3"},
	} {
		theirs := r.do(append([]string{"CONFIG", "SET"}, pairs...)...)[0]
		ours := "+OK"
		if err := c.Set(pairs, true); err != nil {
			ours = "-ERR " + err.Error()
		}
		if len(pairs) == 1 {
			theirs = strings.Replace(theirs, "wrong number of arguments for 'config|set' command", "syntax error", 1)
		}
		if ours != theirs {
			t.Errorf("%q:\n ours  %s\n Redis %s", pairs, ours, theirs)
		}
		value := r.do("CONFIG", "GET", pairs[0])
		if got := c.Get(pairs[0]); len(value) == 2 && (len(got) != 1 || got[0] != Pair{value[0], value[1]}) && !(changedDefaults[strings.ToLower(pairs[0])] && ours != "+OK") {
			t.Errorf("%q: GET ours %v, Redis %q", pairs, got, value)
		}
	}
}

// openedAtTheStart are live in Redis: doors, certificates and the log of writes,
// which we open once.
var openedAtTheStart = map[string]bool{
	"appendonly": true,
	"port":       true, "bind": true, "tls-port": true, "tls-cert-file": true, "tls-key-file": true,
	"tls-ca-cert-file": true, "tls-ca-cert-dir": true, "tls-auth-clients": true, "tls-protocols": true,
}

func TestTheSameSettingsAreFixed(t *testing.T) {
	r := startRedis(t)
	reply := r.do("CONFIG", "GET", "*")
	c := fresh(t)
	for i := 0; i < len(reply); i += 2 {
		ref := c.lookup(reply[i])
		if ref == nil || changedDefaults[reply[i]] || openedAtTheStart[reply[i]] {
			continue
		}
		answer := r.do("CONFIG", "SET", reply[i], reply[i+1])[0]
		if theirs := strings.Contains(answer, "immutable"); theirs != ref.set.Fixed {
			t.Errorf("%s: fixed %v, Redis answers %s", reply[i], ref.set.Fixed, answer)
		}
		if theirs := strings.Contains(answer, "protected config"); theirs != ref.set.Protected {
			t.Errorf("%s: protected %v, Redis answers %s", reply[i], ref.set.Protected, answer)
		}
	}
}

func TestGetNamesAreSpelledAsRedisDoes(t *testing.T) {
	r := startRedis(t)
	c := fresh(t)
	for _, glob := range []string{"HZ", "SLOWLOG-MAX*", "key-load-delay", "key-load*", "h?", "[h]z", `h\z`, "none", "use-exit-on-panic"} {
		theirs := r.do("CONFIG", "GET", glob)
		var ours []string
		for _, p := range c.Get(glob) {
			ours = append(ours, p.Name, p.Value)
		}
		if strings.Join(ours, " ") != strings.Join(theirs, " ") {
			t.Errorf("%s: ours %q, Redis %q", glob, ours, theirs)
		}
	}
}
