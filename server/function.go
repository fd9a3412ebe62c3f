package server

import (
	"bytes"
	"io"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/rdb"
	"github.com/cachedserver/cached/server/script"
)

// functionCommand is FUNCTION: libraries of functions are kept until they are
// deleted.
func functionCommand() local {
	sub := func(name, syntax, complexity, summary string, flags command.Flags, body func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "scripting", Since: "7.0.0", Complexity: complexity,
			Syntax: syntax, Summary: summary, Flags: command.NoScript | flags,
		}, run: body}
	}
	const (
		each  = "O(N) where N is the number of functions"
		write = command.Write
	)
	return local{
		Command: command.Command{
			Name: "FUNCTION", Group: "scripting", Since: "7.0.0", Complexity: "Depends on subcommand.",
			Summary: "Keeps libraries of functions.",
		},
		sub: []local{
			sub("DELETE", "library-name", "O(1)", "Deletes a library.", write, (*session).functionDelete).tips(allShards, allSucceeded),
			sub("DUMP", "", each, "Returns all libraries in a form that FUNCTION RESTORE reads.", 0, (*session).functionDump),
			sub("FLUSH", "[ASYNC | SYNC]", each, "Deletes all libraries.", write, (*session).functionFlush).tips(allShards, allSucceeded),
			sub("KILL", "", "O(1)", "Ends the function that runs, if it has not written.", command.AllowBusy, (*session).functionKill).tips(allShards, "response_policy:one_succeeded"),
			sub("LIST", "[LIBRARYNAME library-name-pattern] [WITHCODE]", each, "Describes libraries.", 0, (*session).functionList).tips(variesOrder),
			sub("LOAD", "[REPLACE] function-code", "O(1) (considering compilation time is redundant)", "Adds a library.", write|command.DenyOOM|command.Unbounded, (*session).functionLoad).tips(allShards, allSucceeded),
			sub("RESTORE", "serialized-value [policy: FLUSH | APPEND | REPLACE]", each, "Adds the libraries that FUNCTION DUMP returned.", write|command.DenyOOM|command.Unbounded, (*session).functionRestore).tips(allShards, allSucceeded),
			sub("STATS", "", "O(1)", "Tells which function runs, and how many there are.", command.AllowBusy, (*session).functionStats).tips(varies, allShards, special),
		},
	}
}

// fcall is FCALL and FCALL_RO.
func (s *session) fcall(c *command.Call) {
	f := s.srv.scripts.Function(c.Args[1])
	if f == nil {
		c.Out.Error(errNoFunction)
		return
	}
	keys, argv, err := split(c)
	if err == protocol.ErrNotInteger {
		err = errBadKeys
	}
	if err != nil {
		c.Out.Error(err)
		return
	}
	h := s.host(c)
	defer h.letGo()
	h.keys, h.argv, h.function = keys, argv, f
	h.play(f.Flags)
}

func (s *session) functionLoad(c *command.Call) {
	mode := script.Append
	switch {
	case len(c.Args) == 4 && equalFold(c.Args[2], "REPLACE"):
		mode = script.Replace
	case len(c.Args) > 3:
		c.Out.Error(errFunctionOption(c.Args[2]))
		return
	}
	name, err := s.srv.scripts.Define(string(c.Args[len(c.Args)-1]), mode)
	if err != nil {
		c.Out.Error(err)
		return
	}
	s.srv.keepLibraries()
	c.Out.BulkString(name)
}

func (s *session) functionDelete(c *command.Call) {
	if !s.srv.scripts.Undefine(string(c.Args[2])) {
		c.Out.Error(errNoLibrary)
		return
	}
	s.srv.keepLibraries()
	c.Out.OK()
}

func (s *session) functionFlush(c *command.Call) {
	if !flushMode(c) {
		c.Out.Error(errFuncFlushMode)
		return
	}
	s.srv.scripts.UndefineAll()
	s.srv.keepLibraries()
	c.Out.OK()
}

func (s *session) functionKill(c *command.Call) { s.killRunning(c, true) }

func (s *session) functionList(c *command.Call) {
	var pattern []byte
	withCode := false
	for i := 2; i < len(c.Args); i++ {
		switch word := c.Args[i]; {
		case equalFold(word, "WITHCODE") && !withCode:
			withCode = true
		case equalFold(word, "LIBRARYNAME") && pattern == nil:
			if i++; i == len(c.Args) {
				c.Out.Error(errNoLibraryName)
				return
			}
			pattern = c.Args[i]
		default:
			c.Out.Error(errFunctionArgument(word))
			return
		}
	}
	mark, n := c.Out.Deferred(), 0
	for _, lib := range s.srv.scripts.Libraries() {
		if pattern == nil || command.Match(pattern, []byte(lib.Name), true) {
			describe(c.Out, lib, withCode)
			n++
		}
	}
	c.Out.FillArray(mark, n)
}

