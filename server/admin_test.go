package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestConfigSetTakesEffect(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	c.expect(
		"CONFIG SET maxmemory 64mb maxmemory-policy allkeys-lfu", "OK",
		"CONFIG SET foo bar", "ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
		"CONFIG SET maxmemory abc", "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
		"CONFIG SET requirepass new", "OK",
	)
	if srv.ks.MaxMemory() != 64<<20 || srv.ks.Policy() != "allkeys-lfu" {
		t.Errorf("maxmemory %d, policy %s", srv.ks.MaxMemory(), srv.ks.Policy())
	}
	dial(t, srv).expect("PING", "NOAUTH Authentication required.")
	c.expect("CONFIG SET requirepass ''", "OK", "CONFIG SET proto-max-bulk-len 1mb", "OK")
	big := dial(t, srv)
	big.conn.Write([]byte("*2\r\n$4\r\nECHO\r\n$2000000\r\n"))
	if got := string(big.reply().Str); got != "ERR Protocol error: invalid bulk length" {
		t.Errorf("a bulk over proto-max-bulk-len: %q", got)
	}
	c.expect("CONFIG SET maxclients 1", "OK")
	refused := dial(t, srv)
	if got := string(refused.reply().Str); got != "ERR max number of clients reached" {
		t.Errorf("over maxclients: %q", got)
	}
	c.expect("CONFIG SET maxclients 100 slowlog-log-slower-than 0", "OK", "SLOWLOG RESET", "OK", "ECHO hi", "hi")
	if r := c.do("SLOWLOG GET 1"); len(r.Elems) != 1 || string(r.Elems[0].Elems[3].Elems[0].Str) != "ECHO" {
		t.Errorf("SLOWLOG GET: %v", r)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	srv := start(t, "--slowlog-log-slower-than", "0")
	watcher, c := dial(t, srv), dial(t, srv)
	watcher.expect("MONITOR", "OK")
	c.send("HELLO 2 AUTH default hidden SETNAME me", "AUTH default hidden", "CONFIG SET requirepass hidden", "SLOWLOG GET -1", "ECHO end")
	for range 5 {
		c.reply()
	}
	for seen := ""; !strings.Contains(seen, `"end"`); {
		seen = string(watcher.reply().Str)
		if strings.Contains(seen, "hidden") {
			t.Errorf("MONITOR shows %q", seen)
		}
	}
	for _, e := range srv.stats.Slowlog.Get(-1) {
		if strings.Contains(strings.Join(e.Args, " "), "hidden") {
			t.Errorf("the slow log shows %q", e.Args)
		}
	}
}

// monitorForm is Redis's line.
var monitorForm = regexp.MustCompile(`^\d+\.\d{6} \[5 127\.0\.0\.1:\d+\] "SET" "k\\x00\\"" "v\\n"$`)

func TestMonitorShowsCommandsAsRedisDoes(t *testing.T) {
	srv := start(t)
	watcher, c := dial(t, srv), dial(t, srv)
	watcher.expect("MONITOR", "OK")
	c.send("SELECT 5", `SET "k\x00\"" "v\n"`)
	c.reply()
	c.reply()
	watcher.reply()
	if line := string(watcher.reply().Str); !monitorForm.MatchString(line) {
		t.Errorf("MONITOR: %q", line)
	}
	watcher.send("RESET")
	watcher.reply()
	c.expect("SET a b", "OK")
	if srv.monitors.any() {
		t.Error("RESET left the monitor on")
	}
}

func TestAMonitorThatDoesNotReadIsClosed(t *testing.T) {
	srv := start(t, "--client-output-buffer-limit", "pubsub", "1mb", "0", "0")
	watcher, c := dial(t, srv), dial(t, srv)
	watcher.conn.(*net.TCPConn).SetReadBuffer(4096) // or the system holds it all
	watcher.expect("MONITOR", "OK")
	noise := "ECHO " + strings.Repeat("x", 100_000)
	for i := 0; i < 600 && srv.monitors.any(); i++ {
		c.do(noise)
	}
	eventually(t, "the monitor is closed", func() bool { return !srv.monitors.any() })
}

func TestUnboundedCommandsLeaveTheLoopFree(t *testing.T) {
	srv := start(t, "--enable-debug-command", "yes")
	slow, quick := dial(t, srv), dial(t, srv)
	slow.send("DEBUG SLEEP 0.3", "ECHO behind")
	began := time.Now()
	for range 20 {
		quick.expect("PING", "PONG")
	}
	if took := time.Since(began); took > 200*time.Millisecond {
		t.Errorf("20 PINGs took %v beside a slow command", took)
	}
	if got := string(slow.reply().Str); got != "OK" {
		t.Errorf("DEBUG SLEEP: %q", got)
	}
	if got := string(slow.reply().Str); got != "behind" {
		t.Errorf("behind it: %q", got)
	}
}

func TestAClientMayLeaveWhileItsCommandRuns(t *testing.T) {
	srv := start(t, "--enable-debug-command", "yes")
	c := dial(t, srv)
	c.send("DEBUG SLEEP 0.2")
	time.Sleep(20 * time.Millisecond)
	dial(t, srv).expect("CLIENT KILL TYPE normal", "(integer) 1")
	if !c.gone() {
		t.Error("still connected")
	}
	dial(t, srv).expect("PING", "PONG")
}

func TestShutdownReachesTheOwner(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	c.expect("SHUTDOWN foo", "ERR syntax error", "SHUTDOWN ABORT", "ERR No shutdown in progress.")
	c.send("SHUTDOWN NOSAVE NOW")
	select {
	case <-srv.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("nobody was told")
	}
	if !srv.Hurried() {
		t.Error("NOW was not passed on")
	}
	if err := srv.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if !c.gone() {
		t.Error("still connected")
	}
}

func TestAUnixSocketServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	srv := start(t, "--unixsocket", path, "--unixsocketperm", "700")
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, conn)
	c.expect("SET a b", "OK")
	if line := c.text("CLIENT INFO"); !strings.Contains(line, "flags=U") || !strings.Contains(line, "addr="+path+":0") {
		t.Errorf("CLIENT INFO: %q", line)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the socket's mode: %v %v", st.Mode(), err)
	}
	_ = srv
}

func TestTLSServes(t *testing.T) {
	dir := t.TempDir()
	pool, cert := authority(t, dir)
	srv := start(t, "--tls-port", "1", "--tls-cert-file", dir+"/cert.pem", "--tls-key-file", dir+"/key.pem", "--tls-ca-cert-file", dir+"/cert.pem")
	conn, err := tls.Dial("tcp", srv.AddrTLS(), &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, conn)
	c.expect("SET a b", "OK", "GET a", "b", "KEYS *", "1) \"a\"")

	stranger, err := tls.Dial("tcp", srv.AddrTLS(), &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err == nil {
		s := newClient(t, stranger)
		stranger.Write([]byte("PING\r\n"))
		if !s.gone() {
			t.Error("a client without certificate was served")
		}
	}
}

// authority makes a certificate that signs itself, in dir.
func authority(t *testing.T, dir string) (*x509.CertPool, tls.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for name, b := range map[string][]byte{"cert.pem": certPEM, "key.pem": keyPEM} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return pool, cert
}
