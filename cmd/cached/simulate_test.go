package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachedserver/cached/eviction/sim"
)

// trace writes a trace of some requests and returns its path.
func trace(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "requests.csv")
	text := strings.Repeat("a,100\nb,200\na,100\nc,300\nd,50,5,s\n", 50)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func runSimulate(args ...string) (exit int, out, err string) {
	var stdout, stderr bytes.Buffer
	exit = simulate(args, streams{out: &stdout, err: &stderr})
	return exit, stdout.String(), stderr.String()
}

func TestSimulatePrintsATable(t *testing.T) {
	exit, out, err := runSimulate(trace(t), "--sizes", "2,1kb", "--policies", "lru,min")
	if exit != 0 || err != "" || !strings.Contains(out, "requests, hit ratio in %") || !strings.Contains(out, "requests, byte hit ratio in %") {
		t.Errorf("exit %d\n%s%s", exit, out, err)
	}
}

func TestSimulatePrintsJSON(t *testing.T) {
	exit, out, _ := runSimulate("--output=json", "--sizes=1kb", trace(t))
	var rows []sim.Row
	if err := json.Unmarshal([]byte(out), &rows); exit != 0 || err != nil || len(rows) != len(sim.Policies()) {
		t.Errorf("exit %d, %v, %d rows", exit, err, len(rows))
	}
}

func TestSimulateDrawsByTheFilesEnding(t *testing.T) {
	for ending, magic := range map[string]string{".svg": "<svg ", ".png": "\x89PNG"} {
		file := filepath.Join(t.TempDir(), "plot"+ending)
		exit, _, err := runSimulate(trace(t), "--plot", file, "--policies", "adaptive,min")
		if got, _ := os.ReadFile(file); exit != 0 || !strings.HasPrefix(string(got), magic) {
			t.Errorf("%s: exit %d, %s, begins with %.8q", ending, exit, err, got)
		}
	}
}

func TestSimulateSaysWhatIsWrong(t *testing.T) {
	for args, want := range map[string]string{
		"":                          "no trace named",
		"nowhere.csv":               "no such file",
		"x --sizes 3parsec":         `size "3parsec" is none`,
		"x --policies lru,arc":      `no policy "arc"; there are adaptive`,
		"x --output xml":            "text, json or markdown",
		"x --plot p.pdf":            ".svg or .png",
		"x --rate 0":                "--rate is too small",
		"x --rate=-1 --output text": "--rate is too small",
		"x --warp 9":                "-warp",
	} {
		exit, out, err := runSimulate(strings.Fields(args)...)
		if exit == 0 || out != "" || !strings.Contains(err, want) {
			t.Errorf("%q: exit %d, %q, it should say %q", args, exit, err, want)
		}
	}
}

func TestSimulateHelps(t *testing.T) {
	exit, _, err := runSimulate("--help")
	if exit != 0 || !strings.Contains(err, "usage: cached simulate") || !strings.Contains(err, "-policies") {
		t.Errorf("exit %d\n%s", exit, err)
	}
}

func TestProgressDrawsABarAndWipesItAway(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out}
	tell := p.begin("playing x")
	tell(1, 2)
	tell(1, 2) // draws nothing new
	tell(2, 2)
	p.end()
	want := "[###############...............]  50 %"
	if got := out.String(); strings.Count(got, want) != 1 || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("%q", got)
	}
}
