package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// write puts files into a new folder and returns the first one's path.
func write(t *testing.T, namesAndTexts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(namesAndTexts); i += 2 {
		path := filepath.Join(dir, namesAndTexts[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(namesAndTexts[i+1]), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, namesAndTexts[0])
}

func loadText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	c := fresh(t)
	return c, c.Load([]string{"-"}, nil, strings.NewReader(text))
}

func TestDebiansStockFileLoads(t *testing.T) {
	for _, path := range []string{"testdata/debian.conf", "/etc/redis/redis.conf"} {
		t.Run(path, func(t *testing.T) {
			if _, err := os.ReadFile(path); err != nil {
				t.Skip(err)
			}
			c := fresh(t)
			if err := c.Load([]string{path}, nil, nil); err != nil {
				t.Fatal(err)
			}
			if warnings := c.Warnings(); len(warnings) != 1 || !strings.Contains(warnings[0], "daemonize has no effect") {
				t.Errorf("warnings: %q", warnings)
			}
			if got := c.OutputLimits().PubSub; got != (OutputLimit{32 << 20, 8 << 20, 60}) {
				t.Errorf("limits: %+v", got)
			}
		})
	}
}

func TestAFlagWinsOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := write(t, "a.conf", "port 1111\nhz 11\ntimeout 1\n")
	c := fresh(t)
	err := c.Load([]string{file, "--port", "3333"}, []string{"CACHED_PORT=2222", "CACHED_HZ=22"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"port": 3333, "hz": 22, "timeout": 1, "databases": 16} {
		if got := c.Int(name); got != want {
			t.Errorf("%s = %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]source{"port": fromFlag, "hz": fromEnv, "timeout": fromFile, "databases": fromDefault} {
		if got := c.Ref(name).from; got != want {
			t.Errorf("%s from source %d, want %d", name, got, want)
		}
	}
	if c.File() != file {
		t.Errorf("file = %s", c.File())
	}
}

func TestPrecedenceHoldsInAnyOrderOfReading(t *testing.T) {
	c := fresh(t)
	file := write(t, "a.conf", "port 1111\n")
	if err := slices.Concat(c.readOptions([]option{{"port", []string{"3333"}}}), c.readEnv([]string{"CACHED_PORT=2222"}), c.readFile(file, fromFile, nil)); err != nil {
		t.Fatal(err)
	}
	if got := c.Int("port"); got != 3333 {
		t.Errorf("port = %d", got)
	}
}

func TestListsAddUpWithinASourceOnly(t *testing.T) {
	file := write(t, "a.conf", "save 900 1\nsave 300 10\nclient-output-buffer-limit pubsub 1mb 0 0\n")
	c := fresh(t)
	if err := c.Load([]string{file}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := c.String("save"); got != "900 1 300 10" {
		t.Errorf("save = %q", got)
	}
	if got := c.String("client-output-buffer-limit"); got != "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0" {
		t.Errorf("limits = %q", got)
	}
	c = fresh(t)
	if err := c.Load([]string{file, "--save", "60", "1"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := c.SaveRules(); !slices.Equal(got, []SaveRule{{60, 1}}) {
		t.Errorf("save = %v", got)
	}
}

func TestFlagForms(t *testing.T) {
	c := fresh(t)
	args := []string{"--bind", "127.0.0.1", "::1", "--maxmemory=2gb", "--save", "--lazyfree-lazy-user-del", "--PORT", "7001", "--requirepass=--odd", "--slowlog-log-slower-than", "-1"}
	if err := c.Load(args, nil, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"bind": "127.0.0.1 ::1", "maxmemory": "2147483648", "save": "", "lazyfree-lazy-user-del": "yes",
		"port": "7001", "requirepass": "--odd", "slowlog-log-slower-than": "-1",
	} {
		if got := c.String(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	secret := write(t, "pw", "hunter2\n")
	c := fresh(t)
	err := c.Load(nil, []string{
		"CACHED_REQUIREPASS_FILE=" + secret, "CACHED_BIND=127.0.0.1 ::1", "CACHED_MAXMEMORY=", "CACHED_SAVE=",
		"CACHED_PORT=tcp://10.0.0.1:6379", "CACHED_SERVICE_HOST=10.0.0.1", "CACHED_PORT_6379_TCP_ADDR=10.0.0.1",
		"CACHED_WEB_SERVICE_PORT_HTTP=80", "CACHED_TLS_CERT_FILE=/c.pem", "CACHED_SOMETHING_ELSE_ENTIRELY=1", "PATH=/bin",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"requirepass": "hunter2", "bind": "127.0.0.1 ::1", "maxmemory": "5368709120", "port": "6379", "tls-cert-file": "/c.pem",
	} {
		if got := c.String(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if w := c.Warnings(); len(w) != 1 || w[0] != "CACHED_SOMETHING_ELSE_ENTIRELY: no such setting, ignored" {
		t.Errorf("warnings: %q", w)
	}
}

func TestIncludesAreRelativeAndGlobbed(t *testing.T) {
	file := write(t, "main.conf", "port 1\ninclude conf.d/*.conf\nhz 7\ninclude \"more/last.conf\"\ninclude none/*.conf\n",
		"conf.d/a.conf", "port 2\nhz 1\n", "conf.d/b.conf", "port 3\n", "more/last.conf", "include sub/x.conf\n", "more/sub/x.conf", "timeout 9\n")
	c := fresh(t)
	if err := c.Load([]string{file}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if c.Int("port") != 3 || c.Int("hz") != 7 || c.Int("timeout") != 9 {
		t.Errorf("port %d hz %d timeout %d", c.Int("port"), c.Int("hz"), c.Int("timeout"))
	}
}

// Each text must lead to just these faults; DIR stands for the file's folder.
func TestFaultsNamePlaceValueAndRemedy(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"near name", "maxmemroy 1gb", "F:1: maxmemroy: no such setting; did you mean maxmemory?"},
		{"far name", "\n\nfoobarbaz 1", "F:3: foobarbaz: no such setting"},
		{"no secrets from slips", "requirepas hunter2", "F:1: requirepas: no such setting; did you mean requirepass?"},
		{"not a number", "port abc", `F:1: port "abc": argument couldn't be parsed into an integer; allowed: 0 to 65535`},
		{"range", "port 70000", `F:1: port "70000": argument must be between 0 and 65535 inclusive; allowed: 0 to 65535`},
		{"bool", "protected-mode maybe", `F:1: protected-mode "maybe": argument must be 'yes' or 'no'; allowed: yes or no`},
		{"memory", "maxmemory 1zb", `F:1: maxmemory "1zb": argument must be a memory value; allowed: bytes, with k, kb, m, mb, g or gb; or 1% to 100% of the machine's or container's memory; 0 is no bound`},
		{"percent", "maxmemory 160%", `F:1: maxmemory "160%": percentage argument must be less or equal to 100; allowed: bytes, with k, kb, m, mb, g or gb; or 1% to 100% of the machine's or container's memory; 0 is no bound`},
		{"comment behind", "hz 10 # often", `F:1: hz "10 # often": wrong number of arguments; allowed: 0 or more; quote a value that holds spaces; a comment needs a line of its own`},
		{"quotes", `logfile "abc`, `F:1: unbalanced quotes; close each quote, and begin a new word after it; \" is a quote within "..."`},
		{"old TLS", "tls-protocols \"TLSv1.1 TLSv1.2\"", `F:1: tls-protocols "TLSv1.1 TLSv1.2": Invalid tls-protocols specified. Use a combination of 'TLSv1.2' and 'TLSv1.3'; allowed: TLSv1.2, TLSv1.3`},
		{"cluster asked for", "cluster-enabled yes", `F:1: cluster-enabled "yes": not supported: clusters are not in this version; a node would run alone without saying so, therefore remove the line`},
		{"cluster asked for", "cluster-enabled yes", `F:1: cluster-enabled "yes": not supported: clusters are not in this version; a node would run alone without saying so, therefore remove the line`},
		{"missing include", "include nothere.conf", `F:1: include DIR/nothere.conf: cannot be read: no such file or directory; check the path`},
		{"no door", "port 0", `F:1: port "0": no client could connect: port and tls-port are 0 and unixsocket is empty; set one of the three`},
		{"same port", "http-port 6379", `F:1: http-port "6379": the same port as port; give each door its own port, or 0 to close one`},
		{"open to all", "bind *", `F:1: bind "*": anybody who reaches * could use the server, since there is no password; set requirepass (or CACHED_REQUIREPASS_FILE), or ask for client certificates with port 0 and tls-port, or bind 127.0.0.1, or on a closed network protected-mode no`},
		{"certificate", "tls-port 6380\ntls-auth-clients no", "F:1: tls-port \"6380\": needs tls-cert-file; set it, or tls-port 0\nF:1: tls-port \"6380\": needs tls-key-file; set it, or tls-port 0"},
		{"authority", "tls-port 6380\ntls-cert-file c\ntls-key-file k", `F:1: tls-port "6380": needs tls-ca-cert-file or tls-ca-cert-dir to check client certificates; set one, or tls-auth-clients no`},
		{"all at once", "port x\nfoo 1\nhz y\ncluster-enabled yes", "F:1: port \"x\": argument couldn't be parsed into an integer; allowed: 0 to 65535\nF:2: foo: no such setting\nF:3: hz \"y\": argument couldn't be parsed into an integer; allowed: 0 or more\nF:4: cluster-enabled \"yes\": not supported: clusters are not in this version; a node would run alone without saying so, therefore remove the line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, "F", tt.text)
			err := fresh(t).Load([]string{file}, nil, nil)
			if err == nil {
				t.Fatal("no fault")
			}
			got := strings.ReplaceAll(err.Error(), file, "F")
			got = strings.ReplaceAll(got, filepath.Dir(file), "DIR")
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestFaultsOfFlagsAndEnvironment(t *testing.T) {
	for _, tt := range []struct {
		args, env []string
		want      string
	}{
		{[]string{"--prot", "1"}, nil, "--prot: no such setting; did you mean --port?"},
		{[]string{"--port", "x"}, nil, `--port: "x": argument couldn't be parsed into an integer; allowed: 0 to 65535`},
		{[]string{"-p", "1"}, nil, "-p: no such flag; flags are --name value; see cached --help\n1: cannot be read: no such file or directory; check the path"},
		{[]string{"/a", "/b"}, nil, "/b: a second configuration file; use include in /a\n/a: cannot be read: no such file or directory; check the path\n/b: cannot be read: no such file or directory; check the path"},
		{nil, []string{"CACHED_MAXMEMROY=1gb"}, "CACHED_MAXMEMROY: no such setting; did you mean CACHED_MAXMEMORY?"},
		{[]string{"--cluster-enabled", "--port", "0"}, nil, `--cluster-enabled: "yes": not supported: clusters are not in this version; a node would run alone without saying so, therefore remove the line
--port: "0": no client could connect: port and tls-port are 0 and unixsocket is empty; set one of the three`},
		{nil, []string{"CACHED_CLUSTER_ENABLED=yes"}, `CACHED_CLUSTER_ENABLED: "yes": not supported: clusters are not in this version; a node would run alone without saying so, therefore remove the line`},
		{nil, []string{"CACHED_HZ=fast"}, `CACHED_HZ: "fast": argument couldn't be parsed into an integer; allowed: 0 or more`},
		{nil, []string{"CACHED_PORT_FILE=/x"}, "CACHED_PORT_FILE: only secrets are read from files; set CACHED_PORT to the value itself"},
		{nil, []string{"CACHED_REQUIREPASS_FILE=/not/there"}, "CACHED_REQUIREPASS_FILE: /not/there: cannot be read: no such file or directory; check the path"},
	} {
		err := fresh(t).Load(tt.args, tt.env, nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q %q: got\n%v\nwant\n%s", tt.args, tt.env, err, tt.want)
		}
	}
}

func TestAnIncludeCycleIsRefused(t *testing.T) {
	file := write(t, "a.conf", "include b.conf\n", "b.conf", "include a.conf\n")
	err := fresh(t).Load([]string{file}, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "includes itself by way of") {
		t.Fatal(err)
	}
}

func TestAPasswordOpensTheDoorsAndWarningsTellTheRest(t *testing.T) {
	c, err := loadText(t, "bind * -::*\nrequirepass x\nsave 900 1\nmaxmemory 20gb\nio-threads 4\nmaxmemory-samples 5\nuser default on nopass sanitize-payload ~* &* +@all\nreplicaof no one\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"stdin:5: io-threads has no effect: event loops follow the number of CPUs; set GOMAXPROCS to bound them",
		"maxmemory 20gb is more than the 10737418240 bytes that the machine or container has: the kernel may end the process first",
	}
	got := c.Warnings()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestStandardInputComesAfterTheFile(t *testing.T) {
	file := write(t, "a.conf", "port 1\nhz 5\n")
	c := fresh(t)
	if err := c.Load([]string{file, "-"}, nil, strings.NewReader("port 2\n")); err != nil {
		t.Fatal(err)
	}
	if c.Int("port") != 2 || c.Int("hz") != 5 || c.File() != file {
		t.Errorf("port %d hz %d file %s", c.Int("port"), c.Int("hz"), c.File())
	}
}

func TestTimesMayCarryAUnit(t *testing.T) {
	for text, want := range map[string]int64{"5": 5, "90s": 90, "5m": 300, "2H": 7200} {
		c, err := loadText(t, "dead-after "+text)
		if err != nil || c.Int("dead-after") != want {
			t.Errorf("%s: %d, %v", text, c.Int("dead-after"), err)
		}
	}
	for _, text := range []string{"s", `""`, "5ms", "0", "1d", "99999999h"} {
		if _, err := loadText(t, "dead-after "+text); err == nil {
			t.Errorf("%s: no fault", text)
		}
	}
}

func TestAFileThatIsNoConfigurationIsRefused(t *testing.T) {
	for path, want := range map[string]string{
		"/dev/zero":    "/dev/zero: cannot be read: larger than 16777216 bytes, which no configuration is",
		t.TempDir():    "cannot be read: is a directory",
		"not/there.cf": "not/there.cf: cannot be read: no such file or directory; check the path",
	} {
		err := fresh(t).Load([]string{path}, nil, nil)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestUsersAreKeptAsTheirLinesSay(t *testing.T) {
	c, err := loadText(t, "bind *\nuser alice on >\"a b\" ~* +@all\nuser bob off (~x +get)\n")
	if err != nil {
		t.Fatal(err)
	}
	got := c.Lines("user")
	want := [][]string{{"alice", "on", ">a b", "~*", "+@all"}, {"bob", "off", "(~x", "+get)"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
	if c.Exposed() == nil {
		t.Error("a server that listens everywhere is not exposed")
	}
}
