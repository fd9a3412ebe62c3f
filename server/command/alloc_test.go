package command

import (
	"testing"

	"github.com/cachedserver/cached/protocol"
)

func TestGetAndSetAllocateNothing(t *testing.T) {
	r := newRig(t)
	r.do("SET", "counter", "1")
	for _, line := range []string{
		"SET key value-of-some-length", "GET key", "GET nosuch", "GET counter", "INCR counter",
		"SET key value EX 100 NX GET", "SET key other PX 1000 XX", "EXISTS key", "TTL key", "STRLEN key",
		"EXPIRE key 100", "MGET key key key", "TYPE key", "APPEND nosuch x", "DEL nosuch",
		"GETRANGE key 0 2", "SETRANGE key 0 ab", "GETEX key EX 5",
	} {
		words, _ := protocol.SplitLine(line)
		args := toArgs(words...)
		if n := testing.AllocsPerRun(200, func() { r.run(args); r.out.Truncate(0) }); n > 0 {
			t.Errorf("%s: %v allocations", line, n)
		}
	}
}
