package command

import "strings"

const helpName = "HELP"

// helpRow is the HELP subcommand that every container gets.
var helpRow = Command{
	Name: helpName, Complexity: "O(1)",
	Summary: "Tells the subcommands and what each does.",
	Flags:   Loading | Stale, Run: help,
}

// withGroup makes the HELP of one container, which shares what describes that.
func withGroup(row Command, container *Command) Command {
	row.Group, row.Since, row.Categories = container.Group, container.Since, container.Categories
	return row
}

func help(c *Call) {
	lines := c.Cmd.parent.HelpLines()
	c.Out.Array(len(lines))
	for _, l := range lines {
		c.Out.Simple(l)
	}
}

// HelpLines is the answer to a container's HELP, in Redis's layout.
func (c *Command) HelpLines() []string {
	lines := []string{c.Name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, s := range c.subs {
		if s.Name == helpName {
			continue
		}
		lines = append(lines, strings.TrimSpace(s.Name+" "+usage(s.args, bracketName)), "    "+s.Summary)
	}
	return append(lines, "HELP", "    Prints this help.")
}
