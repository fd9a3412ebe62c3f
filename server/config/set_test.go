package config

import (
	"errors"
	"slices"
	"strconv"
	"testing"
)

func TestSetAppliesAllOrNothing(t *testing.T) {
	c := fresh(t)
	if err := c.Set([]string{"maxmemory", "1gb", "HZ", "50"}, false); err != nil {
		t.Fatal(err)
	}
	if c.Int("maxmemory") != gib || c.Int("hz") != 50 || c.Ref("hz").from != fromSet {
		t.Errorf("maxmemory %d hz %d", c.Int("maxmemory"), c.Int("hz"))
	}
	if err := c.Set([]string{"hz", "60", "maxmemory", "x"}, false); err == nil {
		t.Fatal("no error")
	}
	if c.Int("hz") != 50 {
		t.Errorf("hz = %d after a refused call", c.Int("hz"))
	}
}

func TestSetErrors(t *testing.T) {
	for _, tt := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"foo", "1"}, "Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{[]string{"databases", "3", "foo", "1"}, "CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"},
		{[]string{"hz", "x", "foo", "1"}, "Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{[]string{"user", "x"}, "Unknown option or number of arguments for CONFIG SET - 'user'"},
		{[]string{"hz"}, "syntax error"},
		{nil, "syntax error"},
		{[]string{"Databases", "3"}, "CONFIG SET failed (possibly related to argument 'Databases') - can't set immutable config"},
		{[]string{"dir", "/tmp"}, "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"},
		{[]string{"hz", "1", "hz", "2"}, "CONFIG SET failed (possibly related to argument 'hz') - duplicate parameter"},
		{[]string{"slave-priority", "1", "replica-priority", "2"}, "CONFIG SET failed (possibly related to argument 'replica-priority') - duplicate parameter"},
		{[]string{"cluster-announce-port", "70000"}, "CONFIG SET failed (possibly related to argument 'cluster-announce-port') - argument must be between 0 and 65535 inclusive"},
		{[]string{"min-replicas-to-write", "1"}, "CONFIG SET failed (possibly related to argument 'min-replicas-to-write') - not supported: replication is not in this version and writes would have fewer copies than asked for; set it to 0"},
		{[]string{"appendonly", "yes"}, "CONFIG SET failed (possibly related to argument 'appendonly') - can't set immutable config"},
		{[]string{"requirepass", ""}, "CONFIG SET failed (possibly related to argument 'requirepass') - anybody who reaches * could use the server, since there is no password; set requirepass (or CACHED_REQUIREPASS_FILE), or ask for client certificates with port 0 and tls-port, or bind 127.0.0.1, or on a closed network protected-mode no"},
	} {
		c := fresh(t)
		if err := c.Load([]string{"--bind", "*", "--requirepass", "x"}, nil, nil); err != nil {
			t.Fatal(err)
		}
		err := c.Set(tt.pairs, true)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q: got\n%v\nwant\n%s", tt.pairs, err, tt.want)
		}
	}
}

