package network

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPinnedValuesAreWrittenFromWhereTheyLie(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		var want []string
		for i := range 300 { // more chunks than one writev takes
			n := i * 100
			c.send("PIN %d\r\nECHO x\r\n", n)
			want = append(want, fmt.Sprint("$", n), strings.Repeat("p", n), "$1", "x")
		}
		c.want(want...)
		w.eventually("pins are released", func() bool { return w.toy.pins.Load() == 0 })
	})
}

func TestPinsOfASlowReaderAreReleasedWhenItReadsOrGoes(t *testing.T) {
	eachPath(t, func(w *world) {
		reads, goes := w.dial(), w.dial()
		const n = 20 << 20
		reads.send("ECHO first\r\nPIN %d\r\nPING\r\n", n)
		goes.send("PIN %d\r\nPING\r\n", n)
		w.eventually("both wait", func() bool { return w.toy.pins.Load() == 2 })
		goes.Close()
		w.eventually("one is released", func() bool { return w.toy.pins.Load() == 1 })
		reads.want("$5", "first", fmt.Sprint("$", n), strings.Repeat("p", n), "+PONG")
		w.eventually("the other is released", func() bool { return w.toy.pins.Load() == 0 })
		if w.srv.Stats().Unsent > n {
			t.Errorf("unsent is %d after all was read", w.srv.Stats().Unsent)
		}
	})
}

func limitsOf(class Class, o OutputLimit) Limits {
	l := DefaultLimits()
	l.Output[class] = o
	return l
}

func TestTheHardOutputLimitCloses(t *testing.T) {
	limits := limitsOf(Normal, OutputLimit{Hard: 10 << 20})
	eachPathWith(t, limits, func(w *world) {
		c := w.dial()
		c.send("FILL %d\r\nPING\r\n", 40<<20)
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrOutputLimit) {
			t.Errorf("closed for %v", err)
		}
		if n := w.srv.Stats().OutputLimit; n != 1 {
			t.Errorf("counted %d", n)
		}
		if !strings.Contains(w.log.String(), "output buffer limit") {
			t.Errorf("log: %q", w.log)
		}
	})
}

func TestTheSoftOutputLimitClosesAfterItsTime(t *testing.T) {
	limits := limitsOf(Normal, OutputLimit{Soft: 10 << 20, SoftTime: 2 * time.Second})
	eachPathWith(t, limits, func(w *world) {
		slow, quick := w.dial(), w.dial()
		slow.send("FILL %d\r\nPING\r\n", 40<<20)
		quick.send("FILL %d\r\n", 16<<20)
		quick.want(fmt.Sprint("$", 16<<20), strings.Repeat("x", 16<<20))
		w.eventually("it is closed", func() bool { return w.toy.closed.Load() == 1 })
		if err := w.toy.reason(); !errors.Is(err, ErrOutputLimit) {
			t.Errorf("closed for %v", err)
		}
		quick.ping()
	})
}

func TestPubSubHasALimitOfItsOwn(t *testing.T) {
	limits := limitsOf(PubSub, OutputLimit{Hard: 6 << 20})
	eachPathWith(t, limits, func(w *world) {
		w.dial().ping()
		subscriber := w.only()
		w.dial().ping()
		subscriber.Post(func(c *Conn) { c.SetClass(PubSub) })
		message := []byte(strings.Repeat("m", 1<<20))
		w.eventually("it is closed", func() bool {
			w.srv.Each(func(c *Conn) { c.Send(message) })
			return w.toy.closed.Load() == 1
		})
		if err := w.toy.reason(); !errors.Is(err, ErrOutputLimit) {
			t.Errorf("closed for %v", err)
		}
	})
}

// A client that writes and never reads is not served beyond the mark, and all
// its replies are there when it reads after all.
func TestAPipelineThatIsNotReadStopsBeingServed(t *testing.T) {
	limits := DefaultLimits()
	limits.Unread = 1 << 20
	eachPathWith(t, limits, func(w *world) {
		c, other := w.dial(), w.dial()
		const n = 30000
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			for i := range n {
				if _, err := fmt.Fprintf(c.Conn, "FILL 1000\r\nECHO %05d\r\n", i); err != nil {
					return
				}
			}
		}()
		settled := w.settledAt()
		if settled >= 2*n {
			t.Errorf("all %d commands were served though no reply was read", settled)
		}
		if held := w.held.Load(); held > 4<<20 {
			t.Errorf("%d bytes are held", held)
		}
		other.ping()
		for i := range n {
			c.want("$1000", strings.Repeat("x", 1000), "$5", fmt.Sprintf("%05d", i))
		}
		<-wrote
	})
}

// settledAt waits until the number of served commands stops growing.
func (w *world) settledAt() int64 {
	last := int64(-1)
	w.eventually("serving stops", func() bool {
		time.Sleep(100 * time.Millisecond)
		now := w.toy.served.Load()
		same := now == last && now > 0
		last = now
		return same
	})
	return last
}

func TestUnreadRepliesOfAllClientsTogetherAreBounded(t *testing.T) {
	limits := DefaultLimits()
	limits.UnreadTotal = 4 << 20
	eachPathWith(t, limits, func(w *world) {
		const n = 40
		for range n {
			c := w.dial()
			go c.Write([]byte(strings.Repeat("FILL 10000\r\n", 5000)))
		}
		w.settledAt()
		// The budget, input and a chunk of output for each, and buffers' slack.
		if held, most := w.held.Load(), int64(2*(4<<20)+n*(128<<10)); held > most {
			t.Errorf("%d bytes are held, more than %d", held, most)
		}
		w.dial().ping()
	})
}

func TestTheProtocolVersionStaysWithItsConnection(t *testing.T) {
	eachPath(t, func(w *world) {
		a := w.dial()
		a.ping()
		w.only().Post(func(c *Conn) { c.Out().SetProto(3) })
		b := w.dial()
		b.ping()
		a.ping()
		null := func(c *Conn) { c.Out().Null() }
		w.srv.Each(func(c *Conn) { c.Post(null) })
		a.want("_")
		b.want("$-1")
		w.srv.Each(func(c *Conn) { c.Send([]byte("+m\r\n")); c.Post(null) })
		a.want("+m", "_")
		b.want("+m", "$-1")
	})
}
