package command

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// reply runs one of the builders of COMMAND's replies.
func reply(t testing.TB, build func(w *protocol.Writer)) protocol.Reply {
	t.Helper()
	var w protocol.Writer
	w.SetProto(3)
	build(&w)
	b, _ := w.Bytes()
	r, n, err := protocol.DecodeReply(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes: %v in %q", n, len(b), err, b)
	}
	return r
}

func TestGetKeys(t *testing.T) {
	table := dataTable(t)
	for line, want := range map[string]string{
		"get a":              "a",
		"MSET a 1 b 2":       "a b",
		"del a b c":          "a b c",
		"copy a b DB 1":      "a b",
		"object freq a":      "a",
		"lcs a b LEN":        "a b",
		"get":                "ERR Invalid number of arguments specified for command",
		"mset a":             "ERR Invalid number of arguments specified for command",
		"dbsize":             "ERR The command has no key arguments",
		"nosuch a":           "ERR Invalid command specified",
		"object nosuch a":    "ERR Invalid command specified",
		"set a b EX 10":      "a",
		"mset a 1 b":         "a b",
		"memory usage a":     "a",
		"scan 0 MATCH x":     "ERR The command has no key arguments",
		"object encoding a ": "a",
	} {
		call := toArgs(strings.Fields(line)...)
		r := reply(t, func(w *protocol.Writer) { table.ReplyGetKeys(w, call) })
		if got := flat(r); got != want {
			t.Errorf("%s: keys %q, want %q", line, got, want)
		}
	}
}

func flat(r protocol.Reply) string {
	if r.Elems == nil {
		return string(r.Str)
	}
	parts := make([]string, len(r.Elems))
	for i, e := range r.Elems {
		parts[i] = flat(e)
	}
	return strings.Join(parts, " ")
}

func TestGetKeysAndFlagsAgreesWithRedis(t *testing.T) {
	real, table := startRedis(t), dataTable(t)
	for _, line := range []string{"get a", "set a b GET", "set a b NX", "mset a 1 b 2", "copy a b", "rename a b", "unlink a b", "object idletime a", "lcs a b", "getdel a"} {
		call := toArgs(strings.Fields(line)...)
		ours := reply(t, func(w *protocol.Writer) { table.ReplyGetKeysAndFlags(w, call) })
		theirs := real.do(append(toArgs("COMMAND", "GETKEYSANDFLAGS"), call...)...)
		if o, th := canonical(ours), canonical(theirs); o != th {
			t.Errorf("%s: %s, Redis says %s", line, o, th)
		}
	}
}

func TestListFilters(t *testing.T) {
	table := dataTable(t)
	for words, want := range map[string]string{
		"FILTERBY PATTERN OBJECT*":    "object object|encoding object|freq object|help object|idletime object|refcount",
		"filterby pattern getr*":      "getrange",
		"FILTERBY MODULE x":           "",
		"FILTERBY ACLCAT nosuch":      "",
		"FILTERBY ACLCAT dangerous":   "flushall flushdb keys pfdebug pfselftest restore sort sort_ro swapdb",
		"FILTERBY":                    "ERR syntax error",
		"FILTERBY PATTERN a b":        "ERR syntax error",
		"FILTERBY COLOUR a":           "ERR syntax error",
		"ORDERBY PATTERN a":           "ERR syntax error",
		"FILTERBY ACLCAT hyperloglog": "pfadd pfcount pfdebug pfmerge pfselftest",
	} {
		r := reply(t, func(w *protocol.Writer) { table.ReplyList(w, toArgs(strings.Fields(words)...)) })
		if got := flat(r); got != want {
			t.Errorf("LIST %s: %q, want %q", words, got, want)
		}
	}
	r := reply(t, func(w *protocol.Writer) { table.ReplyList(w, nil) })
	if len(r.Elems) != len(table.Rows()) {
		t.Errorf("LIST has %d names, want %d", len(r.Elems), len(table.Rows()))
	}
}

func TestInfoOfUnknownIsNull(t *testing.T) {
	table := dataTable(t)
	r := reply(t, func(w *protocol.Writer) { table.ReplyInfo(w, toArgs("nosuch", "GET", "object|freq", "object|nosuch")) })
	if len(r.Elems) != 4 || r.Elems[0].Kind != protocol.NullKind || r.Elems[3].Kind != protocol.NullKind {
		t.Fatalf("got %s", protocol.Format(r))
	}
	if string(r.Elems[2].Elems[0].Str) != "object|freq" {
		t.Errorf("got %s", protocol.Format(r.Elems[2]))
	}
}

func TestDocsWithoutNamesTellOfAll(t *testing.T) {
	table := dataTable(t)
	r := reply(t, func(w *protocol.Writer) { table.ReplyDocs(w, nil) })
	if len(r.Elems) != 2*len(table.Rows()) {
		t.Errorf("%d entries, want %d", len(r.Elems)/2, len(table.Rows()))
	}
	r = reply(t, func(w *protocol.Writer) { table.ReplyDocs(w, toArgs("nosuch")) })
	if len(r.Elems) != 0 {
		t.Errorf("docs of an unknown command: %s", protocol.Format(r))
	}
}

// TestArgumentsAgreeWithRedis compares the leaves of the argument trees: their
// types and tokens, what may be left out and what repeated.
func TestArgumentsAgreeWithRedis(t *testing.T) {
	real, table := startRedis(t), dataTable(t)
	for _, c := range table.All() {
		if _, ok := meant[c.FullName()+" arguments"]; ok || c.Since > provenBy {
			continue
		}
		name := toArgs(c.FullName())
		docs := real.do(append(toArgs("COMMAND", "DOCS"), name...)...)
		if len(docs.Elems) != 2 {
			t.Errorf("%s is unknown to Redis", c.FullName())
			continue
		}
		want := leaves(at(docs.Elems[1], "arguments"), "")
		ours := reply(t, func(w *protocol.Writer) { table.ReplyDocs(w, name) })
		got := leaves(at(ours.Elems[1], "arguments"), "")
		slices.Sort(want) // the order of options is free
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nRedis says\n%s", c.FullName(), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// at finds a field of a map, or of the flat list that stands for one.
func at(m protocol.Reply, field string) protocol.Reply {
	for i := 0; i+1 < len(m.Elems); i += 2 {
		if string(m.Elems[i].Str) == field {
			return m.Elems[i+1]
		}
	}
	return protocol.Reply{}
}

func leaves(args protocol.Reply, above string) (lines []string) {
	for _, a := range args.Elems {
		flags := above + " " + flat(at(a, "flags"))
		if inner := at(a, "arguments"); len(inner.Elems) > 0 {
			lines = append(lines, leaves(inner, flags)...)
			continue
		}
		words := strings.Fields(flags)
		slices.Sort(words)
		lines = append(lines, fmt.Sprintf("%s %s %v", at(a, "type").Str, at(a, "token").Str, slices.Compact(words)))
	}
	return lines
}
