package tests

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/tests/peer"
	"github.com/cachedserver/cached/tests/script"
)

var (
	historySeed   = flag.Uint64("history-seed", 0, "seed of the random histories; 0: a new one")
	historyLength = flag.Int("history-length", 5000, "commands in a random history")
)

// TestRandomHistoriesAgreeWithRedis sends the same random commands to a real
// redis-server and to ours and compares each reply. A history that differs is
// shrunk to the few commands that matter.
func TestRandomHistoriesAgreeWithRedis(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	seed := *historySeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -history-seed %d", seed)
	twins := &twins{t: t}
	twins.redis = dialWorld(t, "redis", peer.Run(t, peer.Redis(bin)).Addr)
	twins.ours = dialWorld(t, "server", startServer(t).Addr)

	if seed%2 == 1 { // half of the seeds speak RESP3
		twins.both([]string{"HELLO", "3"})
	}
	h := history(rand.New(rand.NewPCG(seed, 0)), *historyLength)
	at := twins.differAt(h)
	if at < 0 {
		return
	}
	h = twins.shrink(h[:at+1])
	var text strings.Builder
	for _, args := range h {
		for _, a := range args {
			fmt.Fprintf(&text, "%s ", protocol.Quote([]byte(a)))
		}
		text.WriteByte('\n')
	}
	twins.differAt(h)
	t.Errorf("after\n%sRedis says\n%s\nwe say\n%s", &text, twins.theirs, twins.said)
}