func describe(out *protocol.Writer, lib *script.Library, withCode bool) {
	n := 3
	if withCode {
		n = 4
	}
	out.Map(n)
	out.BulkString("library_name")
	out.BulkString(lib.Name)
	out.BulkString("engine")
	out.BulkString("LUA")
	out.BulkString("functions")
	out.Array(len(lib.Functions))
	for _, f := range lib.Functions {
		out.Map(3)
		out.BulkString("name")
		out.BulkString(f.Name)
		out.BulkString("description")
		if f.Described {
			out.BulkString(f.Description)
		} else {
			out.Null()
		}
		out.BulkString("flags")
		names := f.Flags.Names()
		out.Set(len(names))
		for _, name := range names {
			out.Simple(name)
		}
	}
	if withCode {
		out.BulkString("library_code")
		out.BulkString(lib.Code)
	}
}

func (s *session) functionStats(c *command.Call) {
	out := c.Out
	out.Map(2)
	out.BulkString("running_script")
	if r := s.srv.scripts.running(); r == nil {
		out.Null()
	} else {
		out.Map(3)
		out.BulkString("name")
		out.BulkString(r.name)
		out.BulkString("command")
		out.Array(len(r.args))
		for _, a := range r.args {
			out.Bulk(a)
		}
		out.BulkString("duration_ms")
		out.Int(time.Since(r.began).Milliseconds())
	}
	libs := s.srv.scripts.Libraries()
	functions := 0
	for _, lib := range libs {
		functions += len(lib.Functions)
	}
	out.BulkString("engines")
	out.Map(1)
	out.BulkString("LUA")
	out.Map(2)
	out.BulkString("libraries_count")
	out.Int(int64(len(libs)))
	out.BulkString("functions_count")
	out.Int(int64(functions))
}

// running is the function that runs, if one does. What it returns is read only.
func (sc *scripting) running() *running {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for r := range sc.runs {
		if r.function {
			return r
		}
	}
	return nil
}

// An RDB file has nine bytes before what it holds, and nine behind.
const (
	rdbHead    = 9
	rdbTail    = 9
	rdbVersion = 10
)

func (s *session) functionDump(c *command.Call) {
	var file bytes.Buffer
	w := rdb.NewWriter(&file, rdb.Options{})
	for _, lib := range s.srv.scripts.Libraries() {
		w.Function([]byte(lib.Code))
	}
	if err := w.Close(); err != nil {
		c.Out.Error(protocol.ErrInternalPanic)
		return
	}
	b := file.Bytes()
	c.Out.Bulk(rdb.Seal(bytes.Clone(b[rdbHead:len(b)-rdbTail]), rdbVersion))
}

func (s *session) functionRestore(c *command.Call) {
	mode, flush := script.Append, false
	if len(c.Args) > 3 {
		switch policy := c.Args[3]; {
		case equalFold(policy, "FLUSH"):
			flush = true
		case equalFold(policy, "REPLACE"):
			mode = script.Replace
		case !equalFold(policy, "APPEND"):
			c.Out.Error(errRestorePolicy)
			return
		}
	}
	codes, err := libraries(c.Args[2])
	if err != nil {
		c.Out.Error(err)
		return
	}
	if err := s.srv.scripts.Restore(codes, mode, flush); err != nil {
		c.Out.Error(err)
		return
	}
	s.srv.keepLibraries()
	c.Out.OK()
}

// libraries reads the texts in what FUNCTION DUMP returned.
func libraries(payload []byte) (codes []string, err error) {
	body := payload
	if len(payload) != 10 { // no libraries: a footer alone
		if body, err = rdb.Open(payload); err != nil {
			return nil, command.ErrPayload
		}
	} else {
		body = nil
	}
	file := append([]byte("REDIS0010"), body...)
	file = append(append(file, 0xff), make([]byte, 8)...)
	r, err := rdb.NewReader(bytes.NewReader(file), rdb.Limits{})
	for err == nil {
		var e *rdb.Entry
		if e, err = r.Next(); err == nil {
			if e.Function == nil {
				return nil, errNotFunction
			}
			codes = append(codes, string(e.Function))
		}
	}
	if err != io.EOF {
		return nil, command.ErrPayload
	}
	return codes, nil
}
