package server

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/config"
	"github.com/cachedserver/cached/server/network"
)

// openUsers makes the users that the configuration names.
func (srv *Server) openUsers() (err error) {
	srv.users, err = usersOf(srv.config, srv.table)
	srv.root = srv.users.Default()
	srv.nobody = &identity{user: srv.root}
	srv.refusals.SetMax(int(srv.config.Int("acllog-max-len")))
	for _, u := range srv.users.List() {
		if !u.Rules().Enabled() {
			srv.logger.Info("a user is off: nobody can log in as it", "user", u.Name())
		}
	}
	return err
}

// CheckUsers tells what is wrong with the users of a configuration.
func CheckUsers(cfg *config.Config) error {
	table, _, err := newTable()
	if err == nil {
		_, err = usersOf(cfg, table)
	}
	return err
}

// usersOf are the default user with requirepass, those of user lines or those of
// the ACL file. All faults are told, and a server is refused that would be open
// to everybody.
func usersOf(cfg *config.Config, table *command.Table) (*acl.Users, error) {
	users := acl.New(table)
	users.AllowChannels(cfg.String("acl-pubsub-default") == "allchannels")
	users.SetDefaultPassword(cfg.String("requirepass"))
	lines, file := cfg.Lines("user"), aclFile(cfg)
	if len(lines) > 0 && file != "" {
		return users, errors.New("users are declared both by user lines and in the aclfile: keep one of the two")
	}
	if err := users.Declare(lines); err != nil {
		return users, err
	}
	if file != "" {
		if _, err := users.Load(file); err != nil {
			return users, fmt.Errorf("aclfile: %w", err)
		}
	}
	if users.Default().Rules().Open() {
		return users, cfg.Exposed()
	}
	return users, nil
}

// aclFile is where the users are kept, "" for nowhere.
func aclFile(cfg *config.Config) string {
	path := cfg.String("aclfile")
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(cfg.String("dir"), path)
}

// adoptACL puts settings of users in place.
func (srv *Server) adoptACL() error {
	srv.users.AllowChannels(srv.config.String("acl-pubsub-default") == "allchannels")
	srv.refusals.SetMax(int(srv.config.Int("acllog-max-len")))
	return nil
}

// adoptPassword makes requirepass the default user's password.
func (srv *Server) adoptPassword() error {
	password := srv.config.String("requirepass")
	if password == "" && srv.root.Rules().Enabled() {
		if err := srv.config.Exposed(); err != nil {
			return err
		}
	}
	srv.users.SetDefaultPassword(password)
	return nil
}

// userLines are the users as CONFIG REWRITE keeps them in the configuration's
// file: none if they are kept elsewhere, and no default user that is as
// requirepass alone would make it.
func (srv *Server) userLines() []string {
	if aclFile(srv.config) != "" {
		return nil
	}
	plain := acl.New(srv.table)
	plain.SetDefaultPassword(srv.config.String("requirepass"))
	lines := srv.users.Lines()
	for i, line := range lines {
		if line == plain.Lines()[0] {
			return append(lines[:i:i], lines[i+1:]...)
		}
	}
	return lines
}

// user is who the session proved to be.
func (s *session) user() *acl.User { return s.who.Load().user }

// limited tells whether the user's rights have to be looked into.
func (s *session) limited() bool { return !s.user().Rules().Unlimited() }

// rights asks the user's rules, as they are now, about a call: what it lacks, or
// why the call is refused though it lacks nothing that it names.
func (s *session) rights(cmd *command.Command, args [][]byte) (acl.Denial, error) {
	rules := s.user().Rules()
	d := rules.Check(cmd, args)
	if d.Denied() || cmd.Beyond == nil || rules.CheckAnyKey(cmd, args) {
		return d, nil
	}
	return d, cmd.Beyond(args)
}

// may tells whether the user's rights allow a call.
func (s *session) may(cmd *command.Command, args [][]byte) bool {
	d, err := s.rights(cmd, args)
	return !d.Denied() && err == nil
}

// forbid is the answer to a call that may did not allow.
func (s *session) forbid(cmd *command.Command, args [][]byte, now int64) error {
	d, err := s.rights(cmd, args)
	if err != nil {
		return err
	}
	if !d.Denied() { // the rights have grown since
		d.Reason = acl.ByCommand
	}
	s.last.Store(cmd)
	s.noteDenial(d, cmd, args, s.context(), now)
	return errNoPermission(d.Explain(s.user().Name(), cmd, args, false))
}

// forbidQueued refuses a command of EXEC that was allowed when it was queued; nil
// lets it pass.
func (s *session) forbidQueued(cmd *command.Command, args [][]byte, now int64) error {
	if !s.limited() {
		return nil
	}
	d, err := s.rights(cmd, args)
	if d.Denied() {
		s.noteDenial(d, cmd, args, "multi", now)
		return errNoLonger(d)
	}
	return err
}

