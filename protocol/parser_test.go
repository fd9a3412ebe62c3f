package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// parseAll feeds stream to a Parser in pieces of the sizes that cut gives, as
// a connection would.
func parseAll(t testing.TB, stream string, lim Limits, cut func(left int) int) (commands [][]string, fault string) {
	var p Parser
	var buf []byte
	var args [][]byte
	for stream != "" {
		n := min(max(cut(len(stream)), 1), len(stream))
		buf = append(slices.Clone(buf), stream[:n]...) // moves, as a real buffer may
		stream = stream[n:]
		for len(buf) > 0 {
			var used int
			var err error
			used, args, err = p.Next(buf, args, &lim)
			if err != nil {
				var pe *ProtocolError
				if !errors.As(err, &pe) {
					t.Fatalf("error %v is no ProtocolError", err)
				}
				return commands, strings.TrimPrefix(err.Error(), "Protocol error: ")
			}
			if used == 0 {
				if len(args) != 0 {
					t.Fatalf("%d arguments of an incomplete command", len(args))
				}
				if need := p.Need(); need != 0 && need <= len(buf) {
					t.Fatalf("stopped at %d bytes, but needs %d", len(buf), need)
				}
				break
			}
			if len(args) > 0 {
				commands = append(commands, toStrings(args))
			}
			buf = buf[used:]
		}
	}
	return commands, ""
}

func toStrings(args [][]byte) (s []string) {
	for _, a := range args {
		s = append(s, string(a))
	}
	return s
}

func whole(left int) int { return left }

func TestParserReadsCommandsAndSaysWhatIsWrong(t *testing.T) {
	long, short := strings.Repeat("x", 300), Limits{MaxInline: 256}
	for _, c := range []struct {
		name, in, want, fault string
		lim                   Limits
	}{
		{name: "a command", in: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", want: "[[GET k]]"},
		{name: "a pipeline", in: "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\nPING\r\n", want: "[[PING] [PING] [PING]]"},
		{name: "binary arguments", in: "*2\r\n$4\r\n\r\n\x00*\r\n$0\r\n\r\n", want: "[[\r\n\x00* ]]"},
		{name: "half a command", in: "*2\r\n$3\r\nGET\r\n$1\r\n", want: "[]"},
		{name: "no arguments and less are skipped", in: "*0\r\n*-1\r\n\r\n\nPING\r\n", want: "[[PING]]"},
		{name: "terminators are not looked at", in: "*1\rx$2\r\nabXY", want: "[[ab]]"},

		{name: "count not a number", in: "*a\r\n", fault: "invalid multibulk length"},
		{name: "count padded", in: "*01\r\n", fault: "invalid multibulk length"},
		{name: "count empty", in: "*\r\n", fault: "invalid multibulk length"},
		{name: "count above 1 Mi", in: "*1048577\r\n", fault: "invalid multibulk length"},
		{name: "count above a setting", in: "*4\r\n", lim: Limits{MaxCount: 3}, fault: "invalid multibulk length"},
		{name: "count overflows", in: "*9223372036854775808\r\n", fault: "invalid multibulk length"},
		{name: "count unending", in: "*" + long, lim: short, fault: "too big mbulk count string"},
		{name: "length not a number", in: "*1\r\n$x\r\n", fault: "invalid bulk length"},
		{name: "length negative", in: "*1\r\n$-1\r\n", fault: "invalid bulk length"},
		{name: "length above 512 MiB", in: "*1\r\n$536870913\r\n", fault: "invalid bulk length"},
		{name: "length above a setting", in: "*1\r\n$5\r\nhello\r\n", lim: Limits{MaxBulk: 4}, fault: "invalid bulk length"},
		{name: "length unending", in: "*1\r\n$" + long, lim: short, fault: "too big bulk count string"},
		{name: "no length", in: "*1\r\nfoo\r\n", fault: "expected '$', got 'f'"},

		{name: "no setting makes lengths overflow", in: "*1\r\n$9223372036854775807\r\nfoo\r\n", lim: Limits{MaxBulk: 1<<63 - 1}, fault: "invalid bulk length"},
		{name: "no setting makes counts overflow", in: "*4294967297\r\n$3\r\nfoo\r\n", lim: Limits{MaxCount: 1<<63 - 1}, fault: "invalid multibulk length"},
		{name: "redcon panics on a huge count", in: "*1\r\n$9223372036854775807\r\nfoo\r\n", fault: "invalid bulk length"},
		{name: "redcon panics on a negative length", in: "*1\r\n$-9999\r\n", fault: "invalid bulk length"},
		{name: "a Tile38 frame is words", in: "$3 abc\r\n", want: "[[$3 abc]]"},

		{name: "a stranger's count", in: "*11\r\n", lim: Limits{Unauthenticated: true}, fault: "unauthenticated multibulk length"},
		{name: "a stranger's length", in: "*1\r\n$16385\r\n", lim: Limits{Unauthenticated: true}, fault: "unauthenticated bulk length"},
		{name: "a stranger may log in", in: "*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n", lim: Limits{Unauthenticated: true}, want: "[[AUTH p]]"},

		{name: "words", in: "SET  k\tv \r\n", want: "[[SET k v]]"},
		{name: "a bare newline ends a line", in: "PING\n", want: "[[PING]]"},
		{name: "double quotes", in: `SET "a b" "\x41\n\t\r\b\a\q\"\\"` + "\r\n", want: "[[SET a b A\n\t\r\b\aq\"\\]]"},
		{name: "a broken hex escape", in: `ECHO "\x4g"` + "\r\n", want: "[[ECHO x4g]]"},
		{name: "single quotes", in: `SET 'a b' '\'\n'` + "\r\n", want: `[[SET a b '\n]]`},
		{name: "quotes inside a word", in: `SET a"b c" ''` + "\r\n", want: "[[SET ab c ]]"},
		{name: "an open quote", in: `SET "a` + "\r\n", fault: "unbalanced quotes in request"},
		{name: "a quote that goes on", in: `SET "a"b` + "\r\n", fault: "unbalanced quotes in request"},
		{name: "a line unending", in: long, lim: short, fault: "too big inline request"},
		{name: "a line too long for a setting", in: "PING", lim: Limits{MaxInline: 3}, fault: "too big inline request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			cuts := map[string]func(int) int{
				"whole":         whole,
				"byte by byte":  func(int) int { return 1 },
				"random pieces": func(int) int { return 1 + rng.IntN(9) },
			}
			for how, cut := range cuts {
				got, fault := parseAll(t, c.in, c.lim, cut)
				if fmt.Sprint(got) != c.want && (c.want != "" || len(got) > 0) {
					t.Errorf("%s: got %q, want %s", how, got, c.want)
				}
				if fault != c.fault {
					t.Errorf("%s: fault %q, want %q", how, fault, c.fault)
				}
			}
			want, fault := refParse(c.in, c.lim)
			if fault != c.fault || c.want != "" && fmt.Sprint(want) != c.want {
				t.Errorf("the reference parser says %q, fault %q", want, fault)
			}
		})
	}
}

