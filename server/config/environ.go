package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

const envPrefix = "CACHED_"

// serviceLink matches the variables that Kubernetes gives every pod for a
// service whose name begins with "cached": they are not meant for us.
var serviceLink = regexp.MustCompile(`^CACHED_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)$`)

// readEnv reads CACHED_NAME variables and, for secrets, CACHED_NAME_FILE, which
// names a file that holds the value. mu is held.
func (c *Config) readEnv(environ []string) Faults {
	var faults Faults
	sorted := slices.Sorted(slices.Values(environ))
	for _, pair := range sorted {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !strings.HasPrefix(name, envPrefix) || isServiceLink(name, value) {
			continue
		}
		faults = append(faults, c.readVariable(name, value)...)
	}
	return faults
}

func isServiceLink(name, value string) bool {
	return serviceLink.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
}

func (c *Config) readVariable(name, value string) Faults {
	setting := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_", "-")
	r := c.envRef(setting)
	if r != nil {
		return c.assignEnv(name, r, value)
	}
	base, isFile := strings.CutSuffix(setting, "-file")
	if r = c.envRef(base); isFile && r != nil {
		return c.assignSecret(name, r, value)
	}
	if c.nearest(setting) == "" {
		// Others may use the prefix; only what looks like a slip is a fault.
		c.warnings = append(c.warnings, name+": no such setting, ignored")
		return nil
	}
	return c.assign(name, "", setting, nil, fromEnv)
}

// envRef finds a setting by the dashed form of a variable's name; some names
// of Redis hold underscores themselves.
func (c *Config) envRef(dashed string) *Ref {
	r := c.lookup(dashed)
	if r == nil || r.set.FileOnly {
		return nil
	}
	return r
}

// assignEnv takes an empty variable as not given, where an empty value means
// nothing: CACHED_MAXMEMORY=${UNSET} is common in compose files.
func (c *Config) assignEnv(name string, r *Ref, value string) Faults {
	if _, err := r.set.Kind.parse([]string{""}, c.env); value == "" && err != nil {
		return nil
	}
	return c.assign(name, "", r.set.Name, []string{value}, fromEnv)
}

func (c *Config) assignSecret(name string, r *Ref, path string) Faults {
	if !r.set.Secret {
		return Faults{{Where: name, Problem: "only secrets are read from files", Remedy: "set " + r.set.EnvName() + " to the value itself"}}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Faults{missing(name+": "+path, err)}
	}
	return c.assign(name, "", r.set.Name, []string{strings.TrimRight(string(text), "\r\n")}, fromEnv)
}
