package network

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

func TestAParkedConnectionWaitsAndOthersAreServed(t *testing.T) {
	eachPath(t, func(w *world) {
		a, b := w.dial(), w.dial()
		a.send("WAIT\r\nECHO after\r\n")
		w.eventually("it parks", func() bool { return w.toy.waiting() == 1 })
		b.ping()
		if n := w.toy.served.Load(); n != 2 {
			t.Errorf("%d commands were served, not WAIT and PING only", n)
		}
		w.toy.release("now")
		a.want("$3", "now", "$5", "after")
	})
}

func (t *toy) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiters)
}

func TestInputThatComesWhileParkedIsServedLater(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.send("WAIT\r\n")
		w.eventually("it parks", func() bool { return w.toy.waiting() == 1 })
		const n = 30000 // more than any buffer of ours takes
		go func() {
			for i := range n {
				c.push("ECHO %06d\r\n", i)
			}
		}()
		time.Sleep(20 * time.Millisecond)
		if held := w.held.Load(); held > 1<<20 {
			t.Errorf("%d bytes are held for a parked connection", held)
		}
		w.toy.release("now")
		c.want("$3", "now")
		for i := range n {
			c.want("$6", fmt.Sprintf("%06d", i))
		}
	})
}

func TestAWakeBeforeParkIsNotLost(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		for range 1000 {
			c.send("SELF\r\n")
			c.want("$4", "self")
		}
	})
}

// Many connections park again and again, in pipelines, while goroutines answer
// them: every WAIT gets its answer, and in order.
func TestNoWakeIsLost(t *testing.T) {
	eachPath(t, func(w *world) {
		stop := make(chan struct{})
		var releasers, clients sync.WaitGroup
		for range 3 {
			releasers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						w.toy.release("yes")
						w.srv.Each(func(c *Conn) { c.Wake() }) // stray ones do no harm
						time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
					}
				}
			})
		}
		for range 20 {
			c := w.dial()
			clients.Go(func() {
				for i := range 100 {
					c.send("ECHO %d\r\nWAIT\r\nPING\r\nSELF\r\n", i)
					s := fmt.Sprint(i)
					c.want(fmt.Sprint("$", len(s)), s, "$3", "yes", "+PONG", "$4", "self")
				}
			})
		}
		clients.Wait()
		close(stop)
		releasers.Wait()
	})
}

func TestAHangUpWhileParkedClosesAtOnce(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.send("WAIT\r\n")
		w.eventually("it parks", func() bool { return w.toy.waiting() == 1 })
		c.Close()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if w.toy.hung.Load() == 0 {
			t.Error("the handler was not asked")
		}
		if err := w.toy.reason(); !errors.Is(err, io.EOF) {
			t.Errorf("closed for %v, want EOF", err)
		}
		w.toy.release("too late") // must not harm
	})
}

func TestAHungUpClientMayStillGetItsAnswer(t *testing.T) {
	eachPath(t, func(w *world) {
		for _, script := range []string{"KEEP\r\n", "PING\r\nKEEP\r\nPING\r\n"} {
			c := w.dial()
			c.send("%s", script)
			c.Conn.(*net.TCPConn).CloseWrite()
			hung := w.toy.hung.Load
			w.eventually("the handler is asked", func() bool { return hung() > 0 && w.toy.waiting() == 1 })
			w.toy.release("late")
			want := "$4\r\nlate\r\n"
			if len(script) > 6 {
				want = "+PONG\r\n" + want + "+PONG\r\n"
			}
			if got := c.wantClosed(); got != want {
				t.Errorf("%q: got %q, want %q", script, got, want)
			}
			w.toy.hung.Store(0)
		}
	})
}

func TestAPipelineThatEndsInAHangUpIsAnswered(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.send("PING\r\nFILL 3000000\r\nPING\r\n")
		c.Conn.(*net.TCPConn).CloseWrite()
		if got, want := len(c.wantClosed()), 7+10+3000002+7; got != want {
			t.Errorf("got %d bytes, want %d", got, want)
		}
	})
}

func TestKillWhileParked(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.send("WAIT\r\n")
		w.eventually("it parks", func() bool { return w.toy.waiting() == 1 })
		mine := errors.New("mine")
		w.srv.Each(func(c *Conn) { c.Kill(mine) })
		c.wantClosed()
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, mine) {
			t.Errorf("closed for %v", err)
		}
	})
}

func TestPostRunsOnTheThreadBetweenServes(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.ping()
		conn := w.only()
		plain := 0 // guarded by the connection's thread alone; -race watches
		var posts sync.WaitGroup
		for range 4 {
			posts.Go(func() {
				for range 250 {
					conn.Post(func(c *Conn) {
						plain++
						c.Out().Int(int64(plain))
					})
				}
			})
		}
		for i := range 1000 {
			c.want(fmt.Sprint(":", i+1))
		}
		posts.Wait()
	})
}

func (w *world) only() (only *Conn) {
	w.srv.Each(func(c *Conn) {
		if only != nil {
			w.Fatal("there are several connections")
		}
		only = c
	})
	return only
}

func TestSendsComeWholeAndInOrderBetweenReplies(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.ping()
		conn := w.only()
		go func() {
			for i := range 2000 {
				conn.Send(fmt.Appendf(nil, "+push %d\r\n", i))
			}
		}()
		go func() {
			for range 2000 {
				c.push("PING\r\n")
			}
		}()
		for pushes, pongs := 0, 0; pushes+pongs < 4000; {
			line, err := c.r.ReadString('\n')
			w.must(err)
			if line == "+PONG\r\n" {
				pongs++
				continue
			}
			if want := fmt.Sprintf("+push %d\r\n", pushes); line != want {
				t.Fatalf("got %q, want %q", line, want)
			}
			pushes++
		}
	})
}
