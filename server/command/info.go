package command

import "github.com/cachedserver/cached/protocol"

// The replies of COMMAND and its subcommands. They read nothing but the table, so
// the row itself, which belongs to the server, has only to pass the arguments on.

// ReplyAll is COMMAND: what is to be known of all commands.
func (t *Table) ReplyAll(w *protocol.Writer) {
	w.Array(len(t.rows))
	for _, c := range t.rows {
		c.replyInfo(w)
	}
}

// ReplyCount is COMMAND COUNT.
func (t *Table) ReplyCount(w *protocol.Writer) { w.Int(int64(len(t.rows))) }

// ReplyInfo is COMMAND INFO: the named commands, null for each that is unknown;
// without names, all.
func (t *Table) ReplyInfo(w *protocol.Writer, names [][]byte) {
	if len(names) == 0 {
		t.ReplyAll(w)
		return
	}
	w.Array(len(names))
	for _, name := range names {
		if c := t.Find(string(name)); c != nil {
			c.replyInfo(w)
		} else {
			w.NullArray()
		}
	}
}

// replyInfo is one command's entry.
func (c *Command) replyInfo(w *protocol.Writer) {
	first, last, step := c.Range()
	w.Array(10)
	w.BulkString(c.full)
	w.Int(int64(c.Arity))
	replyNames(w, "", c.Flags.FlagNames())
	w.Int(int64(first))
	w.Int(int64(last))
	w.Int(int64(step))
	replyNames(w, "@", c.AllCategories().Names())
	replyTexts(w, c.Tips)
	w.Set(len(c.Keys))
	for i := range c.Keys {
		c.Keys[i].reply(w)
	}
	w.Set(len(c.subs))
	for _, s := range c.subs {
		s.replyInfo(w)
	}
}

// replyNames is a set of status replies.
func replyNames(w *protocol.Writer, prefix string, names []string) {
	w.Set(len(names))
	for _, n := range names {
		w.Simple(prefix + n)
	}
}

// replyTexts is a set of strings.
func replyTexts(w *protocol.Writer, texts []string) {
	w.Set(len(texts))
	for _, s := range texts {
		w.BulkString(s)
	}
}

// reply is one key specification.
func (s *KeySpec) reply(w *protocol.Writer) {
	w.Map(3 + oneIf(s.Notes != ""))
	if s.Notes != "" {
		w.BulkString("notes")
		w.BulkString(s.Notes)
	}
	w.BulkString("flags")
	replyNames(w, "", s.Flags.Names())
	w.BulkString("begin_search")
	s.replyBegin(w)
	w.BulkString("find_keys")
	s.replyFind(w)
}

func (s *KeySpec) replyBegin(w *protocol.Writer) {
	switch {
	case s.Unknown:
		replySpec(w, "unknown")
	case s.Keyword != "":
		replySpec(w, "keyword", field{"keyword", s.Keyword}, field{"startfrom", s.From})
	default:
		replySpec(w, "index", field{"index", s.Index})
	}
}

func (s *KeySpec) replyFind(w *protocol.Writer) {
	switch {
	case s.Unknown:
		replySpec(w, "unknown")
	case s.Counted:
		replySpec(w, "keynum", field{"keynumidx", s.CountAt}, field{"firstkey", s.First}, field{"keystep", s.Step})
	default:
		replySpec(w, "range", field{"lastkey", s.Last}, field{"keystep", s.Step}, field{"limit", s.Limit})
	}
}

// field is a name and an integer or a string.
type field struct {
	name  string
	value any
}

// replySpec is one of the two steps of a key specification.
func replySpec(w *protocol.Writer, kind string, fields ...field) {
	w.Map(2)
	w.BulkString("type")
	w.BulkString(kind)
	w.BulkString("spec")
	replyFields(w, fields)
}

// replyFields is a map of names to integers and strings.
func replyFields(w *protocol.Writer, fields []field) {
	w.Map(len(fields))
	for _, f := range fields {
		w.BulkString(f.name)
		switch v := f.value.(type) {
		case int:
			w.Int(int64(v))
		case string:
			w.BulkString(v)
		case func():
			v()
		}
	}
}
