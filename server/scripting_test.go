package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// eventually asks until the reply's text begins as wanted.
func (c *client) eventually(command, want string) {
	c.t.Helper()
	got := ""
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if got = c.text(command); strings.HasPrefix(got, want) {
			return
		}
	}
	c.t.Fatalf("%s: %q, want %q", command, got, want)
}

func TestOthersHearBusyAndPingIsAnswered(t *testing.T) {
	srv := start(t, "--busy-reply-threshold", "50")
	one, two := dial(t, srv), dial(t, srv)
	two.expect("SET a 1", "OK")
	one.send(`EVAL "while true do end" 0`)
	two.eventually("GET a", "BUSY")
	for range 100 {
		two.expect("PING", "PONG")
	}
	two.expect("SET a 2", string(protocol.ErrBusy), "EVAL 'return 1' 0", string(protocol.ErrBusy))
	if got := two.text("CLIENT LIST"); !strings.Contains(got, "cmd=eval") {
		t.Errorf("CLIENT LIST: %q", got)
	}
	two.expect("SCRIPT KILL", "OK")
	if got := string(one.reply().Str); !strings.Contains(got, "Script killed by user with SCRIPT KILL") {
		t.Errorf("%q", got)
	}
	two.expect("GET a", "1", "SCRIPT KILL", string(errNotBusy), "FUNCTION KILL", string(errNotBusy))
}

func TestCommandsWaitForAScriptThatIsNotYetLate(t *testing.T) {
	srv := start(t)
	one, two := dial(t, srv), dial(t, srv)
	one.send(`EVAL "for i = 1, 3000000 do end redis.call('set', 'a', 'script') return 1" 0`)
	two.eventually("INFO server", "# Server") // answered whenever it is let through
	two.send("SET a other", "GET a")
	one.reply()
	two.reply()
	if got := string(two.reply().Str); got != "other" {
		t.Errorf("a is %q", got)
	}
	one.expect("GET a", "other")
}

func TestAScriptThatHasWrittenIsNotKilled(t *testing.T) {
	srv := start(t, "--busy-reply-threshold", "20")
	one, two := dial(t, srv), dial(t, srv)
	one.send(`EVAL "redis.call('set', KEYS[1], 1) while true do end" 1 a`)
	two.eventually("GET a", "BUSY")
	two.expect("SCRIPT KILL", string(errUnkillable), "FUNCTION KILL", string(protocol.ErrBusy), "PING", "PONG")
	srv.closeScripting() // as the end of the node does
	one.reply()
	two.expect("GET a", "1")
}

func TestAFunctionIsKilledByFunctionKill(t *testing.T) {
	srv := start(t, "--busy-reply-threshold", "20")
	one, two := dial(t, srv), dial(t, srv)
	two.expect(`FUNCTION LOAD "#!lua name=l\nredis.register_function('f', function() while true do end end)"`, "l")
	one.send("FCALL f 0")
	two.eventually("GET a", "BUSY")
	two.expect("SCRIPT KILL", string(errBusyFunction))
	if got := two.do("FUNCTION STATS"); len(got.Elems) < 2 || len(got.Elems[1].Elems) != 6 || string(got.Elems[1].Elems[1].Str) != "f" {
		t.Errorf("FUNCTION STATS: %v", got)
	}
	two.expect("FUNCTION KILL", "OK")
	if got := string(one.reply().Str); !strings.Contains(got, "killed") {
		t.Errorf("%q", got)
	}
}

func TestRepliesOfScriptsKeepTheirPlaceInAPipeline(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	long := `EVAL "for i = 1, tonumber(ARGV[1]) do end return ARGV[2]" 0 `
	var want []string
	for i := range 40 {
		c.send(fmt.Sprint("ECHO e", i), fmt.Sprint(long, (i%4)*400_000, " s", i), fmt.Sprintf(`EVAL "return 'q%d'" 0`, i))
		want = append(want, fmt.Sprint("e", i), fmt.Sprint("s", i), fmt.Sprint("q", i))
	}
	for _, w := range want {
		if got := string(c.reply().Str); got != w {
			t.Fatalf("%q, want %q", got, w)
		}
	}
}

func TestScriptsAreAtomicAmongManyClients(t *testing.T) {
	srv := startWide(t)
	const clients, rounds = 6, 60
	done := make(chan struct{})
	for n := range clients {
		c := dial(t, srv)
		go func() {
			defer func() { done <- struct{}{} }()
			for range rounds {
				switch n % 3 {
				case 0: // undeclared keys
					c.send(`EVAL "for i = 1, 2 do local v = tonumber(redis.call('get', 'n' .. i) or 0) redis.call('set', 'n' .. i, v + 1) end return 1" 0`)
				case 1: // declared keys, a loop
					c.send(`EVAL "for i = 1, 2 do local v = tonumber(redis.call('get', KEYS[i]) or 0) redis.call('set', KEYS[i], v + 1) end return 1" 2 n1 n2`)
				case 2: // straight
					c.send(`EVAL "redis.call('incr', KEYS[1]) return redis.call('incr', KEYS[2])" 2 n1 n2`)
				}
				if r := c.reply(); r.Kind == protocol.ErrorKind {
					t.Errorf("%s", r.Str)
				}
			}
		}()
	}
	for range clients {
		<-done
	}
	dial(t, srv).expect("GET n1", fmt.Sprint(clients*rounds), "GET n2", fmt.Sprint(clients*rounds))
}

func TestScriptsWithinATransaction(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	c.expect("MULTI", "OK", `EVAL "for i = 1, 3 do redis.call('incr', KEYS[1]) end return redis.call('get', KEYS[1])" 1 n`, "QUEUED", "GET n", "QUEUED")
	if r := c.do("EXEC"); len(r.Elems) != 2 || string(r.Elems[0].Str) != "3" || string(r.Elems[1].Str) != "3" {
		t.Errorf("%v", r)
	}
}

func TestAScriptHasItsCallersRights(t *testing.T) {
	srv := start(t)
	root := dial(t, srv)
	root.expect("ACL SETUSER bob on >pw ~mine:* +@all -del", "OK", "SET yours 1", "OK", "SET mine:1 2", "OK")
	c := dial(t, srv)
	c.expect("AUTH bob pw", "OK", `EVAL "return redis.call('get', KEYS[1])" 1 mine:1`, "2")
	for _, body := range []string{"redis.call('get', 'yours')", "redis.call('del', 'mine:1')", "redis.call('set', 'yours', 1)"} {
		if got := c.text(`EVAL "return ` + body + `" 0`); !strings.Contains(got, "ACL failure in script") {
			t.Errorf("%s: %q", body, got)
		}
	}
	if r := c.do(`EVAL "return {redis.acl_check_cmd('get', 'mine:1'), redis.acl_check_cmd('get', 'yours')}" 0`); len(r.Elems) != 2 || r.Elems[0].Int != 1 || r.Elems[1].Kind != protocol.NullKind {
		t.Errorf("acl_check_cmd: %v", r)
	}
}

func TestTheNodeClosesThoughAScriptRuns(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	c.send(`EVAL "redis.call('set', 'a', 1) while true do end" 0`)
	time.Sleep(20 * time.Millisecond)
	// start's cleanup closes the node: it must not hang.
}
