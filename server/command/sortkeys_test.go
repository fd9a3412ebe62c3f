package command

import (
	"strings"
	"testing"
)

func TestTheKeysOfSortAreItsSourceAndItsDestination(t *testing.T) {
	table, err := NewTable(Data())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		call, keys string
		refused    error
	}{
		{"SORT l", "l", nil},
		{"SORT l STORE d", "l d", nil},
		{"SORT l store a STORE d", "l d", nil},
		{"SORT l BY STORE STORE d LIMIT 0 1", "l d", nil},
		{"SORT l BY w_* STORE d", "l d", ErrSortBy},
		{"SORT l GET STORE ALPHA", "l", ErrSortGet},
		{"SORT l LIMIT STORE d", "l", nil},
		{"SORT l STORE", "l", nil},
		{"SORT l FOO STORE d", "l d", nil},
		{"SORT_RO l GET # DESC", "l", ErrSortGet},
		{"SORT_RO l BY nosort", "l", nil},
	} {
		args := words(test.call)
		c := table.Lookup(args[0])
		var keys []string
		for _, k := range c.KeysOf(args, nil) {
			keys = append(keys, string(k))
		}
		if got := strings.Join(keys, " "); got != test.keys {
			t.Errorf("%s: keys %s, want %s", test.call, got, test.keys)
		}
		if err := c.Beyond(args); err != test.refused {
			t.Errorf("%s: refused by %v, want %v", test.call, err, test.refused)
		}
	}
}

func words(line string) (args [][]byte) {
	for _, w := range strings.Fields(line) {
		args = append(args, []byte(w))
	}
	return args
}
