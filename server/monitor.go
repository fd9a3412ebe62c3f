package server

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/network"
)

// monitors are the sessions that see every command. They are charged like
// subscribers, so that one that reads too slowly is closed by the output limit
// of the class pubsub, not by lack of memory.
type monitors struct {
	n    atomic.Int32
	mu   sync.RWMutex
	list []*session // guarded by mu
}

func (m *monitors) any() bool { return m.n.Load() != 0 }

func (m *monitors) add(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, s)
	m.n.Store(int32(len(m.list)))
}

func (m *monitors) remove(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, o := range m.list {
		if o == s {
			m.list = append(m.list[:i:i], m.list[i+1:]...)
			break
		}
	}
	m.n.Store(int32(len(m.list)))
}

// show sends a command that ran to all monitors, in Redis's line format:
//
//	+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
func (m *monitors) show(s *session, cmd *command.Command, args [][]byte) {
	if cmd.Is(command.SkipMonitor) || cmd.Is(command.Admin) {
		return
	}
	m.feed(monitorLine(time.Now(), s, s.monitorSource(), s.srv.redact(cmd, args)))
}

// showScript sends the command that runs a script, before those that the script
// will call: its row keeps it from being shown after them.
func (m *monitors) showScript(s *session, cmd *command.Command, args [][]byte) {
	m.feed(monitorLine(time.Now(), s, s.monitorSource(), s.srv.redact(cmd, args)))
}

// showCalled sends a command that a script called.
func (m *monitors) showCalled(s *session, cmd *command.Command, args [][]byte) {
	if !cmd.Is(command.SkipMonitor) && !cmd.Is(command.Admin) {
		m.feed(monitorLine(time.Now(), s, "lua", s.srv.redact(cmd, args)))
	}
}

func (m *monitors) feed(line []byte) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, o := range m.list {
		o.conn.Send(line)
	}
}

func monitorLine(now time.Time, s *session, source string, args [][]byte) []byte {
	b := strconv.AppendInt([]byte{'+'}, now.Unix(), 10)
	us := strconv.Itoa(1_000_000 + now.Nanosecond()/1000)
	b = append(append(b, '.'), us[1:]...)
	b = strconv.AppendInt(append(b, " ["...), int64(s.db.Load()), 10)
	b = append(append(append(b, ' '), source...), ']')
	for _, a := range args {
		b = appendQuoted(append(b, ' '), a)
	}
	return append(b, "\r\n"...)
}

// monitorSource is where the session's commands come from.
func (s *session) monitorSource() string {
	if s.is(unixSocket) {
		return "unix:" + s.srv.config.String("unixsocket")
	}
	return s.conn.RemoteAddr()
}

func (s *session) monitor(c *command.Call) {
	if !s.is(monitoring) {
		s.set(monitoring)
		s.conn.SetClass(network.PubSub)
		s.srv.monitors.add(s)
	}
	c.Out.OK()
}
