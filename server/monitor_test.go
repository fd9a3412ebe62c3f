package server

import (
	"strings"
	"testing"
)

func TestMonitorsSeeScriptsBeforeWhatTheyCall(t *testing.T) {
	srv := start(t)
	watcher, c := dial(t, srv), dial(t, srv)
	watcher.expect("MONITOR", "OK")
	c.expect(`EVAL "return redis.call('SET',KEYS[1],ARGV[1])" 1 k v`, "OK", "GET k", "v")
	for _, want := range []string{
		`] "EVAL" "return redis.call('SET',KEYS[1],ARGV[1])" "1" "k" "v"`,
		`[0 lua] "SET" "k" "v"`,
		`] "GET" "k"`,
	} {
		if got := string(watcher.reply().Str); !strings.HasSuffix(got, want) {
			t.Errorf("got  %s\nwant %s at the end", got, want)
		}
	}
}
