package command

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteManual writes docs/commands.md: what the table says of each command, a
// chapter a group.
func (t *Table) WriteManual(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Commands\n\n%s\n", manualHead)
	for _, group := range t.byGroup() {
		fmt.Fprintf(&b, "\n## %s\n", group[0].Group)
		for _, c := range group {
			c.writeManual(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const manualHead = `This page is made from the command table; do not edit it. Syntax: lower case is an
argument, upper case is written as it stands, [ ] may be left out, | separates
alternatives, ... repeats.`

// byGroup gives the commands that run, containers replaced by their subcommands,
// in groups, both by name.
func (t *Table) byGroup() [][]*Command {
	list := slices.DeleteFunc(slices.Clone(t.all), func(c *Command) bool {
		return len(c.subs) > 0 && c.Run == nil || c.Name == helpName
	})
	slices.SortStableFunc(list, func(a, b *Command) int { return cmp.Compare(a.Group, b.Group) })
	var groups [][]*Command
	for i, c := range list {
		if i == 0 || c.Group != list[i-1].Group {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], c)
	}
	return groups
}

func (c *Command) writeManual(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n", strings.ToUpper(strings.ReplaceAll(c.full, "|", " ")))
	fmt.Fprintf(b, "    %s\n\n%s\n\n", c.Usage(), c.Summary)
	if c.Deprecated != "" {
		fmt.Fprintf(b, "Deprecated since Redis %s: use %s.\n\n", c.Deprecated, c.Instead)
	}
	for _, n := range c.Notes {
		fmt.Fprintf(b, "%s\n\n", n)
	}
	facts := []string{"since Redis " + c.Since}
	if c.Complexity != "" {
		facts = append(facts, c.Complexity)
	}
	facts = append(facts, "@"+strings.Join(c.AllCategories().Names(), " @"))
	fmt.Fprintf(b, "*%s*\n", strings.Join(facts, " · "))
}
