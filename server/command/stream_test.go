package command

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cachedserver/cached/server/value"
)

func (g generator) streamID() string {
	switch g.IntN(14) {
	case 0:
		return g.pick("x", "", "0", "0-0", "-", "+", "(5", "5-*", "1-1-1", "18446744073709551615-18446744073709551615", "*", "007-1")
	case 1:
		return strconv.Itoa(g.IntN(60))
	}
	return strconv.Itoa(1+g.IntN(60)) + "-" + strconv.Itoa(g.IntN(3))
}

func (g generator) trim() []string {
	// Of entries that were deleted Redis keeps something, so that "~" may end sooner.
	words := []string{g.pick("MAXLEN", "MINID"), "="}
	if words[0] == "MAXLEN" {
		words = append(words, strconv.Itoa(g.IntN(40)))
	} else {
		words = append(words, g.streamID())
	}
	if g.IntN(3) == 0 {
		words = append(words, "LIMIT", strconv.Itoa(g.IntN(300)))
	}
	return words
}

// streamCall makes a call whose reply does not tell the time.
func (g generator) streamCall(next func() string) []string {
	key := func() string { return g.pick("a", "a", "b", "none") }
	group := func() string { return g.pick("g", "g", "h", "none") }
	who := func() string { return g.pick("c", "d", "e") }
	ids := func(n int) (words []string) {
		for range 1 + g.IntN(n) {
			words = append(words, g.streamID())
		}
		return words
	}
	count := func() []string {
		if g.IntN(2) == 0 {
			return nil
		}
		return []string{"COUNT", strconv.Itoa(g.IntN(8) - 1)}
	}
	switch g.IntN(24) {
	case 0, 1, 2, 3, 4:
		id := next()
		if g.IntN(8) == 0 {
			id = g.streamID()
		}
		words := []string{"XADD", g.pick("a", "a", "b")}
		if g.IntN(6) == 0 {
			words = append(words, g.trim()...)
		}
		words = append(words, id)
		for range 1 + g.IntN(3) {
			words = append(words, g.pick("f", "f", "name", "7"), g.value())
		}
		return words
	case 5:
		return append([]string{"XDEL", key()}, ids(3)...)
	case 6:
		if g.IntN(3) == 0 {
			return append([]string{"XTRIM", key()}, g.trim()...)
		}
		return []string{"XLEN", key()}
	case 7:
		return append([]string{"XRANGE", key(), g.pick("-", g.streamID(), "("+g.streamID()), g.pick("+", g.streamID())}, count()...)
	case 8:
		return append([]string{"XREVRANGE", key(), g.pick("+", g.streamID(), "("+g.streamID()), g.pick("-", g.streamID())}, count()...)
	case 9:
		return append(append([]string{"XREAD"}, count()...), "STREAMS", g.pick("a", "b"), key(), g.streamID(), g.streamID())
	case 10:
		return []string{"XGROUP", "CREATE", key(), group(), g.pick("0", "$", g.streamID())}
	case 11:
		if g.IntN(3) > 0 {
			return []string{"XINFO", "GROUPS", key()}
		}
		return []string{"XGROUP", g.pick("SETID", "DESTROY", "DELCONSUMER"), key(), group(), g.pick("0", "$", "c", g.streamID())}
	case 12, 13, 14, 15:
		words := append([]string{"XREADGROUP", "GROUP", group(), who()}, count()...)
		if g.IntN(6) == 0 {
			words = append(words, "NOACK")
		}
		return append(words, "STREAMS", key(), g.pick(">", ">", ">", "0", g.streamID()))
	case 16, 17:
		return append([]string{"XACK", key(), group()}, ids(4)...)
	case 18, 19:
		words := append([]string{"XCLAIM", key(), group(), who(), g.pick("0", "0", "99999999", "x")}, ids(4)...)
		for g.IntN(2) == 0 {
			words = append(words, g.pick("FORCE", "JUSTID", "JUSTID", "FOO"))
		}
		return words
	case 20:
		words := append([]string{"XAUTOCLAIM", key(), group(), who(), g.pick("0", "0", "99999999"), g.streamID()}, count()...)
		return append(words, "JUSTID")[:len(words)+g.IntN(2)]
	case 21:
		return []string{"XPENDING", key(), group()}
	case 22:
		return []string{"XINFO", "STREAM", key()}
	}
	if g.IntN(4) == 0 {
		return []string{"XSETID", key(), g.streamID()}
	}
	return []string{"EXISTS", key()}
}

