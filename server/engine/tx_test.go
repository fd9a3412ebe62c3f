package engine_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/store"
)

// bench is an engine whose calls a test makes by hand.
type bench struct {
	t     *testing.T
	e     *engine.Engine
	table *command.Table
}

func newBench(t *testing.T) *bench {
	ks, err := store.Open(store.Options{Stripes: 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ks.Close() })
	table, err := command.NewTable(command.Data())
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, engine.New(ks, func(b engine.Breakdown) { t.Error(b) }), table}
}

// call makes a call of a line, on a view of its own.
func (b *bench) call(line string) *command.Call {
	args := bytes.Fields([]byte(line))
	cmd, err := b.table.Resolve(args)
	if err != nil {
		b.t.Fatal(err)
	}
	return &command.Call{Cmd: cmd, Args: args, DB: b.e.Keyspace().View(), Now: 1000, Out: new(protocol.Writer)}
}

func text(w *protocol.Writer) string {
	b, _ := w.Bytes()
	return strings.ReplaceAll(string(b), "\r\n", " ")
}

func (b *bench) run(line string) string {
	c := b.call(line)
	b.e.Apply(c)
	if c.Ticket != nil {
		return "waits"
	}
	return text(c.Out)
}

// wait runs a line that has to wait.
func (b *bench) wait(line string) *engine.Waiter {
	b.t.Helper()
	c := b.call(line)
	b.e.Apply(c)
	if c.Ticket == nil {
		b.t.Fatalf("%s: did not wait, but answered %q", line, text(c.Out))
	}
	return c.Ticket.(*engine.Waiter)
}

func TestABatchHoldsItsKeysAndRunsItsCalls(t *testing.T) {
	b := newBench(t)
	var out protocol.Writer
	view := b.e.Keyspace().View()
	batch := engine.Batch{DB: view, Now: 1000}
	calls := []*command.Call{b.call("SET a 1"), b.call("INCR a"), b.call("BLPOP l 0"), b.call("MGET a b"), b.call("DBSIZE")}
	for _, c := range calls {
		c.DB, c.Out = view, &out
		batch.Add(c.Cmd, c.Args)
	}
	if !batch.All {
		t.Error("DBSIZE looks at every key, so all stripes should be taken")
	}
	batch.Body = func(tx *engine.Tx) {
		for _, c := range calls {
			tx.Run(c)
		}
	}
	b.e.Transact(&batch)
	if got := text(&out); got != "+OK :2 *-1 *2 $1 2 $-1 :1 " {
		t.Errorf("replies %q", got)
	}
}

func TestABrokenGuardStopsABatch(t *testing.T) {
	for _, c := range []struct {
		before, change string
		broken         bool
	}{
		{"SET k 1", "GET k", false}, {"SET k 1", "SET k 2", true}, {"SET k 1", "DEL k", true}, {"SET o 1", "SET k 1", true},
		{"SET k 1", "SET o 2", false}, {"SET k 1", "FLUSHALL", true}, {"SET o 1", "FLUSHALL", false}, {"SET k 1", "SWAPDB 0 1", true},
		{"SET o 1", "SWAPDB 0 1", false}, {"SET k 1", "SWAPDB 2 1", false}, {"SET k 1", "PERSIST k", false}, {"SET k 1", "EXPIRE k 10", true},
	} {
		b := newBench(t)
		b.run(c.before)
		view := b.e.Keyspace().View()
		batch := engine.Batch{DB: view, Now: 1000, Body: func(*engine.Tx) {}}
		batch.Guards = []engine.Guard{b.e.Watch(view, 1000, []byte("k"))}
		b.run(c.change)
		b.e.Transact(&batch)
		b.e.Unwatch(1)
		if batch.Broken != c.broken {
			t.Errorf("%s, then %s: broken %v", c.before, c.change, batch.Broken)
		}
	}
}

func TestAGuardSeesThatItsKeyHasExpired(t *testing.T) {
	b := newBench(t)
	b.run("SET k 1 PX 5")
	view := b.e.Keyspace().View()
	batch := engine.Batch{DB: view, Now: 1005, Body: func(*engine.Tx) {}}
	batch.Guards = []engine.Guard{b.e.Watch(view, 1000, []byte("k"))}
	if b.e.Transact(&batch); !batch.Broken {
		t.Error("the key has expired")
	}
}

func TestWaitersAreServedByWhatBringsTheirKeys(t *testing.T) {
	b := newBench(t)
	first, second, other := b.wait("BLPOP a b 0"), b.wait("BRPOP b 0"), b.wait("BZPOPMIN b 0")
	done := ""
	first.Attach(func() { done += "first " })
	second.Attach(func() { done += "second " })
	if got := b.run("RPUSH b 1 2 3"); got != ":3 " {
		t.Errorf("RPUSH: %q", got)
	}
	if done != "first second " || text(first.Out()) != "*2 $1 b $1 1 " || text(second.Out()) != "*2 $1 b $1 3 " {
		t.Errorf("done %q: %q, %q", done, text(first.Out()), text(second.Out()))
	}
	if got := b.run("LRANGE b 0 -1"); got != "*1 $1 2 " {
		t.Errorf("left: %q", got)
	}
	if !other.Cancel() || other.Cancel() || first.Cancel() {
		t.Error("who waits can be cancelled, once; who was served cannot")
	}
	if keys, gone := b.e.WaitedKeys(); keys != 0 || gone != 0 {
		t.Errorf("%d keys are still waited for", keys)
	}
}

func TestWhoAttachesLateIsToldAtOnce(t *testing.T) {
	b := newBench(t)
	w := b.wait("BLPOP a 0")
	b.run("RPUSH a 1")
	told := false
	if w.Attach(func() { told = true }); !told {
		t.Error("not told")
	}
}

func TestMovesChainAcrossStripes(t *testing.T) {
	b := newBench(t)
	keys := strings.Fields("a b c d e f g h")
	var chain []*engine.Waiter
	for i := range len(keys) - 1 {
		chain = append(chain, b.wait("BLMOVE "+keys[i]+" "+keys[i+1]+" LEFT LEFT 0"))
	}
	b.run("RPUSH a x")
	for i, w := range chain {
		if got := text(w.Out()); got != "$1 x " {
			t.Errorf("move %d: %q", i, got)
		}
	}
	if got := b.run("LRANGE h 0 -1"); got != "*1 $1 x " {
		t.Errorf("end: %q", got)
	}
}

// ear writes down what a listener hears.
type ear struct{ heard []string }

func (e *ear) Changed(c *command.Call, ev *command.Event) {
	by := "nobody"
	if c != nil {
		by = c.Cmd.FullName()
	}
	e.heard = append(e.heard, by+" "+ev.Name+" "+string(ev.Key))
}
func (e *ear) Called(c *command.Call) { e.heard = append(e.heard, "called") }
func (e *ear) Read(c *command.Call)   { e.heard = append(e.heard, c.Cmd.FullName()+" read") }

func TestAListenerHearsWhatItWantsInOrder(t *testing.T) {
	b := newBench(t)
	var l ear
	b.e.Listen(&l)
	b.run("SET a 1")
	b.e.Hear(command.NotifyKeyspace | command.NotifyList)
	b.run("SET a 1")
	b.wait("BLPOP l 0")
	b.run("RPUSH l x")
	tracked := b.call("GET a")
	tracked.Tracked = true
	b.e.Read(tracked)
	want := "rpush rpush l, called, blpop lpop l, blpop del l, called, get read"
	if got := strings.Join(l.heard, ", "); got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
}
