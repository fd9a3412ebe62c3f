package server

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/script"
)

// scripted tells whether a command on a worker may run scripts.
func (s *session) scripted(cmd *command.Command) bool {
	return cmd.Group == "scripting" || s.srv.locals[cmd.ID()].exec
}

// ponders tells whether a command runs a script that may take long, so that it
// must run on a worker.
func (s *session) ponders(cmd *command.Command, args [][]byte) bool {
	if cmd.Group != "scripting" || !cmd.Is(command.NoMandatoryKeys) {
		return false
	}
	sc := s.srv.scripts.Known(cmd.Name[0] == 'F', cmd.Name == "EVAL" || cmd.Name == "EVAL_RO", args[1])
	return sc == nil || !sc.Straight
}

func (s *session) eval(c *command.Call) {
	sc := s.srv.scripts.FindBody(c.Args[1])
	if sc == nil {
		var err error
		if sc, err = s.srv.scripts.Eval(c.Args[1]); err != nil {
			c.Out.Error(err)
			return
		}
	}
	s.runScript(c, sc)
}

func (s *session) evalSHA(c *command.Call) {
	sc := s.srv.scripts.Find(c.Args[1])
	if sc == nil {
		c.Out.Error(errNoScript)
		return
	}
	s.runScript(c, sc)
}

// split takes the keys and arguments of a call apart.
func split(c *command.Call) (keys, argv [][]byte, err error) {
	n, ok := protocol.ParseInt(c.Args[2])
	switch {
	case !ok:
		return nil, nil, protocol.ErrNotInteger
	case n > int64(len(c.Args)-3):
		return nil, nil, errKeysMany
	case n < 0:
		return nil, nil, errKeysNegative
	}
	return c.Args[3 : 3+n], c.Args[3+n:], nil
}

func (s *session) runScript(c *command.Call, sc *script.Script) {
	keys, argv, err := split(c)
	if err != nil {
		c.Out.Error(err)
		return
	}
	h := s.host(c)
	defer h.letGo()
	h.keys, h.argv, h.script, h.declared = keys, argv, sc, sc.Shape.Declared
	h.play(sc.Flags)
}

// play runs a script or function under the stripes of its keys.
func (h *scriptHost) play(flags script.Flags) {
	s, c := h.session, h.call
	if s.srv.monitors.any() {
		s.srv.monitors.showScript(s, c.Cmd, c.Args)
	}
	if err := h.unfit(flags); err != nil {
		c.Out.Error(err)
		return
	}
	h.run = script.Run{Host: h, Seed: c.Rand.Uint64(), ReadOnly: c.Cmd.Is(command.Read), Collect: runtime.GC, Limits: s.srv.scriptLimits()}
	if !s.onWorker() {
		h.run.Limits.Steps = inlineSteps
	} else {
		x := &running{run: &h.run, function: h.function != nil, name: h.name(), args: c.Args}
		s.srv.scripts.begin(x, time.Duration(s.srv.config.Int("busy-reply-threshold"))*time.Millisecond)
		defer s.srv.scripts.end(x)
	}
	db := s.db.Load()
	if s.within != nil {
		h.body(s.within)
	} else {
		h.batch = engine.Batch{DB: c.DB, Now: c.Now, Keys: h.keys, All: !h.declared, Body: h.enter}
		s.srv.log.Transact(&h.batch)
	}
	if s.db.Load() != db { // a script's SELECT ends with it
		s.db.Store(db)
		c.DB.Select(int(db))
	}
	if h.changes != 0 {
		s.srv.borrowed.Add(h.changes)
	}
}

// Bounds of the memory that a script may take: a quarter of what the node has.
const (
	minScriptMemory = 16 << 20
	maxScriptMemory = 256 << 20
)

// inlineSteps bounds a script on a loop. It has no loop and ends long before, unless
// it found a way to do much in one step that nobody has thought of.
const inlineSteps = 20_000_000

// scriptLimits are what a script may take of the node.
func (srv *Server) scriptLimits() script.Limits {
	l := script.Limits{Memory: maxScriptMemory, Text: int(srv.settings.Load().MaxString)}
	if bound := srv.ks.MaxMemory(); bound > 0 {
		l.Memory = min(max(bound/4, minScriptMemory), maxScriptMemory)
	}
	return l
}

// body is the run itself, with stripes held.
func (h *scriptHost) body(tx *engine.Tx) {
	h.tx = tx
	sc, out := &h.session.srv.scripts, h.call.Out
	if h.function != nil {
		sc.Invoke(h.function, h.keys, h.argv, &h.run, out)
		return
	}
	sc.Exec(h.script, h.keys, h.argv, &h.run, out)
}

func (s *session) onWorker() bool { return s.job != nil }

