package config

import "strings"

// Setting declares one directive. Flags, environment, file, CONFIG, usage and
// docs all derive from this row.
type Setting struct {
	Name    string
	Alias   string // Redis's former name, answered by CONFIG GET as well
	Kind    Kind
	Default string // as it would stand in the file
	Unit    string // what a bare number counts; "" where the kind says it
	Doc     string

	Fixed     bool // not settable by CONFIG SET
	Protected bool // CONFIG SET only as enable-protected-configs allows
	Secret    bool // never printed in logs, reports or faults
	Hidden    bool // CONFIG GET answers the exact name only
	FileOnly  bool // a line of the file that CONFIG does not know (include, user)
	Common    bool // shown by --help; the rest by --help all
	Ours      bool // not a directive of Redis

	// At most one of these is set; each says why a value other than Harmless
	// is not honoured. A Refused one also says what to do instead.
	NoEffect string // accepted with a warning: has no meaning here
	Planned  string // accepted with a warning: the feature is not in this version
	Refused  string // a fault

	// Harmless tells values that ask for nothing. Nil: the default only.
	Harmless func(v *Value) bool

	chapter string
	initial *Value // the parsed default, set by New
}

// State tells what happens to a directive that is set.
type State uint8

// The states of a directive, from best to worst.
const (
	Honoured State = iota
	NoEffect
	Planned
	Refused
)

// String names the state as docs/configuration.md does.
func (s State) String() string {
	return [...]string{"honoured", "no effect", "not yet", "refused"}[s]
}

// State returns the setting's state.
func (s *Setting) State() State {
	switch {
	case s.NoEffect != "":
		return NoEffect
	case s.Planned != "":
		return Planned
	case s.Refused != "":
		return Refused
	}
	return Honoured
}

// Why returns the reason of a state other than Honoured.
func (s *Setting) Why() string { return s.NoEffect + s.Planned + s.Refused }

// asks reports whether v asks for something that is not honoured.
func (s *Setting) asks(v *Value) bool {
	if s.State() == Honoured {
		return false
	}
	if s.Harmless != nil && s.Harmless(v) {
		return false
	}
	return v.written != s.initial.written && v.text != s.initial.text
}

// Chapter is a group of settings, in the order in which docs show them.
type Chapter struct {
	Title    string
	Settings []Setting
}

// Chapters returns every declared setting. The caller owns the result.
func Chapters() []Chapter {
	all := []Chapter{
		{"Network", networkSettings()},
		{"Security", securitySettings()},
		{"TLS", tlsSettings()},
		{"Clients", clientSettings()},
		{"Memory and eviction", memorySettings()},
		{"Data structures", structureSettings()},
		{"Persistence", persistenceSettings()},
		{"Cluster", clusterSettings()},
		{"Redis Cluster and replication", replicationSettings()},
		{"Observation", observationSettings()},
		{"Process", processSettings()},
	}
	for i := range all {
		for j := range all[i].Settings {
			all[i].Settings[j].chapter = all[i].Title
		}
	}
	return all
}

// EnvName returns the environment variable that sets s.
func (s *Setting) EnvName() string { return envName(s.Name) }

func envName(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
