package network

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// netListener accepts for goroutine connections.
type netListener struct{ net.Listener }

// listenGoroutines binds an address whose connections get goroutines.
func (s *Server) listenGoroutines(d *door, spec Door, a address) (listener, error) {
	ln, err := bindNet(spec, a)
	if err != nil {
		return nil, err
	}
	if spec.TLS != nil {
		ln = tls.NewListener(ln, spec.TLS)
	}
	s.running.Go(func() { s.accept(d, ln) })
	return &netListener{Listener: ln}, nil
}

func bindNet(spec Door, a address) (net.Listener, error) {
	if !a.ip.IsValid() {
		return bindUnix(spec)
	}
	network := "tcp4"
	if a.ip.Is6() {
		network = "tcp6"
	}
	// Keep-alive is set when a connection is accepted, by the limits of then.
	config := net.ListenConfig{KeepAlive: -1}
	return config.Listen(context.Background(), network, net.TCPAddrFromAddrPort(a.addrPort()).String())
}

func bindUnix(spec Door) (net.Listener, error) {
	if err := os.Remove(spec.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", spec.Path)
	if err == nil && spec.Perm != 0 {
		err = os.Chmod(spec.Path, spec.Perm)
	}
	return ln, err
}

// accept runs until ln is closed.
func (s *Server) accept(d *door, ln net.Listener) {
	for {
		sock, err := ln.Accept()
		switch {
		case err == nil:
			s.keepAlive(sock)
			s.running.Go(func() { s.startStream(d, sock) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.acceptFailed(ln.Addr().String(), err)
			time.Sleep(acceptPause)
		}
	}
}

// acceptPause is how long a listener rests after a failure such as too many
// open files, which is not over the next moment.
const acceptPause = 100 * time.Millisecond

func (s *Server) acceptFailed(addr string, err error) {
	hint := ""
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		hint = "too few file descriptors: raise ulimit -n or lower maxclients"
	}
	s.log.Warn("network: cannot accept a connection", "address", addr, "error", err, "hint", hint)
}

func (s *Server) keepAlive(sock net.Conn) {
	if t, ok := sock.(*tls.Conn); ok {
		sock = t.NetConn()
	}
	if t, ok := sock.(*net.TCPConn); ok {
		if d := s.limits.Load().KeepAlive; d > 0 {
			t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: d, Interval: d / 3, Count: 3})
		}
	}
}

func (l *netListener) addr() string { return l.Addr().String() }
func (l *netListener) stop()        { l.Close() }
func (l *netListener) tune(*Limits) {}
