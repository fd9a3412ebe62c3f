package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/engine/enginetest"
	"github.com/cachedserver/cached/server/store"
)

func open(t *testing.T, o store.Options) *enginetest.Lab {
	t.Helper()
	lab, err := enginetest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lab.Close() })
	return lab
}

func do(lab *enginetest.Lab, line string) string { return string(lab.Do(1, strings.Fields(line))) }

func TestACallIsAppliedAndAnswered(t *testing.T) {
	lab := open(t, store.Options{})
	for _, c := range [][2]string{
		{"SET a 1", "+OK\r\n"}, {"GET a", "$1\r\n1\r\n"}, {"MSET a 2 b 3", "+OK\r\n"}, {"MGET a b c", "*3\r\n$1\r\n2\r\n$1\r\n3\r\n$-1\r\n"},
		{"RENAME a c", "+OK\r\n"}, {"EXISTS a b c", ":2\r\n"}, {"FOO", "-ERR unknown command 'FOO', with args beginning with: \r\n"},
	} {
		if got := do(lab, c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
}

func TestTimePassesOnlyWhenTold(t *testing.T) {
	lab := open(t, store.Options{})
	do(lab, "SET a 1 PX 1000")
	lab.Sleep(999 * time.Millisecond)
	if got := do(lab, "GET a"); got != "$1\r\n1\r\n" {
		t.Errorf("just before: %q", got)
	}
	lab.Sleep(time.Millisecond)
	if got := do(lab, "GET a"); got != "$-1\r\n" {
		t.Errorf("then: %q", got)
	}
	if st := lab.Engine.Keyspace().Stats(); st.Expired != 1 {
		t.Errorf("expired: %d", st.Expired)
	}
}

func TestRoomIsMadeOrRefused(t *testing.T) {
	for policy, want := range map[string]engine.Room{"allkeys-lru": engine.Ample, "noeviction": engine.None} {
		lab := open(t, store.Options{MaxMemory: 64 << 20, Policy: policy})
		for i := range 20_000 {
			do(lab, fmt.Sprintf("SET key:%d %s", i, strings.Repeat("v", 500)))
		}
		lab.Engine.Keyspace().SetMaxMemory(8 << 20)
		room, rounds := engine.Tight, 0
		for ; room == engine.Tight; rounds++ {
			room = lab.Engine.MakeRoom(0)
			lab.Engine.Keyspace().Maintain(1 << 10)
		}
		if room != want {
			t.Errorf("%s: %v after %d rounds, want %v", policy, room, rounds, want)
		}
		if policy == "allkeys-lru" && rounds < 2 {
			t.Errorf("%s: all victims fell in one step", policy)
		}
	}
}

// panics is a table with commands that break down before and after a write.
func panics(t *testing.T) *command.Table {
	key := []command.KeySpec{{Flags: command.RW, Index: 1, Step: 1}}
	table, err := command.NewTable([]command.Command{
		{Name: "EARLY", Group: "string", Syntax: "key", Summary: "Panics.", Flags: command.Write, Keys: key,
			Run: func(*command.Call) { panic("early") }},
		{Name: "LATE", Group: "string", Syntax: "key", Summary: "Writes and panics.", Flags: command.Write, Keys: key,
			Run: func(c *command.Call) { c.DB.SetString(c.Args[1], []byte("x"), 0); c.Out.OK(); panic("late") }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestAPanicBeforeTheFirstWriteIsToldAndFreesTheStripes(t *testing.T) {
	ks, err := store.Open(store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	var heard []engine.Breakdown
	e := engine.New(ks, func(b engine.Breakdown) { heard = append(heard, b) })
	for _, name := range []string{"EARLY", "LATE", "EARLY"} {
		var w protocol.Writer
		args := [][]byte{[]byte(name), []byte("key")}
		cmd, err := panics(t).Resolve(args)
		if err != nil {
			t.Fatal(err)
		}
		e.Apply(&command.Call{Cmd: cmd, Args: args, DB: ks.View(), Now: 1, Out: &w})
		if b, _ := w.Bytes(); !bytes.HasPrefix(b, []byte("-ERR internal error")) || bytes.Count(b, []byte("\n")) != 1 {
			t.Errorf("%s: %q", name, b)
		}
	}
	if len(heard) != 3 || heard[0].Torn || !heard[1].Torn || heard[2].Torn {
		t.Errorf("heard %v", heard)
	}
}

func TestCallsOnManyKeysRunSideBySide(t *testing.T) {
	lab := open(t, store.Options{Stripes: 8, MaxMemory: 1 << 30})
	table, err := command.NewTable(command.Data())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var w protocol.Writer
			call := command.Call{DB: lab.Engine.Keyspace().View(), Now: 1, Out: &w}
			for i := range 500 {
				a, b := []byte(fmt.Sprint("k", (g+i)%7)), []byte(fmt.Sprint("k", (g*i)%7))
				for _, args := range [][][]byte{
					{[]byte("MSET"), a, a, b, b}, {[]byte("MGET"), b, a}, {[]byte("RENAME"), a, b}, {[]byte("DEL"), b}, {[]byte("DBSIZE")},
				} {
					cmd, err := table.Resolve(args)
					if err != nil {
						t.Error(err)
						return
					}
					call.Cmd, call.Args = cmd, args
					lab.Engine.Apply(&call)
					w.Reset(nil)
				}
			}
		})
	}
	wg.Wait()
}

func TestWorkersRunABoundedNumberOfJobs(t *testing.T) {
	w := engine.NewWorkers(2)
	var mu sync.Mutex
	running, most, done := 0, 0, 0
	for range 20 {
		w.Go(func() {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			running--
			done++
			mu.Unlock()
		})
	}
	w.Wait()
	if most > 2 || done != 20 {
		t.Errorf("%d at a time, %d done", most, done)
	}
}
