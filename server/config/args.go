package config

import "strings"

// commandLine is what the arguments say, before values are read.
type commandLine struct {
	files   []string // at most one path, and - for stdin
	options []option
}

type option struct {
	name  string
	words []string
}

// readArgs sorts the command line: words before the first -- are files, each
// --name takes the words up to the next --; --name=value allows a value that
// itself begins with --.
func (c *Config) readArgs(args []string) (line commandLine, faults Faults) {
	for _, a := range args {
		name, isOption := strings.CutPrefix(a, "--")
		n := len(line.options)
		switch {
		case isOption:
			line.options = append(line.options, newOption(name))
		case n > 0:
			line.options[n-1].words = append(line.options[n-1].words, a)
		case a != "-" && strings.HasPrefix(a, "-"):
			faults = append(faults, Fault{Where: a, Problem: "no such flag", Remedy: "flags are --name value; see cached --help"})
		default:
			line.files = append(line.files, a)
		}
	}
	for i := range line.options {
		c.complete(&line.options[i])
	}
	return line, append(faults, tooManyFiles(line.files)...)
}

func newOption(text string) option {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return option{name: name}
	}
	return option{name, []string{value}}
}

// complete makes --cluster-enabled mean yes, and --save without words none.
func (c *Config) complete(o *option) {
	r := c.lookup(o.name)
	if r == nil || len(o.words) > 0 {
		return
	}
	switch r.set.Kind.(type) {
	case boolKind:
		o.words = []string{"yes"}
	case saveKind:
		o.words = []string{""}
	}
}

func tooManyFiles(files []string) Faults {
	var paths []string
	for _, f := range files {
		if f != "-" {
			paths = append(paths, f)
		}
	}
	if len(paths) < 2 {
		return nil
	}
	return Faults{{Where: paths[1], Problem: "a second configuration file", Remedy: "use include in " + paths[0]}}
}
