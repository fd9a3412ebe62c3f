package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// row is one line of the table.
type row struct {
	Chapter string
	What    string
	Unit    string
	Ours    float64
	Peer    float64 `json:",omitempty"`
	PeerIs  string  `json:",omitempty"` // "redis" unless said
	Ratio   float64 `json:",omitempty"` // median of the pairs' ratios, or ours / peer
	Target  string  `json:",omitempty"`
	Met     string  `json:",omitempty"` // "yes", "accepted", "no"
	Note    string  `json:",omitempty"`

	RawOurs, RawPeer []float64 `json:",omitempty"`
}

// report collects the rows of a run.
type report struct {
	Date    string
	Machine machine
	Pairs   int
	Quick   bool
	Note    string `json:",omitempty"`
	Took    took
	Rows    []row
	Skipped []string
}

type took map[string]string

func (r *report) add(w row) {
	if w.PeerIs == "" && w.Peer != 0 {
		w.PeerIs = "redis"
	}
	if w.Ratio == 0 && w.Peer != 0 {
		w.Ratio = w.Ours / w.Peer
	}
	r.Rows = append(r.Rows, w)
	say("%-58s ours %s, peer %s, ratio %.2f %s %s", w.What+" "+w.Unit, number(w.Ours), number(w.Peer), w.Ratio, w.Target, w.Met)
}

func (r *report) skip(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.Skipped = append(r.Skipped, text)
	say("skipped: %s", text)
}

// limit states a target: the ratio (or figure) v must not be above the bound.
func limit(v, bound, accept float64) (target, met string) {
	target = fmt.Sprintf("<= %g", bound)
	switch {
	case v <= bound:
		met = "yes"
	case accept > 0 && v <= accept:
		met = "accepted"
	default:
		met = "no"
	}
	return target, met
}

// floor states a target that v must not be below.
func floor(v, bound, accept float64) (target, met string) {
	target = fmt.Sprintf(">= %g", bound)
	switch {
	case v >= bound:
		met = "yes"
	case accept > 0 && v >= accept:
		met = "accepted"
	default:
		met = "no"
	}
	return target, met
}

// machine describes where the figures come from.
type machine struct {
	CPU      string
	Cores    int
	MemoryGB int
	Kernel   string
	Go       string
	Redis    string
	Mem      string `json:"Memcached"`
}

func (b *bench) machine() machine {
	return machine{
		CPU: firstLine("/proc/cpuinfo", "model name"), Cores: runtime.NumCPU(),
		MemoryGB: memoryGB(), Kernel: kernel(), Go: runtime.Version(),
		Redis: version(b.redis, "--version"), Mem: version(b.memcached, "--version"),
	}
}

func firstLine(file, key string) string {
	f, err := os.Open(file)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func memoryGB() int {
	var kb int
	fmt.Sscanf(firstLine("/proc/meminfo", "MemTotal"), "%d", &kb) //nolint:errcheck // 0 says unknown
	return (kb + 1<<19) >> 20
}

func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	release, _, _ := strings.Cut(strings.TrimSpace(string(b)), "-")
	return "Linux " + release
}

func version(bin, flag string) string {
	out, err := exec.Command(bin, flag).Output()
	if err != nil {
		return "unknown"
	}
	for _, word := range strings.Fields(string(out)) {
		if v := strings.TrimPrefix(word, "v="); v[0] >= '0' && v[0] <= '9' {
			return v
		}
	}
	return strings.TrimSpace(string(out))
}

// keepOthers takes over from the last report the chapters that were not run now.
func (r *report) keepOthers(out, only string) error {
	raw, err := os.ReadFile(rawFile(out))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var old report
	if err := json.Unmarshal(raw, &old); err != nil {
		return err
	}
	now := strings.Split(only, ",")
	for _, w := range old.Rows {
		if !slices.Contains(now, w.Chapter) {
			r.Rows = append(r.Rows, w)
			r.Took[w.Chapter] = old.Took[w.Chapter]
		}
	}
	if r.Note == "" {
		r.Note = old.Note
	}
	r.Skipped = append(r.Skipped, old.Skipped...)
	slices.Sort(r.Skipped)
	r.Skipped = slices.Compact(r.Skipped)
	return nil
}

// rawFile is the JSON beside a page.
func rawFile(out string) string { return strings.TrimSuffix(out, ".md") + ".json" }

// write puts the table and the raw figures into files.
func (r *report) write(out string, b *bench) error {
	r.Date, r.Pairs, r.Quick, r.Machine = time.Now().UTC().Format(time.DateOnly), b.pairs, b.quick, b.machine()
	text := r.markdown()
	if out == "" {
		fmt.Print(text)
		return nil
	}
	raw, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(rawFile(out), append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(out, []byte(text), 0o644)
}
