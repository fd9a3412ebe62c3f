package config

import "strings"

// Pair is a setting's name and its value as CONFIG GET shows it.
type Pair struct{ Name, Value string }

// Get answers CONFIG GET: the settings that match any of the globs, each once,
// former names included. A name without a wildcard is answered as it was
// spelled, as in Redis.
func (c *Config) Get(globs ...string) []Pair {
	var pairs []Pair
	seen := make(map[string]bool)
	add := func(name string, r *Ref) {
		if !seen[name] && !r.set.FileOnly {
			seen[name] = true
			pairs = append(pairs, Pair{name, r.String()})
		}
	}
	for _, g := range globs {
		if !strings.ContainsAny(g, "*?[") {
			if r := c.lookup(g); r != nil {
				add(g, r)
			}
			continue
		}
		for _, r := range c.refs {
			for _, name := range r.set.names() {
				if !r.set.Hidden && match(g, name) {
					add(name, r)
				}
			}
		}
	}
	return pairs
}

func (s *Setting) names() []string {
	if s.Alias == "" {
		return []string{s.Name}
	}
	return []string{s.Name, s.Alias}
}

const redacted = "(redacted)"

// Sensitive reports whether a setting's value must not be printed: in logs,
// MONITOR, the slow log.
func (c *Config) Sensitive(name string) bool {
	r := c.lookup(name)
	return r != nil && r.set.Secret
}

// Changed returns every setting that does not have its default, secrets
// redacted, for a line in the log at the start.
func (c *Config) Changed() []Pair {
	var pairs []Pair
	for _, r := range c.refs {
		v := r.Value()
		switch {
		case v.text == r.set.initial.text && v.num == r.set.initial.num:
		case r.set.Secret:
			pairs = append(pairs, Pair{r.set.Name, redacted})
		default:
			pairs = append(pairs, Pair{r.set.Name, v.text})
		}
	}
	return pairs
}

// Redact returns command-line arguments with the values of secrets replaced.
func (c *Config) Redact(args []string) []string {
	out := make([]string, len(args))
	secret := false
	for i, a := range args {
		flag, isOption := strings.CutPrefix(a, "--")
		name, _, joined := strings.Cut(flag, "=")
		switch {
		case isOption:
			secret = c.Sensitive(name)
			out[i] = a
			if secret && joined {
				out[i] = "--" + name + "=" + redacted
			}
		case secret:
			out[i] = redacted
		default:
			out[i] = a
		}
	}
	return out
}
