package script

import (
	"strings"

	"github.com/cachedserver/cached/protocol"
)

// Flags are what a script or function says of itself.
type Flags uint8

// The flags, in Redis's order.
const (
	NoWrites Flags = 1 << iota
	AllowOOM
	AllowStale
	NoCluster
	AllowCrossSlot

	// Plain: a script without a first line that gives flags. It keeps the rules of
	// old: it may start whatever the node's state, and commands are refused singly.
	Plain
)

var flagNames = []string{"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}

// Names are the flags' names.
func (f Flags) Names() []string {
	var names []string
	for i, n := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

func parseFlag(name string) (Flags, bool) {
	for i, n := range flagNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// shebang reads the first line of a script, "#!lua flags=no-writes", and returns
// the code, with an empty line in its place so that line numbers stay.
func (s *Script) shebang() (code string, err error) {
	if !strings.HasPrefix(s.Body, "#!") {
		s.Flags = Plain
		return s.Body, nil
	}
	line, rest, found := strings.Cut(s.Body, "\n")
	if !found {
		return "", protocol.Error(textShebang)
	}
	words := strings.Fields(line)
	if words[0] != "#!lua" {
		return "", protocol.Errorf(textEngine, words[0])
	}
	for _, w := range words[1:] {
		list, ok := strings.CutPrefix(w, "flags=")
		if !ok {
			return "", protocol.Errorf(textOption, w)
		}
		for _, name := range strings.Split(list, ",") {
			if name == "" {
				continue
			}
			f, known := parseFlag(name)
			if !known {
				return "", protocol.Errorf(textFlag, name)
			}
			s.Flags |= f
		}
	}
	return "\n" + rest, nil
}
