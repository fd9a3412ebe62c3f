// Package command is the table of commands and the handlers of all those that
// work on data.
//
// A command is one row ([Command]): name, syntax, keys, flags, summary, handler.
// Whatever else the server must know of it is derived: its arity and its
// arguments from the syntax, the keys to lock or to route by from the key
// specifications, its ACL categories from group and flags, COMMAND INFO, COMMAND
// DOCS, HELP and docs/commands.md from the whole row. Nothing else in the tree
// knows a command's name.
//
// The life of one call: the server resolves the arguments to a row
// ([Table.Resolve]), passes its gates (they read Flags), the engine locks the keys
// that [Command.KeysOf] names and runs Run with a [Call]. The handler reads:
// find, check type, act, reply.
//
// What a handler does depends on its Call alone: arguments, database, time and
// seed come with it. It sees no clock, no connection, no global randomness, and
// so the same calls leave the same content on every replica.
//
// The package leaves to others: locking (engine), where values lie (store), how
// replies are written (protocol), who may run what and when (server), and the
// rows of commands that concern a connection or the process; those wrap Command
// in package server.
package command
