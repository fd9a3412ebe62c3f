package server

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

//go:generate go test -run TestTheManualOfCommandsIsFresh . -update

var update = flag.Bool("update", false, "write docs/commands.md anew")

func TestTheManualOfCommandsIsFresh(t *testing.T) {
	table, _, err := newTable()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := table.WriteManual(&want); err != nil {
		t.Fatal(err)
	}
	const path = "../docs/commands.md"
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want.Bytes()) {
		t.Errorf("%s is stale (%v): run go generate ./server", path, err)
	}
}