// forbidScript refuses a call that a script, which by runs, makes for the session;
// nil lets it pass.
func (s *session) forbidScript(by *command.Call, cmd *command.Command, args [][]byte) error {
	if !s.limited() {
		return nil
	}
	d, err := s.rights(cmd, args)
	if d.Denied() {
		s.last.Store(by.Cmd)
		s.noteDenial(d, cmd, args, "lua", by.Now)
		return errScriptDenied(d.Explain(s.user().Name(), cmd, args, false))
	}
	return err
}

// noteDenial enters a refused call in the log. context is where it came from, as
// ACL LOG names it.
func (s *session) noteDenial(d acl.Denial, cmd *command.Command, args [][]byte, context string, now int64) {
	s.noteRefusal(d.Reason, d.Object(cmd, args), s.user().Name(), context, now)
}

func (s *session) noteRefusal(why acl.Reason, object, username, context string, now int64) {
	s.srv.refusals.Add(acl.Entry{
		Reason: why, Context: context, Object: object, Username: username,
		Client: string(s.describe(nil, now)), Updated: now,
	})
}

// context is where the command at hand came from.
func (s *session) context() string {
	if s.inMulti() {
		return "multi"
	}
	return "toplevel"
}

// needsPassword tells whether a client that has not logged in may do nothing.
func (srv *Server) needsPassword() bool { return !srv.root.Rules().Open() }

// login makes the session that of a user, if the password, which c gave, is right.
func (s *session) login(c *command.Call, name, password []byte) error {
	user := s.srv.users.Lookup(string(name))
	// A user that is none takes as long as one that is.
	known, rules := user != nil, s.srv.root.Rules()
	if known {
		rules = user.Rules()
	}
	if right := rules.Opens(password); !right || !known {
		s.last.Store(c.Cmd)
		s.noteRefusal(acl.ByAuth, string(c.Args[0]), string(name), s.context(), c.Now)
		return protocol.ErrWrongPass
	}
	s.set(authenticated)
	s.rename(func(who *identity) { who.user = user })
	return nil
}

// dismiss closes the connections of users that are gone; the caller's own, if it
// is one, when its reply is sent.
func (srv *Server) dismiss(caller *session, gone []*acl.User) {
	if len(gone) == 0 {
		return
	}
	was := make(map[*acl.User]bool, len(gone))
	for _, u := range gone {
		was[u] = true
	}
	for _, s := range srv.sessions() {
		switch {
		case !was[s.user()]:
		case s == caller:
			s.set(closing)
		default:
			s.conn.Kill(errKilled)
		}
	}
}

// enforce puts a change of rules in force where no next command would: waits that
// are no longer allowed end, and subscribers to channels that are lost are closed.
func (srv *Server) enforce(change acl.Change, now int64) {
	rules := change.User.Rules()
	if change.Before == nil || rules.Unlimited() {
		return
	}
	loses := change.Before.LosesChannels(rules)
	for _, s := range srv.sessions() {
		if s.user() != change.User {
			continue
		}
		s.endForbiddenWait(now)
		if loses && s.subs.Load() != nil {
			s.conn.Post(func(*network.Conn) { s.hush() })
		}
	}
}

// endForbiddenWait ends the session's wait if its command is refused by now.
func (s *session) endForbiddenWait(now int64) {
	w := s.blocked.Load()
	if w == nil {
		return
	}
	call := w.waiter.Call() // its command and arguments do not change
	if d := s.user().Rules().Check(call.Cmd, call.Args); d.Denied() {
		text := d.Explain(s.user().Name(), call.Cmd, call.Args, false)
		if w.giveUp(errNoPermission(text)) {
			s.noteDenial(d, call.Cmd, call.Args, "toplevel", now)
		}
	}
}

// hush closes the session if it hears what it may not. On its own thread.
func (s *session) hush() {
	if !s.hearsOnly(s.user().Rules()) {
		s.conn.Kill(errKilled)
	}
}

// hearsOnly tells whether all that the session hears is within the rights.
func (s *session) hearsOnly(rules *acl.Rules) bool {
	subs := s.subs.Load()
	if subs == nil {
		return true
	}
	within := func(names map[string]struct{}, pattern bool) bool {
		for name := range names { // order: any that is not within ends it
			if !rules.MayHear([]byte(name), pattern) {
				return false
			}
		}
		return true
	}
	return within(subs.channels, false) && within(subs.shards, false) && within(subs.patterns, true)
}

// stranger answers a client that protected mode keeps out: one from another
// machine, while the default user needs no password.
func (srv *Server) stranger(c *network.Conn) []byte {
	if c.Unix() || !srv.root.Rules().Open() || loopbackPeer(c.RemoteAddr()) || srv.config.Exposed() == nil {
		return nil
	}
	return []byte(errProtected)
}
