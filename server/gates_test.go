package server

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestUnknownCommandsAndWrongArityAreAnsweredInRedisWords(t *testing.T) {
	c := dial(t, start(t))
	c.expect(
		"FOO bar 'b z'", "ERR unknown command 'FOO', with args beginning with: 'bar' 'b z' ",
		"GET", "ERR wrong number of arguments for 'get' command",
		"CONFIG GET", "ERR wrong number of arguments for 'config|get' command",
		"CLIENT FOO", "ERR unknown subcommand 'FOO'. Try CLIENT HELP.",
		"PING", "PONG",
	)
}

func TestAPasswordShutsEveryGateButThoseBeforeIt(t *testing.T) {
	c := dial(t, start(t, "--requirepass", "secret"))
	c.expect(
		"GET a", "NOAUTH Authentication required.",
		"PING", "NOAUTH Authentication required.",
		"FOO", "ERR unknown command 'FOO', with args beginning with: ",
		"AUTH wrong", "WRONGPASS invalid username-password pair or user is disabled.",
		"AUTH nobody secret", "WRONGPASS invalid username-password pair or user is disabled.",
		"HELLO 3", string(errHelloNoAuth),
		"AUTH secret", "OK",
		"SET a b", "OK",
		"RESET", "RESET",
		"GET a", "NOAUTH Authentication required.",
		"AUTH default secret", "OK",
		"GET a", "b",
		"QUIT", "OK",
	)
	if !c.gone() {
		t.Error("QUIT left the connection open")
	}
}

func TestStrangersMaySendLittle(t *testing.T) {
	c := dial(t, start(t, "--requirepass", "secret"))
	c.conn.Write([]byte("*100\r\n"))
	if got := string(c.reply().Str); got != "ERR Protocol error: unauthenticated multibulk length" {
		t.Errorf("got %q", got)
	}
	if !c.gone() {
		t.Error("a protocol error left the connection open")
	}
}

func TestWritesAreRefusedWhenMemoryIsFullAndNothingMayGo(t *testing.T) {
	srv := start(t, "--maxmemory-policy", "noeviction")
	c := dial(t, srv)
	c.expect("SET a 1", "OK", "CONFIG SET maxmemory 1", "OK")
	c.expect(
		"SET b 2", "OOM command not allowed when used memory > 'maxmemory'.",
		"GET a", "1",
		"DEL a", "(integer) 1",
		"CONFIG SET maxmemory 0", "OK",
		"SET b 2", "OK",
	)
	if got := c.info("errorstat_OOM"); got != "count=1" {
		t.Errorf("errorstat_OOM = %q", got)
	}
	if got := c.info("cmdstat_set"); !strings.HasSuffix(got, "rejected_calls=1,failed_calls=0") {
		t.Errorf("cmdstat_set = %q", got)
	}
}

func TestAFullCacheEvictsAndGoesOn(t *testing.T) {
	srv := start(t, "--maxmemory", "32mb", "--maxmemory-policy", "allkeys-lru")
	c := dial(t, srv)
	value := strings.Repeat("v", 10_000)
	for range 50 {
		var batch []string
		for i := range 100 {
			batch = append(batch, "SET key:"+c.info("total_commands_processed")+":"+string(rune('a'+i%26))+strings.Repeat("x", i)+" "+value)
		}
		c.send(batch...)
		for range batch {
			if r := c.reply(); string(r.Str) != "OK" {
				t.Fatalf("SET: %q", r.Str)
			}
		}
	}
	if evicted := c.info("evicted_keys"); evicted == "0" || evicted == "" {
		t.Errorf("evicted_keys = %q", evicted)
	}
	eventually(t, "the node is within its bound again", func() bool { return srv.ks.Over() <= 0 })
}

func TestDebugNeedsToBeAllowed(t *testing.T) {
	dial(t, start(t)).expect("DEBUG SLEEP 0", string(errDebugOff))
	dial(t, start(t, "--enable-debug-command", "local")).expect("DEBUG SLEEP 0", "OK")
}

func TestBrowsersAreTurnedAway(t *testing.T) {
	for _, request := range []string{"POST / HTTP/1.1\r\n", "Host: example.org\r\n"} {
		c := dial(t, start(t))
		c.conn.Write([]byte(request))
		if !c.gone() {
			t.Errorf("%q: still connected", request)
		}
	}
}

func TestAHandlerThatPanicsIsToldAndTheNodeGoesOn(t *testing.T) {
	srv := start(t, "--enable-debug-command", "yes")
	c := dial(t, srv)
	c.expect("DEBUG PANIC", "ERR internal error: the command was stopped before it changed anything", "PING", "PONG")
}

func TestASlowCommandAloneEntersTheSlowLog(t *testing.T) {
	srv := start(t, "--maxmemory", "1gb")
	srv.stats.Slowlog.SetThreshold(1000) // 1 ms; from there on calls are timed in runs
	c := dial(t, srv)
	c.expect("SET k "+strings.Repeat("v", 60_000_000), "OK")
	if r := c.do("SLOWLOG GET"); len(r.Elems) != 1 || string(r.Elems[0].Elems[3].Elems[0].Str) != "SET" {
		t.Errorf("SLOWLOG GET: %v", r)
	}
}

func TestShrinkingTheCacheHoldsNobodyUp(t *testing.T) {
	srv := start(t, "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru", "--enable-debug-command", "yes")
	writer, other := dial(t, srv), dial(t, srv)
	writer.expect("DEBUG POPULATE 40000 key 2500", "OK", "DBSIZE", "(integer) 40000")
	debug.FreeOSMemory()
	eventually(t, "what other tests left in the Go heap is not charged", func() bool { return srv.ks.Memory().External < 16<<20 })
	srv.cron.asleep.Store(true) // the writer has to make the room itself
	writer.expect("CONFIG SET maxmemory 64mb", "OK")
	writer.send("SET a b")
	other.expect("PING", "PONG", "GET nothing", "(nil)")
	if got := string(writer.reply().Str); got != "OK" {
		t.Errorf("SET: %q", got)
	}
	if keys := srv.ks.Memory().Keys; keys > 27_000 {
		t.Errorf("%d keys are left", keys)
	}
}
