package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a node with the given directives on a free port until the test
// ends.
func start(t testing.TB, args ...string) *Server {
	t.Helper()
	srv := build(t, args...)
	if err := srv.Listen(); err != nil {
		t.Fatal(err)
	}
	return srv
}

func build(t testing.TB, args ...string) *Server {
	t.Helper()
	cfg := config.New()
	args = append([]string{"--maxmemory", "128mb"}, args...)
	if err := cfg.Load(args, nil, nil); err != nil {
		t.Fatal(err)
	}
	srv, err := New(cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	srv.AnyPort = true
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		srv.Close(ctx)
	})
	return srv
}

// client is one connection to a node under test.
type client struct {
	t    testing.TB
	conn net.Conn
	dec  *protocol.Decoder
}

func dial(t testing.TB, srv *Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, conn)
}

func newClient(t testing.TB, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn, protocol.NewDecoder(conn)}
}

// send writes commands without waiting for their replies.
func (c *client) send(commands ...string) {
	c.t.Helper()
	var w protocol.Writer
	for _, line := range commands {
		words, ok := protocol.SplitLine(line)
		if !ok {
			c.t.Fatalf("unbalanced quotes: %s", line)
		}
		w.Array(len(words))
		for _, word := range words {
			w.BulkString(word)
		}
	}
	b, _ := w.Bytes()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// reply reads one reply.
func (c *client) reply() protocol.Reply {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	r, err := c.dec.Read()
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *client) do(command string) protocol.Reply {
	c.t.Helper()
	c.send(command)
	return c.reply()
}

// text is a reply's bytes, or redis-cli's form of what has none.
func (c *client) text(command string) string {
	c.t.Helper()
	r := c.do(command)
	if r.Str != nil {
		return string(r.Str)
	}
	return protocol.Format(r)
}

// expect runs pairs of a command and the text it is to answer.
func (c *client) expect(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := c.text(pairs[i]); got != pairs[i+1] {
			c.t.Errorf("%s: got %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// silent tells whether nothing arrives for a while.
func (c *client) silent(d time.Duration) bool {
	c.conn.SetReadDeadline(time.Now().Add(d))
	_, err := c.dec.Read()
	var timeout net.Error
	return err != nil && asTimeout(err, &timeout)
}

// gone tells whether the server closes the connection, soon.
func (c *client) gone() bool {
	c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		if _, err := c.dec.Read(); err != nil {
			var timeout net.Error
			return !asTimeout(err, &timeout)
		}
	}
}

func asTimeout(err error, target *net.Error) bool {
	for e := err; e != nil; {
		if n, ok := e.(net.Error); ok {
			*target = n
			return n.Timeout()
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		e = u.Unwrap()
	}
	return false
}

// eventually polls until ok says so.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Errorf("did not happen: %s", what)
}

// info returns one field of INFO.
func (c *client) info(field string) string {
	_, rest, _ := strings.Cut(c.text("INFO everything"), "\n"+field+":")
	value, _, _ := strings.Cut(rest, "\r")
	return value
}
