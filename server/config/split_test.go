package config

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string // nil: unbalanced
	}{
		{"", []string{}},
		{"  a  b\t c\r\n", []string{"a", "b", "c"}},
		{`save ""`, []string{"save", ""}},
		{`"a b" 'c d'`, []string{"a b", "c d"}},
		{`"\x41\n\r\t\b\a\q\"\\"`, []string{"A\n\r\t\b\aq\"\\"}},
		{`"\xzz\x4"`, []string{"xzzx4"}},
		{`'it\'s \n'`, []string{`it's \n`}},
		{`a"b c"`, []string{"ab c"}},
		{`"a"b`, nil}, {`"a`, nil}, {`'a`, nil}, {`"a\"`, nil}, {`'a'b`, nil},
		{"a#b", []string{"a#b"}},
	} {
		got, err := splitWords(tt.line)
		if (err != nil) != (tt.want == nil) || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v", tt.line, got, err)
		}
	}
}

// Whatever a word holds, quoting it gives one line that splits back into it.
func FuzzQuotedWordsSplitBack(f *testing.F) {
	for _, s := range []string{"", "a", "a b", `"`, `'`, `\`, "#x", "\n\r\t\b\a\x00\xff", "ü", "\\x41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		line := quoteWord(word)
		got, err := splitWords("name " + line)
		if err != nil || !slices.Equal(got, []string{"name", word}) {
			t.Errorf("%q quoted as %s splits into %q, %v", word, line, got, err)
		}
		if strings.ContainsAny(line, "\r\n") {
			t.Errorf("%q is more than a line", line)
		}
	})
}

// Whatever a file says, reading it does not panic, and a file that loads can be
// rewritten into one that loads to the same values and is rewritten no more.
func FuzzARewrittenFileReadsBack(f *testing.F) {
	for _, s := range []string{
		"port 1\n", "save 1 2\r\nsave 3 4", "bind 127.0.0.1 -::1\n\"hz\" 20", "maxmemory 60%\nmaxmemory-clients 5%",
		"client-output-buffer-limit slave 1 2 3\n# x\nrequirepass \"a\\x00b\"", "slave-priority 4\nreplica-priority 5",
		"notify-keyspace-events KEA\nlatency-tracking-info-percentiles 1e1 .5", "dead-after 2h\nunixsocketperm 0700",
	} {
		f.Add(s, "timeout", "5")
	}
	f.Add("", "requirepass", "\"\n")
	f.Fuzz(func(t *testing.T, text, name, value string) {
		if strings.Contains(strings.ToLower(text), "include") {
			return // would read the machine's files
		}
		c := newConfig(10 * gib)
		if faults := c.readText("fuzz", text, fromFile, nil); len(faults) > 0 {
			_ = faults.Error()
			return
		}
		_ = c.Set([]string{name, value}, true)
		c.file = "/nonexistent/fuzz.conf"
		next := c.rewritten(text)
		again := newConfig(10 * gib)
		if faults := again.readText("next", next, fromFile, nil); len(faults) > 0 {
			t.Fatalf("%q became %q: %v", text, next, faults)
		}
		for i, r := range c.refs {
			if got := again.refs[i]; !r.set.FileOnly && !sameWritten(got.Value(), r.Value()) {
				t.Errorf("%q became %q: %s is %q, want %q", text, next, r.set.Name, got.String(), r.String())
			}
		}
		if third := c.rewritten(next); third != next {
			t.Errorf("%q was rewritten once more into %q", next, third)
		}
	})
}
