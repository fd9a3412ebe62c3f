package server

import (
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/tests/peer"
)

// newer are rows that Redis 7.2 changed after the 7.0 that they are compared
// with, or that are ours.
var newer = map[string]string{
	"acl|deluser":             "tips",
	"acl|save":                "tips",
	"acl|setuser":             "tips",
	"command|getkeys":         "arity",
	"command|getkeysandflags": "arity",
	"config|resetstat":        "tips",
	"config|rewrite":          "tips",
	"publish":                 "flags",
	"spublish":                "flags",
	"wait":                    "flags",
}

// TestOurRowsAgreeWithRedis compares what COMMAND says of the server's own
// commands.
func TestOurRowsAgreeWithRedis(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	conn, err := net.Dial("tcp", peer.Run(t, peer.Redis(bin)).Addr)
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := rows(newClient(t, conn)), rows(dial(t, start(t)))
	compared := 0
	for _, c := range locals() {
		names := []string{strings.ToLower(c.Name)}
		for _, s := range c.sub {
			names = append(names, strings.ToLower(c.Name+"|"+s.Name))
		}
		for _, name := range names {
			if _, known := theirs[name]; !known {
				continue // of 7.2, or a container's parts that Redis does not tell
			}
			compared++
			for field, want := range theirs[name] {
				if got := ours[name][field]; got != want && newer[name] != field {
					t.Errorf("%s: %s is %s, in Redis %s", name, field, got, want)
				}
			}
		}
	}
	if compared < 60 {
		t.Errorf("only %d rows were compared", compared)
	}
}

// rows are the fields of COMMAND's answer by full name and field.
func rows(c *client) map[string]map[string]string {
	all := make(map[string]map[string]string)
	fields := []string{"name", "arity", "flags", "first", "last", "step", "categories", "tips", "keys"}
	var add func(list []protocol.Reply)
	add = func(list []protocol.Reply) {
		for _, row := range list {
			m := make(map[string]string)
			for i, f := range fields {
				m[f] = sortedLines(protocol.Format(row.Elems[i]))
			}
			all[string(row.Elems[0].Str)] = m
			add(row.Elems[9].Elems)
		}
	}
	add(c.do("COMMAND").Elems)
	return all
}

// sortedLines makes lists comparable whose order means nothing.
func sortedLines(text string) string {
	var words []string
	for _, line := range strings.Split(text, "\n") {
		if _, word, numbered := strings.Cut(line, ") "); numbered {
			line = word
		}
		words = append(words, line)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}
