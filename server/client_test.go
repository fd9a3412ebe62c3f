package server

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestClientsNameThemselves(t *testing.T) {
	c := dial(t, start(t))
	c.expect(
		"CLIENT GETNAME", "(nil)",
		"CLIENT SETNAME worker", "OK",
		"CLIENT GETNAME", "worker",
		"CLIENT SETNAME 'a b'", "ERR Client names cannot contain spaces, newlines or special characters.",
		"CLIENT SETINFO LIB-NAME redis-x", "OK",
		"CLIENT SETINFO lib-ver 1.2", "OK",
		"CLIENT SETINFO foo 1.2", "ERR Unrecognized option 'foo'",
		"CLIENT SETINFO LIB-VER 'a b'", "ERR LIB-VER cannot contain spaces, newlines or special characters.",
		"CLIENT SETNAME ''", "OK",
		"CLIENT GETNAME", "(nil)",
	)
}

// infoLine is CLIENT INFO's form in Redis 7.2, field by field.
var infoLine = regexp.MustCompile(`^id=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=\d+ name=me age=\d+ idle=0 flags=eT db=3 sub=0 psub=0 ssub=0 multi=-1 qbuf=\d+ qbuf-free=\d+ argv-mem=\d+ multi-mem=0 rbs=\d+ rbp=\d+ obl=\d+ oll=0 omem=\d+ tot-mem=\d+ events=r cmd=client\|info user=default redir=-1 resp=2 lib-name=lib lib-ver=1\n$`)

func TestClientInfoHasRedisForm(t *testing.T) {
	c := dial(t, start(t))
	c.expect("SELECT 3", "OK", "CLIENT SETNAME me", "OK", "CLIENT SETINFO LIB-NAME lib", "OK", "CLIENT SETINFO LIB-VER 1", "OK",
		"CLIENT NO-EVICT ON", "OK", "CLIENT NO-TOUCH ON", "OK")
	if line := c.text("CLIENT INFO"); !infoLine.MatchString(line) {
		t.Errorf("CLIENT INFO: %q", line)
	}
}

func TestClientListFilters(t *testing.T) {
	srv := start(t)
	a, b := dial(t, srv), dial(t, srv)
	a.expect("CLIENT SETNAME a", "OK")
	b.expect("CLIENT SETNAME b", "OK")
	id := strings.TrimSpace(strings.TrimPrefix(b.text("CLIENT ID"), "(integer) "))
	if list := a.text("CLIENT LIST"); strings.Count(list, "\n") != 2 || !strings.Contains(list, "name=a") || !strings.Contains(list, "name=b") {
		t.Errorf("CLIENT LIST: %q", list)
	}
	if list := a.text("CLIENT LIST ID " + id + " 4711"); strings.Count(list, "\n") != 1 || !strings.Contains(list, "name=b") {
		t.Errorf("CLIENT LIST ID: %q", list)
	}
	if list := a.text("CLIENT LIST TYPE normal"); strings.Count(list, "\n") != 2 {
		t.Errorf("CLIENT LIST TYPE normal: %q", list)
	}
	a.expect("CLIENT LIST TYPE pubsub", "", "CLIENT LIST TYPE foo", "ERR Unknown client type 'foo'",
		"CLIENT LIST ID x", "ERR Invalid client ID", "CLIENT LIST foo", "ERR syntax error")
}

func TestClientKill(t *testing.T) {
	srv := start(t)
	killer := dial(t, srv)
	victims := func(n int) (list []*client) {
		for range n {
			c := dial(t, srv)
			c.expect("PING", "PONG")
			list = append(list, c)
		}
		return list
	}
	v := victims(1)[0]
	killer.expect("CLIENT KILL "+v.conn.LocalAddr().String(), "OK")
	if !v.gone() {
		t.Error("killed by address: still there")
	}
	v = victims(1)[0]
	id := strings.TrimSpace(strings.TrimPrefix(v.text("CLIENT ID"), "(integer) "))
	killer.expect("CLIENT KILL ID "+id, "(integer) 1", "CLIENT KILL ID 0", "ERR client-id should be greater than 0",
		"CLIENT KILL USER nobody", "ERR No such user 'nobody'", "CLIENT KILL ADDR 1.2.3.4:5", "(integer) 0")
	if !v.gone() {
		t.Error("killed by ID: still there")
	}
	list := victims(3)
	killer.expect("CLIENT KILL TYPE normal", "(integer) 3", "PING", "PONG")
	for _, v := range list {
		if !v.gone() {
			t.Error("killed by type: still there")
		}
	}
	killer.expect("CLIENT KILL TYPE normal SKIPME no", "(integer) 1")
	if !killer.gone() {
		t.Error("the killer lives, though it did not skip itself")
	}
}

