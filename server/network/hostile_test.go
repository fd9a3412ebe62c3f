package network

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pinger is another client, which must be served whatever the hostile ones do.
func (w *world) pinger() (stop func()) {
	c := w.dial()
	done, stopped := make(chan struct{}), make(chan struct{})
	var pings int
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			default:
			}
			c.push("PING\r\n")
			if line, err := c.r.ReadString('\n'); err != nil || line != "+PONG\r\n" {
				w.Errorf("the other client got %q, %v", line, err)
				return
			}
			pings++
		}
	}()
	return func() {
		close(done)
		<-stopped
		if pings == 0 {
			w.Error("the other client was never served")
		}
	}
}

func TestBadLengthsAreAnsweredAndClosed(t *testing.T) {
	eachPath(t, func(w *world) {
		defer w.pinger()()
		for _, bad := range []string{
			"*1\r\n$9223372036854775807\r\nfoo\r\n",
			"*1\r\n$-9999\r\n",
			"*9223372036854775807\r\n",
			"*1\r\n$999999999999999999999\r\n",
			"*3\r\n$3\r\nSET\r\n:1\r\n",
			"*" + strings.Repeat("1", 70000),
			strings.Repeat("A", 70000),
			"PING \"\r\n",
		} {
			c := w.dial()
			c.push("PING\r\n%s", bad)
			line, err := c.r.ReadString('\n')
			for line == "+PONG\r\n" {
				line, err = c.r.ReadString('\n')
			}
			if !strings.HasPrefix(line, "-ERR Protocol error") {
				w.Errorf("%.40q: got %q, %v", bad, line, err)
			}
			c.wantClosed()
		}
	})
}

func TestCommandsThatDripAByteAtATime(t *testing.T) {
	eachPath(t, func(w *world) {
		defer w.pinger()()
		var clients sync.WaitGroup
		for range 20 {
			c := w.dial()
			clients.Go(func() {
				for b := range bytes.SplitSeq([]byte("*2\r\n$4\r\nECHO\r\n$20\r\n01234567890123456789\r\nPING\r\n"), nil) {
					c.Write(b)
					time.Sleep(100 * time.Microsecond)
				}
				c.want("$20", "01234567890123456789", "+PONG")
			})
		}
		clients.Wait()
	})
}

// What a client says it will send must cost nothing before it is sent.
func TestPromisesOfLargeArgumentsTakeNoMemory(t *testing.T) {
	eachPath(t, func(w *world) {
		const n, promise = 100, "*2\r\n$4\r\nECHO\r\n$500000000\r\nx"
		for range n {
			w.dial().send("%s", promise)
		}
		w.eventually("all are read", func() bool { return int(w.srv.Stats().BytesIn) == n*len(promise) })
		if held := w.held.Load(); held > n*(growAtOnce+4096) {
			w.Errorf("%d bytes are held", held)
		}
		w.dial().ping()
	})
}

// Half commands of many clients are bounded together.
func TestHalfCommandsTogetherAreBounded(t *testing.T) {
	limits := DefaultLimits()
	limits.PartialTotal = 4 << 20
	eachPathWith(t, limits, func(w *world) {
		const n = 40
		for range n {
			w.dial().push("*2\r\n$4\r\nECHO\r\n$500000\r\n%s", strings.Repeat("h", 400000))
		}
		w.eventually("all were read or cut", func() bool {
			cut := int(w.srv.Stats().InputLimit)
			return cut > 0 && int(w.srv.Stats().BytesIn) >= (n-cut)*400000
		})
		w.eventually("what was cut is given back", func() bool { return w.held.Load() <= 5<<20 })
		if err := w.toy.reason(); !errors.Is(err, ErrInputTotal) {
			w.Errorf("closed for %v", err)
		}
		w.dial().ping()
	})
}

func TestALargeArgumentArrivesWhole(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		large := bytes.Repeat([]byte("0123456789abcdef"), 4<<20)
		go func() {
			c.push("*2\r\n$4\r\nECHO\r\n$%d\r\n", len(large))
			c.Write(large)
			c.push("\r\nPING\r\n")
		}()
		c.want(fmt.Sprint("$", len(large)), string(large), "+PONG")
		w.eventually("its buffers are given back", func() bool { return w.held.Load() < 4096 })
	})
}

