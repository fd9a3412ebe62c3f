package tests

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/tests/peer"
	"github.com/cachedserver/cached/tests/script"
)

var (
	historySeed   = flag.Uint64("history-seed", 0, "seed of the random histories; 0: a new one")
	historyCount  = flag.Int("history-count", 300, "random histories of each family")
	historyLength = flag.Int("history-length", 60, "commands in a random history, at most")
)

// smallPacked makes collections change their form within a short history.
var smallPacked = []string{
	"--hash-max-listpack-entries", "8", "--hash-max-listpack-value", "24", "--set-max-intset-entries", "6",
	"--zset-max-listpack-entries", "8", "--zset-max-listpack-value", "24", "--list-max-listpack-size", "4",
	"--stream-node-max-entries", "4", "--hll-sparse-max-bytes", "60",
}

// TestRandomHistoriesAgreeWithRedis sends the same random commands to a real
// redis-server and to ours, and compares every reply and what is in the keyspace
// at the end. A history that differs is shrunk to the few commands that matter.
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
	settings := append(slices.Clone(smallPacked), "--maxmemory", "256mb", "--maxmemory-policy", "noeviction")
	theirs := peer.Run(t, peer.Redis(bin, settings...)).Addr
	ours := peer.Run(t, peer.Cached(peer.Binary(t), settings...)).Addr
	known := commandsOf(t, ours)
	for _, f := range families() {
		t.Run(f.name, func(t *testing.T) {
			shapes := f.known(t, known)
			w := &twins{t: t, readBack: readBack(known), addrs: map[string]string{"redis": theirs, "cached": ours}, redis: dialWorld(t, "redis", theirs), ours: dialWorld(t, "server", ours)}
			r := rand.New(rand.NewPCG(seed, 0))
			count := *historyCount
			if f.slow {
				count /= 10
			}
			for range count {
				w.proto = pick(r, "2", "3")
				if !w.agree(history(r, shapes, 1+r.IntN(*historyLength))) {
					return
				}
			}
		})
	}
}

// commandsOf are the names that a server knows, in capitals.
func commandsOf(t *testing.T, addr string) map[string]bool {
	names, err := script.CommandNames(addr)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, n := range names {
		known[n] = true
	}
	return known
}

func dialWorld(t *testing.T, name, addr string) script.WireClient {
	w, err := script.WireWorld(name, addr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(script.WireClient)
}

// twins are two servers that must answer alike.
type twins struct {
	t            *testing.T
	redis, ours  script.WireClient
	addrs        map[string]string
	proto        string     // of RESP, that the next history speaks
	readBack     [][]string // shows what is in the keyspace
	theirs, said string     // the replies that differed
}

// agree runs a history, and reports it, shrunk, if the servers differ.
func (w *twins) agree(h [][]string) bool {
	w.t.Helper()
	at := w.differAt(h)
	if at < 0 {
		return true
	}
	h = w.shrink(h[:min(at+1, len(h))])
	at = w.differAt(h)
	text := historyText(h)
	if at >= len(h) {
		text += fmt.Sprintf("%q", w.readBack[at-len(h)])
	}
	w.t.Errorf("after\n%s\nRedis says\n%s\nwe say\n%s", text, w.theirs, w.said)
	return false
}

// historyText is a history as redis-cli would read it.
func historyText(h [][]string) string {
	var text strings.Builder
	for _, args := range h {
		for _, a := range args {
			fmt.Fprintf(&text, "%s ", protocol.Quote([]byte(a)))
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func (w *twins) nameOf(c script.WireClient) string {
	if c == w.ours {
		return "cached"
	}
	return "redis"
}

// differAt runs a history from the start and returns the first command whose
// replies differ, or -1. len(h) and above is what the keyspace held at the end.
func (w *twins) differAt(h [][]string) int {
	w.together([][]string{{"DISCARD"}, {"UNWATCH"}, {"HELLO", w.proto}, {"SELECT", "0"}, {"FLUSHALL"}, {"FUNCTION", "FLUSH"}, {"SCRIPT", "FLUSH"}})
	theirs, said := w.together(h)
	tx := &transaction{}
	for i, args := range h {
		if !w.same(tx, exchange{args, theirs[i], said[i]}) {
			return i
		}
	}
	w.together([][]string{{"DISCARD"}, {"SELECT", "0"}})
	theirs, said = w.together(w.readBack)
	for i, args := range w.readBack {
		if !w.same(tx, exchange{args, theirs[i], said[i]}) {
			return len(h) + i
		}
	}
	return -1
}

// same compares two replies to one command, and keeps them if they differ.
func (w *twins) same(t *transaction, e exchange) bool {
	for _, part := range t.parts(e) {
		if !part.same() {
			w.theirs, w.said = protocol.Format(e.theirs), protocol.Format(e.said)
			return false
		}
	}
	return true
}

// together sends commands to both servers at once and reads the replies.
func (w *twins) together(h [][]string) (theirs, said []protocol.Reply) {
	w.send(w.redis, h)
	w.send(w.ours, h)
	return w.receive(w.redis, h), w.receive(w.ours, h)
}

func (w *twins) send(c script.WireClient, h [][]string) {
	var out protocol.Writer
	for _, args := range h {
		out.Array(len(args))
		for _, a := range args {
			out.BulkString(a)
		}
	}
	b, _ := out.Bytes()
	if err := c.Send(b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *twins) receive(c script.WireClient, h [][]string) (replies []protocol.Reply) {
	for _, args := range h {
		r, err := c.Read(5 * time.Second)
		if err != nil {
			w.t.Fatalf("%s does not answer %q: %v; the history was\n%sIts clients are\n%s", w.nameOf(c), args, err, historyText(h), w.clientsOf(c))
		}
		replies = append(replies, r)
	}
	return replies
}

// clientsOf asks a server about its clients.
func (w *twins) clientsOf(c script.WireClient) string {
	addr := w.addrs[w.nameOf(c)]
	client, err := peer.Dial(addr)
	if err != nil {
		return err.Error()
	}
	defer client.Close()
	list, err := client.Do("CLIENT", "LIST")
	return fmt.Sprint(list, err)
}

// shrink drops commands, in ever smaller runs, as long as a difference remains.
func (w *twins) shrink(h [][]string) [][]string {
	for run := max(1, len(h)/2); run > 0; run /= 2 {
		for i := 0; i+run <= len(h) && run < len(h); {
			less := slices.Delete(slices.Clone(h), i, i+run)
			if at := w.differAt(less); at >= 0 {
				h = less[:min(at+1, len(less))]
			} else {
				i += run
			}
		}
	}
	return h
}