// unfit says why a script cannot run now, or nil.
func (h *scriptHost) unfit(flags script.Flags) error {
	s, c := h.session, h.call
	if c.Cmd.Is(command.Read) && flags&(script.Plain|script.NoWrites) == 0 {
		return errWriteInRO
	}
	if s.within == nil {
		h.noRoom = !s.srv.roomForScript(c.Now, s.onWorker())
	}
	if h.noRoom && flags&(script.Plain|script.NoWrites|script.AllowOOM) == 0 {
		return errScriptOOM
	}
	if flags&script.AllowOOM != 0 && flags&script.Plain == 0 {
		h.noRoom = false
	}
	return nil
}

// roomForScript makes room before a script, which may write what nobody can
// foresee. On a loop one step must do.
func (srv *Server) roomForScript(now int64, wait bool) bool {
	if wait {
		return srv.makeRoom(now)
	}
	return srv.engine.MakeRoom(now) != engine.None
}

// scriptHost is the node as a script of one session sees it.
type scriptHost struct {
	session    *session
	call       *command.Call // the EVAL
	script     *script.Script
	function   *script.Function // instead of script
	keys, argv [][]byte
	declared   bool // only the stripes of keys are held
	noRoom     bool // no memory can be had for commands that need some
	changes    int64

	tx    *engine.Tx
	run   script.Run
	batch engine.Batch
	enter func(*engine.Tx) // body, made once
	sub   command.Call     // the call of the script
}

// newHost makes a host; they are used again, for one is larger than most scripts'
// garbage.
func newHost() any {
	h := new(scriptHost)
	h.enter = h.body
	return h
}

func (s *session) host(c *command.Call) *scriptHost {
	h := s.srv.scripts.hosts.Get().(*scriptHost)
	h.session, h.call = s, c
	return h
}

func (h *scriptHost) letGo() {
	pool, keys := &h.session.srv.scripts.hosts, h.sub.Keys[:0]
	*h = scriptHost{enter: h.enter}
	h.sub.Keys = keys
	pool.Put(h)
}

func (h *scriptHost) name() string {
	if h.function == nil {
		return ""
	}
	return h.function.Name
}

// Refuse is the gates that a command of a script passes.
func (h *scriptHost) Refuse(cmd *command.Command, args [][]byte) error {
	s := h.session
	if err := s.forbidScript(h.call, cmd, args); err != nil {
		return err
	}
	switch {
	case h.noRoom && cmd.Is(command.DenyOOM) && h.changes == 0:
		return errScriptCommand
	case s.srv.locals[cmd.ID()].run != nil && mayWait(cmd) && !cmd.Is(command.Fast):
		return errScriptForbid // it would wait for the stripes that we hold
	case h.declared && !h.holds(cmd, args):
		return errUndeclared
	}
	return nil
}

// holds tells whether all keys of a command are among those that were declared.
// It is so by the look at the script that set declared; here the look is checked.
func (h *scriptHost) holds(cmd *command.Command, args [][]byte) bool {
	if cmd.Flags&(command.AllKeys|command.AtOnce) != 0 {
		return false
	}
	h.sub.Keys = cmd.KeysOf(args, h.sub.Keys[:0])
	for _, key := range h.sub.Keys {
		if !h.declares(key) {
			return false
		}
	}
	return true
}

func (h *scriptHost) declares(key []byte) bool {
	for _, k := range h.keys {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// Call runs a command of the script.
func (h *scriptHost) Call(cmd *command.Command, args [][]byte, out *protocol.Writer) {
	s, c, outer := h.session, &h.sub, h.call
	if c.DB == nil {
		c.DB, c.Now, c.Rand, c.Settings = outer.DB, outer.Now, outer.Rand, outer.Settings
		c.NoTouch, c.Origin = outer.NoTouch, outer.Origin
	}
	c.Cmd, c.Args, c.Out = cmd, args, out
	failures := out.Errors()
	if own := s.srv.locals[cmd.ID()].run; own != nil {
		own(s, c)
	} else {
		c.Tracked = s.tracks(cmd)
		h.tx.Run(c)
		if cmd.Is(command.Write) {
			h.changes += int64(c.Changes)
		}
	}
	s.srv.stats.Shared().Record(figureOf(cmd), 0, outcomeOf(out.Errors() != failures))
	if s.srv.monitors.any() {
		s.srv.monitors.showCalled(s, cmd, args)
	}
}

// Allowed is redis.acl_check_cmd.
func (h *scriptHost) Allowed(cmd *command.Command, args [][]byte) bool {
	return !h.session.limited() || h.session.may(cmd, args)
}

// Log is redis.log.
func (h *scriptHost) Log(level int, text string) {
	levels := [...]slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn}
	h.session.srv.logger.Log(context.Background(), levels[level], text)
}
