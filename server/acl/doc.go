// Package acl tells who may do what: users, their passwords, and the commands,
// keys and channels that each of them may use, in the rule language of Redis.
//
// A session holds the *User that it proved to be. Before each command it asks
// the user's Rules, an immutable value behind one atomic pointer:
//
//	r := user.Rules()
//	if !r.Unlimited() { denial = r.Check(cmd, args) }
//
// so that a change of rules takes effect with the next command of every
// connection, and costs nobody a lock. Users is the set of all users; it alone
// changes them, and each change is whole or not at all.
//
// Command rights are bits over command.Command.ID; keys and channels of a call
// come from its row. No command is known here by name.
//
// What the package leaves to others: connections (who is closed when a user
// goes), the texts' error codes, the clock, and files other than that of ACL
// LOAD and SAVE.
package acl
