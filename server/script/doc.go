// Package script runs Lua scripts and libraries of functions as Redis does: the
// language is Lua 5.1, the libraries are Redis's, and so are the texts of errors.
//
// The life of a script: [Interpreter.Eval] or Load compiles it once and keeps it
// under the SHA1 of its text. Exec takes an idle Lua state, puts KEYS and ARGV in
// place, runs the compiled function and writes what it returned as a reply. What
// redis.call runs goes to a [Host], which the caller gives: this package knows the
// table of commands, for their arity and flags, but no keyspace, lock or user.
//
// Promises. A script sees nothing of the world but its arguments and its host: no
// clock, file, process or chance but the run's seed. It leaves nothing behind in
// the state for the next one (sandbox.go). It can be ended at any moment by
// [Run.Kill], whatever it does, and it is ended when it passes its [Limits] of
// instructions and memory (limits.go): what could take long or much in one
// instruction goes through functions of ours that pay for it (rewrite.go,
// pattern.go). What may be told of a script by looking at it (shape.go) errs on
// the safe side.
//
// The interpreter is gopher-lua, used through its public face. Where it differs
// from Lua 5.1 in what scripts can see (numbers as text, patterns, string.format,
// coroutines and pcall under a bound), this package has its own; where it words
// errors otherwise they are put into Lua's words (errors.go), though without the
// names of variables that Lua adds.
//
// The package leaves to others: which stripes are locked meanwhile, who may call
// what, what of a script's effects is logged, and on which thread it runs.
package script