func TestLongPipelinesThatAreNeverRead(t *testing.T) {
	eachPath(t, func(w *world) {
		stop := w.pinger()
		const clients = 30
		pipeline := []byte(strings.Repeat("*2\r\n$4\r\nECHO\r\n$100\r\n"+strings.Repeat("e", 100)+"\r\n", 100000))
		for range clients {
			c := w.dial()
			go c.Write(pipeline) // 13 MB; fails when the test ends
		}
		w.settledBeside(stop)
		if held, most := w.held.Load(), int64(clients*(10<<20)); held > most {
			w.Errorf("%d bytes are held, more than %d", held, most)
		}
	})
}

// settledBeside is settledAt while a pinger runs, whose commands count as well:
// it stops the pinger first.
func (w *world) settledBeside(stopPinger func()) {
	time.Sleep(300 * time.Millisecond)
	stopPinger()
	w.settledAt()
}

func TestAnEndlessPipelineLeavesOthersTheirTurn(t *testing.T) {
	test := func(w *world) {
		c := w.dial()
		go func() {
			b := []byte(strings.Repeat("PING\r\n", 10000))
			for {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
		}()
		go func() {
			b := make([]byte, 1<<16)
			for {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}()
		w.eventually("the pipeline runs", func() bool { return w.toy.served.Load() > 50000 })
		other := w.dial()
		for range 50 {
			other.ping()
		}
		c.Close()
	}
	t.Run("one loop", func(t *testing.T) { test(start(t, Options{Loops: 1, Limits: DefaultLimits()})) })
	t.Run("goroutines", func(t *testing.T) { test(start(t, Options{Goroutines: true, Limits: DefaultLimits()})) })
}

func TestFiveThousandConnections(t *testing.T) {
	eachPath(t, func(w *world) {
		defer w.pinger()()
		n := min(5000, (openFiles(t)-100)/2)
		conns := make([]net.Conn, 0, n)
		defer func() {
			for _, c := range conns {
				c.Close()
			}
		}()
		for range n {
			c, err := net.Dial("tcp", w.addr)
			w.must(err)
			conns = append(conns, c)
		}
		request := []byte("*2\r\n$4\r\nECHO\r\n$4\r\nhere\r\n")
		for _, c := range conns {
			c.Write(request)
		}
		want, got := "$4\r\nhere\r\n", make([]byte, 10)
		for _, c := range conns {
			c.SetDeadline(time.Now().Add(20 * time.Second))
			if _, err := readFull(c, got); err != nil || string(got) != want {
				w.Fatalf("got %q, %v", got, err)
			}
		}
		w.eventually("idle ones hold no buffers", func() bool { return w.held.Load() <= int64(n+1)*connSize })
	})
}

func readFull(c net.Conn, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = c.Read(b[n:])
		n += m
	}
	return n, err
}

func openFiles(t *testing.T) int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	return int(l.Cur)
}

// An idle connection must cost the server less than 400 bytes of Go heap,
// without its session.
func TestIdleConnectionsAreSmall(t *testing.T) {
	w := start(t, Options{Loops: 2, Limits: DefaultLimits()})
	if w.srv.Loops() == 0 {
		t.Skip("goroutines cost their stacks")
	}
	n := min(2000, (openFiles(t)-100)/2)
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", w.addr)
		w.must(err)
		defer c.Close()
		conns[i] = c
	}
	w.eventually("all are accepted", func() bool { return w.srv.Len() == n })
	before := heap()
	value := strings.Repeat("v", 1024)
	buf := make([]byte, len(value)+9)
	for _, c := range conns {
		fmt.Fprintf(c, "*2\r\n$4\r\nECHO\r\n$1024\r\n%s\r\n", value)
		if _, err := readFull(c, buf); err != nil {
			t.Fatal(err)
		}
	}
	grown := int64(heap()) - int64(before)
	// The toy's session keeps a slice of arguments of about 100 bytes.
	if per := grown / int64(n); per > 200 {
		t.Errorf("a connection holds %d bytes more after it was served", per)
	}
	if connSize > 300 {
		t.Errorf("a Conn takes %d bytes", connSize)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
