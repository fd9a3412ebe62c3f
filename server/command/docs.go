package command

import "github.com/cachedserver/cached/protocol"

// ReplyDocs is COMMAND DOCS: a map from the names to what the manual says of each;
// unknown names are left out. Without names, all commands.
func (t *Table) ReplyDocs(w *protocol.Writer, names [][]byte) {
	list := t.rows
	if len(names) > 0 {
		list = nil
		for _, name := range names {
			if c := t.Find(string(name)); c != nil {
				list = append(list, c)
			}
		}
	}
	replyDocs(w, list)
}

func replyDocs(w *protocol.Writer, list []*Command) {
	w.Map(len(list))
	for _, c := range list {
		w.BulkString(c.full)
		c.replyDocs(w)
	}
}

// replyDocs is one command's entry. What is empty is left out.
func (c *Command) replyDocs(w *protocol.Writer) {
	fields := []field{
		{"summary", c.Summary},
		{"since", c.Since},
		{"group", c.Group},
	}
	add := func(name string, value any, given bool) {
		if given {
			fields = append(fields, field{name, value})
		}
	}
	add("complexity", c.Complexity, c.Complexity != "")
	add("doc_flags", func() { replyNames(w, "", []string{"deprecated"}) }, c.Deprecated != "")
	add("deprecated_since", c.Deprecated, c.Deprecated != "")
	add("replaced_by", c.Instead, c.Instead != "")
	add("arguments", func() { replyArgs(w, c.args) }, len(c.args) > 0)
	add("subcommands", func() { replyDocs(w, c.subs) }, len(c.subs) > 0)
	replyFields(w, fields)
}

func replyArgs(w *protocol.Writer, args []Arg) {
	w.Array(len(args))
	for i := range args {
		args[i].reply(w)
	}
}

func (a *Arg) reply(w *protocol.Writer) {
	fields := []field{
		{"name", a.Name},
		{"type", string(a.Type)},
	}
	add := func(name string, value any, given bool) {
		if given {
			fields = append(fields, field{name, value})
		}
	}
	add("display_text", a.Name, len(a.Args) == 0)
	add("key_spec_index", a.Key, a.Type == TypeKey && a.Key >= 0)
	add("token", a.Token, a.Token != "")
	flags := a.flagNames()
	add("flags", func() { replyNames(w, "", flags) }, len(flags) > 0)
	add("arguments", func() { replyArgs(w, a.Args) }, len(a.Args) > 0)
	replyFields(w, fields)
}

func (a *Arg) flagNames() (names []string) {
	if a.Optional {
		names = append(names, "optional")
	}
	if a.Multiple {
		names = append(names, "multiple")
	}
	if a.MultipleToken {
		names = append(names, "multiple_token")
	}
	return names
}