func TestRepliesCanBeTurnedOff(t *testing.T) {
	c := dial(t, start(t))
	c.send("CLIENT REPLY SKIP", "ECHO unheard", "ECHO heard")
	if got := string(c.reply().Str); got != "heard" {
		t.Errorf("after SKIP: %q", got)
	}
	c.send("CLIENT REPLY OFF", "ECHO unheard", "FOO", "GET", "KEYS *", "CLIENT REPLY SKIP", "CLIENT REPLY ON", "ECHO heard")
	if got := string(c.reply().Str); got != "OK" {
		t.Errorf("after ON: %q", got)
	}
	if got := string(c.reply().Str); got != "heard" {
		t.Errorf("after OFF and ON: %q", got)
	}
}

func TestPausePutsWritesOff(t *testing.T) {
	srv := start(t)
	admin, c := dial(t, srv), dial(t, srv)
	admin.expect("CLIENT PAUSE 60000 WRITE", "OK")
	c.expect("GET a", "(nil)")
	c.send("SET a 1", "GET a")
	if !c.silent(50 * time.Millisecond) {
		t.Fatal("a write was answered during the pause")
	}
	if got := admin.info("blocked_clients"); got != "1" {
		t.Errorf("blocked_clients = %s", got)
	}
	admin.expect("CLIENT UNPAUSE", "OK")
	c = renewed(c)
	if got := string(c.reply().Str); got != "OK" {
		t.Errorf("SET after the pause: %q", got)
	}
	if got := string(c.reply().Str); got != "1" {
		t.Errorf("GET behind it: %q", got)
	}
}

func TestAQuotedLineThatIsPutOffIsReadOnce(t *testing.T) {
	srv := start(t)
	admin, c := dial(t, srv), dial(t, srv)
	admin.expect("CLIENT PAUSE 60000 WRITE", "OK")
	c.conn.Write([]byte("SET \"a b\" \"it\\x27s \\\"so\\\"\"\r\nGET 'a b'\r\n"))
	if !c.silent(50 * time.Millisecond) {
		t.Fatal("a write was answered during the pause")
	}
	admin.expect("CLIENT UNPAUSE", "OK")
	c = renewed(c)
	for _, want := range []string{"OK", `it's "so"`} {
		if got := string(c.reply().Str); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestClientListShowsTheRoomOfBuffers(t *testing.T) {
	srv := start(t)
	c, half := dial(t, srv), dial(t, srv)
	half.conn.Write([]byte("*2\r\n$4\r\nECHO\r\n$1000\r\nabc"))
	eventually(t, "half a command is known", func() bool {
		return regexp.MustCompile(` qbuf=[1-9]\d* qbuf-free=[1-9]`).MatchString(c.text("CLIENT LIST"))
	})
}

// renewed reads on after a deadline passed.
func renewed(c *client) *client { return newClient(c.t, c.conn) }

func TestPauseEndsByItself(t *testing.T) {
	srv := start(t)
	admin, c := dial(t, srv), dial(t, srv)
	began := time.Now()
	admin.expect("CLIENT PAUSE 100", "OK")
	c.expect("GET a", "(nil)")
	if took := time.Since(began); took < 90*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestClientsThatHoldTooMuchAreEvicted(t *testing.T) {
	srv := start(t, "--maxmemory", "1gb", "--maxmemory-clients", "0")
	small, big, spared := dial(t, srv), dial(t, srv), dial(t, srv)
	spared.expect("CLIENT NO-EVICT ON", "OK")
	half := fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n%s", 8<<20, strings.Repeat("x", 6<<20))
	big.conn.Write([]byte(half))
	spared.conn.Write([]byte(half))
	eventually(t, "both are known to hold much", func() bool { return srv.clientBytes() > 12<<20 })
	small.expect("CONFIG SET maxmemory-clients 4mb", "OK")
	if !big.gone() {
		t.Error("the big client is still there")
	}
	small.expect("PING", "PONG")
	if got := small.info("evicted_clients"); got != "1" {
		t.Errorf("evicted_clients = %s", got)
	}
}

func TestHelloChoosesTheProtocol(t *testing.T) {
	c := dial(t, start(t, "--requirepass", "p"))
	r := c.do("HELLO 3 AUTH default p SETNAME me")
	if len(r.Elems) != 14 || string(r.Elems[5].Str)+fmt.Sprint(r.Elems[5].Int) != "3" {
		t.Fatalf("HELLO: %v", r)
	}
	c.expect("CLIENT GETNAME", "me", "GET a", "(nil)", "HELLO 4", "NOPROTO unsupported protocol version",
		"HELLO x", "ERR Protocol version is not an integer or out of range", "HELLO 3 FOO", "ERR Syntax error in HELLO option 'FOO'")
	if r := c.do("CONFIG GET port"); r.Kind != '%' {
		t.Errorf("CONFIG GET in RESP3 is of kind %c", r.Kind)
	}
	if r := c.do("RESET"); string(r.Str) != "RESET" {
		t.Errorf("RESET: %q", r.Str)
	}
	c.expect("AUTH p", "OK")
	if r := c.do("CONFIG GET port"); r.Kind != '*' {
		t.Errorf("CONFIG GET after RESET is of kind %c", r.Kind)
	}
}
