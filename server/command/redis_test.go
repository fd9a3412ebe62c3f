package command

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// redis is a real redis-server that the test started.
type redis struct {
	t    testing.TB
	conn net.Conn
	dec  *protocol.Decoder
}

// startRedis starts the redis-server on PATH; without one the test is skipped.
func startRedis(t testing.TB) *redis {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server on PATH to compare with")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 200 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			t.Cleanup(func() { conn.Close() })
			return &redis{t, conn, protocol.NewDecoder(conn)}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("redis-server did not come up")
	return nil
}

func (r *redis) do(args ...[]byte) protocol.Reply {
	r.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := r.conn.Write(b.Bytes()); err != nil {
		r.t.Fatal(err)
	}
	reply, err := r.dec.Read()
	if err != nil {
		r.t.Fatalf("%q: %v", args, err)
	}
	return reply
}

// meant lists where our rows differ from Redis 7.0's on purpose, as
// "command field". Tips and key flags of 7.2 were changed since.
var meant = map[string]string{
	"msetnx tips":    "7.2 took them back: it cannot be split between shards",
	"randomkey tips": "7.2 added response_policy:special",

	"pfcount flags":            "7.2 added may_replicate",
	"pfmerge arguments":        "7.2 lets the sources be left out",
	"geohash arguments":        "7.2 lets the members be left out",
	"geopos arguments":         "7.2 lets the members be left out",
	"geosearch arguments":      "the word before a block is the block's",
	"geosearchstore arguments": "the word before a block is the block's",
	"xinfo|stream arguments":   "the word before a block is the block's",
	"xread arguments":          "the word before a block is the block's",
	"xreadgroup arguments":     "the word before a block is the block's",
	"bitop arguments":          "7.2 names the operations",
	"hscan arguments":          "7.4 added NOVALUES",
	"blmove flags":             "7.2 allows it in scripts, where it does not wait",
	"blpop flags":              "7.2 allows it in scripts, where it does not wait",
	"brpop flags":              "7.2 allows it in scripts, where it does not wait",
	"brpoplpush flags":         "7.2 allows it in scripts, where it does not wait",
	"bzpopmax flags":           "7.2 allows it in scripts, where it does not wait",
	"bzpopmin flags":           "7.2 allows it in scripts, where it does not wait",
	"zrank arguments":          "7.2 added WITHSCORE",
	"zrank arity":              "7.2 added WITHSCORE",
	"zrevrank arguments":       "7.2 added WITHSCORE",
	"zrevrank arity":           "7.2 added WITHSCORE",
}

// provenBy is the Redis version that rows are compared with; it knows no newer ones.
const provenBy = "7.0.15"

// TestRowsAgreeWithRedis compares what COMMAND INFO says of each of our commands.
func TestRowsAgreeWithRedis(t *testing.T) {
	r := startRedis(t)
	table := dataTable(t)
	for _, c := range table.All() {
		if c.Sub != nil || c.Since > provenBy {
			continue // a container has only those subcommands that are ours
		}
		theirs := r.do([]byte("COMMAND"), []byte("INFO"), []byte(c.FullName()))
		if len(theirs.Elems) != 1 || len(theirs.Elems[0].Elems) != 10 {
			t.Errorf("%s: unknown to Redis", c.FullName())
			continue
		}
		var w protocol.Writer
		table.ReplyInfo(&w, toArgs(c.FullName()))
		b, _ := w.Bytes()
		ours, _, err := protocol.DecodeReply(b)
		if err != nil {
			t.Fatal(err)
		}
		compareInfo(t, c.FullName(), ours.Elems[0].Elems, theirs.Elems[0].Elems)
	}
}

func compareInfo(t *testing.T, name string, ours, theirs []protocol.Reply) {
	t.Helper()
	for i, field := range []string{"name", "arity", "flags", "first", "last", "step", "categories", "tips", "keys"} {
		o, th := canonical(ours[i]), canonical(theirs[i])
		if _, ok := meant[name+" "+field]; o != th && !ok {
			t.Errorf("%s: %s is\n%s\nbut Redis says\n%s", name, field, o, th)
		} else if o == th && ok {
			t.Errorf("%s: %s is listed as a meant difference, but is none", name, field)
		}
	}
}

