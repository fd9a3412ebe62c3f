package script

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/protocol"
)

// File is a script.
type File struct {
	Path       string
	Conditions []Condition // hold for all sections
	Sections   []Section
	lines      []string // as read, for rewriting
}

// Section is one named behaviour.
type Section struct {
	Name       string
	Line       int
	Conditions []Condition
	Blocks     []Block
}

// Block is steps that are run together, and what they reply in all.
type Block struct {
	Steps []Step
	// Checked tells whether "----" follows; lines[from:to] of the file are the
	// replies expected then.
	Checked  bool
	Want     []string
	from, to int
}

// Step is one line: a command with the directive before it, if any.
type Step struct {
	Line      int
	Client    int
	Directive string   // without "!"; "" for a plain command
	Param     string   // N of !repeat, NAME of !let, DURATION of !sleep
	Args      []string // the command, or the one argument of !raw
}

// Condition restricts where something runs.
type Condition struct {
	Line   int
	Kind   string // "skip", "only", "needs"
	What   string // a world; a version; commands
	Reason string
}

// directives lists what may stand before a command, with the number of words
// it takes before the command, and whether a command follows.
var directives = map[string]struct {
	params  int
	command bool
}{
	"sorted":     {0, true},
	"pairs":      {0, true},
	"iterate":    {0, true},
	"repeat":     {1, true},
	"eventually": {0, true},
	"let":        {1, true},
	"send":       {0, true},
	"raw":        {0, true},
	"read":       {0, false},
	"silent":     {0, false},
	"closed":     {0, false},
	"sleep":      {1, false},
}

// Load reads the script at path.
func Load(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, string(b))
}

// Parse reads a script; path is for messages.
func Parse(path, text string) (*File, error) {
	f := &File{Path: path, lines: strings.Split(text, "\n")}
	for i := 0; i < len(f.lines); {
		next, err := f.parseAt(i)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		i = next
	}
	return f, nil
}

// parseAt reads what begins at line i and returns the line after it.
func (f *File) parseAt(i int) (next int, err error) {
	line := f.lines[i]
	switch name, isSection := strings.CutPrefix(line, "== "); {
	case blank(line):
		return i + 1, nil
	case isSection:
		f.Sections = append(f.Sections, Section{Name: name, Line: i + 1})
		return i + 1, nil
	case isCondition(line):
		c, err := parseCondition(line, i+1)
		conditions := &f.Conditions
		if n := len(f.Sections); n > 0 {
			conditions = &f.Sections[n-1].Conditions
		}
		*conditions = append(*conditions, c)
		return i + 1, err
	case len(f.Sections) == 0:
		return 0, fmt.Errorf("%q stands before the first section", line)
	}
	b, next, err := f.parseBlock(i)
	s := &f.Sections[len(f.Sections)-1]
	s.Blocks = append(s.Blocks, b)
	return next, err
}

func (f *File) parseBlock(i int) (b Block, next int, err error) {
	for ; i < len(f.lines) && f.lines[i] != "" && !b.Checked; i++ {
		line := f.lines[i]
		if line == "----" {
			b.Checked = true
			continue
		}
		if blank(line) {
			continue
		}
		s, err := parseStep(line, i+1)
		if err != nil {
			return b, i, fmt.Errorf("line %d: %w", i+1, err)
		}
		b.Steps = append(b.Steps, s)
	}
	b.from = i
	for b.Checked && i < len(f.lines) && f.lines[i] != "" {
		i++
	}
	b.to = i
	b.Want = f.lines[b.from:b.to]
	return b, i, nil
}

func parseStep(line string, number int) (Step, error) {
	s := Step{Line: number, Client: 1}
	words, ok := protocol.SplitLine(line)
	if !ok {
		return s, fmt.Errorf("unbalanced quotes")
	}
	if n, isClient := strings.CutPrefix(words[0], "@"); isClient && len(words) > 1 {
		if s.Client, _ = strconv.Atoi(n); s.Client < 1 {
			return s, fmt.Errorf("client %q", words[0])
		}
		words = words[1:]
	}
	name, isDirective := strings.CutPrefix(words[0], "!")
	if !isDirective {
		s.Args = words
		return s, nil
	}
	d, known := directives[name]
	if !known || len(words) < 1+d.params || d.command != (len(words) > 1+d.params) {
		return s, fmt.Errorf("directive %q", line)
	}
	s.Directive = name
	if d.params > 0 {
		s.Param = words[1]
	}
	s.Args = words[1+d.params:]
	return s, nil
}

func isCondition(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return word == "!skip" || word == "!only" || word == "!needs"
}

func parseCondition(line string, number int) (Condition, error) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(line, "!"), " ")
	what, reason, _ := strings.Cut(rest, ":")
	c := Condition{Line: number, Kind: kind, What: what, Reason: strings.TrimSpace(reason)}
	if c.Reason == "" && kind != "needs" {
		return c, fmt.Errorf("%q gives no reason", line)
	}
	return c, nil
}

func blank(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")
}

// Commands calls visit with each command that the script sends.
func (f *File) Commands(visit func(args []string)) {
	for _, s := range f.Sections {
		for _, b := range s.Blocks {
			for _, step := range b.Steps {
				if step.Directive != "raw" && len(step.Args) > 0 {
					visit(step.Args)
				}
			}
		}
	}
}
