package command

import "testing"

func dataTable(t testing.TB) *Table {
	t.Helper()
	table, err := NewTable(Data())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestLookupIgnoresCase(t *testing.T) {
	table := dataTable(t)
	for _, name := range []string{"GET", "get", "gEt"} {
		if c := table.Lookup([]byte(name)); c == nil || c.Name != "GET" {
			t.Errorf("Lookup(%q) = %v", name, c)
		}
	}
	for _, name := range []string{"", "GE", "GETT", "G\x05T"} {
		if c := table.Lookup([]byte(name)); c != nil {
			t.Errorf("Lookup(%q) = %s, want none", name, c.Name)
		}
	}
}