func TestALineMayHave64KBUnlessSaidOtherwise(t *testing.T) {
	for size, want := range map[int]string{DefaultMaxInline: "", DefaultMaxInline + 1: "too big inline request"} {
		line := "ECHO " + strings.Repeat("x", size-len("ECHO ")) + "\n"
		commands, fault := parseAll(t, line, Limits{}, whole)
		if fault != want || (want == "") != (len(commands) == 1) {
			t.Errorf("%d bytes: %d commands, fault %q", size, len(commands), fault)
		}
	}
}

func TestParserIsSmallWhileIdle(t *testing.T) {
	if size := unsafe.Sizeof(Parser{}); size >= 64 {
		t.Errorf("a Parser takes %d bytes of each connection", size)
	}
}

func TestParserTellsHowMuchItNeeds(t *testing.T) {
	var p Parser
	in := []byte("*2\r\n$4\r\nECHO\r\n$100\r\nabc")
	if n, _, err := p.Next(in, nil, nil); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if want := bytes.LastIndexByte(in, '\n') + 1 + 102; p.Need() != want {
		t.Errorf("needs %d, want %d", p.Need(), want)
	}
	if p.Reset(); p.Need() != 0 {
		t.Error("a fresh parser needs nothing known")
	}
}

// A command that comes byte by byte must cost as much as its bytes, not their
// square: a million arguments of one byte would take hours.
func TestParserWorkIsLinear(t *testing.T) {
	const count = 200_000
	stream := []byte(fmt.Sprintf("*%d\r\n", count) + strings.Repeat("$1\r\na\r\n", count))
	var p Parser
	var args [][]byte
	for end := 1; end <= len(stream); end++ {
		n, out, err := p.Next(stream[:end], args, nil)
		if err != nil || (n != 0) != (end == len(stream)) {
			t.Fatalf("at %d: %d %v", end, n, err)
		}
		args = out
	}
	if len(args) != count {
		t.Errorf("%d arguments", len(args))
	}
	inline := bytes.Repeat([]byte("a "), DefaultMaxInline/2)
	for end := 1; end <= len(inline); end++ {
		if n, _, err := p.Next(inline[:end], nil, nil); n != 0 || err != nil {
			t.Fatalf("at %d: %d %v", end, n, err)
		}
	}
}

func FuzzParser(f *testing.F) {
	for _, s := range []string{
		"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "*1\r\n$9223372036854775807\r\nfoo\r\n", "*1\r\n$-9999\r\n",
		"$3 abc\r\n", "*0\r\n*-1\r\n\r\nPING\r\n", "SET \"a\\x41\" 'b\\''\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$10\r\n0123456789\r\n*",
	} {
		f.Add(s, uint64(1), false)
	}
	f.Fuzz(func(t *testing.T, stream string, seed uint64, stranger bool) {
		lim := Limits{MaxBulk: 1000, MaxCount: 20, MaxInline: 100, Unauthenticated: stranger}
		rng := rand.New(rand.NewPCG(seed, 0))
		cut := func(int) int { return 1 + rng.IntN(1+rng.IntN(20)) }
		want, wantFault := refParse(stream, lim)
		one, oneFault := parseAll(t, stream, lim, whole)
		got, fault := parseAll(t, stream, lim, cut)
		if !equalCommands(one, want) || !equalCommands(got, want) {
			t.Fatalf("whole %q\npieces %q\nreference %q", one, got, want)
		}
		if fault != wantFault || oneFault != wantFault {
			t.Fatalf("faults: whole %q, pieces %q, reference %q", oneFault, fault, wantFault)
		}
	})
}

func equalCommands(a, b [][]string) bool {
	return slices.EqualFunc(a, b, func(x, y []string) bool { return slices.Equal(x, y) })
}
