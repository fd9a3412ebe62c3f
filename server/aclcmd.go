package server

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
)

// aclCommands is ACL: users are shown and changed, refusals are shown. What
// rules mean is package acl's; what a change does to connections is in users.go.
func aclCommands() []local {
	const (
		any = command.NoScript | command.Loading | command.Stale
		op  = any | command.Admin
	)
	sub := func(name, complexity, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: "6.0.0", Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: flags,
		}, run: run}
	}
	const perUser = "O(N). Where N is the number of configured users."
	everywhere := []string{allNodes, allSucceeded}
	dryRun := sub("DRYRUN", "O(1).", "username command [arg [arg ...]]",
		"Tells whether a user could run a command, without running it.", op, (*session).aclDryRun)
	dryRun.Since = "7.0.0"
	return []local{{
		Command: command.Command{
			Name: "ACL", Group: "server", Since: "6.0.0", Complexity: "Depends on subcommand.",
			Summary: "Shows and changes users and what they may do.",
		},
		sub: []local{
			sub("CAT", "O(1) since the categories and commands are a fixed set.", "[category]",
				"Lists the categories of commands, or the commands of one.", any, (*session).aclCat),
			sub("DELUSER", "O(1) amortized time considering the typical user.", "username [username ...]",
				"Removes users and closes their connections.", op|command.Unbounded, (*session).aclDelUser).tips(everywhere...),
			dryRun,
			sub("GENPASS", "O(1)", "[bits]", "Makes a password that nobody can guess.", any, (*session).aclGenPass),
			sub("GETUSER", "O(N). Where N is the number of password, command and pattern rules that the user has.", "username",
				"Shows the rules of a user.", op, (*session).aclGetUser),
			sub("LIST", perUser, "", "Shows all users as lines of an ACL file.", op, (*session).aclList),
			sub("LOAD", perUser, "", "Reads the users from the ACL file, all or none.", op|command.Unbounded, (*session).aclLoad),
			sub("LOG", "O(N) with N being the number of entries shown.", "[count | RESET]",
				"Shows what was refused lately.", op, (*session).aclShowLog),
			sub("SAVE", perUser, "", "Writes the users to the ACL file.", op|command.Unbounded, (*session).aclSave).tips(everywhere...),
			sub("SETUSER", "O(N). Where N is the number of rules provided.", "username [rule [rule ...]]",
				"Makes or changes a user.", op|command.Unbounded, (*session).aclSetUser).tips(everywhere...).hiding(secretOfUser),
			sub("USERS", perUser, "", "Lists the names of all users.", op, (*session).aclUsers),
			sub("WHOAMI", "O(1)", "", "Tells the user of this connection.", any, (*session).aclWhoAmI),
		},
	}}
}

// secretOfUser hides all that follows the subcommand.
func secretOfUser(_ *Server, _ [][]byte, i int) bool { return i > 1 }

func (s *session) aclCat(c *command.Call) {
	switch len(c.Args) {
	case 2:
		replyTexts(c.Out, command.CategoryNames())
	case 3:
		cat, ok := command.ParseCategory(string(c.Args[2]))
		if !ok {
			c.Out.Error(errNoCategory(c.Args[2]))
			return
		}
		var names []string
		for _, cmd := range s.srv.table.All() {
			if cmd.AllCategories()&cat != 0 {
				names = append(names, cmd.FullName())
			}
		}
		replyTexts(c.Out, names)
	default:
		c.Out.Error(errSubcommand(c))
	}
}

func replyTexts(out *protocol.Writer, list []string) {
	out.Array(len(list))
	for _, text := range list {
		out.BulkString(text)
	}
}

func (s *session) aclDelUser(c *command.Call) {
	gone, err := s.srv.users.Delete(texts(c.Args[2:]))
	if err != nil {
		c.Out.Error(errACL(err))
		return
	}
	s.srv.dismiss(s, gone)
	c.Out.Int(int64(len(gone)))
}

func (s *session) aclDryRun(c *command.Call) {
	user := s.srv.users.Lookup(string(c.Args[2]))
	if user == nil {
		c.Out.Error(errUserNotFound(c.Args[2]))
		return
	}
	call := c.Args[3:]
	cmd, err := s.srv.table.Resolve(call)
	switch {
	case cmd == nil || err != nil && cmd.Accepts(len(call)):
		c.Out.Error(errCommandNotFound(call[0]))
		return
	case err != nil:
		c.Out.Error(err)
		return
	}
	if d := user.Rules().Check(cmd, call); d.Denied() {
		c.Out.BulkString(d.Explain(user.Name(), cmd, call, true))
		return
	}
	c.Out.OK()
}

