package command

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shapes are key specifications of all forms, also of commands that are not here yet.
var shapes = []Command{
	{Name: "ONE", Syntax: "key", Flags: Read, Keys: key(RO)},
	{Name: "SECOND", Syntax: "option key", Flags: Read, Keys: keyAt(2, RO)},
	{Name: "ALL", Syntax: "key [key ...]", Flags: Read, Keys: keys(RO)},
	{Name: "PAIRS", Syntax: "key value [key value ...]", Flags: Write, Keys: pairs(OW)},
	{Name: "TWO", Syntax: "source destination", Flags: Write, Keys: twoKeys(RO, OW)},
	{Name: "COUNTED", Syntax: "numkeys key [key ...] [LIMIT limit]", Flags: Read, Keys: numkeysAt(1, RO)},
	{Name: "BUTLAST", Syntax: "key [key ...] timeout", Flags: Write, Keys: []KeySpec{{Flags: RW, Index: 1, Last: -2, Step: 1}}},
	{Name: "DESTINATION", Syntax: "destination numkeys key [key ...]", Flags: Write,
		Keys: append(key(OW), numkeysAt(2, RO)...)},
	{Name: "OPERATION", Syntax: "op destination key [key ...]", Flags: Write,
		Keys: []KeySpec{{Flags: OW, Index: 2, Step: 1}, {Flags: RO, Index: 3, Last: -1, Step: 1}}},
	{Name: "STREAMS", Syntax: "[COUNT count] STREAMS key [key ...] id [id ...]", Flags: Read,
		Keys: []KeySpec{{Flags: RO, Keyword: "STREAMS", From: 1, Last: -1, Step: 1, Limit: 2}}},
	{Name: "STORE", Syntax: "key [STORE destination]", Flags: Write,
		Keys: []KeySpec{{Flags: RO, Index: 1, Step: 1}, {Flags: OW, Keyword: "STORE", From: -2, Step: 1}}},
	{Name: "SHARDCHANNEL", Syntax: "channel", Flags: PubSub, Keys: []KeySpec{{Flags: NotKey, Index: 1, Step: 1}}},
	{Name: "NONE", Syntax: "[option]"},
}

func shapeTable(t *testing.T) *Table {
	t.Helper()
	table, err := NewTable(shapes)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestKeysAreFound(t *testing.T) {
	table := shapeTable(t)
	for line, want := range map[string]string{
		"ONE a":                           "a",
		"SECOND x a":                      "a",
		"ALL a b c":                       "a b c",
		"PAIRS a 1 b 2":                   "a b",
		"TWO a b":                         "a b",
		"COUNTED 2 a b LIMIT 1":           "a b",
		"COUNTED 0 a":                     "",
		"COUNTED 3 a b":                   "",
		"COUNTED -1 a":                    "",
		"COUNTED x a":                     "",
		"COUNTED 9223372036854775807 a":   "",
		"BUTLAST a b 0":                   "a b",
		"DESTINATION d 2 a b":             "d a b",
		"OPERATION and d a b":             "d a b",
		"STREAMS COUNT 2 STREAMS a b 0 0": "a b",
		"STREAMS COUNT 2 streams a 0":     "a",
		"STREAMS COUNT 2 x STREAMS":       "",
		"STORE a":                         "a",
		"STORE a STORE d":                 "a d",
		"STORE STORE STORE d":             "STORE d",
		"SHARDCHANNEL c":                  "",
		"NONE x":                          "",
	} {
		args := bytes.Fields([]byte(line))
		got := string(bytes.Join(table.Lookup(args[0]).KeysOf(args, nil), []byte(" ")))
		if got != want {
			t.Errorf("%s: keys %q, want %q", line, got, want)
		}
	}
}

func TestRangeIsTheOldForm(t *testing.T) {
	want := map[string]string{
		"ONE": "1 1 1", "SECOND": "2 2 1", "ALL": "1 -1 1", "PAIRS": "1 -1 2", "TWO": "1 2 1",
		"COUNTED": "0 0 0 movable", "BUTLAST": "1 -2 1", "DESTINATION": "1 1 1 movable",
		"OPERATION": "2 -1 1", "STREAMS": "0 0 0 movable", "STORE": "1 1 1 movable",
		"SHARDCHANNEL": "1 1 1", "NONE": "0 0 0",
	}
	for _, c := range shapeTable(t).Rows() {
		first, last, step := c.Range()
		got := fmt.Sprint(first, " ", last, " ", step)
		if c.Is(MovableKeys) {
			got += " movable"
		}
		if got != want[c.Name] {
			t.Errorf("%s: %s, want %s", c.Name, got, want[c.Name])
		}
	}
}

func TestOneKeyIsWhereTheOnlyKeyStands(t *testing.T) {
	for _, c := range shapeTable(t).Rows() {
		want := map[string]int{"ONE": 1, "SECOND": 2}[c.Name]
		if got := c.OneKey(); got != want {
			t.Errorf("%s: %d, want %d", c.Name, got, want)
		}
	}
}

// FuzzKeysOf: whatever the arguments, keys are arguments, and both ways to find
// them agree.
func FuzzKeysOf(f *testing.F) {
	f.Add("COUNTED 2 a b")
	f.Add("STORE a STORE STORE STORE d")
	f.Add("STREAMS STREAMS a b 0")
	table, err := NewTable(shapes)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := bytes.Split([]byte(line), []byte(" "))
		for _, c := range table.Rows() {
			if !c.Accepts(len(args)) {
				continue
			}
			keys := c.KeysOf(args, nil)
			refs, err := c.KeyRefs(args, nil)
			refs = slices.DeleteFunc(refs, func(r KeyRef) bool { return r.Flags&NotKey != 0 })
			if err == nil && len(refs) != len(keys) {
				t.Fatalf("%s %q: %d keys, %d references", c.Name, args, len(keys), len(refs))
			}
			for i, r := range refs {
				if err == nil && !bytes.Equal(args[r.Pos], keys[i]) {
					t.Fatalf("%s %q: key %d differs", c.Name, args, i)
				}
			}
		}
	})
}

// TestACommandIsOneRowAndOneFunction adds a toy and finds it everywhere.
func TestACommandIsOneRowAndOneFunction(t *testing.T) {
	toy := Command{
		Name: "ECHOKEY", Group: "string", Since: "9.9.9", Complexity: "O(1)",
		Syntax:  "key [UPPER]",
		Summary: "Returns the name of a key.",
		Flags:   Read | Fast, Keys: key(RO), Run: func(c *Call) { c.Out.Bulk(c.Args[1]) },
	}
	table, err := NewTable(Data(), []Command{toy})
	if err != nil {
		t.Fatal(err)
	}
	var manual strings.Builder
	if err := table.WriteManual(&manual); err != nil {
		t.Fatal(err)
	}
	c := table.Find("echokey")
	for what, ok := range map[string]bool{
		"arity":    c.Arity == -2,
		"category": strings.Join(c.AllCategories().Names(), " ") == "read string fast",
		"manual":   strings.Contains(manual.String(), "    ECHOKEY key [UPPER]\n"),
		"keys":     string(c.KeysOf(toArgs("echokey", "a"), nil)[0]) == "a",
		"id":       table.All()[c.ID()] == c,
	} {
		if !ok {
			t.Errorf("%s of the toy command is wrong", what)
		}
	}
}
