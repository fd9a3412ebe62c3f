package command

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

func TestEachRowIsWellFormed(t *testing.T) {
	for _, c := range dataTable(t).All() {
		name := c.FullName()
		if c.Name != strings.ToUpper(c.Name) {
			t.Errorf("%s: name is not in upper case", name)
		}
		if !strings.HasSuffix(c.Summary, ".") || strings.Count(c.Summary, ".") != 1 {
			t.Errorf("%s: summary is not one sentence with a full stop", name)
		}
		if c.Group == "" || c.Since == "" || c.Complexity == "" {
			t.Errorf("%s: group, since or complexity is missing", name)
		}
		if c.Run == nil && len(c.Subs()) == 0 {
			t.Errorf("%s: nothing runs it", name)
		}
		if (c.Deprecated == "") != (c.Instead == "") {
			t.Errorf("%s: deprecated without a replacement", name)
		}
	}
}

func TestEachDataCommandEitherReadsOrWrites(t *testing.T) {
	for _, c := range dataTable(t).All() {
		if c.Run == nil || c.Name == helpName {
			continue
		}
		if c.Is(Admin) && len(c.Keys) == 0 {
			continue // PFSELFTEST works on nothing
		}
		if c.Is(Read) == c.Is(Write) {
			t.Errorf("%s: must be one of Read and Write", c.FullName())
		}
		if len(c.Keys) == 0 && !c.Is(AllKeys) {
			t.Errorf("%s: names no keys and does not say that it may touch all", c.FullName())
		}
	}
}

func TestAccessFitsTheFlags(t *testing.T) {
	for _, c := range dataTable(t).All() {
		writes := false
		for _, k := range c.Keys {
			if n := len((k.Flags & (RO | RW | OW | RM)).Names()); n != 1 {
				t.Errorf("%s: a key needs exactly one of RO, RW, OW, RM; it has %d", c.FullName(), n)
			}
			writes = writes || k.Flags&(RW|OW|RM) != 0
		}
		if c.Name == "XREADGROUP" {
			continue // changes its groups; to Redis that is reading
		}
		if len(c.Keys) > 0 && writes != (c.Is(Write) || c.Is(MayReplicate)) {
			t.Errorf("%s: access to its keys does not fit Write", c.FullName())
		}
	}
}