func (s *session) aclGenPass(c *command.Call) {
	const most = 4096
	bits := int64(256)
	if len(c.Args) > 3 {
		c.Out.Error(errSubcommand(c))
		return
	}
	if len(c.Args) == 3 {
		var ok bool
		if bits, ok = protocol.ParseInt(c.Args[2]); !ok {
			c.Out.Error(protocol.ErrNotInteger)
			return
		}
	}
	if bits <= 0 || bits > most {
		c.Out.Error(errGenPass)
		return
	}
	digits := (bits + 3) / 4
	b := make([]byte, (digits+1)/2)
	rand.Read(b) // never fails, by its contract
	c.Out.BulkString(hex.EncodeToString(b)[:digits])
}

func (s *session) aclGetUser(c *command.Call) {
	user := s.srv.users.Lookup(string(c.Args[2]))
	if user == nil {
		c.Out.Null()
		return
	}
	rules := user.Rules()
	c.Out.Map(6)
	c.Out.BulkString("flags")
	flags := rules.Flags()
	c.Out.Set(len(flags))
	for _, f := range flags {
		c.Out.BulkString(f)
	}
	c.Out.BulkString("passwords")
	replyTexts(c.Out, rules.Passwords())
	selectors := rules.Selectors()
	replyRights(c.Out, selectors[0])
	c.Out.BulkString("selectors")
	c.Out.Array(len(selectors) - 1)
	for _, rights := range selectors[1:] {
		c.Out.Map(3)
		replyRights(c.Out, rights)
	}
}

func replyRights(out *protocol.Writer, r acl.Rights) {
	for _, field := range [][2]string{{"commands", r.Commands}, {"keys", r.Keys}, {"channels", r.Channels}} {
		out.BulkString(field[0])
		out.BulkString(field[1])
	}
}

func (s *session) aclList(c *command.Call) { replyTexts(c.Out, s.srv.users.Lines()) }

func (s *session) aclUsers(c *command.Call) {
	users := s.srv.users.List()
	c.Out.Array(len(users))
	for _, u := range users {
		c.Out.BulkString(u.Name())
	}
}

func (s *session) aclWhoAmI(c *command.Call) { c.Out.BulkString(s.user().Name()) }

func (s *session) aclLoad(c *command.Call) {
	path := aclFile(s.srv.config)
	if path == "" {
		c.Out.Error(errNoACLFile)
		return
	}
	loaded, err := s.srv.users.Load(path)
	if err != nil {
		c.Out.Error(errACL(err))
		return
	}
	s.srv.dismiss(s, loaded.Gone)
	for _, change := range loaded.Changed {
		s.srv.enforce(change, c.Now)
	}
	c.Out.OK()
}

func (s *session) aclSave(c *command.Call) {
	path := aclFile(s.srv.config)
	if path == "" {
		c.Out.Error(errNoACLFile)
		return
	}
	if err := s.srv.users.Save(path); err != nil {
		s.srv.logger.Warn("ACL SAVE failed", "err", err)
		c.Out.Error(errACLSave)
		return
	}
	c.Out.OK()
}

func (s *session) aclSetUser(c *command.Call) {
	change, err := s.srv.users.Set(string(c.Args[2]), texts(c.Args[3:]))
	if err != nil {
		c.Out.Error(errACL(err))
		return
	}
	s.srv.enforce(change, c.Now)
	c.Out.OK()
}

func (s *session) aclShowLog(c *command.Call) {
	count := int64(10)
	switch {
	case len(c.Args) > 3:
		c.Out.Error(errSubcommand(c))
		return
	case len(c.Args) == 3 && equalFold(c.Args[2], "RESET"):
		s.srv.refusals.Reset()
		c.Out.OK()
		return
	case len(c.Args) == 3:
		var ok bool
		if count, ok = protocol.ParseInt(c.Args[2]); !ok {
			c.Out.Error(protocol.ErrNotInteger)
			return
		}
	}
	entries := s.srv.refusals.Last(int(max(count, 0)))
	c.Out.Array(len(entries))
	for _, e := range entries {
		replyRefusal(c.Out, e, c.Now)
	}
}

func replyRefusal(out *protocol.Writer, e *acl.Entry, now int64) {
	text := func(name, value string) {
		out.BulkString(name)
		out.BulkString(value)
	}
	number := func(name string, n int64) {
		out.BulkString(name)
		out.Int(n)
	}
	out.Map(10)
	number("count", e.Count)
	text("reason", e.Reason.String())
	text("context", e.Context)
	text("object", e.Object)
	text("username", e.Username)
	out.BulkString("age-seconds")
	out.Double(float64(now-e.Updated) / 1000)
	text("client-info", e.Client)
	number("entry-id", e.ID)
	number("timestamp-created", e.Created)
	number("timestamp-last-updated", e.Updated)
}
