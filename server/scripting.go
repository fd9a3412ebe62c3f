package server

import (
	"github.com/cachedserver/cached/server/command"
)

const (
	evalFlags = command.NoScript | command.SkipMonitor | command.NoMandatoryKeys | command.Stale
	worstRW   = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	worstRO   = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
)

// scriptKeys: argument 2 counts the keys behind it.
func scriptKeys(readOnly bool, note string) []command.KeySpec {
	flags := command.RW | command.Access | command.Update
	if readOnly {
		flags = command.RO | command.Access
	}
	return []command.KeySpec{{Flags: flags, Index: 2, Counted: true, First: 1, Step: 1, Notes: note}}
}

// scriptingCommands run Lua and keep scripts.
func scriptingCommands() []local {
	run := func(name, since, what, summary string, readOnly bool, note string, body func(*session, *command.Call)) local {
		flags := evalFlags
		if readOnly {
			flags |= command.Read
		}
		return local{Command: command.Command{
			Name: name, Group: "scripting", Since: since, Complexity: "Depends on the script that is executed.",
			Syntax: what + " numkeys [key [key ...]] [arg [arg ...]]", Summary: summary,
			Flags: flags, Keys: scriptKeys(readOnly, note),
		}, run: body}
	}
	return []local{
		run("EVAL", "2.6.0", "script", "Runs a Lua script.", false, worstRW, (*session).eval),
		run("EVALSHA", "2.6.0", "sha1", "Runs a Lua script that is known by its SHA1.", false, "", (*session).evalSHA),
		run("EVALSHA_RO", "7.0.0", "sha1", "Runs a Lua script, known by its SHA1, that may not write.", true, "", (*session).evalSHA),
		run("EVAL_RO", "7.0.0", "script", "Runs a Lua script that may not write.", true, worstRO, (*session).eval),
		run("FCALL", "7.0.0", "function", "Runs a function.", false, worstRW, (*session).fcall),
		run("FCALL_RO", "7.0.0", "function", "Runs a function that may not write.", true, worstRO, (*session).fcall),
		functionCommand(),
		scriptCommand(),
	}
}

func scriptCommand() local {
	sub := func(name, since, syntax, summary string, flags command.Flags, body func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "scripting", Since: since, Complexity: "O(1)",
			Syntax: syntax, Summary: summary, Flags: command.NoScript | flags,
		}, run: body}
	}
	exists := sub("EXISTS", "2.6.0", "sha1 [sha1 ...]", "Tells which scripts are known.", 0, (*session).scriptExists)
	exists.Complexity = "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation)."
	flush := sub("FLUSH", "2.6.0", "[ASYNC | SYNC]", "Forgets all scripts.", 0, (*session).scriptFlush)
	flush.Complexity = "O(N) with N being the number of scripts in cache"
	load := sub("LOAD", "2.6.0", "script", "Keeps a script and returns its SHA1.", command.Stale|command.Unbounded, (*session).scriptLoad)
	load.Complexity = "O(N) with N being the length in bytes of the script body."
	return local{
		Command: command.Command{
			Name: "SCRIPT", Group: "scripting", Since: "2.6.0", Complexity: "Depends on subcommand.",
			Summary: "Keeps Lua scripts and ends those that run.",
		},
		sub: []local{
			sub("DEBUG", "3.2.0", "<YES | SYNC | NO>", "Refused but for NO: there is no debugger.", 0, (*session).scriptDebug),
			exists.tips(allShards, "response_policy:agg_logical_and"),
			flush.tips(allNodes, allSucceeded),
			sub("KILL", "2.6.0", "", "Ends the script that runs, if it has not written.", command.AllowBusy, (*session).scriptKill).tips(allShards, "response_policy:one_succeeded"),
			load.tips(allNodes, allSucceeded),
		},
	}
}

func (s *session) scriptExists(c *command.Call) {
	c.Out.Array(len(c.Args) - 2)
	for _, sha := range c.Args[2:] {
		if s.srv.scripts.Find(sha) != nil {
			c.Out.Int(1)
			continue
		}
		c.Out.Int(0)
	}
}

func (s *session) scriptFlush(c *command.Call) {
	if !flushMode(c) {
		c.Out.Error(errFlushMode)
		return
	}
	s.srv.scripts.Flush()
	c.Out.OK()
}

// flushMode checks ASYNC or SYNC, which are one here: forgetting takes no time.
func flushMode(c *command.Call) bool {
	return len(c.Args) == 2 || len(c.Args) == 3 && (equalFold(c.Args[2], "ASYNC") || equalFold(c.Args[2], "SYNC"))
}

func (s *session) scriptLoad(c *command.Call) {
	loaded, err := s.srv.scripts.Load(string(c.Args[2]))
	if err != nil {
		c.Out.Error(err)
		return
	}
	c.Out.BulkString(loaded.SHA)
}

func (s *session) scriptKill(c *command.Call) { s.killRunning(c, false) }

func (s *session) killRunning(c *command.Call, function bool) {
	if err := s.srv.scripts.kill(function); err != nil {
		c.Out.Error(err)
		return
	}
	c.Out.OK()
}

func (s *session) scriptDebug(c *command.Call) {
	switch mode := c.Args[2]; {
	case equalFold(mode, "NO"):
		c.Out.OK()
	case equalFold(mode, "YES"), equalFold(mode, "SYNC"):
		c.Out.Error(errScriptDebug)
	default:
		c.Out.Error(errScriptDebugMode)
	}
}
