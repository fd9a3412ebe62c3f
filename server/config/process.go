package config

import (
	"errors"
	"slices"
	"strings"
)

func processSettings() []Setting {
	const (
		pinning  = "threads are placed by Go's scheduler; use taskset or a cpuset"
		stopping = "shutting down closes the doors, lets replies go out and ends"
		noTitle  = "the process keeps its command line as title"
	)
	return []Setting{
		{Name: "include", Kind: Lines("a path or glob, relative to the including file", 0), FileOnly: true, Fixed: true,
			Doc: "Reads another file at this place; a glob reads all that match, in order of name."},
		{Name: "daemonize", Kind: Bool(), Default: "no", Fixed: true,
			Doc: "Runs in the background.", NoEffect: "the process stays in the foreground; let a service manager run it (systemd: Type=exec)"},
		{Name: "supervised", Kind: Enum("no", "upstart", "systemd", "auto"), Default: "no", Fixed: true,
			Doc: "Tells the service manager when the server is ready.", NoEffect: "no such message is sent; poll /readyz, and use Type=exec under systemd"},
		{Name: "pidfile", Kind: Text("a path, or empty"), Fixed: true,
			Doc: "File that holds the process id while the server runs."},
		{Name: "hz", Kind: Int(0, maxInt), Default: "10", Unit: "per second",
			Doc: "How often background work is looked after, from 1 to 500."},
		{Name: "dynamic-hz", Kind: Bool(), Default: "yes",
			Doc: "Raises hz with the number of clients.", NoEffect: "background work follows the clock, not the number of clients"},
		{Name: "shutdown-timeout", Kind: Int(0, maxInt), Default: "10", Unit: "seconds",
			Doc: "Wait for lagging replicas before the end.", NoEffect: "drain-timeout bounds the wait here"},
		{Name: "shutdown-on-sigint", Kind: shutdown(), Default: "default",
			Doc: "How SIGINT ends the server.", NoEffect: stopping},
		{Name: "shutdown-on-sigterm", Kind: shutdown(), Default: "default",
			Doc: "How SIGTERM ends the server.", NoEffect: stopping},
		{Name: "oom-score-adj", Kind: Enum("no", "yes", "relative", "absolute"), Default: "no",
			Doc: "Adjusts the kernel's out-of-memory score.", NoEffect: "the score is left as it is; set OOMScoreAdjust in the service manager"},
		{Name: "oom-score-adj-values", Kind: OOMValues(), Default: "0 200 800",
			Doc: "Scores of master, replica and child.", NoEffect: "the score is left as it is"},
		{Name: "always-show-logo", Kind: Bool(), Default: "no", Fixed: true,
			Doc: "Prints a logo at the start.", NoEffect: "there is no logo"},
		{Name: "set-proc-title", Kind: Bool(), Default: "yes", Fixed: true,
			Doc: "Shows addresses in the process title.", NoEffect: noTitle},
		{Name: "proc-title-template", Kind: Text("a template"), Default: "{title} {listen-addr} {server-mode}",
			Doc: "Form of that title.", NoEffect: noTitle},
		{Name: "server_cpulist", Alias: "server-cpulist", Kind: Text("a list of CPUs"), Fixed: true,
			Doc: "CPUs of the main threads.", NoEffect: pinning},
		{Name: "bio_cpulist", Alias: "bio-cpulist", Kind: Text("a list of CPUs"), Fixed: true,
			Doc: "CPUs of the background threads.", NoEffect: pinning},
		{Name: "aof_rewrite_cpulist", Alias: "aof-rewrite-cpulist", Kind: Text("a list of CPUs"), Fixed: true,
			Doc: "CPUs of the rewriting child.", NoEffect: pinning},
		{Name: "bgsave_cpulist", Alias: "bgsave-cpulist", Kind: Text("a list of CPUs"), Fixed: true,
			Doc: "CPUs of the saving child.", NoEffect: pinning},
		{Name: "key-load-delay", Kind: Int(-maxInt-1, maxInt), Default: "0", Unit: "microseconds", Hidden: true,
			Doc: "Slows loading, for tests of Redis.", NoEffect: "for tests of Redis only"},
		{Name: "rdb-key-save-delay", Kind: Int(-maxInt-1, maxInt), Default: "0", Unit: "microseconds", Hidden: true,
			Doc: "Slows saving, for tests of Redis.", NoEffect: "for tests of Redis only"},
		{Name: "loading-process-events-interval-bytes", Kind: Int(1024, maxInt), Default: "2097152", Hidden: true,
			Doc: "Bytes loaded between two looks at clients.", NoEffect: "for tests of Redis only"},
	}
}

type shutdownKind struct{ wordsKind }

// shutdown is how a signal ends the server.
func shutdown() Kind {
	return shutdownKind{wordsKind{hint: "default, or some of save, nosave, now, force"}}
}

func (k shutdownKind) parse(words []string, _ env) (*Value, error) {
	text := strings.ToLower(strings.Join(words, " "))
	words = strings.Fields(text)
	for _, w := range words {
		if !slices.Contains([]string{"default", "save", "nosave", "now", "force"}, w) {
			return nil, errors.New("argument(s) must be one of the following: default, save, nosave, now, force")
		}
	}
	if slices.Contains(words, "save") && slices.Contains(words, "nosave") {
		return nil, errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return &Value{text: text, written: text, parts: words}, nil
}

type fileKind struct{ textKind }

// fileName is the name of a file that lies in dir, not a path.
func fileName() Kind { return fileKind{textKind{"a file name without a path"}} }

func (k fileKind) parse(words []string, e env) (*Value, error) {
	v, err := k.textKind.parse(words, e)
	if err == nil && (v.text == "" || strings.ContainsAny(v.text, `/\`)) {
		return nil, errors.New("argument can't be a path, just a filename")
	}
	return v, err
}
