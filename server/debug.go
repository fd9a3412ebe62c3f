package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// debugCommands is DEBUG, as far as tests of Redis and its clients need it.
// enable-debug-command must allow it.
func debugCommands() []local {
	const op = command.Protected | command.Admin | command.NoScript | command.Loading | command.Stale
	sub := func(name, syntax, summary string, flags command.Flags, run func(*session, *command.Call)) local {
		return local{Command: command.Command{
			Name: name, Group: "server", Since: "1.0.0", Complexity: "Depends on subcommand.",
			Syntax: syntax, Summary: summary, Flags: op | flags,
		}, run: run}
	}
	ok := func(_ *session, c *command.Call) { c.Out.OK() }
	fail := sub("PANIC", "", "Has a handler panic; the node goes on.", 0, nil)
	fail.Run = func(*command.Call) { panic("DEBUG PANIC") }
	object := sub("OBJECT", "key", "Tells how a key's value is kept.", command.Read, nil)
	object.Keys, object.Run = []command.KeySpec{{Flags: command.RO, Index: 2, Step: 1}}, debugObject

	return []local{{
		Command: command.Command{
			Name: "DEBUG", Group: "server", Since: "1.0.0", Complexity: "Depends on subcommand.",
			Summary: "Does what only tests should want.",
			Flags:   op,
		},
		sub: []local{
			sub("CHANGE-REPL-ID", "", "Accepted; the node has no replicas to tell.", 0, ok),
			sub("ERROR", "text", "Answers the text as an error.", 0, (*session).debugError),
			sub("LOG", "message", "Writes a line to the node's log.", 0, (*session).debugLog),
			object,
			fail,
			sub("PAUSE-CRON", "<0 | 1>", "Stops or resumes the background work.", 0, (*session).debugPauseCron),
			sub("POPULATE", "count [prefix] [size]", "Makes string keys named prefix:number.", command.Unbounded, (*session).debugPopulate),
			sub("PROTOCOL", "type", "Answers with a reply of the given type.", 0, (*session).debugProtocol),
			sub("QUICKLIST-PACKED-THRESHOLD", "size", "Accepted; lists are packed by size alone.", 0, ok),
			sub("RELOAD", "[NOSAVE] [NOFLUSH] [MERGE]", "Saves the databases and reads them back.", command.Unbounded, (*session).debugReload),
			sub("REPLICATE", "argument [argument ...]", "Accepted; the node has no replicas to tell.", 0, ok),
			sub("SET-ACTIVE-EXPIRE", "<0 | 1>", "Has expired keys stay until they are touched.", 0, (*session).debugActiveExpire),
			sub("SET-SKIP-CHECKSUM-VALIDATION", "<0 | 1>", "Accepted; checksums are always checked.", 0, ok),
			sub("SLEEP", "seconds", "Keeps this connection waiting.", command.Unbounded, (*session).debugSleep),
			sub("STRINGMATCH-TEST", "", "Accepted; patterns are tested elsewhere.", 0, ok),
		},
	}}
}

func (s *session) mayDebug() bool {
	switch s.srv.config.String("enable-debug-command") {
	case "yes":
		return true
	case "local":
		return s.onThisMachine()
	}
	return false
}

func (s *session) debugError(c *command.Call) {
	text := strings.NewReplacer("\r", " ", "\n", " ").Replace(string(c.Args[2]))
	c.Out.Raw([]byte("-" + text + "\x0d\x0a"))
}

func (s *session) debugLog(c *command.Call) {
	s.srv.logger.Warn("DEBUG LOG: " + string(c.Args[2]))
	c.Out.OK()
}

func (s *session) debugPauseCron(c *command.Call) {
	s.srv.cron.asleep.Store(string(c.Args[2]) != "0")
	c.Out.OK()
}

func (s *session) debugActiveExpire(c *command.Call) {
	s.srv.cron.frozen.Store(string(c.Args[2]) == "0")
	c.Out.OK()
}

// debugSleep runs on a worker: others are served meanwhile, unlike in Redis.
func (s *session) debugSleep(c *command.Call) {
	seconds, err := strconv.ParseFloat(string(c.Args[2]), 64)
	if err != nil || seconds < 0 {
		seconds = 0
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
	case <-s.srv.closing:
	}
	c.Out.OK()
}

func debugObject(c *command.Call) {
	v, ok := c.DB.Peek(c.Args[2])
	if !ok {
		c.Out.Error(protocol.ErrNoSuchKey)
		return
	}
	idle := v.Idle(c.Now)
	c.Out.Simple(fmt.Sprintf("Value at:0x0 refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		v.Encoding(), v.Len(), (c.Now/1000-idle)&(1<<24-1), idle))
}

// debugPopulate proposes a SET for each key that is not there.
func (s *session) debugPopulate(c *command.Call) {
	count, ok := protocol.ParseInt(c.Args[2])
	if !ok || count < 0 {
		c.Out.Error(protocol.ErrNotPositive)
		return
	}
	prefix, size := "key", int64(0)
	if len(c.Args) > 3 {
		prefix = string(c.Args[3])
	}
	if len(c.Args) > 4 {
		if size, ok = protocol.ParseInt(c.Args[4]); !ok || size < 0 {
			c.Out.Error(protocol.ErrNotPositive)
			return
		}
	}
	set, mark := *c, c.Out.Mark()
	set.Cmd = s.srv.table.Lookup([]byte("SET"))
	for i := range count {
		n := strconv.FormatInt(i, 10)
		value := []byte("value:" + n)
		if size > 0 {
			value = append(value, make([]byte, size)...)[:size]
		}
		set.Args = [][]byte{[]byte("SET"), []byte(prefix + ":" + n), value, []byte("NX")}
		s.srv.log.Propose(&set)
		c.Out.Truncate(mark)
	}
	c.Out.OK()
}
