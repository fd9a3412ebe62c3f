package network

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestMaxClientsRefusesInRedissWords(t *testing.T) {
	limits := DefaultLimits()
	limits.MaxClients = 2
	eachPathWith(t, limits, func(w *world) {
		a, b := w.dial(), w.dial()
		a.ping()
		b.ping()
		if got := w.dial().wantClosed(); got != "-ERR max number of clients reached\r\n" {
			t.Errorf("got %q", got)
		}
		if n := w.srv.Stats().Rejected; n != 1 {
			t.Errorf("counted %d", n)
		}
		limits.MaxClients = 3 // live
		w.srv.SetLimits(limits)
		w.dial().ping()
		a.Close()
		w.eventually("a place is free", func() bool { return w.srv.Len() == 2 })
		w.dial().ping()
	})
}

func TestIdleConnectionsAreClosedButNotParkedOrSubscribedOnes(t *testing.T) {
	eachPath(t, func(w *world) {
		subscribed := w.dial()
		subscribed.ping()
		w.only().Post(func(c *Conn) { c.SetClass(PubSub) })
		parked, idle := w.dial(), w.dial()
		parked.send("WAIT\r\n")
		idle.ping()
		limits := DefaultLimits()
		limits.Idle = 50 * time.Millisecond
		w.srv.SetLimits(limits)
		idle.wantClosed()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrIdle) {
			t.Errorf("closed for %v", err)
		}
		w.srv.SetLimits(DefaultLimits())
		subscribed.ping()
		w.toy.release("now")
		parked.want("$3", "now")
	})
}

func TestACommandLargerThanTheQueryBufferCloses(t *testing.T) {
	limits := DefaultLimits()
	limits.QueryBuffer = 1 << 20
	eachPathWith(t, limits, func(w *world) {
		c := w.dial()
		fits := strings.Repeat("y", 1<<20-100)
		c.send("*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", len(fits), fits)
		c.want(fmt.Sprint("$", len(fits)), fits)
		go c.push("*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", 3<<20, strings.Repeat("z", 3<<20))
		c.wantClosed()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrInputLimit) {
			t.Errorf("closed for %v", err)
		}
		if !strings.Contains(w.log.String(), "query buffer limit") || w.srv.Stats().InputLimit != 1 {
			t.Errorf("log %q, counted %d", w.log, w.srv.Stats().InputLimit)
		}
	})
}

// A pipeline may be longer than the query buffer: only one command may not.
func TestALongPipelineIsNoLargeCommand(t *testing.T) {
	limits := DefaultLimits()
	limits.QueryBuffer = 64 << 10
	eachPathWith(t, limits, func(w *world) {
		c := w.dial()
		go c.push("%s", strings.Repeat("ECHO 0123456789\r\n", 50000))
		for range 50000 {
			c.want("$10", "0123456789")
		}
	})
}

func TestAPanicClosesItsConnectionOnly(t *testing.T) {
	eachPath(t, func(w *world) {
		a, b := w.dial(), w.dial()
		b.ping()
		a.send("PIN 10\r\nPANIC\r\n")
		a.wantClosed()
		b.ping()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrPanic) {
			t.Errorf("closed for %v", err)
		}
		if log := w.log.String(); !strings.Contains(log, "as asked") || !strings.Contains(log, "toy_test.go") {
			t.Errorf("no panic and stack in the log: %q", log)
		}
	})
}

func TestAPanicInPostClosesItsConnection(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.ping()
		w.only().Post(func(*Conn) { panic("posted") })
		c.wantClosed()
	})
}

func TestQuitIsAnsweredThenClosed(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.send("PING\r\nQUIT\r\nPING\r\n")
		if got := c.wantClosed(); got != "+PONG\r\n+OK\r\n" {
			t.Errorf("got %q", got)
		}
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrDone) {
			t.Errorf("closed for %v", err)
		}
	})
}

func TestAPeerThatClosesIsTold(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.ping()
		c.Close()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, io.EOF) {
			t.Errorf("closed for %v", err)
		}
	})
}
