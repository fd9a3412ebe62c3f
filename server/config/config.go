// Package config knows every setting of cached: its name, kind, default, range,
// meaning and whether it may change while the server runs. Each is declared
// once, in the file of its chapter (network.go, memory.go, ...); flags,
// environment variables, the redis.conf file, CONFIG GET, SET and REWRITE, the
// usage text and docs/configuration.md derive from that row.
//
// A setting's life: New gives the default; Load puts the file's, the
// environment's and the flags' values over it and looks at relations between
// settings; Set changes live
// values, all of a call or none, and tells the hooks of OnChange; Rewrite puts
// them back into the file. Every reader of a text collects all its faults.
//
// Hot paths take a Ref once and read it at the price of an atomic load.
//
// The package imports nothing of ours, opens no socket and applies nothing:
// what a value does is up to whoever reads it.
package config

import (
	"fmt"
	"strings"
	"sync"
)

// source is where a value comes from; a higher one wins.
type source uint8

const (
	fromDefault source = iota
	fromFile
	fromEnv
	fromFlag
	fromSet // CONFIG SET
)

// Config holds the value of every setting. Reads may come from any goroutine.
type Config struct {
	env   env
	refs  []*Ref          // in the order of the chapters
	index map[string]*Ref // lower-case names and aliases

	mu       sync.Mutex // guards what follows, and all writing of refs
	file     string     // absolute path of the file loaded; "" none
	warnings []string
	hooks    []hook
}

// New returns a Config with every setting at its default. Percentages are of
// the memory that this machine, or the container it runs in, has.
func New() *Config { return newConfig(MachineMemory()) }

func newConfig(memory int64) *Config {
	c := &Config{env: env{memory: memory}, index: make(map[string]*Ref, 320)}
	for _, chapter := range Chapters() {
		for i := range chapter.Settings {
			c.declare(&chapter.Settings[i])
		}
	}
	return c
}

// declare adds s at its default. A default that does not parse is a mistake of
// the table.
func (c *Config) declare(s *Setting) {
	v, err := s.Kind.parse(splitDefault(s), c.env)
	if err != nil && c.env.memory == 0 {
		v, err = s.Kind.parse([]string{"0"}, c.env) // a share of an unknown memory: no bound
	}
	if err != nil {
		panic(fmt.Sprintf("config: default of %s: %v", s.Name, err))
	}
	s.initial = v
	r := &Ref{set: s}
	r.v.Store(v)
	c.refs = append(c.refs, r)
	for _, name := range []string{s.Name, s.Alias} {
		if name == "" {
			continue
		}
		if c.index[name] != nil {
			panic("config: declared twice: " + name)
		}
		c.index[name] = r
	}
}

func splitDefault(s *Setting) []string {
	switch s.Kind.(type) {
	case textKind, eventsKind:
		return []string{s.Default}
	}
	if s.Default == "" {
		return []string{""}
	}
	return strings.Fields(s.Default)
}

// lookup finds a setting by name or alias, whatever the case.
func (c *Config) lookup(name string) *Ref { return c.index[strings.ToLower(name)] }

// Ref returns the handle of a setting. It panics when the name is not declared:
// names in our code are constants, and the first run finds the mistake.
func (c *Config) Ref(name string) *Ref {
	if r := c.index[name]; r != nil {
		return r
	}
	panic("config: no setting named " + name)
}

// Int returns a setting's number: bytes of a memory value, seconds of a time.
func (c *Config) Int(name string) int64 { return c.Ref(name).Int() }

// Bool reports whether a setting is yes.
func (c *Config) Bool(name string) bool { return c.Ref(name).Bool() }

// String returns a setting as CONFIG GET shows it.
func (c *Config) String(name string) string { return c.Ref(name).String() }

// Words returns a list setting's words, as the addresses of bind.
func (c *Config) Words(name string) []string { return c.Ref(name).Value().Words() }

// Lines returns the lines of a setting that may stand on several, each as its
// words.
func (c *Config) Lines(name string) [][]string {
	lines, _ := c.Ref(name).Value().parts.([][]string)
	return lines
}

// File returns the absolute path of the file that was loaded, "" for none.
func (c *Config) File() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.file
}

// Warnings returns what Load and Set accepted without being able to honour it,
// and takes it off the list, so that each warning is printed once.
func (c *Config) Warnings() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.warnings
	c.warnings = nil
	return w
}

// SaveRules returns the rules of save.
func (c *Config) SaveRules() []SaveRule {
	rules, _ := c.Ref("save").Value().parts.([]SaveRule)
	return rules
}

// OutputLimits returns the limits of client-output-buffer-limit.
func (c *Config) OutputLimits() OutputLimits {
	limits, _ := c.Ref("client-output-buffer-limit").Value().parts.(OutputLimits)
	return limits
}

// MaxMemoryClients returns the bytes that maxmemory-clients allows all clients
// together, a percentage being taken of the present maxmemory; 0 is no bound.
func (c *Config) MaxMemoryClients() int64 {
	n := c.Int("maxmemory-clients")
	if n < 0 {
		return c.Int("maxmemory") / 100 * -n
	}
	return n
}
