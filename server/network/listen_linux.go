package network

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// epollListener accepts on a loop, for all loops in turn.
type epollListener struct {
	loop   *loop
	door   *door
	fd     int
	name   string
	number int // in loop.doors
	next   int // the loop that gets the next connection
	closed bool
}

// acceptsPerTurn bounds a burst of connections, so that others are served
// meanwhile.
const acceptsPerTurn = 64

// listenLoops binds an address whose connections are served by loops.
func (s *Server) listenLoops(d *door, spec Door, a address) (listener, error) {
	fd, name, err := s.bind(spec, a)
	if err != nil {
		return nil, err
	}
	ln := &epollListener{loop: s.loops[0], door: d, fd: fd, name: name}
	failed := make(chan error, 1)
	ln.loop.do(func() { failed <- ln.open() })
	if err := <-failed; err != nil {
		unix.Close(fd)
		return nil, err
	}
	return ln, nil
}

// bind makes a listening socket. What is set on it holds for the sockets that
// it accepts.
func (s *Server) bind(spec Door, a address) (fd int, name string, err error) {
	family, sa := socketAddress(spec, a)
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, "", os.NewSyscallError("socket", err)
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if family == unix.AF_UNIX {
		err = bindPath(fd, spec, sa)
	} else {
		err = s.bindPort(fd, family, sa)
	}
	if err != nil {
		return 0, "", err
	}
	if err = unix.Listen(fd, spec.Backlog); err != nil {
		return 0, "", os.NewSyscallError("listen", err)
	}
	return fd, nameOf(fd, spec), nil
}

func (s *Server) bindPort(fd, family int, sa unix.Sockaddr) error {
	if family == unix.AF_INET6 {
		// As Redis: "*" and "::*" are two sockets of the same port.
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	for _, opt := range []struct{ level, name int }{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR}, {unix.IPPROTO_TCP, unix.TCP_NODELAY},
	} {
		if err := unix.SetsockoptInt(fd, opt.level, opt.name, 1); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	setKeepAlive(fd, s.limits.Load().KeepAlive)
	return os.NewSyscallError("bind", unix.Bind(fd, sa))
}

func bindPath(fd int, spec Door, sa unix.Sockaddr) error {
	if err := os.Remove(spec.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := unix.Bind(fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if spec.Perm == 0 {
		return nil
	}
	return os.Chmod(spec.Path, spec.Perm)
}

// setKeepAlive is best effort: a system that lacks an option keeps its own.
func setKeepAlive(fd int, idle time.Duration) {
	on := 0
	if idle > 0 {
		on = 1
		seconds := max(1, int(idle/time.Second))
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds)
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(1, seconds/3))
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3)
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, on)
}

func socketAddress(spec Door, a address) (family int, sa unix.Sockaddr) {
	switch {
	case !a.ip.IsValid():
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: spec.Path}
	case a.ip.Is4():
		return unix.AF_INET, &unix.SockaddrInet4{Port: a.port, Addr: a.ip.As4()}
	default:
		return unix.AF_INET6, &unix.SockaddrInet6{Port: a.port, Addr: a.ip.As16(), ZoneId: zoneOf(a.ip)}
	}
}

// zoneOf is the interface that a link-local address belongs to.
func zoneOf(ip netip.Addr) uint32 {
	if i, err := net.InterfaceByName(ip.Zone()); err == nil {
		return uint32(i.Index)
	}
	return 0
}

func nameOf(fd int, spec Door) string {
	if spec.Path != "" {
		return spec.Path
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return ""
	}
	return addrPortOf(sa).String()
}

func addrPortOf(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// open begins to accept.
func (ln *epollListener) open() error {
	ln.number = len(ln.loop.doors)
	ln.loop.doors = append(ln.loop.doors, ln)
	return ln.watch()
}

func (ln *epollListener) watch() error {
	return ln.loop.watch(unix.EPOLL_CTL_ADD, ln.fd, unix.EPOLLIN, slot{index: int32(bellIndex - 1 - ln.number)})
}

// accept takes new connections and deals them out.
func (ln *epollListener) accept() {
	for range acceptsPerTurn {
		if ln.closed {
			return
		}
		fd, sa, err := unix.Accept4(ln.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case err == nil:
			ln.deal(fd, addrPortOf(sa))
		case errors.Is(err, unix.EAGAIN):
			return
		case errors.Is(err, unix.ECONNABORTED), errors.Is(err, unix.EINTR):
		default:
			ln.rest(err)
			return
		}
	}
}

func (ln *epollListener) deal(fd int, peer netip.AddrPort) {
	loops := ln.loop.srv.loops
	l := loops[ln.next%len(loops)]
	ln.next++
	c := l.srv.newConn(ln.door, l, peer, fd)
	switch {
	case !l.srv.admit(c):
		l.refuse(fd)
	case l == ln.loop:
		l.adopt(c)
	default:
		l.post(message{conn: c, kind: adopt})
	}
}

// refuse tells one client too many that it is.
func (l *loop) refuse(fd int) {
	transmit(int32(fd), maxClientsReply)
	unix.Close(fd)
}

// rest stops accepting for a moment: the listener stays ready, and the loop
// would spin.
func (ln *epollListener) rest(err error) {
	ln.loop.srv.acceptFailed(ln.name, err)
	unix.EpollCtl(ln.loop.epoll, unix.EPOLL_CTL_DEL, ln.fd, nil)
	time.AfterFunc(acceptPause, func() {
		ln.loop.do(func() {
			if !ln.closed {
				ln.watch()
			}
		})
	})
}

func (ln *epollListener) addr() string { return ln.name }

func (ln *epollListener) stop() {
	done := make(chan struct{})
	ln.loop.do(func() {
		ln.closed = true
		unix.Close(ln.fd)
		if ln.door.path != "" {
			os.Remove(ln.door.path)
		}
		close(done)
	})
	<-done
}

func (ln *epollListener) tune(l *Limits) {
	ln.loop.do(func() {
		if !ln.closed && ln.door.path == "" {
			setKeepAlive(ln.fd, l.KeepAlive)
		}
	})
}
