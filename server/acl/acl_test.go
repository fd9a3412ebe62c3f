package acl

import (
	"errors"
	"strings"
	"testing"

	"github.com/cachedserver/cached/server/command"
)

// table is the data commands and a few of the server's, which have channels,
// subcommands, or may be called before AUTH.
func table(t testing.TB) *command.Table {
	t.Helper()
	one := []command.KeySpec{{Flags: command.NotKey, Index: 1, Step: 1}}
	own := []command.Command{
		{Name: "AUTH", Group: "connection", Syntax: "password", Flags: command.NoAuth | command.Fast},
		{Name: "SELECT", Group: "connection", Syntax: "index", Flags: command.Fast},
		{Name: "CONFIG", Group: "server", Sub: []command.Command{
			{Name: "GET", Group: "server", Syntax: "parameter", Flags: command.Admin},
			{Name: "SET", Group: "server", Syntax: "parameter value", Flags: command.Admin},
		}},
		{Name: "PUBLISH", Group: "pubsub", Syntax: "channel message", Flags: command.PubSub | command.Fast, Channels: command.PublishTo},
		{Name: "SPUBLISH", Group: "pubsub", Syntax: "channel message", Flags: command.PubSub | command.Fast, Keys: one, Channels: command.PublishTo},
		{Name: "SUBSCRIBE", Group: "pubsub", Syntax: "channel [channel ...]", Flags: command.PubSub, Channels: command.SubscribeTo},
		{Name: "PSUBSCRIBE", Group: "pubsub", Syntax: "pattern [pattern ...]", Flags: command.PubSub, Channels: command.SubscribeFit},
	}
	tab, err := command.NewTable(command.Data(), own)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func words(line string) (args [][]byte) {
	for _, w := range strings.Fields(line) {
		args = append(args, []byte(w))
	}
	return args
}

const pw = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4" // of "pw"

// Each list of rules, given to a new user, leads to just this description.
func TestRulesAreDescribedAsRedisDoes(t *testing.T) {
	const none = "resetchannels -@all"
	for _, test := range []struct{ rules, want string }{
		{"", "off sanitize-payload " + none},
		{"on nopass", "on nopass sanitize-payload " + none},
		{"ON NoPass OFF", "off nopass sanitize-payload " + none},
		{"skip-sanitize-payload", "off skip-sanitize-payload " + none},
		{"skip-sanitize-payload sanitize-payload", "off sanitize-payload " + none},
		{">pw", "off sanitize-payload #" + pw + " " + none},
		{"#" + pw + " >pw", "off sanitize-payload #" + pw + " " + none},
		{"nopass >pw", "off sanitize-payload #" + pw + " " + none},
		{">pw nopass", "off nopass sanitize-payload " + none},
		{">pw <pw", "off sanitize-payload " + none},
		{">pw !" + pw, "off sanitize-payload " + none},
		{">pw nopass resetpass", "off sanitize-payload " + none},
		{"~*", "off sanitize-payload ~* " + none},
		{"allkeys", "off sanitize-payload ~* " + none},
		{"~a ~b ~a", "off sanitize-payload ~a ~b " + none},
		{"%R~a %W~a", "off sanitize-payload ~a " + none},
		{"%r~a %Wr~b %W~c", "off sanitize-payload %R~a ~b %W~c " + none},
		{"%RW~* ~a", "off sanitize-payload %RW~* ~a " + none},
		{"~a resetkeys ~b", "off sanitize-payload ~b " + none},
		{"~a allkeys", "off sanitize-payload ~* " + none},
		{"&a &b &a", "off sanitize-payload resetchannels &a &b -@all"},
		{"&a allchannels", "off sanitize-payload &* -@all"},
		{"&* resetchannels &c", "off sanitize-payload resetchannels &c -@all"},
		{"+@all", "off sanitize-payload resetchannels +@all"},
		{"allcommands -get", "off sanitize-payload resetchannels +@all -get"},
		{"+@all -get +get", "off sanitize-payload resetchannels +@all +get"},
		{"+get +@all", "off sanitize-payload resetchannels +@all"},
		{"+get nocommands", "off sanitize-payload " + none},
		{"+GET +Set -gEt", "off sanitize-payload resetchannels -@all +set -get"},
		{"+@Read -@HASH", "off sanitize-payload resetchannels -@all +@read -@hash"},
		{"+@read +@read", "off sanitize-payload resetchannels -@all +@read"},
		{"+config|get +config|set", "off sanitize-payload resetchannels -@all +config|get +config|set"},
		{"+config|get +config", "off sanitize-payload resetchannels -@all +config"},
		{"+config -config|set", "off sanitize-payload resetchannels -@all +config -config|set"},
		{"+select|0 +SELECT|A", "off sanitize-payload resetchannels -@all +select|0 +select|a"},
		{"+select|0 -select", "off sanitize-payload resetchannels -@all -select"},
		{"(+get ~a) (%R~b)", "off sanitize-payload " + none + " (~a resetchannels -@all +get) (%R~b resetchannels -@all)"},
		{"()", "off sanitize-payload " + none + " (" + none + ")"},
		{"(+get) clearselectors ~b", "off sanitize-payload ~b " + none},
		{"on >pw ~* &* +@all (+get) skip-sanitize-payload reset", "off sanitize-payload " + none},
	} {
		us := New(table(t))
		if _, err := us.Set("u", strings.Fields(test.rules)); err != nil {
			t.Errorf("%s: %v", test.rules, err)
			continue
		}
		text := us.Lookup("u").Rules().Describe()
		if text != test.want {
			t.Errorf("%s:\n  is   %s\n  want %s", test.rules, text, test.want)
		}
		again(t, us, text)
	}
}

// again reads a description on a new user, which must be described alike.
func again(t *testing.T, us *Users, text string) {
	t.Helper()
	if _, err := us.Delete([]string{"again"}); err != nil {
		t.Fatal(err)
	}
	if _, err := us.Set("again", strings.Fields(text)); err != nil {
		t.Errorf("%s: read again: %v", text, err)
	} else if got := us.Lookup("again").Rules().Describe(); got != text {
		t.Errorf("%s: read again is %s", text, got)
	}
}

func TestFaultsOfRulesAreToldInRedisWords(t *testing.T) {
	for _, test := range []struct {
		rule string
		want error
	}{
		{"foo", ErrSyntax}, {"%", ErrSyntax}, {"%~a", ErrSyntax}, {"%X~a", ErrSyntax}, {"%RR~a", ErrSyntax},
		{"~a b", ErrSyntax}, {"~a\x00", ErrSyntax}, {"&a\tb", ErrSyntax}, {")", ErrSyntax},
		{"(foo)", ErrSyntax}, {"(on)", ErrSyntax}, {"(>pw)", ErrSyntax}, {`(~a "b)`, ErrSyntax}, {"((+get))", ErrSyntax},
		{"+nosuch", ErrUnknown}, {"-nosuch", ErrUnknown}, {"+@nosuch", ErrUnknown}, {"-@", ErrUnknown}, {"+", ErrUnknown},
		{"+config|nosuch", ErrUnknown}, {"-config|nosuch", ErrUnknown}, {"-select|0", ErrUnknown}, {"(+nosuch)", ErrUnknown},
		{"+select|", ErrSyntax}, {"+config|", ErrSyntax}, {"+config|get|x", ErrSubFirstArg},
		{"#abc", ErrHash}, {"#" + strings.ToUpper(pw), ErrHash}, {"!" + pw + "0", ErrHash}, {"#" + strings.Repeat("g", 64), ErrHash},
		{"<pw", ErrNoPassword}, {"!" + pw, ErrNoPassword},
	} {
		us := New(table(t))
		_, err := us.Set("u", []string{"on", test.rule})
		if !errors.Is(err, test.want) {
			t.Errorf("%q: %v, want %v", test.rule, err, test.want)
		}
		if us.Lookup("u") != nil {
			t.Errorf("%q: the user is there", test.rule)
		}
	}
	for _, test := range []struct {
		rules string
		want  error
	}{
		{"~* ~a", ErrAfterKeys}, {"~* %R~a", ErrAfterKeys}, {"&* &a", ErrAfterChans}, {"(~* ~a)", ErrAfterKeys},
	} {
		if _, err := New(table(t)).Set("u", []string{strings.Fields(test.rules)[0], test.rules}); err == nil {
			t.Errorf("%s: no fault", test.rules)
		}
		_, err := New(table(t)).Set("u", strings.Fields(test.rules))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.rules, err, test.want)
		}
	}
	_, err := New(table(t)).Set("u", []string{"on", "(+get", "~a"})
	if want := "Unmatched parenthesis in acl selector starting at '(+get'."; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, name := range []string{"a b", "a\x00", "\t"} {
		if _, err := New(table(t)).Set(name, nil); err != ErrName {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

func TestARefusedChangeChangesNothing(t *testing.T) {
	us := New(table(t))
	if _, err := us.Set("u", []string{"on", ">pw", "+get"}); err != nil {
		t.Fatal(err)
	}
	before := us.Lookup("u").Rules()
	if _, err := us.Set("u", []string{"off", "+set", "nosuch"}); err == nil {
		t.Fatal("no fault")
	}
	if us.Lookup("u").Rules() != before {
		t.Error("the user changed")
	}
}

func TestCallsAreCheckedAgainstCommandsKeysAndChannels(t *testing.T) {
	for _, test := range []struct {
		rules, call string
		reason      Reason
		object      string
	}{
		{"", "GET a", ByCommand, "get"},
		{"", "AUTH a", Allowed, ""},
		{"+get", "GET a", ByKey, "a"},
		{"+get ~b* ~a", "GET a", Allowed, ""},
		{"+get ~b* ~a", "GET A", ByKey, "A"},
		{"+get %W~a", "GET a", ByKey, "a"},
		{"+get %R~a", "GET a", Allowed, ""},
		{"+set %R~a", "SET a 1", ByKey, "a"},
		{"+set %W~a", "SET a 1", Allowed, ""},
		{"+set %W~a", "SET a 1 GET", ByKey, "a"},
		{"+set ~a", "SET a 1 GET", Allowed, ""},
		{"+copy %R~a %W~b", "COPY a b", Allowed, ""},
		{"+copy %R~a %W~b", "COPY b a", ByKey, "b"},
		{"+mget ~a*", "MGET a1 a2 b a3", ByKey, "b"},
		{"+exists %W~a", "EXISTS a", Allowed, ""}, // tells that there is something, not what
		{"+exists", "EXISTS a", ByKey, "a"},
		{"+sort %R~l %W~d", "SORT l STORE d", Allowed, ""},
		{"+sort %R~l", "SORT l STORE d", ByKey, "d"},
		{"+@all -@string", "GET a", ByCommand, "get"},
		{"+@read allkeys", "SET a 1", ByCommand, "set"},
		{"+config|get", "CONFIG GET a", Allowed, ""},
		{"+config|get", "CONFIG SET a b", ByCommand, "config|set"},
		{"+config -config|set", "CONFIG SET a b", ByCommand, "config|set"},
		{"+select|0 +select|Ab", "SELECT aB", Allowed, ""},
		{"+select|0", "SELECT 1", ByCommand, "select"},
		{"+@all -get|x", "", ByAuth, ""}, // a fault
		{"+publish &a*", "PUBLISH ab x", Allowed, ""},
		{"+publish &a*", "PUBLISH b x", ByChannel, "b"},
		{"+spublish &a*", "SPUBLISH b x", ByChannel, "b"},
		{"+subscribe &a* &b", "SUBSCRIBE a1 b c a2", ByChannel, "c"},
		{"+psubscribe &a*", "PSUBSCRIBE a*", Allowed, ""},
		{"+psubscribe &a*", "PSUBSCRIBE ab", ByChannel, "ab"},
		{"+psubscribe &*", "PSUBSCRIBE x", Allowed, ""},
		{"+get ~a (+set ~b)", "SET b 1", Allowed, ""},
		{"+get ~a (+set ~b)", "SET a 1", ByKey, "a"},
		{"+get ~a (+set ~b)", "GET b", ByKey, "b"},
		{"+get (+mget ~a) (+mget ~a ~b)", "MGET a b c", ByKey, "c"}, // who came furthest tells
		{"%R~a (+set %W~a)", "SET a 1 GET", ByKey, "a"},             // rights of two selectors do not add up
	} {
		us := New(table(t))
		_, err := us.Set("u", strings.Fields(test.rules))
		if test.reason == ByAuth {
			if err == nil {
				t.Errorf("%s: no fault", test.rules)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.rules, err)
			continue
		}
		args := words(test.call)
		cmd, err := us.table.Resolve(args)
		if err != nil {
			t.Fatal(err)
		}
		d := us.Lookup("u").Rules().Check(cmd, args)
		object := ""
		if d.Denied() {
			object = d.Object(cmd, args)
		}
		if d.Reason != test.reason || object != test.object {
			t.Errorf("%s: %s: refused by %v %q, want %v %q", test.rules, test.call, d.Reason, object, test.reason, test.object)
		}
	}
}

func TestOnlyOneWhoMayDoEverythingIsUnlimited(t *testing.T) {
	us := New(table(t))
	if !us.Default().Rules().Unlimited() {
		t.Error("the default user is limited at first")
	}
	for _, rules := range []string{"+@all ~*", "+@all &*", "~* &*", "+@all -get +get ~* &*", "(+@all ~* &*)", "+@all %RW~* &*"} {
		change, err := us.Set("u", append([]string{"reset"}, strings.Fields(rules)...))
		if err != nil || change.User.Rules().Unlimited() {
			t.Errorf("%s: unlimited, or %v", rules, err)
		}
	}
}

func TestChecksAllocateNothing(t *testing.T) {
	us := New(table(t))
	if _, err := us.Set("u", strings.Fields("+get +mget ~a* %R~key:* +publish &c* +select|0 (+set ~set:*)")); err != nil {
		t.Fatal(err)
	}
	rules := us.Lookup("u").Rules()
	for _, call := range []string{"GET key:1", "GET nokey", "MGET a b c d e f g", "SET set:1 2", "SET key:1 2", "PUBLISH c1 x", "SELECT 0", "DEL a"} {
		args := words(call)
		cmd, _ := us.table.Resolve(args)
		if n := testing.AllocsPerRun(100, func() { rules.Check(cmd, args) }); n != 0 {
			t.Errorf("%s: %v allocations", call, n)
		}
	}
}

func TestPasswordsOpenUsersThatAreOn(t *testing.T) {
	us := New(table(t))
	for _, test := range []struct {
		rules string
		opens bool
	}{
		{"on >pw", true}, {"on >a >pw", true}, {"on #" + pw, true}, {"on nopass", true},
		{"off >pw", false}, {"off nopass", false}, {"on >x", false}, {"on", false}, {"on nopass resetpass", false},
	} {
		change, err := us.Set("u", append([]string{"reset"}, strings.Fields(test.rules)...))
		if err != nil {
			t.Fatal(err)
		}
		if got := change.User.Rules().Opens([]byte("pw")); got != test.opens {
			t.Errorf("%s: opens %v", test.rules, got)
		}
	}
}

func TestWhoIsGoneMayDoNothing(t *testing.T) {
	us := New(table(t))
	change, _ := us.Set("u", strings.Fields("on nopass +@all ~* &*"))
	u := change.User
	gone, err := us.Delete([]string{"u", "nobody"})
	if err != nil || len(gone) != 1 || gone[0] != u {
		t.Fatalf("gone %v, %v", gone, err)
	}
	cmd, _ := us.table.Resolve(words("GET a"))
	if u.Rules().Unlimited() || !u.Rules().Check(cmd, words("GET a")).Denied() || u.Rules().Opens([]byte("x")) {
		t.Error("a removed user has rights")
	}
	if _, err := us.Delete([]string{"u", "default"}); err != ErrDefault {
		t.Errorf("removing the default user: %v", err)
	}
}

func TestRequirepassIsTheDefaultUsersPassword(t *testing.T) {
	us := New(table(t))
	rules := func() *Rules { return us.Default().Rules() }
	us.SetDefaultPassword("pw")
	if rules().Open() || !rules().Opens([]byte("pw")) || rules().Opens([]byte("x")) || !rules().Unlimited() {
		t.Error("with a password")
	}
	us.SetDefaultPassword("")
	if !rules().Open() || !rules().Opens([]byte("x")) {
		t.Error("without")
	}
}

func TestLostChannelsAreSeen(t *testing.T) {
	for _, test := range []struct {
		before, after string
		loses         bool
	}{
		{"&*", "resetchannels", true}, {"&*", "off", false}, {"&a", "&b", false}, {"&a &b", "resetchannels &a", true},
		{"resetchannels", "&a", false}, {"&a", "(&*)", false}, {"(&a)", "clearselectors", true}, {"(&a)", "&a clearselectors", false},
	} {
		us := New(table(t))
		change, _ := us.Set("u", strings.Fields(test.before))
		before := change.User.Rules()
		change, err := us.Set("u", strings.Fields(test.after))
		if err != nil || change.Before != before {
			t.Fatalf("%v, before %v", err, change.Before)
		}
		if got := before.LosesChannels(change.User.Rules()); got != test.loses {
			t.Errorf("%s, then %s: loses %v", test.before, test.after, got)
		}
	}
}

func TestNewUsersHearWhatTheSettingSays(t *testing.T) {
	us := New(table(t))
	us.AllowChannels(true)
	change, _ := us.Set("u", []string{"(+get)"})
	if got := change.User.Rules().Describe(); got != "off sanitize-payload &* -@all (&* -@all +get)" {
		t.Error(got)
	}
	us.AllowChannels(false)
	us.Set("u", []string{"reset"})
	if got := change.User.Rules().Describe(); got != "off sanitize-payload resetchannels -@all" {
		t.Error(got)
	}
}

func TestRulesMayChangeWhileTheyAreAsked(t *testing.T) {
	us := New(table(t))
	change, _ := us.Set("u", []string{"on", ">pw", "~*"})
	u := change.User
	args := words("GET a")
	cmd, _ := us.table.Resolve(args)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 200 {
			us.Set("u", []string{[]string{"+get", "-get", "+@all", "&*"}[i%4]})
			us.Set("v", []string{"on"})
			us.Delete([]string{"v"})
			us.SetDefaultPassword("x")
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
		}
		if r := u.Rules(); !r.Unlimited() && r.Check(cmd, args).Reason > ByCommand || !r.Opens([]byte("pw")) {
			t.Fatal("rules were seen half changed")
		}
		for _, o := range us.List() {
			o.Rules().Describe()
		}
	}
}
