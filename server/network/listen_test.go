package network

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func (w *world) listen(d Door) []string {
	w.Helper()
	d.Handler = w.toy
	addrs, err := w.srv.Listen(d)
	w.must(err)
	return addrs
}

func TestUnixSockets(t *testing.T) {
	eachPath(t, func(w *world) {
		path := filepath.Join(t.TempDir(), "s")
		w.must(os.WriteFile(path, nil, 0o644)) // left over by a crash
		w.listen(Door{Path: path, Perm: 0o640})
		info, err := os.Stat(path)
		w.must(err)
		if got := info.Mode().Perm(); got != 0o640 {
			t.Errorf("permissions are %o", got)
		}
		sock, err := net.Dial("unix", path)
		w.must(err)
		c := w.wrap(sock)
		c.ping()
		conn := w.only()
		if got, want := conn.RemoteAddr(), path+":0"; got != want || !conn.Unix() {
			t.Errorf("the peer is %q, want %q", got, want)
		}
		w.stop()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket's file remains: %v", err)
		}
	})
}

func TestSeveralAddressesAndIPv6(t *testing.T) {
	eachPath(t, func(w *world) {
		if ln, err := net.Listen("tcp", "[::1]:0"); err != nil {
			t.Skip("no IPv6 here")
		} else {
			ln.Close()
		}
		addrs := w.listen(Door{Bind: []string{"127.0.0.1", "-::1", "-203.0.113.1"}})
		if len(addrs) != 2 || !strings.HasPrefix(addrs[1], "[::1]:") {
			t.Fatalf("bound to %q", addrs)
		}
		for _, addr := range addrs {
			sock, err := net.Dial("tcp", addr)
			w.must(err)
			c := w.wrap(sock)
			c.ping()
			conn := w.only()
			if conn.RemoteAddr() != sock.LocalAddr().String() || conn.LocalAddr() != addr {
				t.Errorf("%s -> %s, want %s -> %s", conn.RemoteAddr(), conn.LocalAddr(), sock.LocalAddr(), addr)
			}
			sock.Close()
			w.eventually("it is gone", func() bool { return w.srv.Len() == 0 })
		}
	})
}

// Both wildcards of one port, as in redis.conf's "bind * -::*".
func TestWildcardsOfBothFamilies(t *testing.T) {
	eachPath(t, func(w *world) {
		_, port, _ := net.SplitHostPort(w.listen(Door{Bind: []string{"*"}})[0])
		var n int
		fmt.Sscan(port, &n)
		w.listen(Door{Bind: []string{"-::*"}, Port: n})
	})
}

func TestListenErrorsNameSubjectAndRemedy(t *testing.T) {
	eachPath(t, func(w *world) {
		_, port, _ := net.SplitHostPort(w.addr)
		var taken int
		fmt.Sscan(port, &taken)
		for _, test := range []struct {
			door Door
			want []string
			is   error
		}{
			{Door{Bind: []string{"127.0.0.1"}, Port: taken, Setting: "cluster-port"},
				[]string{port, "in use", "--cluster-port"}, syscall.EADDRINUSE},
			{Door{Bind: []string{"203.0.113.1"}}, []string{"203.0.113.1", "-203.0.113.1"}, syscall.EADDRNOTAVAIL},
			{Door{Bind: []string{"no.such.host.invalid"}}, []string{"no.such.host.invalid"}, nil},
			{Door{Bind: []string{"-203.0.113.1"}}, []string{"none", "203.0.113.1"}, nil},
			{Door{Path: "/nowhere/at/all"}, []string{"/nowhere/at/all"}, syscall.ENOENT},
		} {
			_, err := w.srv.Listen(test.door)
			if err == nil || (test.is != nil && !errors.Is(err, test.is)) {
				t.Fatalf("%v: got %v, want %v", test.door.Bind, err, test.is)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not mention %q", err, part)
				}
			}
		}
	})
}

func TestARefusalIsWrittenAndClosed(t *testing.T) {
	eachPath(t, func(w *world) {
		addrs, err := w.srv.Listen(Door{Handler: refuser{}, Bind: []string{"127.0.0.1"}})
		w.must(err)
		sock, err := net.Dial("tcp", addrs[0])
		w.must(err)
		if got := w.wrap(sock).wantClosed(); got != "-DENIED\r\n" {
			t.Errorf("got %q", got)
		}
	})
}

