package config

import (
	"io"
	"strings"
)

// Load reads what the command line (without the program's name), the
// environment (as of os.Environ) and the file named on the command line say,
// and validates the whole. The command line is [FILE | -] [--name value ...];
// - reads the file's text from stdin. The error is a Faults.
func (c *Config) Load(args, environ []string, stdin io.Reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	line, faults := c.readArgs(args)
	for _, f := range line.files {
		faults = append(faults, c.readFile(f, fromFile, stdin)...)
	}
	faults = append(faults, c.readEnv(environ)...)
	faults = append(faults, c.readOptions(line.options)...)
	c.warn()
	if len(faults) > 0 {
		// Relations between settings that were not read would be noise.
		return append(faults, c.refused()...)
	}
	return c.faults(c.view()).err()
}

func (c *Config) readOptions(options []option) Faults {
	var faults Faults
	for _, o := range options {
		flag := "--" + o.name
		if strings.EqualFold(o.name, "include") {
			faults = append(faults, c.include(flag, append([]string{"include"}, o.words...), fromFlag, nil)...)
			continue
		}
		faults = append(faults, c.assign(flag, "", o.name, o.words, fromFlag)...)
	}
	return faults
}

// faults is refused values and broken relations. mu is held.
func (c *Config) faults(v view) Faults {
	return append(c.refused(), relations(v)...)
}

func (c *Config) refused() Faults {
	var faults Faults
	for _, r := range c.refs {
		v := r.v.Load()
		if r.from == fromDefault || r.set.State() != Refused || !r.set.asks(v) {
			continue
		}
		f := Fault{Where: r.where, Setting: r.set.Name, Value: v.written, Problem: "not supported: " + r.set.Refused}
		if r.set.Secret {
			f.Value = ""
		}
		faults = append(faults, f)
	}
	return faults
}

// warn notes every value that is accepted and not honoured.
func (c *Config) warn() {
	for _, r := range c.refs {
		if r.from != fromDefault {
			c.warnOf(r)
		}
	}
	c.warnings = append(c.warnings, cautions(c.view())...)
}

func (c *Config) warnOf(r *Ref) {
	state := r.set.State()
	if state != NoEffect && state != Planned || !r.set.asks(r.v.Load()) {
		return
	}
	c.warnings = append(c.warnings, r.where+": "+r.set.Name+" has no effect: "+r.set.Why())
}

// assign parses words for a setting and stores the value, unless a source of
// higher precedence has set it already. where and shown are for faults. mu is
// held.
func (c *Config) assign(where, shown, name string, words []string, from source) Faults {
	r := c.lookup(name)
	if r == nil {
		return Faults{c.unknown(where, shown, name, spelling(from))}
	}
	v, err := c.parse(r, words, from)
	if err != nil {
		return Faults{badValue(r.set, where, shown, words, err)}
	}
	if from < r.from {
		return nil
	}
	r.v.Store(v)
	r.from, r.where = from, where
	return nil
}

func spelling(from source) func(*Setting) string {
	switch from {
	case fromFlag:
		return func(s *Setting) string { return "--" + s.Name }
	case fromEnv:
		return (*Setting).EnvName
	}
	return func(s *Setting) string { return s.Name }
}

func (c *Config) parse(r *Ref, words []string, from source) (*Value, error) {
	if isList(r.set.Kind) && len(words) == 1 && words[0] != "" {
		words = strings.Fields(words[0])
	}
	k, adds := r.set.Kind.(adder)
	switch {
	case !adds:
		return r.set.Kind.parse(words, c.env)
	case (r.from != from || from == fromSet) && !isOutput(r.set.Kind):
		return k.add(&Value{}, words, c.env)
	}
	return k.add(r.v.Load(), words, c.env)
}

// isList tells kinds of which "a b" in one word is two.
func isList(k Kind) bool {
	switch k.(type) {
	case wordsKind, shutdownKind, saveKind, outputKind, percentilesKind, oomKind:
		return true
	}
	return false
}

// isOutput tells the kind whose lines change one class and keep the others,
// whichever source has set those.
func isOutput(k Kind) bool {
	_, ok := k.(outputKind)
	return ok
}
