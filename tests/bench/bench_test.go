package main

import (
	"bufio"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMedianAndRatiosGoPairByPair(t *testing.T) {
	if median([]float64{9, 1, 5}) != 5 || median([]float64{4, 2}) != 3 || median(nil) != 0 {
		t.Error("median")
	}
	// The second pair was measured while the machine was half as fast.
	if got := median(ratios([]float64{100, 50, 100}, []float64{80, 40, 80})); got != 1.25 {
		t.Errorf("ratio %v", got)
	}
	if got := percentile([]time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 99.9); got != 10 {
		t.Errorf("p99.9 %v", got)
	}
}

func TestTargetsTellMetAcceptedAndMissed(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{1.0, "yes"}, {1.2, "accepted"}, {1.3, "no"}} {
		if _, met := limit(c.v, 1.1, 1.25); met != c.want {
			t.Errorf("limit %v: %s", c.v, met)
		}
	}
	if _, met := floor(0.95, 1, 0.9); met != "accepted" {
		t.Errorf("floor: %s", met)
	}
	if _, met := floor(0.5, 1, 0); met != "no" {
		t.Errorf("floor: %s", met)
	}
}

func TestTracesAreReadWithAndWithoutFurtherColumns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "t.csv.gz")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	io.WriteString(z, "1,100\n2,7,60,g\n") //nolint:errcheck // shows at the reader
	z.Close()
	f.Close()
	reqs, err := readTrace(file)
	if err != nil || len(reqs) != 2 || reqs[1] != (request{"2", 7}) {
		t.Errorf("%v, %v", reqs, err)
	}
	if _, err := readTrace(file + "x"); !os.IsNotExist(err) {
		t.Errorf("a trace that is not there: %v", err)
	}
}

func TestMemcachedRepliesAreRead(t *testing.T) {
	r := bufio.NewReader(strings.NewReader("VALUE k 0 3\r\nabc\r\nEND\r\nEND\r\nSERVER_ERROR out of memory storing object\r\nEND\r\nERROR\r\n"))
	for i, want := range []bool{true, false, false} {
		if found, err := readValue(r); err != nil || found != want {
			t.Errorf("reply %d: %v, %v", i, found, err)
		}
	}
	if _, err := readValue(r); err == nil {
		t.Error("ERROR is no reply to get")
	}
}

func TestTheTableNamesEachChapterOnce(t *testing.T) {
	r := report{Pairs: 9, Took: took{"idle": "3s"}, Rows: []row{
		{Chapter: "idle", What: "connections", Unit: "B each", Ours: 500, Peer: 10_000, Ratio: 0.05, Target: "<= 1024", Met: "yes"},
		{Chapter: "trace", What: "oltp", Unit: "hit %", Ours: 69, Peer: 74, PeerIs: "memcached"},
	}, Skipped: []string{"trace p3: no file"}}
	text := r.markdown()
	for _, want := range []string{"## Idle connections", "| connections | B each | 500.0 | 10000 | 0.05 | <= 1024 | yes |", "74.0 (memcached)", "- trace p3: no file"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, text)
		}
	}
	for _, c := range chapters {
		if title(c.name) == "" || intros[c.name] == "" {
			t.Errorf("chapter %s has no title or introduction", c.name)
		}
	}
}

func TestAPauseIsAsManySlowRepliesAsItHeldUp(t *testing.T) {
	var p probed
	p.add(300 * time.Microsecond)
	p.add(5 * time.Millisecond)
	if len(p.took) != 6 || p.took[1] != 5*time.Millisecond || p.took[5] != time.Millisecond {
		t.Errorf("%v", p.took)
	}
}

func TestAPartialRunKeepsTheOtherChapters(t *testing.T) {
	out := filepath.Join(t.TempDir(), "benchmarks.md")
	old := `{"Rows": [{"Chapter": "idle", "What": "old"}, {"Chapter": "drift", "What": "old"}], "Took": {"drift": "1s", "idle": "2s"}, "Skipped": ["b"]}`
	if err := os.WriteFile(rawFile(out), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	r := report{Took: took{"idle": "3s"}, Rows: []row{{Chapter: "idle", What: "new"}}, Skipped: []string{"a", "b"}}
	if err := r.keepOthers(out, "idle"); err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 2 || r.Rows[0].What != "new" || r.Rows[1].Chapter != "drift" || r.Took["drift"] != "1s" || r.Took["idle"] != "3s" || len(r.Skipped) != 2 {
		t.Errorf("%+v", r)
	}
	if err := r.keepOthers(out+"x", "idle"); err != nil {
		t.Errorf("without a last report: %v", err)
	}
}