func TestRowsWithFaultsAreRefused(t *testing.T) {
	ok := Command{Name: "OK", Syntax: "key", Flags: Read, Keys: key(RO)}
	for want, rows := range map[string][]Command{
		"declared twice":       {ok, ok},
		"upper case":           {{Name: "get"}},
		"longer than":          {{Name: strings.Repeat("X", maxName+1)}},
		"either Read or Write": {{Name: "X", Syntax: "key", Keys: key(RO), Run: get}},
		"both Read and Write":  {{Name: "X", Flags: Read | Write}},
		"leave it out":         {{Name: "X", Syntax: "key", Arity: 2, Flags: Read, Keys: key(RO)}},
		"without a step":       {{Name: "X", Syntax: "key", Flags: Read, Keys: []KeySpec{{Flags: RO, Index: 1}}}},
		"syntax":               {{Name: "X", Syntax: "[key"}},
		"subcommand S":         {{Name: "X", Sub: []Command{{Name: "S"}, {Name: "S"}}}},
	} {
		if _, err := NewTable(rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestAContainerMayBeDeclaredInTwoGroups(t *testing.T) {
	table, err := NewTable(
		[]Command{{Name: "BOX", Sub: []Command{{Name: "ONE", Run: help}}}},
		[]Command{{Name: "BOX", Sub: []Command{{Name: "TWO", Run: help}}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(table.Names(), " "), "box box|help box|one box|two"; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
	for i, c := range table.All() {
		if c.ID() != i {
			t.Errorf("%s has id %d at place %d", c.FullName(), c.ID(), i)
		}
	}
}

func TestResolveSaysWhatIsWrong(t *testing.T) {
	table := dataTable(t)
	for line, want := range map[string]string{
		"get a":             "",
		"GET":               "ERR wrong number of arguments for 'get' command",
		"mset a 1 b":        "",
		"object":            "ERR wrong number of arguments for 'object' command",
		"Object Encoding k": "",
		"object encoding":   "ERR wrong number of arguments for 'object|encoding' command",
		"object nosuch k":   "ERR unknown subcommand 'nosuch'. Try OBJECT HELP.",
		"nosuch a b":        "ERR unknown command 'nosuch', with args beginning with: 'a' 'b' ",
	} {
		_, err := table.Resolve(bytes.Fields([]byte(line)))
		if got := fmt.Sprint(err); got != want && !(err == nil && want == "") {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// TestHandlersNeverPanic runs commands with arguments that mean nothing.
func TestHandlersNeverPanic(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	r := newRig(t)
	all := r.table.All()
	for range 30_000 {
		c := all[g.IntN(len(all))]
		args := g.garbage(c)
		if b := r.raw(args); !oneReply(b) {
			t.Fatalf("%q: not one reply: %q", args, b)
		}
		r.call.Now += g.Int64N(3)
	}
}

// garbage is a call of c with any arguments, of which some are words of its syntax.
func (g generator) garbage(c *Command) [][]byte {
	words := strings.Split(c.FullName(), "|")
	tokens := append(strings.Fields(strings.Map(lettersOnly, c.Syntax)), "x")
	for range g.IntN(8) {
		switch g.IntN(5) {
		case 0:
			words = append(words, g.number())
		case 1:
			words = append(words, g.key())
		case 2:
			words = append(words, g.float())
		case 3:
			words = append(words, g.value())
		case 4:
			words = append(words, g.pick(tokens...))
		}
	}
	return toArgs(words...)
}

func lettersOnly(r rune) rune {
	if strings.ContainsRune("[]<>|.", r) {
		return ' '
	}
	return r
}

func oneReply(b []byte) bool {
	_, n, err := protocol.DecodeReply(b)
	return err == nil && n == len(b)
}

// TestSameCallsLeaveTheSameContent runs one history on two stores that place
// entries differently.
func TestSameCallsLeaveTheSameContent(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	a, b := newRig(t), newRigWith(t, store.Options{Seed: 99, Stripes: 4})
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	for range 10_000 {
		args := g.call()
		now := a.call.Now + g.Int64N(50)
		a.call.Now, b.call.Now = now, now
		x, y := a.raw(args), b.raw(args)
		if !bytes.Equal(x, y) && !strings.EqualFold(string(args[0]), "KEYS") {
			t.Fatalf("%q: %q here, %q there", args, x, y)
		}
		if a.call.Changes != b.call.Changes {
			t.Fatalf("%q: %d changes here, %d there", args, a.call.Changes, b.call.Changes)
		}
	}
	if x, y := a.content(), b.content(); x != y {
		t.Errorf("content differs:\n%s\n%s", x, y)
	}
}

// content is all that the store holds, in a canonical order.
func (r *rig) content() string {
	var lines []string
	for n := range 16 {
		r.call.DB.Select(n)
		r.call.DB.Begin(r.call.Now, true)
		for cursor := uint64(0); ; {
			cursor = r.call.DB.Scan(cursor, 100, func(key []byte, v store.Value) {
				lines = append(lines, fmt.Sprintf("%d %q %s %q %d", n, key, v.Kind(), v.Bytes(), v.ExpireAt()))
			})
			if cursor == 0 {
				break
			}
		}
	}
	r.call.DB.Select(0)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestChangesTellWhetherContentChanged: content that differs was reported.
func TestChangesTellWhetherContentChanged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := newRig(t)
	g := generator{rand.New(rand.NewPCG(seed, 3))}
	before := r.content()
	for range 3000 {
		args := g.call()
		r.call.Changes = 0
		r.raw(args)
		after := r.content()
		if before != after && r.call.Changes == 0 {
			t.Fatalf("%q changed\n%s\nto\n%s\nand does not say so", args, before, after)
		}
		before = after
	}
}

func TestTheManualTellsOfEachCommand(t *testing.T) {
	var b strings.Builder
	table := dataTable(t)
	if err := table.WriteManual(&b); err != nil {
		t.Fatal(err)
	}
	for _, c := range table.All() {
		if c.Run != nil && c.Name != helpName && !strings.Contains(b.String(), "    "+c.Usage()+"\n\n"+c.Summary) {
			t.Errorf("%s is not in the manual", c.FullName())
		}
	}
}

// FuzzCalls runs a pipeline of any commands, a line each.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("SET a 1 EX 10 NX\nINCR a\nGETEX a PERSIST\nCOPY a b DB 1 REPLACE"))
	f.Add([]byte("SETRANGE a 10 x\nLCS a a IDX WITHMATCHLEN\nSCAN 0 MATCH [a-z]* COUNT 3 TYPE string\nSWAPDB 0 1"))
	f.Add([]byte("EXPIRE a -1 XX GT\nINCRBYFLOAT a 1e4000\nOBJECT ENCODING a\nMEMORY USAGE a SAMPLES 0\nRESTORE a 0 x"))
	r := newRig(f)
	f.Fuzz(func(t *testing.T, lines []byte) {
		r.run(toArgs("FLUSHALL"))
		r.out.Truncate(0)
		for _, line := range bytes.Split(lines, []byte("\n")) {
			args := bytes.Split(line, []byte(" "))
			if b := r.raw(args); !oneReply(b) {
				t.Fatalf("%q: not one reply: %q", args, b)
			}
		}
	})
}
