package server

import (
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/network"
)

// session is what the server knows of one connection. Ten thousand idle ones
// must be cheap, so it holds no buffer, call or view: those belong to the lane
// that serves it, and to a parked job while it waits.
//
// Its own lane alone changes it. What CLIENT LIST and KILL read from elsewhere
// is atomic or, as a whole, replaced.
type session struct {
	srv     *Server
	conn    *network.Conn
	parser  protocol.Parser
	job     *job                            // what it waits for; nil while it runs
	blocked atomic.Pointer[wait]            // the blocking command that it waits in
	tx      atomic.Pointer[transaction]     // what WATCH and MULTI began
	subs    atomic.Pointer[subscriptions]   // the channels it listens to
	tracker atomic.Pointer[tracker]         // how it caches
	within  *engine.Tx                      // the EXEC that is running
	held    atomic.Pointer[heldPushes]      // invalidations that wait for a worker's reply
	execLen atomic.Int32                    // 1 + how many commands it has; 0: none runs
	who     atomic.Pointer[identity]        // never nil
	last    atomic.Pointer[command.Command] // last command, published at the end of a turn
	created int64                           // ms
	state   atomic.Uint32                   // bits below
	db      atomic.Int32                    // selected database
	proto   atomic.Int32                    // 2 or 3
	leaving bool                            // parked till a confirmation has found its way
}

// identity is what a client says of itself, and who it proved to be. Replaced
// as a whole, never changed.
type identity struct {
	name, libName, libVer string
	user                  *acl.User
}

// state bits
const (
	authenticated uint32 = 1 << iota
	noEvict
	noTouch
	monitoring
	unixSocket
	waiting       // parked by CLIENT PAUSE or in a blocking command
	closing       // nothing more is read; closed when replies are out
	replyOff      // CLIENT REPLY OFF
	replySkip     // the present command's reply is dropped
	replySkipNext // CLIENT REPLY SKIP: the next command's will be
)

func (s *session) is(bits uint32) bool { return s.state.Load()&bits != 0 }
func (s *session) set(bits uint32)     { s.state.Store(s.state.Load() | bits) }
func (s *session) clear(bits uint32)   { s.state.Store(s.state.Load() &^ bits) }

func (s *session) switchTo(bits uint32, on bool) {
	if on {
		s.set(bits)
	} else {
		s.clear(bits)
	}
}

// rename replaces the identity with a changed copy.
func (s *session) rename(change func(*identity)) {
	who := *s.who.Load()
	change(&who)
	s.who.Store(&who)
}

func (srv *Server) newSession(c *network.Conn) *session {
	s := &session{srv: srv, conn: c, created: time.Now().UnixMilli()}
	s.who.Store(srv.nobody)
	s.switchTo(unixSocket, c.Unix())
	s.greet()
	return s
}

// greet puts the session in the state of a fresh connection.
func (s *session) greet() {
	s.db.Store(0)
	s.proto.Store(2)
	s.clear(noEvict | noTouch | monitoring | replyOff | replySkip | replySkipNext)
	s.switchTo(authenticated, !s.srv.needsPassword())
}
