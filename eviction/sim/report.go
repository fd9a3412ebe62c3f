package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteJSON writes the rows as an array.
func WriteJSON(w io.Writer, rows []Row) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

// WriteText writes for each trace a table of hit ratios, a policy a line and a
// size a column, and one of byte hit ratios where values have bytes.
func WriteText(w io.Writer, rows []Row) error {
	var b strings.Builder
	for _, trace := range column(rows, func(r Row) string { return r.Trace }) {
		these := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Trace != trace })
		writeTable(&b, trace+", hit ratio in %", these, func(r Row) float64 { return 100 * r.Hit })
		if slices.ContainsFunc(these, func(r Row) bool { return r.Bytes }) {
			writeTable(&b, trace+", byte hit ratio in %", these, func(r Row) float64 { return 100 * r.ByteHit })
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTable(b *strings.Builder, title string, rows []Row, value func(Row) float64) {
	sizes := column(rows, func(r Row) string { return r.Size })
	fmt.Fprintf(b, "%s\n\n  %-10s", title, "")
	for _, s := range sizes {
		fmt.Fprintf(b, "%9s", s)
	}
	b.WriteString("\n")
	for _, p := range column(rows, func(r Row) string { return r.Policy }) {
		fmt.Fprintf(b, "  %-10s", p)
		for _, s := range sizes {
			fmt.Fprintf(b, "%9.2f", value(find(rows, "", s, p)))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// column lists the different values of a field in the order they come.
func column(rows []Row, field func(Row) string) []string {
	var all []string
	for _, r := range rows {
		if v := field(r); !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// find returns the row, of any trace if trace is empty; the zero Row if none.
func find(rows []Row, trace, size, policy string) Row {
	for _, r := range rows {
		if (trace == "" || r.Trace == trace) && r.Size == size && r.Policy == policy {
			return r
		}
	}
	return Row{}
}

// WriteMarkdown writes one table of hit ratios over all traces, a trace and size
// a line and a policy a column, the best printed bold, and below it the mean
// reduction of misses against lru.
func WriteMarkdown(w io.Writer, rows []Row) error {
	policies := column(rows, func(r Row) string { return r.Policy })
	var b strings.Builder
	fmt.Fprintf(&b, "| trace | size | %s |\n|---|--:|%s\n", strings.Join(policies, " | "), strings.Repeat("--:|", len(policies)))
	for _, trace := range column(rows, func(r Row) string { return r.Trace }) {
		for _, size := range column(rows, func(r Row) string { return r.Size }) {
			fmt.Fprintf(&b, "| %s | %s |%s\n", trace, size, cells(rows, trace, size, policies))
		}
	}
	b.WriteString("| **mean reduction of misses against lru** | |")
	for _, p := range policies {
		fmt.Fprintf(&b, " %.1f %% |", 100*MissReduction(rows, p, "lru"))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func cells(rows []Row, trace, size string, policies []string) string {
	best := 0.0
	for _, p := range policies {
		if p != Belady {
			best = max(best, find(rows, trace, size, p).Hit)
		}
	}
	var b strings.Builder
	for _, p := range policies {
		hit := find(rows, trace, size, p).Hit
		if fmt.Sprintf("%.2f", 100*hit) == fmt.Sprintf("%.2f", 100*best) && p != Belady {
			fmt.Fprintf(&b, " **%.2f** |", 100*hit)
			continue
		}
		fmt.Fprintf(&b, " %.2f |", 100*hit)
	}
	return b.String()
}

// MissReduction is the share of base's misses that policy avoids, as the mean
// over all traces and sizes.
func MissReduction(rows []Row, policy, base string) float64 {
	var sum float64
	n := 0
	for _, r := range rows {
		b := find(rows, r.Trace, r.Size, base)
		if r.Policy != policy || b.Policy == "" || b.Hit >= 1 {
			continue
		}
		sum += (r.Hit - b.Hit) / (1 - b.Hit)
		n++
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
