package tests

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachedserver/cached/tests/peer"
)

// hostileBound is what the process may take while it is attacked: maxmemory of
// these tests and what is promised beside it.
const hostileBound = 64<<20 + overhead

func startHostile(t *testing.T) *peer.Process {
	t.Helper()
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	l.Cur = min(l.Max, 20_000)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	p, _ := startCached(t, "--maxmemory", "64mb", "--maxclients", "6000")
	return p
}

func connect(t *testing.T, p *peer.Process) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", p.Addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestBadBytesAreAnsweredAndTheConnectionIsClosed holds Redis's text for each.
func TestBadBytesAreAnsweredAndTheConnectionIsClosed(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	for _, c := range []struct{ in, want string }{
		{"*1\r\n$9223372036854775807\r\nfoo\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$-9999\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$99999999999999999999999\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$0x10\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*1\r\n$\r\n", "-ERR Protocol error: invalid bulk length"},
		{"*2147483648\r\n", "-ERR Protocol error: invalid multibulk length"},
		{"*abc\r\n", "-ERR Protocol error: invalid multibulk length"},
		{"*99999999999999999999\r\n", "-ERR Protocol error: invalid multibulk length"},
		{"*1\r\n:5\r\n", "-ERR Protocol error: expected '$', got ':'"},
		{"*2\r\n$4\r\nPING\r\nX\r\n", "-ERR Protocol error: expected '$', got 'X'"},
		{"SET \"a\r\n", "-ERR Protocol error: unbalanced quotes in request"},
		{strings.Repeat("a", 70_000), "-ERR Protocol error: too big inline request"},
		{"*" + strings.Repeat("1", 70_000), "-ERR Protocol error: too big mbulk count string"},
		{"*1\r\n$" + strings.Repeat("1", 70_000), "-ERR Protocol error: too big bulk count string"},
	} {
		conn := connect(t, p)
		conn.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // shows at the read
		go io.WriteString(conn, c.in)                     //nolint:errcheck // the server may close first
		// What was sent beyond the fault makes the kernel answer with a reset.
		got, _ := io.ReadAll(conn)
		if text := strings.TrimRight(string(got), "\r\n"); text != c.want {
			t.Errorf("%.40q: replied %q, want %q", c.in, text, c.want)
		}
	}
	b.check(t, hostileBound)
}

// TestRandomBytesHarmNobody sends noise, and commands with a few bytes wrong.
func TestRandomBytesHarmNobody(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	r := rand.New(rand.NewPCG(7, 11))
	good := []byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n")
	rounds := 400
	if soak() {
		rounds = 20_000
	}
	for i := range rounds {
		in := bytes.Repeat(good, 1+r.IntN(20))
		for range 1 + r.IntN(4) {
			in[r.IntN(len(in))] = byte(r.Uint32())
		}
		if i%4 == 0 {
			for k := range in {
				in[k] = byte(r.Uint32())
			}
		}
		conn, err := net.DialTimeout("tcp", p.Addr, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(100 * time.Millisecond)) //nolint:errcheck // no reply is an answer here
		conn.Write(in)                                           //nolint:errcheck // the server may close first
		io.Copy(io.Discard, io.LimitReader(conn, 64))            //nolint:errcheck // what it says does not matter
		conn.Close()
	}
	b.check(t, hostileBound)
}

// TestAnnouncedBytesAreNotReserved opens commands that say they will be large
// and send little.
func TestAnnouncedBytesAreNotReserved(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	for range 1000 {
		fmt.Fprint(connect(t, p), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nthe beginning")
	}
	for range 500 {
		fmt.Fprint(connect(t, p), "*1000000\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
	}
	time.Sleep(time.Second)
	b.check(t, hostileBound)
}

// TestHalfCommandsDoNotFillTheMemory sends most of large values on many
// connections and stops.
func TestHalfCommandsDoNotFillTheMemory(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	part := strings.Repeat("v", 900<<10)
	for range 200 { // 180 MB altogether
		conn := connect(t, p)
		conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)) //nolint:errcheck // the server need not take it
		fmt.Fprintf(conn, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n%s", part)
	}
	time.Sleep(time.Second)
	b.check(t, hostileBound)
}

// TestPipelinesNeverReadAreBounded asks for far more than is taken.
func TestPipelinesNeverReadAreBounded(t *testing.T) {
	p := startHostile(t)
	c := dial(t, p)
	must(t, c, "SET", "k", strings.Repeat("v", 10_000))
	b := watch(t, p)
	pipeline := strings.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", 100_000) // a gigabyte of replies
	for range 5 {
		conn := connect(t, p)
		conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)) //nolint:errcheck // the server may stop reading
		io.WriteString(conn, pipeline)                                //nolint:errcheck // or close
	}
	time.Sleep(2 * time.Second)
	b.check(t, hostileBound)
}

