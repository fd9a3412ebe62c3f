package peer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// canned is a server that answers the first bytes it gets with a fixed text.
func canned(t *testing.T, reply string) (c *Client, got chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got = make(chan string, 1)
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		b := make([]byte, 4096)
		n, _ := conn.Read(b)
		got <- string(b[:n])
		io.WriteString(conn, reply) //nolint:errcheck // shows at the reader
	}()
	if c, err = Dial(l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, got
}

func TestClientReadsEachKindOfReply(t *testing.T) {
	c, got := canned(t, "+OK\r\n:-5\r\n$3\r\nabc\r\n$-1\r\n*2\r\n$1\r\nx\r\n-ERR inner\r\n*-1\r\n-WRONGTYPE no\r\n")
	c.Queue("SET", "k", "")
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if sent := <-got; sent != "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n" {
		t.Errorf("sent %q", sent)
	}
	for _, want := range []any{"OK", int64(-5), "abc", nil, []any{"x", ErrReply("ERR inner")}, nil} {
		v, err := c.Read()
		if err != nil || fmt.Sprintf("%#v", v) != fmt.Sprintf("%#v", want) {
			t.Errorf("read %#v, %v; want %#v", v, err, want)
		}
	}
	if _, err := c.Read(); !errors.Is(err, ErrReply("WRONGTYPE no")) {
		t.Errorf("error reply: %v", err)
	}
	if _, err := c.Read(); err == nil {
		t.Error("read beyond the end")
	}
}

func TestSkipTellsHitsFromMisses(t *testing.T) {
	c, _ := canned(t, "$3\r\nabc\r\n$-1\r\n+OK\r\n$0\r\n\r\n-ERR x\r\n")
	c.Queue("PING")
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true, true} {
		if hit, err := c.Skip(); err != nil || hit != want {
			t.Errorf("reply %d: %v, %v", i, hit, err)
		}
	}
	if _, err := c.Skip(); err == nil {
		t.Error("an error reply is no hit")
	}
}

func TestProcessOfOthersIsWatchedAndStopped(t *testing.T) {
	s := Spec{Name: "sleeper", Bin: "/bin/sh", Args: []string{"-c", "exit 3"}, port: func(int) []string { return nil }}
	if _, err := Start(s); err == nil {
		t.Error("a program that listens nowhere has started")
	}
	start := time.Now()
	l := Loader{Key: Keys20, Value: Fixed(10)}
	if err := l.Load("127.0.0.1:1", 0, 10); err == nil {
		t.Error("loaded into nothing")
	}
	if len(Keys20(7)) != 20 || len(Fixed(10)(1)) != 10 || time.Since(start) > time.Minute {
		t.Error("sizes")
	}
}
