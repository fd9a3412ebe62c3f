package server

import "github.com/cachedserver/cached/server/command"

// commandCommands is COMMAND: the table tells about itself.
func commandCommands() []local {
	const any = command.Loading | command.Stale
	sub := func(name, since, complexity, syntax, summary string, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: since, Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: any, Categories: command.CatConnection,
		}, run: run}
	}
	const perCommand = "O(N) where N is the number of commands to look up"
	return []local{{
		Command: command.Command{
			Name: "COMMAND", Group: "server", Since: "2.8.13", Complexity: "O(N) where N is the total number of commands",
			Summary: "Describes all commands.",
			Flags:   any, Arity: -1, Categories: command.CatConnection, Tips: []string{variesOrder},
		},
		run: func(s *session, c *command.Call) { s.srv.table.ReplyAll(c.Out) },
		sub: []local{
			sub("COUNT", "2.8.13", "O(1)", "", "Returns the number of commands.",
				func(s *session, c *command.Call) { s.srv.table.ReplyCount(c.Out) }),
			sub("DOCS", "7.0.0", perCommand, "[command-name [command-name ...]]", "Returns what a command does and takes.",
				func(s *session, c *command.Call) { s.srv.table.ReplyDocs(c.Out, c.Args[2:]) }).tips(variesOrder),
			sub("GETKEYS", "2.8.13", "O(N) where N is the number of arguments to the command", "command [arg [arg ...]]",
				"Tells which arguments of a command are keys.",
				func(s *session, c *command.Call) { s.srv.table.ReplyGetKeys(c.Out, c.Args[2:]) }),
			sub("GETKEYSANDFLAGS", "7.0.0", "O(N) where N is the number of arguments to the command", "command [arg [arg ...]]",
				"Tells which arguments of a command are keys, and what is done with them.",
				func(s *session, c *command.Call) { s.srv.table.ReplyGetKeysAndFlags(c.Out, c.Args[2:]) }),
			sub("INFO", "2.8.13", perCommand, "[command-name [command-name ...]]", "Describes some commands.",
				func(s *session, c *command.Call) { s.srv.table.ReplyInfo(c.Out, c.Args[2:]) }).tips(variesOrder),
			sub("LIST", "7.0.0", "O(N) where N is the total number of commands", "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
				"Returns the names of commands.",
				func(s *session, c *command.Call) { s.srv.table.ReplyList(c.Out, c.Args[2:]) }).tips(variesOrder),
		},
	}}
}
