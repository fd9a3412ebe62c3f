package server

import (
	"sync"
	"sync/atomic"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// shutdown is how the command SHUTDOWN reaches whoever started the node.
type shutdown struct {
	once sync.Once
	done chan struct{} // closed when somebody asked for the end
	now  atomic.Bool   // without waiting for clients
	save atomic.Int32  // wantSave or wantNone, if the client said
}

const (
	wantSave = 1
	wantNone = 2
)

// saves tells whether the node's last act is a snapshot: when it was asked for, or
// there are save points.
func (d *shutdown) saves(srv *Server) bool {
	switch d.save.Load() {
	case wantSave:
		return true
	case wantNone:
		return false
	}
	return srv.saves()
}

// Done is closed when a client asked the node to end. Whoever made the node
// closes it then.
func (srv *Server) Done() <-chan struct{} { return srv.shutdown.done }

// Hurried tells whether that client asked not to wait for others (SHUTDOWN NOW).
func (srv *Server) Hurried() bool { return srv.shutdown.now.Load() }

func shutdownCommands() []local {
	return []local{{Command: command.Command{
		Name: "SHUTDOWN", Group: "server", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
		Summary: "Ends the node.",
		Flags:   command.Admin | command.NoScript | command.Loading | command.Stale | command.NoMulti | command.AllowBusy,
	}, run: (*session).shutDown}}
}

// shutDown answers nothing on success: the connection closes with the node.
func (s *session) shutDown(c *command.Call) {
	var save, nosave, abort, now bool
	for _, word := range c.Args[1:] {
		switch {
		case equalFold(word, "SAVE"):
			save = true
		case equalFold(word, "NOW"):
			now = true
		case equalFold(word, "ABORT"):
			abort = true
		case equalFold(word, "NOSAVE"):
			nosave = true
		case !equalFold(word, "FORCE"):
			c.Out.Error(protocol.ErrSyntax)
			return
		}
	}
	switch {
	case abort && len(c.Args) > 2, save && nosave:
		c.Out.Error(protocol.ErrSyntax)
	case abort:
		c.Out.Error(errNoShutdown)
	case save:
		s.srv.end(now, wantSave)
	case nosave:
		s.srv.end(now, wantNone)
	default:
		s.srv.end(now, 0)
	}
}

func (srv *Server) end(now bool, save int32) {
	srv.shutdown.once.Do(func() {
		srv.shutdown.save.Store(save)
		srv.logger.Warn("a client asked for shutdown")
		srv.shutdown.now.Store(now)
		close(srv.shutdown.done)
	})
}