// canonical writes a reply as text, with the order of flat lists taken away.
func canonical(r protocol.Reply) string {
	if len(r.Elems) == 0 {
		return protocol.Format(r)
	}
	parts := make([]string, len(r.Elems))
	flat := true
	for i, e := range r.Elems {
		parts[i] = canonical(e)
		flat = flat && len(e.Elems) == 0 && e.Kind == protocol.SimpleKind
	}
	if flat {
		slices.Sort(parts)
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// TestRepliesAgreeWithRedis runs the same random commands here and there and
// compares replies and keyspace events.
func TestRepliesAgreeWithRedis(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", proto), func(t *testing.T) { repliesAgree(t, proto) })
	}
}

func repliesAgree(t *testing.T, proto int) {
	real := startRedis(t)
	real.do(toArgs("HELLO", strconv.Itoa(proto))...)
	real.do(toArgs("CONFIG", "SET", "notify-keyspace-events", "EAmn")...)
	events := real.events()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	ours := newRig(t)
	ours.proto = proto
	ours.call.Wanted = NotifyAll | NotifyKeyMiss | NotifyNew
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	steps := 10_000
	if testing.Short() {
		steps = 2_000
	}
	var hist []string
	defer func() {
		if t.Failed() {
			t.Log(strings.Join(hist[max(0, len(hist)-40):], "\n"))
		}
	}()
	for range steps {
		args := g.call()
		hist = append(hist, fmt.Sprintf("%.60q", args))
		ours.call.Now = time.Now().UnixMilli()
		ours.call.Events = ours.call.Events[:0]
		got, _, err := protocol.DecodeReply(ours.raw(args))
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		want := real.do(args...)
		g, w := protocol.Format(got), protocol.Format(want)
		if strings.EqualFold(string(args[0]), "KEYS") {
			g, w = canonicalList(got), canonicalList(want)
		}
		if strings.EqualFold(string(args[0]), "DBSIZE") {
			g = w // expired keys count until someone finds them, here and there
		}
		if g != w && !(asksForTime(args) && closeTimes(got, want)) {
			t.Fatalf("%q:\n%s\nbut Redis says\n%s", args, g, w)
		}
		if g, w := eventLines(ours.call.Events), events(); g != w {
			t.Fatalf("%q: events\n%s\nbut Redis has\n%s", args, g, w)
		}
	}
}

// events subscribes to all keyspace events; each call returns those since the last.
func (r *redis) events() func() string {
	conn, err := net.Dial("tcp", r.conn.RemoteAddr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	sub := &redis{r.t, conn, protocol.NewDecoder(conn)}
	sub.do(toArgs("PSUBSCRIBE", "__keyevent@*")...)
	if _, err := conn.Write([]byte("SUBSCRIBE end\r\n")); err != nil {
		r.t.Fatal(err)
	}
	sub.dec.Read()
	return func() string {
		r.do(toArgs("PUBLISH", "end", "")...)
		var lines []string
		for {
			m, err := sub.dec.Read()
			if err != nil {
				r.t.Fatal(err)
			}
			if len(m.Elems) < 4 {
				return strings.Join(lines, "\n")
			}
			if bytes.HasSuffix(m.Elems[2].Str, []byte(":expired")) {
				continue // of ours the store tells, when it finds the key
			}
			lines = append(lines, fmt.Sprintf("%s %q", m.Elems[2].Str, m.Elems[3].Str))
		}
	}
}

func eventLines(events []Event) string {
	var lines []string
	for _, e := range events {
		if e.Key != nil { // else it is for the engine only
			lines = append(lines, fmt.Sprintf("__keyevent@%d__:%s %q", e.DB, e.Name, e.Key))
		}
	}
	return strings.Join(lines, "\n")
}

func canonicalList(r protocol.Reply) string {
	parts := make([]string, len(r.Elems))
	for i, e := range r.Elems {
		parts[i] = string(e.Str)
	}
	slices.Sort(parts)
	return fmt.Sprintf("%q", parts)
}

func asksForTime(args [][]byte) bool {
	name := strings.ToUpper(string(args[0]))
	return strings.HasSuffix(name, "TTL") || strings.HasSuffix(name, "TIME")
}

// closeTimes allows for the milliseconds between the two runs.
func closeTimes(a, b protocol.Reply) bool {
	return a.Kind == protocol.IntKind && b.Kind == protocol.IntKind &&
		a.Int > 1000 && max(a.Int-b.Int, b.Int-a.Int) < 5000
}

// generator makes random calls that often mean something.
type generator struct{ *rand.Rand }

func (g generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g generator) key() string { return g.pick("a", "b", "c", "d", "e", "", "key:1") }

func (g generator) value() string {
	switch g.IntN(6) {
	case 0:
		return strconv.Itoa(g.IntN(2000) - 1000)
	case 1:
		return g.pick("9223372036854775807", "-9223372036854775808", "9223372036854775806", "01", "+1", " 1", "1 ", "-0", "", "0", "1.5", "3.0e3", "-2.5", "0x10", "inf", "nan", "1e400", ".5", "5.", "1e-5")
	case 2:
		return strings.Repeat(g.pick("x", "ab", "\x00\xff"), g.IntN(60))
	}
	return g.pick("hello", "world", "hello world", "ohmytext", "mynewtext", "foo", "bar")
}

func (g generator) number() string {
	if g.IntN(8) == 0 {
		return g.pick("x", "", "9223372036854775807", "-9223372036854775808", "9223372036854775", "-9223372036854775", "1.0", "+3", "99999999999999999999")
	}
	return strconv.Itoa(g.IntN(40) - 20)
}

func (g generator) float() string {
	if g.IntN(2) == 0 {
		return g.value()
	}
	return strconv.FormatFloat(g.NormFloat64()*100, 'g', 1+g.IntN(12), 64)
}

// ttl is far enough away not to pass during the test, or is past.
func (g generator) ttl(word string) string {
	far := map[string]int64{"EX": 1000, "PX": 1_000_000, "EXAT": 4_000_000_000, "PXAT": 4_000_000_000_000}[word]
	switch g.IntN(6) {
	case 0:
		return g.pick("0", "x", "", "9223372036854775807", "-9223372036854775808", "9223372036854775", "1.0", "+3")
	case 1:
		return strconv.Itoa(-g.IntN(2000))
	case 2:
		if word == "EXAT" || word == "PXAT" { // long past
			return strconv.Itoa(1 + g.IntN(2000))
		}
	}
	return strconv.FormatInt(far+far*g.Int64N(5), 10)
}

func (g generator) expiry() []string {
	w := g.pick("EX", "PX", "EXAT", "PXAT")
	return []string{w, g.ttl(w)}
}

func (g generator) case_(s string) string {
	if g.IntN(4) == 0 {
		return strings.ToLower(s)
	}
	return s
}

func (g generator) call() [][]byte {
	words := g.words()
	words[0] = g.case_(words[0])
	if g.IntN(50) == 0 { // a wrong number of arguments
		words = append(words, g.value())
	}
	if g.IntN(50) == 0 && len(words) > 1 {
		words = words[:len(words)-1]
	}
	return toArgs(words...)
}

func (g generator) words() []string {
	switch g.IntN(24) {
	case 0, 1:
		words := []string{"SET", g.key(), g.value()}
		for g.IntN(2) == 0 {
			switch g.IntN(3) {
			case 0:
				words = append(words, g.expiry()...)
			default:
				words = append(words, g.case_(g.pick("NX", "XX", "GET", "KEEPTTL", "EX", "PERSIST")))
			}
		}
		return words
	case 2:
		words := []string{"GETEX", g.key()}
		switch g.IntN(3) {
		case 0:
			words = append(words, g.expiry()...)
		case 1:
			words = append(words, g.pick("PERSIST", "EX", "KEEPTTL"))
		}
		return words
	case 3:
		return []string{g.pick("GET", "GETDEL", "STRLEN", "TYPE", "INCR", "DECR", "PERSIST"), g.key()}
	case 4:
		return []string{g.pick("INCRBY", "DECRBY"), g.key(), g.number()}
	case 5:
		return []string{"INCRBYFLOAT", g.key(), g.float()}
	case 6:
		return []string{g.pick("APPEND", "GETSET", "SETNX"), g.key(), g.value()}
	case 7:
		return []string{g.pick("GETRANGE", "SUBSTR"), g.key(), g.number(), g.number()}
	case 8:
		return []string{"SETRANGE", g.key(), g.number(), g.value()}
	case 9:
		w := g.pick("EX", "PX")
		return []string{map[string]string{"EX": "SETEX", "PX": "PSETEX"}[w], g.key(), g.ttl(w), g.value()}
	case 10:
		return []string{"MSET", g.key(), g.value(), g.key(), g.value()}
	case 11:
		return []string{"MSETNX", g.key(), g.value(), g.key(), g.value()}
	case 12:
		return []string{g.pick("MGET", "DEL", "UNLINK", "EXISTS", "TOUCH"), g.key(), g.key(), g.key()}
	case 13, 14:
		w := g.pick("EX", "PX", "EXAT", "PXAT")
		words := []string{map[string]string{"EX": "EXPIRE", "PX": "PEXPIRE", "EXAT": "EXPIREAT", "PXAT": "PEXPIREAT"}[w], g.key(), g.ttl(w)}
		for g.IntN(2) == 0 {
			words = append(words, g.case_(g.pick("NX", "XX", "GT", "LT", "ZZ")))
		}
		return words
	case 15:
		return []string{g.pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), g.key()}
	case 16:
		return []string{g.pick("RENAME", "RENAMENX"), g.key(), g.key()}
	case 17:
		words := []string{"COPY", g.key(), g.key()}
		for g.IntN(2) == 0 {
			words = append(words, strings.Fields(g.pick("REPLACE", "DB 1", "DB 99", "DB x", "DB", "DB 3000000000", "XX"))...)
		}
		return words
	case 18:
		return []string{"MOVE", g.key(), g.pick("1", "0", "16", "-1", "x", "3000000000")}
	case 19:
		return []string{"KEYS", g.pick("*", "?", "[a-c]", "[^a]", "key:*", "\\a", "[", "a*b")}
	case 20:
		words := []string{"LCS", g.key(), g.key()}
		for g.IntN(2) == 0 {
			words = append(words, strings.Fields(g.pick("LEN", "IDX", "WITHMATCHLEN", "MINMATCHLEN 2", "MINMATCHLEN x", "MINMATCHLEN"))...)
		}
		return words
	case 21:
		return []string{g.pick("DBSIZE", "FLUSHDB", "FLUSHALL")}
	case 22:
		return []string{"OBJECT", g.pick("REFCOUNT", "FREQ", "NOSUCH"), "no such key"}
	}
	if g.IntN(20) > 0 {
		return []string{"GET", g.key()}
	}
	return []string{"SWAPDB", g.pick("0", "x", "1"), g.pick("1", "99", "-1", "y")}
}
