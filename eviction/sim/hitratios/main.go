// Command hitratios plays all traces of a directory and writes the table and
// the picture of docs/eviction.md anew, from the repository's root:
//
//	go run ./eviction/sim/hitratios -traces DIRECTORY
//
// The table goes between the page's two marks. All values count 1; writes are
// taken for reads, and TTLs ignored.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/cachedserver/cached/eviction/sim"
)

const (
	page    = "docs/eviction.md"
	picture = "docs/eviction.svg"
	begin   = "<!-- hit ratios: go run ./eviction/sim/hitratios -->\n"
	end     = "<!-- end of hit ratios -->\n"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("traces", os.Getenv("CACHED_TRACES"), "`directory` with the traces")
	flag.Parse()
	rows, err := playAll(*dir)
	if err != nil {
		log.Fatal(err)
	}
	if err := rewrite(rows); err != nil {
		log.Fatal(err)
	}
	if err := draw(rows); err != nil {
		log.Fatal(err)
	}
}

func playAll(dir string) ([]sim.Row, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.csv.gz"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no traces in %q", dir)
	}
	sizes, err := sim.ParseSizes("0.1%,1%,10%,25%")
	if err != nil {
		return nil, err
	}
	plan := sim.Plan{Policies: []string{"adaptive", "wtinylfu", "gdsf", "lfu", "lru", "fifo", "random", sim.Belady}, Sizes: sizes}
	var rows []sim.Row
	for _, path := range paths {
		t, err := sim.Open(path, nil)
		if err != nil {
			return nil, err
		}
		t.TTLs, t.Writes = nil, nil
		more, err := sim.Run(context.Background(), t, plan, nil)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func rewrite(rows []sim.Row) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(text, []byte(begin))
	_, tail, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return fmt.Errorf("%s lacks a mark of the table", page)
	}
	var b bytes.Buffer
	b.Write(head)
	b.WriteString(begin)
	if err := sim.WriteMarkdown(&b, rows); err != nil {
		return err
	}
	b.WriteString(end)
	b.Write(tail)
	return os.WriteFile(page, b.Bytes(), 0o644)
}

func draw(rows []sim.Row) error {
	var b bytes.Buffer
	if err := sim.Plot(&b, "svg", rows); err != nil {
		return err
	}
	return os.WriteFile(picture, b.Bytes(), 0o644)
}
