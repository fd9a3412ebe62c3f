package tests

import (
	"bytes"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

var bytesSeed = flag.Uint64("bytes-seed", 0, "seed of the random requests; 0: a new one")

// TestFaultyRequestsAreAnsweredAsRedisDoes sends requests with random faults to
// a real redis-server and to ours, and compares all that comes back until the
// connection ends.
func TestFaultyRequestsAreAnsweredAsRedisDoes(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	seed := *bytesSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("replay with -bytes-seed %d", seed)
	redis, ours := peer.Run(t, peer.Redis(bin)).Addr, startServer(t).Addr
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		request := faulty(rng)
		theirs, said := answer(t, redis, request), answer(t, ours, request)
		if !bytes.Equal(theirs, said) {
			t.Fatalf("to %q\nRedis says %q\nwe say %q", request, theirs, said)
		}
	}
}

// answer sends a request, ends the sending side and returns all that comes back.
func answer(t *testing.T, addr string, request []byte) []byte {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Logf("%q: %v", request, err) // closed by the server already: what it said counts
	}
	b, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%q: %v", request, err)
	}
	return b
}

// faulty builds a pipeline of good requests and puts a few wrong bytes into it.
func faulty(r *rand.Rand) []byte {
	good := []string{
		"*1\r\n$4\r\nPING\r\n", "*2\r\n$4\r\nECHO\r\n$12\r\nseven\r\nwords\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n10\r\n",
		"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "*0\r\n", "\r\n", "PING\r\n", "ECHO \"a\\x41\\n b\" \r\n", "ECHO 'it\\'s'\n", "*-1\r\n", "GET k\r\n",
		"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "TYPE k\r\n", "ECHO a\"b\"\r\n",
	}
	var b []byte
	for range 1 + r.IntN(5) {
		b = append(b, good[r.IntN(len(good))]...)
	}
	const wrong = "*$\r\n0123456789-+ ab'\"\\x\t\v:"
	for range r.IntN(4) {
		i := r.IntN(len(b))
		c := wrong[r.IntN(len(wrong))]
		switch r.IntN(3) {
		case 0:
			b[i] = c
		case 1:
			b = append(b[:i], b[i+1:]...)
		default:
			b = append(b[:i], append([]byte{c}, b[i:]...)...)
		}
		if len(b) == 0 {
			return []byte("PING\r\n")
		}
	}
	return b
}
