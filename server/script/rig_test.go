package script

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig runs scripts on a keyspace of their own.
type rig struct {
	*Interpreter
	t  testing.TB
	db *store.DB
}

func newRig(t testing.TB) *rig {
	t.Helper()
	table, err := command.NewTable(command.Data())
	if err != nil {
		t.Fatal(err)
	}
	ks, err := store.Open(store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ks.Close() })
	return &rig{New(table, 4), t, ks.View()}
}

// host runs the commands of one script.
type host struct{ db *store.DB }

func (host) Refuse(*command.Command, [][]byte) error { return nil }
func (host) Allowed(*command.Command, [][]byte) bool { return true }
func (host) Log(int, string)                         {}

func (h host) Call(cmd *command.Command, args [][]byte, out *protocol.Writer) {
	h.db.LockAll()
	defer h.db.Unlock()
	h.db.Begin(1, false)
	cmd.Run(&command.Call{Cmd: cmd, Args: args, DB: h.db, Now: 1, Out: out, NoWait: true})
}

// eval runs a script and returns its reply's text; errors begin with "-".
func (r *rig) eval(body string, args ...string) string {
	return r.run(&Run{}, body, args...)
}

func (r *rig) run(run *Run, body string, args ...string) string {
	r.t.Helper()
	s, err := r.Load(body)
	if err != nil {
		return "-" + err.Error()
	}
	var keys [][]byte
	for _, a := range args {
		keys = append(keys, []byte(a))
	}
	run.Host = host{r.db}
	var out protocol.Writer
	r.Exec(s, keys, nil, run, &out)
	b, _ := out.Bytes()
	reply, _, err := protocol.DecodeReply(b)
	if err != nil {
		r.t.Fatalf("%s: %q: %v", body, b, err)
	}
	return flat(reply)
}

func flat(r protocol.Reply) string {
	switch r.Kind {
	case protocol.ErrorKind:
		return "-" + string(r.Str)
	case protocol.IntKind:
		return numberString(float64lua(r.Int))
	case protocol.ArrayKind:
		var parts []string
		for _, e := range r.Elems {
			parts = append(parts, flat(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case protocol.NullKind:
		return "nil"
	}
	return string(r.Str)
}

// within fails the test if f takes longer.
func within(t *testing.T, d time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatal("it goes on and on")
	}
}
