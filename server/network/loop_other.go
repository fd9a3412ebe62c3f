//go:build !linux

package network

import "errors"

// loop exists on Linux only; elsewhere every connection has a goroutine.
type loop struct{ traffic traffic }

type slot struct{}

func (s *Server) startLoops(int) error { return nil }

func (s *Server) listenLoops(*door, Door, address) (listener, error) {
	return nil, errors.ErrUnsupported
}

func (l *loop) do(func()) {}
func (l *loop) sweep()    {}
func (l *loop) drain()    {}
func (l *loop) end()      {}
