package server

import (
	"io"
	"strings"
	"testing"
)

// wireBench sends the same bytes over a socket again and again, with memory of
// its own that never grows, so that all that is allocated is the node's doing.
type wireBench struct {
	t       testing.TB
	c       *client
	request []byte
	reply   []byte
}

func newWireBench(t testing.TB, srv *Server, request, reply string) *wireBench {
	return &wireBench{t, dial(t, srv), []byte(request), make([]byte, len(reply))}
}

func (b *wireBench) once() {
	if _, err := b.c.conn.Write(b.request); err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.ReadFull(b.c.conn, b.reply); err != nil {
		b.t.Fatal(err)
	}
}

const (
	setRequest = "*3\r\n$3\r\nSET\r\n$7\r\nkey:123\r\n$10\r\n0123456789\r\n"
	setReply   = "+OK\r\n"
	getRequest = "*2\r\n$3\r\nGET\r\n$7\r\nkey:123\r\n"
	getReply   = "$10\r\n0123456789\r\n"
)

func TestGetAndSetAllocateNothing(t *testing.T) {
	srv := start(t)
	srv.cron.stop() // it allocates now and then
	srv.cron = startIdleCron(srv)
	for _, c := range []struct{ name, request, reply string }{
		{"SET", setRequest, setReply},
		{"GET", getRequest, getReply},
		{"pipeline", strings.Repeat(setRequest+getRequest, 16), strings.Repeat(setReply+getReply, 16)},
	} {
		b := newWireBench(t, srv, c.request, c.reply)
		for range 100 {
			b.once() // histograms, buffers and pages are made at first use
		}
		if string(b.reply) != c.reply {
			t.Errorf("%s: %q", c.name, b.reply)
		}
		if n := testing.AllocsPerRun(500, b.once); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// startIdleCron stands in for a cron that was stopped.
func startIdleCron(srv *Server) *cron {
	c := startCron(srv)
	c.asleep.Store(true)
	return c
}

func benchmarkPipeline(b *testing.B, request, reply string) {
	const depth = 64
	w := newWireBench(b, start(b), strings.Repeat(request, depth), strings.Repeat(reply, depth))
	if request == getRequest {
		w.c.expect("SET key:123 0123456789", "OK")
	}
	b.ReportAllocs()
	for i := 0; i < b.N; i += depth {
		w.once()
	}
}

func BenchmarkSetPipelined(b *testing.B) { benchmarkPipeline(b, setRequest, setReply) }
func BenchmarkGetPipelined(b *testing.B) { benchmarkPipeline(b, getRequest, getReply) }
