package network

import (
	"context"
	"errors"
)

// Close stops accepting, lets every connection finish the commands it has
// wholly received, sends their replies and closes it. Connections that are parked, or
// whose client does not read, are cut when ctx ends; its error is then
// returned.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closing = true
	doors := s.doors
	if len(s.conns) == 0 {
		close(s.empty)
	}
	s.mu.Unlock()
	for _, d := range doors {
		d.stop()
	}
	s.drain()
	err := s.awaitEmpty(ctx)
	close(s.stopping)
	for _, l := range s.loops {
		l.do(l.end)
	}
	s.running.Wait()
	return err
}

// drain closes the connections that have nothing to do, now or when that is
// so.
func (s *Server) drain() {
	for _, l := range s.loops {
		l.do(l.drain)
	}
	for _, c := range s.all() {
		if st, ok := c.thread.(*stream); ok {
			c.Post(func(*Conn) { st.draining = true })
		}
	}
}

func (s *Server) awaitEmpty(ctx context.Context) error {
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	for _, c := range s.all() {
		c.Kill(ErrClosed)
	}
	<-s.empty
	return errors.Join(ErrClosed, ctx.Err())
}