func TestStreamsAgreeWithRedis(t *testing.T) {
	n := 0
	next := func() string {
		n++
		return strconv.Itoa(n/20+1) + "-" + strconv.Itoa(n%20+3)
	}
	agreesWithRedis(t, 20_000, func(g generator) []string {
		if n > 1100 { // start anew
			n = 0
			return []string{"FLUSHALL"}
		}
		words := g.streamCall(next)
		switch {
		case words[0] == "XSETID", words[0] == "XADD" && slices.Contains(words, "*"):
			return []string{"EXISTS", "a"} // 7.2 checks more; depends on the clock
		case words[0] == "XINFO" && words[1] == "STREAM", words[0] == "XADD" && slices.Contains(words, "5-*"):
			return []string{"XLEN", "b"}
		}
		return words
	}, func(reply string) string { return consumers.ReplaceAllString(reply, "") })
}

// consumers: before 7.2, XREADGROUP made only those that got something.
var consumers = regexp.MustCompile(`"consumers"\n *\d+\) \(integer\) \d+`)

// TestInexactTrimmingIsKeptAsExact: what a log keeps leaves the same entries in a
// stream whose blocks lie otherwise.
func TestInexactTrimmingIsKeptAsExact(t *testing.T) {
	here, there := newRig(t), newRig(t)
	there.call.Settings = &Settings{MaxString: 1 << 20, Stream: &value.StreamLimits{Entries: 7}}
	g := generator{rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 5))}
	for i := range 1200 {
		words := []string{"XADD", "s", strconv.Itoa(i + 1), "f", "v"}
		switch g.IntN(10) {
		case 0:
			words = []string{"XADD", "s", "MAXLEN", "~", strconv.Itoa(g.IntN(400)), strconv.Itoa(i + 1), "f", "v"}
		case 1:
			words = []string{"XTRIM", "s", "MINID", "~", strconv.Itoa(i - g.IntN(500)), "LIMIT", strconv.Itoa(g.IntN(300))}
			if i < 500 {
				words[4] = "1"
			}
		case 2:
			words = []string{"XDEL", "s", strconv.Itoa(i - g.IntN(300))}
			if i < 300 {
				words[2] = "1"
			}
		}
		here.call.Kept, here.call.Instead = true, nil
		here.do(words...)
		args := toArgs(words...)
		if here.call.Instead != nil {
			args = here.call.Instead
		}
		there.raw(args)
		if a, b := here.do("XRANGE", "s", "-", "+"), there.do("XRANGE", "s", "-", "+"); a != b {
			t.Fatalf("%q, kept as %q, left %d and %d bytes", words, args, len(a), len(b))
		}
	}
}

func BenchmarkXAdd(b *testing.B) {
	r := newRig(b)
	args := toArgs("XADD", "s", "*", "name", "Sara", "surname", "OConnor")
	for b.Loop() {
		r.run(args)
		r.out.Truncate(0)
	}
}

func BenchmarkXAddMaxLen(b *testing.B) {
	r := newRig(b)
	args := toArgs("XADD", "s", "MAXLEN", "~", "1000", "*", "name", "Sara", "surname", "OConnor")
	for b.Loop() {
		r.run(args)
		r.out.Truncate(0)
	}
}

func BenchmarkXReadGroup(b *testing.B) {
	r := newRig(b)
	r.run(toArgs("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"))
	add, read := toArgs("XADD", "s", "*", "f", "v"), toArgs("XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">")
	for b.Loop() {
		r.run(add)
		r.run(read)
		r.out.Truncate(0)
	}
}

func BenchmarkPFAddDense(b *testing.B) {
	r := newRig(b)
	for i := range 20_000 {
		r.run(toArgs("PFADD", "h", strconv.Itoa(i)))
	}
	args := toArgs("PFADD", "h", "element")
	for b.Loop() {
		r.run(args)
		r.out.Truncate(0)
	}
}
