package server

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/config"
)

// refusesToStart returns why a node with these settings is not made.
func refusesToStart(t *testing.T, args ...string) string {
	t.Helper()
	cfg := config.New()
	if err := cfg.Load(args, nil, nil); err != nil {
		return err.Error()
	}
	srv, err := New(cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err == nil {
		srv.Close(t.Context())
		t.Fatalf("%q: it started", args)
	}
	return err.Error()
}

// startFrom is start with a configuration's file, and nothing else.
func startFrom(t *testing.T, file string) *Server {
	t.Helper()
	cfg := config.New()
	if err := cfg.Load([]string{file}, nil, nil); err != nil {
		t.Fatal(err)
	}
	srv, err := New(cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	srv.AnyPort = true
	t.Cleanup(func() { srv.Close(context.Background()) })
	if err := srv.Listen(); err != nil {
		t.Fatal(err)
	}
	return srv
}

func tempFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const noPerm = "NOPERM User bob has no permissions to run the 'set' command"

func TestRequirepassAndTheDefaultUserAreOne(t *testing.T) {
	srv := start(t, "--requirepass", "secret")
	c, other := dial(t, srv), dial(t, srv)
	c.expect(
		"AUTH secret", "OK",
		"ACL SETUSER default >more", "OK",
	)
	other.expect("GET a", "NOAUTH Authentication required.", "AUTH more", "OK", "RESET", "RESET", "GET a", "NOAUTH Authentication required.")
	c.expect("CONFIG SET requirepass new", "OK")
	other.expect(
		"AUTH more", string(protocol.ErrWrongPass), "AUTH secret", string(protocol.ErrWrongPass),
		"AUTH new", "OK", "RESET", "RESET")
	c.expect("ACL SETUSER default nopass", "OK", "AUTH x", string(errAuthUnset), "AUTH default x", "OK")
	other.expect("GET a", "(nil)") // who need not log in any more may go on
	c.expect("ACL SETUSER default off", "OK")
	other.expect("GET a", "NOAUTH Authentication required.")
	c.expect("GET a", "(nil)") // who is in stays in
}

func TestUsersOfTheConfigurationAreThereAtTheStart(t *testing.T) {
	file := tempFile(t, "cached.conf", "user default off\nuser bob on >pw ~* +get (+config|get\nuser  eve on nopass +@all ~* &* \n")
	if why := refusesToStart(t, file); !strings.Contains(why, "user bob: a parenthesis is never closed") {
		t.Error(why)
	}
	file = tempFile(t, "cached.conf", "user default off\nuser bob on >pw ~* +get (+config|get)\nuser  eve on nopass +@all ~* &* \n")
	c := dial(t, startFrom(t, file))
	c.expect(
		"GET a", "NOAUTH Authentication required.",
		"AUTH bob pw", "OK",
		"SET a 1", noPerm,
		"GET a", "(nil)",
		"AUTH eve x", "OK",
		"CONFIG REWRITE", "OK",
	)
	want := "user bob on sanitize-payload #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 ~* resetchannels -@all +get (resetchannels -@all +config|get)\n" +
		"user default off sanitize-payload resetchannels -@all\n" +
		"user eve on nopass sanitize-payload ~* &* +@all\n"
	if got := read(t, file); got != want {
		t.Errorf("the file became\n%s", got)
	}
	c.expect("ACL DELUSER bob", "(integer) 1", "ACL SETUSER default reset on nopass +@all ~* &*", "OK", "ACL SETUSER eve -get", "OK", "CONFIG REWRITE", "OK")
	if got := read(t, file); got != "user eve on nopass sanitize-payload ~* &* +@all -get\n" {
		t.Errorf("the file became\n%s", got)
	}
}

func TestFaultsOfUsersKeepTheNodeFromStarting(t *testing.T) {
	file := tempFile(t, "users.acl", "user bob on +nosuch\n\nuser bob\nfoo\n")
	why := refusesToStart(t, "--aclfile", file)
	for _, part := range []string{file + ":1: Error in applying operation '+nosuch'", "Duplicate user 'bob' found on line 3", file + ":4 should start"} {
		if !strings.Contains(why, part) {
			t.Errorf("%s\ndoes not tell %s", why, part)
		}
	}
	if why := refusesToStart(t, "--aclfile", file+"x"); !strings.Contains(why, "no such file") {
		t.Error(why)
	}
	conf := tempFile(t, "cached.conf", "aclfile "+file+"\nuser bob on\n")
	if why := refusesToStart(t, conf); !strings.Contains(why, "both by user lines and in the aclfile") {
		t.Error(why)
	}
}

func TestTheACLFileIsLoadedAndSaved(t *testing.T) {
	file := tempFile(t, "users.acl", "user bob on nopass ~* +@all\nuser eve on nopass ~* +@all &c\n")
	srv := start(t, "--dir", filepath.Dir(file), "--aclfile", "users.acl")
	c, bob, eve, hears := dial(t, srv), dial(t, srv), dial(t, srv), dial(t, srv)
	bob.expect("AUTH bob x", "OK")
	eve.expect("AUTH eve x", "OK")
	hears.expect("AUTH eve x", "OK", "SUBSCRIBE c", "1) \"subscribe\"\n2) \"c\"\n3) (integer) 1")
	c.expect("ACL SETUSER new on", "OK", "ACL SAVE", "OK")
	want := "user bob on nopass sanitize-payload ~* resetchannels +@all\n" +
		"user default on nopass sanitize-payload ~* &* +@all\n" +
		"user eve on nopass sanitize-payload ~* resetchannels &c +@all\n" +
		"user new on sanitize-payload resetchannels -@all\n"
	if got := read(t, file); got != want {
		t.Errorf("saved\n%s", got)
	}
	os.WriteFile(file, []byte("user eve on nopass ~* +get +nosuch\n"), 0o600)
	if got := c.text("ACL LOAD"); !strings.HasSuffix(got, "no change to the previously active ACL rules was performed") {
		t.Error(got)
	}
	eve.expect("SET a 1", "OK")
	os.WriteFile(file, []byte("user eve on nopass ~* +get\n"), 0o600)
	c.expect("ACL LOAD", "OK", "ACL WHOAMI", "default")
	eve.expect("SET a 1", strings.Replace(noPerm, "bob", "eve", 1), "GET a", "1")
	if !bob.gone() {
		t.Error("a user that the file does not name is still there")
	}
	if !hears.gone() {
		t.Error("a subscriber whose channel is lost is still there")
	}
	os.Remove(file)
	if got := c.text("ACL LOAD"); !strings.Contains(got, "no such file") {
		t.Error(got)
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	srv := start(t)
	c, bob := dial(t, srv), dial(t, srv)
	c.expect("ACL SETUSER bob on nopass +get +publish ~a", "OK")
	bob.expect("AUTH bob x", "OK")
	for _, call := range []string{"SET a 1", "GET b", "GET b", "PUBLISH c m", "AUTH nobody x"} {
		if r := bob.do(call); r.Kind != protocol.ErrorKind {
			t.Errorf("%s: %v", call, r)
		}
	}
	for field, want := range map[string]string{
		"acl_access_denied_auth": "1", "acl_access_denied_cmd": "1", "acl_access_denied_key": "2", "acl_access_denied_channel": "1",
		"errorstat_NOPERM": "count=4", "errorstat_WRONGPASS": "count=1",
	} {
		if got := c.info(field); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
	if got := c.do("ACL LOG"); len(got.Elems) != 4 {
		t.Errorf("ACL LOG has %d entries", len(got.Elems))
	}
	c.expect("CONFIG SET acllog-max-len 2", "OK")
	bob.do("GET c")
	if got := c.do("ACL LOG"); len(got.Elems) != 2 {
		t.Errorf("ACL LOG has %d entries", len(got.Elems))
	}
	c.expect("CONFIG SET acl-pubsub-default allchannels", "OK", "ACL SETUSER new", "OK")
	if got := c.do("ACL LIST"); !strings.Contains(string(got.Elems[2].Str), "&*") {
		t.Errorf("a new user is %s", got.Elems[2].Str)
	}
}

func TestPasswordsOfUsersAreNotShown(t *testing.T) {
	srv := start(t, "--slowlog-log-slower-than", "0")
	c := dial(t, srv)
	c.expect("ACL SETUSER bob on >secret", "OK")
	c.do("ACL SETUSER bob >secret nosuch")
	c.expect("AUTH bob secret", "OK", "AUTH default x", "OK")
	if shown := protocol.Format(c.do("SLOWLOG GET 10")); strings.Contains(shown, "secret") || !strings.Contains(shown, "(redacted)") {
		t.Errorf("SLOWLOG shows\n%s", shown)
	}
}

func TestScriptsHaveTheRightsOfTheirCaller(t *testing.T) {
	srv := start(t)
	c, bob := dial(t, srv), dial(t, srv)
	c.expect("ACL SETUSER bob on nopass +eval ~a +get", "OK", "SET a 1", "OK")
	bob.expect("AUTH bob x", "OK", `EVAL "return redis.call('GET','a')" 0`, "1")
	for call, why := range map[string]string{
		`EVAL "return redis.call('GET','b')" 0`:     "No permissions to access a key",
		`EVAL "return redis.call('SET','a','b')" 0`: "User bob has no permissions to run the 'set' command",
	} {
		if got := bob.text(call); !strings.HasPrefix(got, "ERR ACL failure in script: "+why) {
			t.Errorf("%s: %s", call, got)
		}
	}
	if got := protocol.Format(c.do("ACL LOG 1")); !strings.Contains(got, `"lua"`) {
		t.Errorf("ACL LOG tells\n%s", got)
	}
}

func TestTheDefaultUsersPasswordClosesAnOpenServer(t *testing.T) {
	if why := refusesToStart(t, "--bind", "0.0.0.0", "--aclfile", tempFile(t, "users.acl", "user bob on\n")); !strings.Contains(why, "anybody who reaches 0.0.0.0 could use the server") {
		t.Error(why)
	}
	srv := build(t, "--bind", "0.0.0.0", "--aclfile", tempFile(t, "users.acl", "user default on >pw +@all ~*\n"))
	if srv.needsPassword() != true {
		t.Error("no password is needed")
	}
	if err := srv.config.Set([]string{"requirepass", "x"}, true); err != nil {
		t.Error(err)
	}
	if err := srv.config.Set([]string{"requirepass", ""}, true); err == nil {
		t.Error("the password of an open server was taken away")
	}
}

func TestCheckConfigTellsFaultsOfUsers(t *testing.T) {
	file := tempFile(t, "cached.conf", "user bob on +nosuch\nuser eve #secret (~a\n")
	report := config.Check([]string{file}, nil, nil, CheckUsers).String()
	for _, part := range []string{"fault:   user bob: rule '+nosuch': Unknown command", "fault:   user eve: a parenthesis", ": 2 faults\n"} {
		if !strings.Contains(report, part) || strings.Contains(report, "secret") {
			t.Errorf("the report is\n%s", report)
		}
	}
}

func TestAWaitThatIsNoLongerAllowedEnds(t *testing.T) {
	srv := start(t)
	c, bob, eve := dial(t, srv), dial(t, srv), dial(t, srv)
	c.expect("ACL SETUSER bob on nopass +@all ~*", "OK", "ACL SETUSER eve on nopass +@all ~*", "OK")
	bob.expect("AUTH bob x", "OK")
	eve.expect("AUTH eve x", "OK")
	bob.send("BLPOP l 0", "GET m")
	eve.send("BLPOP l 0")
	blocked(t, srv, 2)
	c.expect("ACL SETUSER bob resetkeys ~m", "OK")
	if got := string(bob.reply().Str); got != "NOPERM No permissions to access a key" {
		t.Error(got)
	}
	if got := bob.reply(); got.Kind != protocol.NullKind {
		t.Errorf("GET after the wait: %v", got)
	}
	c.expect("RPUSH l 1", "(integer) 1", "EXISTS l", "(integer) 0")
	if got := eve.reply(); len(got.Elems) != 2 {
		t.Errorf("the other one got %v", got)
	}
}