func dialWorld(t *testing.T, name, addr string) script.Client {
	w, err := script.WireWorld(name, addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// twins are two servers that must answer alike.
type twins struct {
	t            *testing.T
	redis, ours  script.Client
	theirs, said string // last replies
}

// differAt runs a history from the start and returns the first command whose
// replies differ, or -1.
func (w *twins) differAt(h [][]string) int {
	w.both([]string{"SELECT", "0"})
	w.both([]string{"FLUSHALL"})
	for i, args := range h {
		if w.both(args); w.theirs != w.said && !betterKept(w.theirs, w.said) {
			return i
		}
	}
	return -1
}

// betterKept allows one difference: INCRBYFLOAT leaves a whole number as text in
// Redis, as an integer here.
func betterKept(theirs, said string) bool {
	return said == `"int"` && (theirs == `"embstr"` || theirs == `"raw"`)
}

func (w *twins) both(args []string) {
	w.theirs, w.said = w.ask(w.redis, args), w.ask(w.ours, args)
}

func (w *twins) ask(c script.Client, args []string) string {
	r, err := c.Do(args)
	if err != nil {
		w.t.Fatalf("%q: %v", args, err)
	}
	if args[0] == "KEYS" { // has no order
		slices.SortFunc(r.Elems, func(a, b protocol.Reply) int { return strings.Compare(string(a.Str), string(b.Str)) })
	}
	return protocol.Format(r)
}

// shrink drops commands, in ever smaller runs, as long as a difference remains.
func (w *twins) shrink(h [][]string) [][]string {
	for run := len(h) / 2; run > 0; run /= 2 {
		for i := 0; i+run < len(h); {
			less := slices.Delete(slices.Clone(h), i, i+run)
			if at := w.differAt(less); at >= 0 {
				h = less[:at+1]
			} else {
				i += run
			}
		}
	}
	return h
}

// shapes are the commands of histories. "k" stands for a key, "v" a value, "i"
// an integer, "f" a float, "o" an offset, "d" a database, "t" and "T" a point in
// time in seconds and milliseconds, "[...]" for options, of which any number is
// taken. No command names a relative time that is accepted.
var shapes = strings.Split(strings.TrimSpace(`
SET k v
SET k v [NX XX GET KEEPTTL EXAT:t PXAT:T]
GET k
GETSET k v
GETDEL k
GETEX k [EXAT:t PXAT:T PERSIST]
SETNX k v
SETEX k i v
PSETEX k i v
APPEND k v
STRLEN k
INCR k
DECR k
INCRBY k i
DECRBY k i
INCRBYFLOAT k f
SETRANGE k o v
GETRANGE k o o
SUBSTR k o o
MGET k k k
MSET k v k v
MSETNX k v k v
LCS k k
LCS k k [LEN IDX WITHMATCHLEN MINMATCHLEN:i]
DEL k k
UNLINK k
EXISTS k k k
TOUCH k k
TYPE k
RENAME k k
RENAMENX k k
COPY k k
COPY k k [REPLACE DB:d]
MOVE k d
SELECT d
SWAPDB d d
EXPIREAT k t
EXPIREAT k t [NX XX GT LT]
PEXPIREAT k T [NX XX GT LT]
PERSIST k
EXPIRETIME k
PEXPIRETIME k
DBSIZE
KEYS *
KEYS k
OBJECT ENCODING k
COMMAND GETKEYS SET k v
COMMAND GETKEYS COPY k k
COMMAND GETKEYSANDFLAGS SET k v [GET NX]
ECHO v
`), "\n")

// refusedTimes are all the relative times that are tried: what is accepted would
// be seen by EXPIRETIME, and two servers never read the same clock.
var refusedTimes = []string{"0", "-1", "-9223372036854775808", "9223372036854775807", "x", ""}

func history(r *rand.Rand, n int) (h [][]string) {
	for range n {
		var args []string
		for _, word := range strings.Fields(shapes[r.IntN(len(shapes))]) {
			args = append(args, expand(r, word, args)...)
		}
		switch r.IntN(60) { // now and then an argument too few or too many
		case 0:
			args = args[:max(1, len(args)-1)]
		case 1:
			args = append(args, value(r))
		}
		h = append(h, args)
	}
	return h
}

func expand(r *rand.Rand, word string, before []string) []string {
	switch word {
	case "k":
		return []string{"key" + strconv.Itoa(r.IntN(5))}
	case "v":
		return []string{value(r)}
	case "i":
		if len(before) > 0 && strings.HasSuffix(before[0], "SETEX") {
			return []string{pick(r, refusedTimes)}
		}
		return []string{integer(r)}
	case "f":
		return []string{pick(r, []string{"0.1", "-2.5", "1e3", "3", "1e-17", "-0", "nan", "inf", "x", "1e400", "123456789.123456789", integer(r)})}
	case "o":
		return []string{pick(r, []string{"0", "1", "-1", "5", "-3", "20", "-100", "x", "9223372036854775807", strconv.Itoa(r.IntN(40))})}
	case "d":
		return []string{pick(r, []string{"0", "1", "2", "0", "1", "16", "-1", "x"})}
	case "t":
		return []string{pick(r, []string{"33177117420", "33177117421", past("1", before), "0", "-5", "x", "9223372036854775807"})}
	case "T":
		return []string{pick(r, []string{"33177117420000", "33177117420499", "33177117420500", past("1000", before), "0", "-5", "x", "9223372036854775807"})}
	}
	return options(r, word, before)
}

// past is a time that is over. SET with such a time leaves a key that DBSIZE
// counts until somebody collects it, sooner or later: so SET gets none.
func past(when string, before []string) string {
	if before[0] == "SET" {
		return "0"
	}
	return when
}

// options takes an option "NAME" or "NAME:x" one time in three, often with what
// belongs behind it; any other word is itself.
func options(r *rand.Rand, word string, before []string) []string {
	name, arg, hasArg := strings.Cut(strings.Trim(word, "[]"), ":")
	if len(before) == 0 || !optionNames[name] {
		return []string{word}
	}
	if r.IntN(3) > 0 {
		return nil
	}
	if r.IntN(4) == 0 {
		name = strings.ToLower(name)
	}
	if hasArg && r.IntN(20) > 0 {
		return append([]string{name}, expand(r, arg, before)...)
	}
	return []string{name}
}

// optionNames are the words that stand in brackets in shapes.
var optionNames = func() map[string]bool {
	names := map[string]bool{}
	for _, s := range shapes {
		_, list, _ := strings.Cut(strings.TrimSuffix(s, "]"), "[")
		for _, word := range strings.Fields(list) {
			name, _, _ := strings.Cut(word, ":")
			names[name] = true
		}
	}
	return names
}()

func value(r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		return integer(r)
	case 1:
		return pick(r, []string{"", "0", "-0", "01", " 1", "1 ", "1.5", "3.0", "1e2", "\x00\xff", "hello", "hello world"})
	case 2:
		return strings.Repeat(string(rune('a'+r.IntN(3))), r.IntN(60))
	case 3:
		return pick(r, []string{"ohmytext", "mynewtext", "abcabba", "cbabac"})
	}
	return strconv.Itoa(r.IntN(1000))
}

func integer(r *rand.Rand) string {
	return pick(r, []string{"1", "-1", "0", "10", "9223372036854775807", "-9223372036854775808", "9223372036854775806",
		"9223372036854775808", "1.0", "x", strconv.Itoa(r.IntN(100000) - 50000)})
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
