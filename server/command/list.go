package command

import "github.com/cachedserver/cached/protocol"

// ReplyList is COMMAND LIST: the names of all commands, or with FILTERBY those that
// a module brought (none), that are in an ACL category, or that match a pattern.
// words are the arguments after LIST.
func (t *Table) ReplyList(w *protocol.Writer, words [][]byte) {
	wants, err := listFilter(words)
	if err != "" {
		w.Error(err)
		return
	}
	mark, n := w.Deferred(), 0
	for _, c := range t.all {
		if wants(c) {
			w.BulkString(c.full)
			n++
		}
	}
	w.FillArray(mark, n)
}

// listFilter reads FILTERBY. As in Redis, subcommands are listed only by filters.
func listFilter(words [][]byte) (wants func(*Command) bool, err protocol.Error) {
	if len(words) == 0 {
		return func(c *Command) bool { return c.parent == nil }, ""
	}
	if len(words) != 3 || !equalFold(words[0], "FILTERBY") {
		return nil, ErrSyntax
	}
	by, arg := words[1], words[2]
	switch {
	case equalFold(by, "MODULE"):
		return func(*Command) bool { return false }, ""
	case equalFold(by, "ACLCAT"):
		cat, _ := ParseCategory(string(arg))
		return func(c *Command) bool { return c.AllCategories()&cat != 0 }, ""
	case equalFold(by, "PATTERN"):
		return func(c *Command) bool { return Match(arg, []byte(c.full), true) }, ""
	}
	return nil, ErrSyntax
}

// ReplyGetKeys is COMMAND GETKEYS: which of the words of a command are keys. call
// is that command with its arguments.
func (t *Table) ReplyGetKeys(w *protocol.Writer, call [][]byte) {
	refs, ok := t.keysOf(w, call)
	if !ok {
		return
	}
	w.Array(len(refs))
	for _, r := range refs {
		w.Bulk(call[r.Pos])
	}
}

// ReplyGetKeysAndFlags is COMMAND GETKEYSANDFLAGS: the keys and what is done with
// each.
func (t *Table) ReplyGetKeysAndFlags(w *protocol.Writer, call [][]byte) {
	refs, ok := t.keysOf(w, call)
	if !ok {
		return
	}
	w.Array(len(refs))
	for _, r := range refs {
		w.Array(2)
		w.Bulk(call[r.Pos])
		replyNames(w, "", r.Flags.Names())
	}
}

// keysOf finds the keys of a call, or replies why there are none.
func (t *Table) keysOf(w *protocol.Writer, call [][]byte) ([]KeyRef, bool) {
	refs, err := t.keyRefs(call)
	if err != "" {
		w.Error(err)
	}
	return refs, err == ""
}

func (t *Table) keyRefs(call [][]byte) ([]KeyRef, protocol.Error) {
	c, err := t.Resolve(call)
	switch {
	case c == nil || err != nil && c.Accepts(len(call)):
		return nil, ErrGetKeysUnknown
	case len(c.Keys) == 0:
		return nil, ErrNoKeyArguments
	case err != nil:
		return nil, ErrGetKeysArity
	}
	refs, err := c.KeyRefs(call, nil)
	if err != nil || len(refs) == 0 {
		if c.Is(NoMandatoryKeys) {
			return nil, ""
		}
		return nil, ErrKeyArguments
	}
	return refs, ""
}