func TestProtectedSettingsFollowTheirSwitch(t *testing.T) {
	folder := t.TempDir()
	for _, tt := range []struct {
		allowed string
		local   bool
		ok      bool
	}{{"no", true, false}, {"local", false, false}, {"local", true, true}, {"yes", false, true}} {
		c := fresh(t)
		if err := c.Load([]string{"--enable-protected-configs", tt.allowed}, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Set([]string{"dir", folder}, tt.local); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	c := fresh(t)
	if err := c.Load([]string{"--enable-protected-configs", "yes"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	want := "CONFIG SET failed (possibly related to argument 'dir') - no such file or directory"
	if err := c.Set([]string{"dir", folder + "/none"}, true); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestAHooksErrorTakesEverythingBack(t *testing.T) {
	c := fresh(t)
	var log []string
	note := func(name string, err error) func(old, new *Value) error {
		return func(old, new *Value) error {
			log = append(log, name+" "+old.String()+">"+new.String()+" sees "+c.String("hz"))
			return err
		}
	}
	c.OnChange("hz", note("hz", nil))
	c.OnChange("timeout", note("timeout", nil))
	c.OnChange("maxclients", note("maxclients", errors.New("too few files")))
	err := c.Set([]string{"maxclients", "5", "timeout", "7", "hz", "20"}, false)
	if want := "CONFIG SET failed (possibly related to argument 'maxclients') - too few files"; err == nil || err.Error() != want {
		t.Fatal(err)
	}
	want := []string{
		"hz 10>20 sees 20", "timeout 0>7 sees 20", "maxclients 10000>5 sees 20",
		"timeout 7>0 sees 10", "hz 20>10 sees 10",
	}
	if !slices.Equal(log, want) {
		t.Errorf("log:\n%q", log)
	}
	if c.Int("maxclients") != 10000 || c.Int("timeout") != 0 || c.Ref("hz").from != fromDefault {
		t.Error("values were kept")
	}
}

func TestHooksRunForRealChangesOnly(t *testing.T) {
	c := fresh(t)
	single, group := 0, 0
	c.OnChange("hz", func(_, _ *Value) error { single++; return nil })
	c.OnChanges([]string{"slowlog-max-len", "slowlog-log-slower-than"}, func() error { group++; return nil })
	for _, pairs := range [][]string{
		{"hz", "10"}, {"hz", "11"}, {"timeout", "1"}, {"slowlog-max-len", "5", "slowlog-log-slower-than", "6"}, {"slowlog-max-len", "5"},
	} {
		if err := c.Set(pairs, false); err != nil {
			t.Fatal(err)
		}
	}
	if single != 1 || group != 1 {
		t.Errorf("single %d group %d", single, group)
	}
}

func TestSetOfAListReplacesItEachTime(t *testing.T) {
	c := fresh(t)
	for _, save := range []string{"900 1", "300 10 60 100", ""} {
		if err := c.Set([]string{"save", save}, false); err != nil {
			t.Fatal(err)
		}
		if got := c.String("save"); got != save {
			t.Errorf("save = %q, want %q", got, save)
		}
	}
	if err := c.Set([]string{"client-output-buffer-limit", "slave 1mb 1kb 5"}, false); err != nil {
		t.Fatal(err)
	}
	want := OutputLimits{Replica: OutputLimit{1 << 20, 1 << 10, 5}, PubSub: OutputLimit{32 << 20, 8 << 20, 60}}
	if got := c.OutputLimits(); got != want {
		t.Errorf("limits %+v", got)
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("warnings %q", w)
	}
}

func TestACautionIsGivenOnceWhenItBegins(t *testing.T) {
	c := fresh(t)
	for _, pairs := range [][]string{{"maxmemory", "11gb"}, {"hz", "20"}} {
		if err := c.Set(pairs, false); err != nil {
			t.Fatal(err)
		}
	}
	want := "maxmemory 11gb is more than the 10737418240 bytes that the machine or container has: the kernel may end the process first"
	if w := c.Warnings(); !slices.Equal(w, []string{want}) {
		t.Errorf("warnings %q", w)
	}
}

func TestMaxmemoryClientsFollowsMaxmemory(t *testing.T) {
	c := fresh(t)
	for _, tt := range []struct {
		set  string
		want int64
	}{{"0", 0}, {"1mb", 1 << 20}, {"10%", gib / 100 * 10}} {
		if err := c.Set([]string{"maxmemory", "1gb", "maxmemory-clients", tt.set}, false); err != nil {
			t.Fatal(err)
		}
		if got := c.MaxMemoryClients(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.set, got, tt.want)
		}
	}
	if got := c.String("maxmemory-clients"); got != "10%" {
		t.Errorf("shown as %s", got)
	}
}

func TestGetMatchesGlobsAndFormerNames(t *testing.T) {
	c := fresh(t)
	for _, tt := range []struct {
		globs []string
		want  []Pair
	}{
		{[]string{"MaxMemory"}, []Pair{{"MaxMemory", "5368709120"}}},
		{[]string{"SLOWLOG-*"}, []Pair{{"slowlog-log-slower-than", "10000"}, {"slowlog-max-len", "128"}}},
		{[]string{"slave-pri*", "hz", "h[y-z]", "nothing"}, []Pair{{"slave-priority", "100"}, {"hz", "10"}}},
		{[]string{"key-load-dela?"}, nil},
		{[]string{"key-load-delay"}, []Pair{{"key-load-delay", "0"}}},
		{[]string{"user", "include", "rename-command"}, nil},
	} {
		if got := c.Get(tt.globs...); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.globs, got, tt.want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbYbZ", false}, {"?", "", false},
		{"[^a]b", "cb", true}, {"[^a]b", "ab", false}, {"[c-a]", "b", true}, {`\*`, "*", true}, {`\*`, "a", false},
		{"[ab", "b", true}, {"[", "b", false}, {`[\]]`, "]", true}, {"MAX*", "maxmemory", true}, {`a\`, `a\`, true},
	} {
		if got := match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

func TestSecretsAreRedactedWhereLogsPrintThem(t *testing.T) {
	c := fresh(t)
	if err := c.Load([]string{"--requirepass", "hunter2", "--port", "7001"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := c.Changed(); !slices.Equal(got, []Pair{{"port", "7001"}, {"requirepass", "(redacted)"}}) {
		t.Errorf("changed: %v", got)
	}
	args := []string{"a.conf", "--requirepass", "x", "y", "--port", "1", "--masterauth=z"}
	want := []string{"a.conf", "--requirepass", "(redacted)", "(redacted)", "--port", "1", "--masterauth=(redacted)"}
	if got := c.Redact(args); !slices.Equal(got, want) {
		t.Errorf("redacted: %q", got)
	}
	if !c.Sensitive("RequirePass") || c.Sensitive("port") || c.Sensitive("none") {
		t.Error("Sensitive")
	}
}

func TestReadersNeverWaitForWriters(t *testing.T) {
	c := fresh(t)
	r := c.Ref("hz")
	c.OnChange("hz", func(_, new *Value) error {
		if new.Int()%7 == 0 {
			return errors.New("refused")
		}
		return nil
	})
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range 500 {
			_ = c.Set([]string{"hz", strconv.Itoa(1 + i%50)}, false)
			_ = c.Get("h*")
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			if n := r.Int(); n < 1 || n > 50 {
				t.Fatalf("hz = %d", n)
			}
		}
	}
	if r.Int()%7 == 0 {
		t.Errorf("hz = %d, which the hook refused", r.Int())
	}
}
