package acl

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/cachedserver/cached/server/command"
)

// selector is one set of rights: commands, and the keys and channels with which
// they may be called. A call is allowed if one selector of the user allows all
// of it.
type selector struct {
	allKeys     bool
	allChannels bool
	allCommands bool // every bit is set and no first argument matters

	// future: the list of commands began with +@all, so that commands of later
	// versions are in. It tells how the selector is written.
	future   bool
	commands bits
	// firstArgs are the first arguments with which a command may be called whose
	// bit is not set, by command ID; lists are replaced, never changed.
	firstArgs map[int][]string
	// rules are the changes of commands since +@all or -@all, in order, lower
	// case with their sign; a later rule on the same thing replaces an earlier.
	rules []string

	keys     []keyPattern // none if allKeys
	channels [][]byte     // none if allChannels
}

// keyPattern are keys and what may be done with their values.
type keyPattern struct {
	pattern []byte
	access  access
}

// access is what may be done with a key.
type access uint8

const (
	reads access = 1 << iota
	writes
)

// accessOf is the access that a command's use of a key needs.
func accessOf(f command.KeyFlags) (a access) {
	if f&command.Access != 0 {
		a |= reads
	}
	if f&(command.Insert|command.Delete|command.Update) != 0 {
		a |= writes
	}
	return a
}

// bits is a set of command IDs.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) has(id int) bool { return b[id/64]&(1<<(id%64)) != 0 }

func (b bits) set(id int, on bool) {
	if on {
		b[id/64] |= 1 << (id % 64)
	} else {
		b[id/64] &^= 1 << (id % 64)
	}
}

func (b bits) fill(on bool) {
	for i := range b {
		b[i] = 0
		if on {
			b[i] = ^uint64(0)
		}
	}
}

func newSelector(table *command.Table, allChannels bool) *selector {
	return &selector{commands: newBits(table.Len()), allChannels: allChannels}
}

// clone returns a copy that may be changed.
func (s *selector) clone() *selector {
	c := *s
	c.commands = slices.Clone(s.commands)
	c.firstArgs = maps.Clone(s.firstArgs)
	c.rules = slices.Clone(s.rules)
	c.keys = slices.Clone(s.keys)
	c.channels = slices.Clone(s.channels)
	return &c
}

func (s *selector) unlimited() bool { return s.allCommands && s.allKeys && s.allChannels }

// everyCommand is +@all or -@all: it begins the list of commands anew.
func (s *selector) everyCommand(on bool) {
	s.commands.fill(on)
	s.allCommands, s.future = on, on
	s.rules, s.firstArgs = nil, nil
}

// permit sets the bits of a command and of all its subcommands.
func (s *selector) permit(c *command.Command, on bool) {
	s.bit(c.ID(), on)
	delete(s.firstArgs, c.ID())
	for _, sub := range c.Subs() {
		s.bit(sub.ID(), on)
	}
}

func (s *selector) bit(id int, on bool) {
	s.commands.set(id, on)
	s.allCommands = s.allCommands && on
}

// permitCategory does the same for all commands of a category.
func (s *selector) permitCategory(table *command.Table, cat command.Category, on bool) {
	for _, c := range table.All() {
		if c.AllCategories()&cat != 0 {
			s.permit(c, on)
		}
	}
}

// permitFirstArg allows a command whose bit is not set when arg comes first.
func (s *selector) permitFirstArg(c *command.Command, arg string) {
	list := s.firstArgs[c.ID()]
	if slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, arg) }) {
		return
	}
	if s.firstArgs == nil {
		s.firstArgs = make(map[int][]string)
	}
	s.firstArgs[c.ID()] = append(slices.Clone(list), arg)
}

// note keeps a change of commands for Describe. It replaces earlier ones of the
// same command or category, and those of the command's subcommands.
func (s *selector) note(rule string, on bool) {
	rule = strings.ToLower(rule)
	s.rules = slices.DeleteFunc(s.rules, func(old string) bool {
		rest, same := strings.CutPrefix(old[1:], rule)
		return same && (rest == "" || rest[0] == '|')
	})
	sign := "-"
	if on {
		sign = "+"
	}
	s.rules = append(s.rules, sign+rule)
}

func (s *selector) addKeys(pattern []byte, a access) {
	for i, k := range s.keys {
		if bytes.Equal(k.pattern, pattern) {
			s.keys[i].access |= a
			return
		}
	}
	s.keys = append(s.keys, keyPattern{pattern, a})
}

func (s *selector) addChannels(pattern []byte) {
	if !slices.ContainsFunc(s.channels, func(p []byte) bool { return bytes.Equal(p, pattern) }) {
		s.channels = append(s.channels, pattern)
	}
}
