package config

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

//go:generate go test -run TestTheDocsAreFresh . -update
func TestTheDocsAreFresh(t *testing.T) {
	const path = "../../docs/configuration.md"
	want := Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is stale (%v): go generate ./server/config", path, err)
	}
	for _, chapter := range Chapters() {
		for _, s := range chapter.Settings {
			if !strings.Contains(want, "| `"+s.Name+"`") {
				t.Errorf("%s is missing", s.Name)
			}
		}
	}
}

func TestUsageFitsTheTerminal(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for _, all := range []bool{false, true} {
			for line := range strings.Lines(Usage(width, all)) {
				if n := len(strings.TrimRight(line, "\n")); n > width && len(strings.Fields(line)) > 2 {
					t.Errorf("width %d: %d columns: %s", width, n, line)
				}
			}
		}
	}
	short, long := Usage(80, false), Usage(80, true)
	if !strings.Contains(short, "--maxmemory ") || strings.Contains(short, "--active-defrag-cycle-min") {
		t.Errorf("the short form:\n%s", short)
	}
	if !strings.Contains(long, "--active-defrag-cycle-min") || strings.Contains(long, "--key-load-delay") {
		t.Error("the long form")
	}
}

func TestCheckReportsAndExits(t *testing.T) {
	good := write(t, "good.conf", "port 7001\n")
	warned := write(t, "warned.conf", "port 7001\nio-threads 4\n")
	bad := write(t, "bad.conf", "prot 1\nio-threads 4\nhz x\n")
	for _, tt := range []struct {
		file, want string
		code       int
	}{
		{good, "F: ok\n", 0},
		{warned, "warning: F:2: io-threads has no effect: event loops follow the number of CPUs; set GOMAXPROCS to bound them\nF: ok, 1 warning\n", 0},
		{bad, "fault:   F:1: prot: no such setting; did you mean port?\nfault:   F:3: hz \"x\": argument couldn't be parsed into an integer; allowed: 0 or more\nwarning: F:2: io-threads has no effect: event loops follow the number of CPUs; set GOMAXPROCS to bound them\nF: 2 faults, 1 warning\n", 1},
	} {
		r := Check([]string{tt.file}, nil, nil)
		if got := strings.ReplaceAll(r.String(), tt.file, "F"); got != tt.want || r.ExitCode() != tt.code {
			t.Errorf("exit %d:\n%s\nwant %d:\n%s", r.ExitCode(), got, tt.code, tt.want)
		}
	}
}
