package network

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// TestServeForBenchmarks serves PING, SET and GET from a constant, for
// redis-benchmark and a profiler, until it is interrupted:
//
//	go test -c -o /tmp/toy ./server/network
//	TOY_PORT=7811 TOY_LOOPS=1 TOY_PROFILE=/tmp/cpu /tmp/toy -test.run ForBenchmarks
func TestServeForBenchmarks(t *testing.T) {
	port, err := strconv.Atoi(os.Getenv("TOY_PORT"))
	if err != nil {
		t.Skip("a server for benchmarks, not a test: set TOY_PORT")
	}
	loops, _ := strconv.Atoi(os.Getenv("TOY_LOOPS"))
	srv, err := New(Options{Loops: loops, Goroutines: os.Getenv("TOY_GOROUTINES") != ""})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := srv.Listen(Door{Handler: constant{}, Bind: []string{"127.0.0.1"}, Port: port}); err != nil {
		t.Fatal(err)
	}
	if name := os.Getenv("TOY_PROFILE"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		pprof.StartCPUProfile(f)
		defer f.Close()
		defer pprof.StopCPUProfile()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	slog.Info("stopped", "stats", srv.Stats())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	srv.Close(ctx)
}

// constant answers GET with as many bytes as the last SET of its connection
// had.
type constant struct{}

var filler = bytes.Repeat([]byte("x"), 1<<20)

type constantSession struct {
	parser protocol.Parser
	size   int
}

func (constant) Opened(*Conn) (any, []byte) { return &constantSession{}, nil }
func (constant) Closed(*Conn, error)        {}

func (constant) Serve(c *Conn, in []byte) (used int) {
	s := c.Session.(*constantSession)
	out := c.Out()
	var room [8][]byte
	args := room[:0]
	for c.More() {
		n, words, err := s.parser.Next(in[used:], args, nil)
		if err != nil {
			out.Error(err)
			c.CloseAfterFlush()
			return len(in)
		}
		if n == 0 {
			c.Expect(s.parser.Need())
			break
		}
		used += n
		if len(words) > 0 {
			s.run(words, out)
		}
	}
	return used
}

func (s *constantSession) run(args [][]byte, out *protocol.Writer) {
	switch name := args[0]; {
	case bytes.EqualFold(name, []byte("get")):
		out.Bulk(filler[:s.size])
	case bytes.EqualFold(name, []byte("set")):
		s.size = min(len(args[2]), len(filler))
		out.OK()
	case bytes.EqualFold(name, []byte("ping")):
		out.Simple("PONG")
	default:
		out.Error(protocol.ErrSyntax)
	}
}
