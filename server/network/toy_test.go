package network

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/cachedserver/cached/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// toy is a handler with a few commands:
//
//	PING, ECHO x, FILL n (n bytes), PIN n (n pinned bytes), WAIT (parks until
//	toy.release), KEEP (the same, outliving a hang-up), SELF (wakes itself and
//	parks then), PANIC, QUIT.
type toy struct {
	lim protocol.Limits

	opened, closed, hung atomic.Int64
	served               atomic.Int64 // commands executed
	pins                 atomic.Int64 // pinned values not yet released

	mu      sync.Mutex
	waiters []*toySession
	reasons []error
}

type toySession struct {
	conn   *Conn
	parser protocol.Parser
	args   [][]byte
	answer atomic.Pointer[string] // what a parked command waits for
	waits  bool
	keep   bool
}

func (t *toy) Opened(c *Conn) (any, []byte) {
	t.opened.Add(1)
	return &toySession{conn: c}, nil
}

func (t *toy) Closed(c *Conn, err error) {
	t.closed.Add(1)
	t.mu.Lock()
	t.reasons = append(t.reasons, err)
	t.mu.Unlock()
}

func (t *toy) HungUp(c *Conn) bool {
	t.hung.Add(1)
	return c.Session.(*toySession).keep
}

func (t *toy) Serve(c *Conn, in []byte) (used int) {
	s := c.Session.(*toySession)
	if s.waits {
		a := s.answer.Swap(nil)
		if a == nil {
			c.Park()
			return 0
		}
		s.waits = false
		c.Out().BulkString(*a)
	}
	for c.More() {
		n, args, err := s.parser.Next(in[used:], s.args, &t.lim)
		s.args = args
		if err != nil {
			c.Out().Error(err)
			c.CloseAfterFlush()
			return len(in)
		}
		if n == 0 {
			c.Expect(s.parser.Need())
			return used
		}
		used += n
		if len(args) > 0 {
			t.served.Add(1)
			t.run(s, args)
		}
	}
	return used
}

func (t *toy) run(s *toySession, args [][]byte) {
	out := s.conn.Out()
	switch strings.ToUpper(string(args[0])) {
	case "PING":
		out.Simple("PONG")
	case "ECHO":
		out.Bulk(args[1])
	case "FILL":
		out.Bulk(bytes.Repeat([]byte("x"), atoi(args[1])))
	case "PIN":
		t.pins.Add(1)
		out.BulkPinned(&toyPin{t, bytes.Repeat([]byte("p"), atoi(args[1]))})
	case "KEEP", "WAIT":
		s.keep = args[0][0] == 'K'
		s.waits = true
		s.conn.Park()
		t.mu.Lock()
		t.waiters = append(t.waiters, s)
		t.mu.Unlock()
	case "SELF":
		s.waits = true
		answer := "self"
		s.answer.Store(&answer)
		s.conn.Wake()
		s.conn.Park()
	case "PANIC":
		panic("as asked")
	case "QUIT":
		out.OK()
		s.conn.CloseAfterFlush()
	default:
		out.Error(protocol.ErrSyntax)
	}
}

func atoi(b []byte) int {
	n, _ := protocol.ParseInt(b)
	return int(n)
}

// release answers all that are parked, from the caller's goroutine.
func (t *toy) release(answer string) int {
	t.mu.Lock()
	waiters := t.waiters
	t.waiters = nil
	t.mu.Unlock()
	for _, s := range waiters {
		s.answer.Store(&answer)
		s.conn.Wake()
	}
	return len(waiters)
}

func (t *toy) reason() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.reasons) == 0 {
		return nil
	}
	return t.reasons[len(t.reasons)-1]
}

type toyPin struct {
	t *toy
	b []byte
}

func (p *toyPin) Bytes() []byte { return p.b }
func (p *toyPin) Release()      { p.t.pins.Add(-1) }

// world is a server under test.
type world struct {
	*testing.T
	toy  *toy
	srv  *Server
	addr string
	log  *logBuffer
	held atomic.Int64 // bytes charged
}

// logBuffer is a log that tests may read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eachPath runs a test on loops and on goroutines.
func eachPath(t *testing.T, test func(w *world)) { eachPathWith(t, DefaultLimits(), test) }

func eachPathWith(t *testing.T, l Limits, test func(w *world)) {
	for _, path := range []string{"loops", "goroutines"} {
		t.Run(path, func(t *testing.T) {
			test(start(t, Options{Goroutines: path == "goroutines", Loops: 2, Limits: l}))
		})
	}
}

func start(t *testing.T, o Options) *world {
	w := &world{T: t, toy: &toy{}, log: &logBuffer{}}
	o.Log = slog.New(slog.NewTextHandler(w.log, nil))
	o.Charge = func(n int64) { w.held.Add(n) }
	srv, err := New(o)
	w.must(err)
	w.srv = srv
	addrs, err := srv.Listen(Door{Handler: w.toy, Bind: []string{"127.0.0.1"}})
	w.must(err)
	w.addr = addrs[0]
	t.Cleanup(w.stop)
	return w
}

func (w *world) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	w.srv.Close(ctx)
	if w.Failed() {
		w.Logf("closed for %v; log: %s", w.toy.reasons, w.log)
	}
	if o, c := w.toy.opened.Load(), w.toy.closed.Load(); o != c {
		w.Errorf("%d connections opened, %d closed", o, c)
	}
	if n := w.held.Load(); n != 0 {
		w.Errorf("%d bytes are still charged", n)
	}
	if n := w.toy.pins.Load(); n != 0 {
		w.Errorf("%d values are still pinned", n)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) eventually(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("never: %s", what)
		}
	}
}

// client speaks to the server.
type client struct {
	*testing.T
	net.Conn
	r *bufio.Reader
}

func (w *world) dial() *client {
	w.Helper()
	c, err := net.Dial("tcp", w.addr)
	w.must(err)
	return w.wrap(c)
}

func (w *world) wrap(c net.Conn) *client {
	w.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(60 * time.Second))
	return &client{w.T, c, bufio.NewReader(c)}
}

func (c *client) send(format string, args ...any) {
	c.Helper()
	if _, err := fmt.Fprintf(c.Conn, format, args...); err != nil {
		c.Fatal(err)
	}
}

// push is send for goroutines of a test: what fails shows in what is read.
func (c *client) push(format string, args ...any) { fmt.Fprintf(c.Conn, format, args...) }

func (c *client) want(lines ...string) {
	c.Helper()
	for _, want := range lines {
		got, err := c.r.ReadString('\n')
		if strings.TrimRight(got, "\r\n") != want {
			c.Fatalf("got %.200q (%v), want %.200q", got, err, want)
		}
	}
}

// wantClosed reads to the end.
func (c *client) wantClosed() (rest string) {
	c.Helper()
	b, err := io.ReadAll(c.r)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		c.Fatal("the connection was not closed")
	}
	return string(b)
}

func (c *client) ping() {
	c.Helper()
	c.send("PING\r\n")
	c.want("+PONG")
}