// TestADeepPipelineThatIsReadIsServedWhole is the same from an honest client.
func TestADeepPipelineThatIsReadIsServedWhole(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	c := dial(t, p)
	const n = 100_000
	for i := range n {
		c.Queue("SET", "k", fmt.Sprint(i))
		c.Queue("GET", "k")
	}
	sent := make(chan error, 1)
	go func() { sent <- c.Flush() }()
	for i := range n {
		if _, err := c.Skip(); err != nil {
			t.Fatalf("SET %d: %v", i, err)
		}
		if v, err := c.Read(); err != nil || v != fmt.Sprint(i) {
			t.Fatalf("GET %d: %v, %v", i, v, err)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	b.check(t, hostileBound)
}

// TestSlowWritersHoldNobodyUp sends commands a byte at a time, from many.
func TestSlowWritersHoldNobodyUp(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	const text = "*3\r\n$3\r\nSET\r\n$4\r\nslow\r\n$5\r\nvalue\r\n"
	conns := make([]net.Conn, 100)
	for i := range conns {
		conns[i] = connect(t, p)
	}
	for i := range len(text) {
		for _, c := range conns {
			if _, err := io.WriteString(c, text[i:i+1]); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, c := range conns {
		reply := make([]byte, 5)
		c.SetReadDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // shows at the read
		if _, err := io.ReadFull(c, reply); err != nil || string(reply) != "+OK\r\n" {
			t.Fatalf("%q, %v", reply, err)
		}
	}
	b.check(t, hostileBound)
}

// TestFiveThousandConnectionsAreServedAndCostLittle also comes and goes.
func TestFiveThousandConnectionsAreServedAndCostLittle(t *testing.T) {
	p := startHostile(t)
	b := watch(t, p)
	const n = 5000
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = connect(t, p)
		io.WriteString(conns[i], "PING\r\n") //nolint:errcheck // shows at the read
	}
	for i, c := range conns {
		reply := make([]byte, 7)
		c.SetReadDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // shows at the read
		if _, err := io.ReadFull(c, reply); err != nil || string(reply) != "+PONG\r\n" {
			t.Fatalf("connection %d: %q, %v", i, reply, err)
		}
	}
	c := dial(t, p)
	info, err := c.Info("clients")
	if err != nil || info["connected_clients"] != fmt.Sprint(n+4) {
		t.Errorf("connected_clients %s, %v; want %d", info["connected_clients"], err, n+4)
	}
	for _, c := range conns { // half of them without a goodbye
		c.(*net.TCPConn).SetLinger(0) //nolint:errcheck // then it is a polite one
		c.Close()
	}
	awaitClients(t, c, 4)
	b.check(t, hostileBound)
}

// awaitClients waits until the node counts n clients: it hears a moment later of
// those that went.
func awaitClients(t *testing.T, c *peer.Client, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		info, err := c.Info("clients")
		if err != nil {
			t.Fatal(err)
		}
		if info["connected_clients"] == strconv.Itoa(n) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s clients are connected, want %d", info["connected_clients"], n)
		}
	}
}

// TestClientsOverTheLimitAreToldSo: one more than maxclients.
func TestClientsOverTheLimitAreToldSo(t *testing.T) {
	p, c := startCached(t, "--maxclients", "3")
	awaitClients(t, c, 1) // the one that saw the start has gone
	connect(t, p)
	connect(t, p)
	must(t, c, "PING")
	fourth := connect(t, p)
	fourth.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // shows at the read
	got, err := io.ReadAll(fourth)
	if err != nil || string(got) != "-ERR max number of clients reached\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	must(t, c, "PING")
}
