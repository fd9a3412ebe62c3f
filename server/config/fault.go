package config

import (
	"errors"
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in what was given.
type Fault struct {
	Where   string // "cached.conf:12", "--port", "CACHED_PORT"; "" between settings
	Setting string // name as written
	Value   string // "" for secrets and where there is none
	Problem string
	Allowed string // what the value may be
	Remedy  string // what to do
}

// Error puts the fault in one line.
func (f Fault) Error() string {
	var b strings.Builder
	if f.Where != "" {
		b.WriteString(f.Where + ": ")
	}
	subject := f.Setting
	if f.Where == "--"+f.Setting || f.Where == envName(f.Setting) {
		subject = "" // said already
	}
	if f.Value != "" {
		subject = strings.TrimSpace(fmt.Sprintf("%s %q", subject, f.Value))
	}
	if subject != "" {
		b.WriteString(subject + ": ")
	}
	b.WriteString(strings.TrimSuffix(f.Problem, "."))
	if !strings.Contains(f.Problem, f.Allowed) { // else said already
		b.WriteString("; allowed: " + f.Allowed)
	}
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	return b.String()
}

// Faults is every fault of one reading, as one error.
type Faults []Fault

// Error puts each fault on a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// err avoids a nil Faults in a non-nil error.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// badValue describes words that s did not take.
func badValue(s *Setting, where, name string, words []string, err error) Fault {
	f := Fault{Where: where, Setting: name, Problem: err.Error(), Allowed: s.Kind.Allowed()}
	if !s.Secret {
		f.Value = strings.Join(words, " ")
	}
	if errors.Is(err, errWords) && len(words) > 1 && !s.Secret {
		f.Remedy = "quote a value that holds spaces; a comment needs a line of its own"
	}
	return f
}

// unknown never shows the words: a misspelt requirepass has a secret in them.
// spell writes a setting's name as it is written where the fault is.
func (c *Config) unknown(where, shown, name string, spell func(*Setting) string) Fault {
	f := Fault{Where: where, Setting: shown, Problem: "no such setting"}
	if near := c.lookup(c.nearest(name)); near != nil {
		f.Remedy = "did you mean " + spell(near.set) + "?"
	}
	return f
}

// nearest returns the declared name that is fewest edits away, "" when none is
// near.
func (c *Config) nearest(name string) string {
	name = strings.ToLower(name)
	best, least := "", max(1, len(name)/3)+1
	for _, r := range c.refs {
		for _, known := range []string{r.set.Name, r.set.Alias} {
			if known == "" || r.set.Hidden {
				continue
			}
			if d := distance(name, known, least); d < least {
				best, least = known, d
			}
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours
// between a and b. It gives up with limit when the lengths alone differ by more.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, last, now := rows[0], rows[1], rows[2]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
