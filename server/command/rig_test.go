package command

import (
	"bytes"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// rig runs calls on a real store, as the engine does.
type rig struct {
	t     testing.TB
	table *Table
	ks    *store.Keyspace
	call  Call
	out   protocol.Writer
	proto int
}

// testNow is when tests happen, unless they move on.
const testNow = int64(1_700_000_000_000)

func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigWith(t, store.Options{Seed: 1})
}

func newRigWith(t testing.TB, o store.Options) *rig {
	t.Helper()
	ks, err := store.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ks.Close() })
	r := &rig{t: t, table: dataTable(t), ks: ks, proto: 2}
	r.call = Call{DB: ks.View(), Now: testNow, Out: &r.out, NoWait: true}
	return r
}

// run runs one command and leaves the reply in r.out.
func (r *rig) run(args [][]byte) {
	cmd, err := r.table.Resolve(args)
	if err != nil {
		r.out.Error(err)
		return
	}
	c := &r.call
	c.Cmd, c.Args, c.Changes, c.Events = cmd, args, 0, c.Events[:0]
	c.DB.Begin(c.Now, c.NoTouch)
	c.Keys = cmd.KeysOf(args, c.Keys[:0])
	switch {
	case cmd.Is(AtOnce):
		c.DB.LockAll()
		defer c.DB.Unlock()
	case len(c.Keys) > 0:
		c.DB.LockKeys(c.Keys)
		defer c.DB.Unlock()
	}
	cmd.Run(c)
}

// raw runs one command and returns the bytes of the reply.
func (r *rig) raw(args [][]byte) []byte {
	r.out.SetProto(r.proto)
	r.run(args)
	b := bytes.Join(r.out.Buffers(nil), nil)
	r.out.Advance(len(b))
	return b
}

// do runs one command and returns the reply as redis-cli would show it.
func (r *rig) do(words ...string) string {
	r.t.Helper()
	reply, _, err := protocol.DecodeReply(r.raw(toArgs(words...)))
	if err != nil {
		r.t.Fatalf("%q: %v", words, err)
	}
	return protocol.Format(reply)
}

// line is do for words without blanks in them.
func (r *rig) line(s string) string {
	r.t.Helper()
	words, ok := protocol.SplitLine(s)
	if !ok {
		r.t.Fatalf("bad line %q", s)
	}
	return r.do(words...)
}

func toArgs(words ...string) [][]byte {
	args := make([][]byte, len(words))
	for i, w := range words {
		args[i] = []byte(w)
	}
	return args
}