type refuser struct{}

func (refuser) Opened(*Conn) (any, []byte) { return nil, []byte("-DENIED\r\n") }
func (refuser) Serve(*Conn, []byte) int    { panic("served though refused") }
func (refuser) Closed(*Conn, error)        { panic("closed though refused") }

func certificate(t *testing.T) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLSBesidePlainLoops(t *testing.T) {
	w := start(t, Options{Limits: DefaultLimits()})
	w.addr = w.listen(Door{Bind: []string{"127.0.0.1"}, TLS: certificate(t)})[0]
	sock, err := tls.Dial("tcp", w.addr, &tls.Config{InsecureSkipVerify: true})
	w.must(err)
	c := w.wrap(sock)
	c.ping()
	conn := w.only()
	if conn.TLS() == nil || conn.TLS().Version != tls.VersionTLS13 || conn.Loop() < w.srv.Loops() {
		t.Errorf("TLS state %v, shard %d", conn.TLS(), conn.Loop())
	}
	go c.push("%s", strings.Repeat("FILL 1000\r\n", 10000))
	for range 10000 {
		c.want("$1000", strings.Repeat("x", 1000))
	}
	c.send("WAIT\r\nPING\r\n")
	w.eventually("it parks", func() bool { return w.toy.waiting() == 1 })
	w.toy.release("now")
	c.want("$3", "now", "+PONG")
}

func TestAHandshakeThatIsNotMadeTimesOut(t *testing.T) {
	limits := DefaultLimits()
	limits.Handshake = 50 * time.Millisecond
	w := start(t, Options{Limits: limits})
	w.addr = w.listen(Door{Bind: []string{"127.0.0.1"}, TLS: certificate(t)})[0]
	w.dial().wantClosed()
	w.dial().send("PING\r\n") // no TLS
	w.eventually("both are gone", func() bool { return w.srv.Len() == 0 && w.srv.Stats().Accepted == 2 })
	if n := w.toy.opened.Load(); n != 0 {
		t.Errorf("the handler saw %d connections", n)
	}
}

func TestCloseFinishesWhatIsBeingServed(t *testing.T) {
	eachPath(t, func(w *world) {
		idle, half, parks, slow := w.dial(), w.dial(), w.dial(), w.dial()
		idle.ping()
		half.send("PING\r\nPI")
		parks.send("PING\r\nWAIT\r\nPING\r\n")
		const n = 20 << 20
		slow.send("FILL %d\r\n", n)
		w.eventually("all are served", func() bool { return w.toy.served.Load() == 5 })
		closed := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			closed <- w.srv.Close(ctx)
		}()
		if rest := idle.wantClosed(); rest != "" {
			t.Errorf("the idle one got %q", rest)
		}
		if got := half.wantClosed(); got != "+PONG\r\n" {
			t.Errorf("the one with half a command got %q", got)
		}
		if _, err := net.Dial("tcp", w.addr); err == nil {
			t.Error("a connection was accepted while closing")
		}
		w.toy.release("now")
		if got := parks.wantClosed(); got != "+PONG\r\n$3\r\nnow\r\n+PONG\r\n" {
			t.Errorf("the parked one got %q", got)
		}
		if got := len(slow.wantClosed()); got != n+13 {
			t.Errorf("the slow one got %d bytes", got)
		}
		w.must(<-closed)
	})
}

func TestCloseCutsWhatDoesNotFinish(t *testing.T) {
	eachPath(t, func(w *world) {
		parks, slow, half := w.dial(), w.dial(), w.dial()
		parks.send("WAIT\r\n")
		slow.send("FILL %d\r\n", 20<<20)
		half.send("PING\r\nPI")
		w.eventually("all are served", func() bool { return w.toy.served.Load() == 3 })
		half.want("+PONG")
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := w.srv.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v", err)
		}
		if n := w.srv.Len(); n != 0 {
			t.Errorf("%d connections remain", n)
		}
		if err := w.srv.Close(ctx); !errors.Is(err, ErrClosed) {
			t.Errorf("closed again with %v", err)
		}
	})
}
