package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachedserver/cached/protocol"
)

// Table is the index of all commands: the rows that its maker gave it, checked
// and completed. It never changes, so any goroutine may use it.
type Table struct {
	rows []*Command // top level, by name
	all  []*Command // with subcommands; all[i].id == i

	// slots is an open hash of rows: len is a power of two and at least four
	// times the number of rows, so that nearly every probe is the first.
	slots []slot
}

type slot struct {
	name packedName
	cmd  *Command // nil: free
}

// NewTable joins groups of rows. A container may be declared in several groups:
// its subcommands are joined. Each container gets a HELP subcommand, unless it
// has one. All faults of the rows are reported at once.
func NewTable(groups ...[]Command) (*Table, error) {
	t := &Table{}
	var faults []error
	for _, row := range slices.Concat(groups...) {
		if old := t.row(row.Name); old != nil {
			faults = append(faults, join(old, &row))
			continue
		}
		t.rows = append(t.rows, &row)
	}
	slices.SortFunc(t.rows, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
	for _, row := range t.rows {
		faults = append(faults, t.add(row, nil))
	}
	t.index()
	return t, errors.Join(faults...)
}

// row finds a row while the table is being made.
func (t *Table) row(name string) *Command {
	for _, r := range t.rows {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// join adds the subcommands of a container's second declaration to the first.
func join(old, more *Command) error {
	if len(more.Sub) == 0 || len(old.Sub) == 0 {
		return fmt.Errorf("command: %s: declared twice", old.Name)
	}
	old.Sub = slices.Concat(old.Sub, more.Sub)
	return nil
}

// add completes a row and its subcommands and gives them their places.
func (t *Table) add(c, parent *Command) error {
	c.parent, c.id = parent, len(t.all)
	c.full = strings.ToLower(c.Name)
	if parent != nil {
		c.full = parent.full + "|" + c.full
	}
	t.all = append(t.all, c)
	faults := []error{c.complete()}
	subs := slices.Clone(c.Sub)
	if len(subs) > 0 && !slices.ContainsFunc(subs, func(s Command) bool { return s.Name == helpName }) {
		subs = append(subs, withGroup(helpRow, c))
	}
	slices.SortFunc(subs, func(a, b Command) int { return strings.Compare(a.Name, b.Name) })
	for i := range subs {
		if i > 0 && subs[i].Name == subs[i-1].Name {
			faults = append(faults, fault(c, "subcommand %s declared twice", subs[i].Name))
		}
		c.subs = append(c.subs, &subs[i])
		faults = append(faults, t.add(&subs[i], c))
	}
	return errors.Join(faults...)
}

// complete derives what follows from a row's own fields.
func (c *Command) complete() error {
	args, err := parseSyntax(c.Syntax)
	if err != nil {
		return fault(c, "syntax: %w", err)
	}
	c.args = args
	c.numberKeys()
	derived := arity(args)
	if c.parent != nil {
		derived = withContainer(derived)
	}
	if len(c.Sub) > 0 {
		derived = -2
	}
	if c.Arity == 0 {
		c.Arity = derived
	} else if c.Arity == derived {
		return fault(c, "arity %d is what the syntax says: leave it out", derived)
	}
	c.keyPos = c.onlyKey()
	if c.movable() {
		c.Flags |= MovableKeys
	}
	return c.check()
}

// check reports what no row may be.
func (c *Command) check() error {
	switch {
	case c.Name == "" || c.Name != strings.ToUpper(c.Name):
		return fault(c, "name must be upper case")
	case c.parent == nil && len(c.Name) > maxName:
		return fault(c, "name is longer than %d bytes", maxName)
	case c.Run != nil && len(c.Keys) > 0 && c.Is(Write) == c.Is(Read):
		return fault(c, "with keys it must be either Read or Write")
	case slices.ContainsFunc(c.Keys, func(s KeySpec) bool { return s.Step < 1 && !s.Unknown }):
		return fault(c, "a key specification without a step")
	case c.Is(Write | Read):
		return fault(c, "both Read and Write")
	}
	return nil
}

func withContainer(arity int) int {
	if arity < 0 {
		return arity - 1
	}
	return arity + 1
}

// index fills the hash of names.
func (t *Table) index() {
	size := 64
	for size < 4*len(t.rows) {
		size *= 2
	}
	t.slots = make([]slot, size)
	for _, c := range t.rows {
		if len(c.Name) > maxName {
			continue // its row was found faulty
		}
		name := pack([]byte(c.Name))
		i := int(name.hash()) & (size - 1)
		for t.slots[i].cmd != nil {
			i = (i + 1) & (size - 1)
		}
		t.slots[i] = slot{name, c}
	}
}

// Lookup finds a command by name, case ignored; nil if there is none.
func (t *Table) Lookup(name []byte) *Command {
	if len(name) > maxName {
		return nil
	}
	want, mask := pack(name), len(t.slots)-1
	for i := int(want.hash()) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.cmd == nil {
			return nil
		}
		if s.name == want && len(s.cmd.Name) == len(name) {
			return s.cmd
		}
	}
}

// Resolve finds the command, or the subcommand, that the arguments call, and
// checks their number. On error the command is the one that was recognised so
// far, or nil.
func (t *Table) Resolve(args [][]byte) (*Command, error) {
	c := t.Lookup(args[0])
	if c == nil {
		return nil, protocol.UnknownCommand(args)
	}
	if len(c.subs) > 0 && len(args) > 1 {
		s := c.sub(args[1])
		if s == nil {
			return c, protocol.UnknownSubcommand(c.Name, args[1])
		}
		c = s
	}
	if !c.Accepts(len(args)) {
		return c, protocol.WrongArity(c.full)
	}
	return c, nil
}

// Rows are the commands of the top level, by name.
func (t *Table) Rows() []*Command { return t.rows }

// All are the commands with the subcommands of each behind it; All()[i].ID() == i.
func (t *Table) All() []*Command { return t.all }

// Len is the number of commands and subcommands: the bound of Command.ID.
func (t *Table) Len() int { return len(t.all) }

// Names are the full names of All.
func (t *Table) Names() []string {
	names := make([]string, len(t.all))
	for i, c := range t.all {
		names[i] = c.full
	}
	return names
}

// Find returns the command with a full name, as in "object|encoding", case
// ignored; nil if there is none.
func (t *Table) Find(full string) *Command {
	name, sub, isSub := strings.Cut(full, "|")
	c := t.Lookup([]byte(name))
	if c == nil || !isSub {
		return c
	}
	return c.sub([]byte(sub))
}
