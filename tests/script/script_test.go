package script

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// echo is an engine with the commands ECHO, COUNT, LIST, MAP, SCAN and FLUSHALL.
type echo struct {
	count int
	slept time.Duration
}

func (e *echo) Knows(command string) bool { return command != "NOSUCH" }
func (e *echo) Sleep(d time.Duration)     { e.slept += d }

func (e *echo) Do(client int, args []string) []byte {
	var w protocol.Writer
	switch args[0] {
	case "ECHO":
		w.BulkString(args[1])
	case "COUNT":
		e.count++
		w.Int(int64(e.count))
	case "CLIENT":
		w.Int(int64(client))
	case "LIST":
		w.Array(len(args) - 1)
		for _, a := range args[1:] {
			w.BulkString(a)
		}
	case "SCAN": // three pages of one element
		n, _ := strconv.Atoi(args[1])
		w.Array(2)
		w.BulkString(strconv.Itoa((n + 1) % 3))
		w.Array(1)
		w.BulkString("element " + strconv.Itoa(n))
	case "FLUSHALL":
		e.count = 0
		w.OK()
	default:
		w.ErrorString("unknown")
	}
	b, _ := w.Bytes()
	return bytes.Clone(b)
}

const good = `# A comment.
!skip redis: it has no LIST

== Replies are compared line by line
ECHO "a b"
@2 ECHO c
----
"a b"
"c"

COUNT
COUNT
----
(integer) 1
(integer) 2

== A section begins with an empty keyspace
COUNT
----
(integer) 1

== Patterns stand for what is not stable
LIST 1 2 33 4
ECHO 5
----
1) "1"
~\d\) "\d"
...
"5"

== Directives
!let name ECHO value
!repeat 5 COUNT
!sleep 20ms

ECHO ${name}
COUNT
!sorted LIST b c a
!pairs LIST y 2 x 1
!iterate SCAN MATCH *
----
"${name}"
(integer) 6
1) "a"
2) "b"
3) "c"
1) "x"
2) "1"
3) "y"
4) "2"
1) "element 0"
2) "element 1"
3) "element 2"

!eventually COUNT
----
(integer) 12

== What is unknown is not asked
!needs NOSUCH
NOSUCH
----
OK

== What is younger is not asked
!only redis>=7.4: it came with 7.4
NOSUCH
----
OK
`

func parse(t *testing.T, text string) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAScriptRuns(t *testing.T) {
	e := &echo{}
	parse(t, good).Run(t, EngineWorld(e, "7.2"), false)
	if e.slept < 20*time.Millisecond {
		t.Errorf("slept %v", e.slept)
	}
}

func TestRewriteMendsRepliesAndNothingElse(t *testing.T) {
	broken := strings.NewReplacer("(integer) 1\n(integer) 2", "nonsense", `"a b"`+"\n\"c\"", "").Replace(good)
	if broken == good {
		t.Fatal("nothing was broken")
	}
	f := parse(t, broken)
	f.Run(t, EngineWorld(&echo{}, "7.2"), true)
	got, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	// Where replies were missing, an empty line more stays behind.
	if strings.ReplaceAll(string(got), "\n\n\n", "\n\n") != good {
		t.Errorf("rewritten to\n%s", got)
	}
}

// Faults are found: the test runs itself with a script that must fail.
func TestFaultsAreFound(t *testing.T) {
	if text := os.Getenv("SCRIPT_UNDER_TEST"); text != "" {
		parse(t, text).Run(t, EngineWorld(&echo{}, "7.2"), false)
		return
	}
	for name, text := range map[string]string{
		"another reply":             "== x\nECHO a\n----\n\"b\"\n",
		"a reply too many":          "== x\nECHO a\n----\n\"a\"\n\"b\"\n",
		"a reply too few":           "== x\nECHO a\nECHO b\n----\n\"a\"\n",
		"a pattern that fits not":   "== x\nECHO a\n----\n~\"[b-z]\"\n",
		"an error in a preparation": "== x\nNOSUCH\n",
		"a long sleep":              "== x\n!sleep 1h\n",
		"wire steps on the engine":  "== x\n!raw \"PING\"\n----\nPONG\n",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFaultsAreFound$")
		cmd.Env = append(os.Environ(), "SCRIPT_UNDER_TEST="+text)
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%s was not found:\n%s", name, out)
		}
	}
}

func TestMalformedScriptsAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a command before any section": "PING\n",
		"an unknown directive":         "== x\n!foo PING\n",
		"a directive without command":  "== x\n!sorted\n",
		"a directive with a command":   "== x\n!read PING\n",
		"an open quote":                "== x\nECHO \"a\n",
		"client nobody":                "== x\n@x PING\n",
		"a condition without reason":   "== x\n!skip redis\n",
	} {
		if _, err := Parse(name, text); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestConditions(t *testing.T) {
	w := EngineWorld(&echo{}, "7.0.15")
	for text, want := range map[string]bool{
		"!skip engine: reason":      false,
		"!skip redis: reason":       true,
		"!only redis>=7.2: reason":  false,
		"!only redis>=7.0: reason":  true,
		"!only redis>=6.99: reason": true,
		"!only redis<7.2: reason":   true,
		"!only redis<7.0: reason":   false,
		"!only moon: reason":        false,
		"!needs ECHO COUNT":         true,
		"!needs ECHO NOSUCH":        false,
	} {
		c, err := parseCondition(text, 1)
		if err != nil {
			t.Fatal(err)
		}
		if why, ok := c.holds(w); ok != want || !ok && why == "" {
			t.Errorf("%s: %v %q", text, ok, why)
		}
	}
}
