package server

import (
	"errors"
	"math"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/command"
)

// Reasons that the server gives for closing a connection.
var (
	errKilled  = errors.New("server: killed by CLIENT KILL")
	errEvicted = errors.New("server: evicted, since clients hold more than maxmemory-clients")
	errAttack  = errors.New("server: cross-protocol request")
)

// killFilter tells whom CLIENT KILL means; empty fields mean anybody.
type killFilter struct {
	addr, laddr, class string
	user               *acl.User
	id                 int64
	spareSelf          bool
}

func (f *killFilter) fits(s *session) bool {
	return (f.addr == "" || s.conn.RemoteAddr() == f.addr) &&
		(f.laddr == "" || s.conn.LocalAddr() == f.laddr) &&
		(f.class == "" || f.class == s.class()) &&
		(f.user == nil || s.user() == f.user) &&
		(f.id == 0 || s.conn.ID() == uint64(f.id))
}

// parse reads the option at the front of args, which has a value behind it.
func (f *killFilter) parse(opt, value []byte, users *acl.Users) error {
	switch {
	case equalFold(opt, "ID"):
		id, ok := protocol.ParseInt(value)
		if !ok || id < 1 || id == math.MaxInt64 {
			return errKillID
		}
		f.id = id
	case equalFold(opt, "TYPE"):
		class, ok := classOf(value)
		if !ok {
			return errClientType(value)
		}
		f.class = class
	case equalFold(opt, "ADDR"):
		f.addr = string(value)
	case equalFold(opt, "LADDR"):
		f.laddr = string(value)
	case equalFold(opt, "USER"):
		if f.user = users.Lookup(string(value)); f.user == nil {
			return errNoUser(value)
		}
	case equalFold(opt, "SKIPME") && equalFold(value, "YES"):
		f.spareSelf = true
	case equalFold(opt, "SKIPME") && equalFold(value, "NO"):
		f.spareSelf = false
	default:
		return protocol.ErrSyntax
	}
	return nil
}

// clientKill has two forms: the old one names an address and may hit the caller
// itself, the new one has filters and answers how many were hit.
func (s *session) clientKill(c *command.Call) {
	args := c.Args[2:]
	if len(args) == 1 {
		if s.kill(&killFilter{addr: string(args[0])}) == 0 {
			c.Out.Error(errNoSuchClient)
			return
		}
		c.Out.OK()
		return
	}
	f := killFilter{spareSelf: true}
	for ; len(args) > 0; args = args[2:] {
		if len(args) == 1 {
			c.Out.Error(protocol.ErrSyntax)
			return
		}
		if err := f.parse(args[0], args[1], s.srv.users); err != nil {
			c.Out.Error(err)
			return
		}
	}
	c.Out.Int(int64(s.kill(&f)))
}

// kill closes the sessions that fit; the caller's own when its reply is sent.
func (s *session) kill(f *killFilter) (n int) {
	for _, o := range s.srv.sessions() {
		switch {
		case !f.fits(o), o == s && f.spareSelf:
			continue
		case o == s:
			s.set(closing)
		default:
			o.conn.Kill(errKilled)
		}
		n++
	}
	return n
}
