package command

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

// agreesWithRedis runs random calls here and there and compares the replies.
// plain takes out of replies what may differ.
func agreesWithRedis(t *testing.T, steps int, call func(g generator) []string, plain ...func(string) string) {
	t.Helper()
	real, ours := startRedis(t), newRig(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 4))}
	if testing.Short() {
		steps /= 10
	}
	var hist []string
	for range steps {
		words := call(g)
		hist = append(hist, strings.Join(words, " "))
		ours.call.Now = time.Now().UnixMilli()
		got := ours.do(words...)
		want := protocol.Format(real.do(toArgs(words...)...))
		for _, p := range plain {
			got, want = p(got), p(want)
		}
		if got != want {
			t.Fatalf("%.200q:\n%.3000s\nbut Redis says\n%.3000s\nafter\n%.4000s", words, got, want, strings.Join(hist[max(0, len(hist)-20):], "\n"))
		}
	}
}

func (g generator) bitOffset() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("-1", "x", "4294967296", "9223372036854775807", "#1", "")
	case 1:
		return strconv.Itoa(g.IntN(3000))
	}
	return strconv.Itoa(g.IntN(150))
}

func (g generator) fieldOps() (words []string) {
	for range 1 + g.IntN(4) {
		typ := g.pick("u", "i") + strconv.Itoa(1+g.IntN(64))
		if g.IntN(3) == 0 {
			typ = g.pick("u1", "u8", "i8", "i5", "u63", "i64", "u64", "i65", "x", "", "i0", "i")
		}
		offset := g.pick("", "#") + g.bitOffset()
		n := g.pick("0", "1", "-1", "127", "-128", "255", "9223372036854775807", "-9223372036854775808", "x", strconv.FormatInt(int64(g.Uint64()), 10), strconv.Itoa(g.IntN(600)-300))
		switch g.IntN(5) {
		case 0:
			words = append(words, "OVERFLOW", g.pick("WRAP", "SAT", "FAIL", "sat", "fail", "x"))
		case 1:
			words = append(words, g.case_("GET"), typ, offset)
		case 2:
			// Redis saturates the lowest numbers at the wrong end.
			if v, ok := ParseInt([]byte(n)); ok {
				n = strconv.FormatInt(v/4, 10)
			}
			words = append(words, g.case_("SET"), typ, offset, n)
		default:
			words = append(words, g.case_("INCRBY"), typ, offset, n)
		}
	}
	return words
}

func (g generator) bitmapCall() []string {
	// Keys of one letter are there; Redis before 7.2 asks whether a key is there
	// before it reads the arguments.
	key := func() string { return g.pick("a", "b", "c", "d") }
	switch g.IntN(12) {
	case 0:
		return []string{"SET", key(), g.pick("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", strings.Repeat("\xff", g.IntN(40)), strings.Repeat("\x00", g.IntN(40)), "12345", "foobar", "")}
	case 1, 2:
		return []string{"SETBIT", key(), g.bitOffset(), g.pick("0", "1", "1", "2", "x")}
	case 3:
		return []string{"GETBIT", key(), g.bitOffset()}
	case 4:
		return append([]string{"BITCOUNT", key()}, g.bitRange()...)
	case 5:
		return append([]string{"BITPOS", key(), g.pick("0", "1", "1", "2", "x")}, g.bitRange()...)
	case 6, 7:
		words := []string{"BITOP", g.pick("AND", "OR", "XOR", "or"), key()}
		for range 1 + g.IntN(4) {
			words = append(words, g.pick("a", "b", "c", "d", "none"))
		}
		return words
	case 8:
		return []string{"BITOP", "NOT", key(), g.pick("a", "b", "none")}
	case 9, 10:
		return append([]string{"BITFIELD", key()}, g.fieldOps()...)
	default:
		if g.IntN(10) == 0 {
			return append([]string{"BITFIELD_RO", key()}, g.fieldOps()...)
		}
		return []string{"GET", key()}
	}
}

func (g generator) bitRange() []string {
	pos := func() string { return strconv.Itoa(g.IntN(200) - 100) }
	switch g.IntN(6) {
	case 0:
		return nil
	case 1:
		return []string{pos(), pos()}
	case 2, 3:
		return []string{pos(), pos(), g.pick("BIT", "bit", "BYTE")}
	case 4:
		if g.IntN(2) == 0 {
			return []string{strconv.Itoa(g.IntN(99)), pos(), "x"}
		}
		return []string{strconv.Itoa(g.IntN(99)), g.number(), "BIT"}
	}
	return []string{strconv.Itoa(g.IntN(10)), strconv.Itoa(g.IntN(10)), "BYTE"}
}

func TestBitmapsAgreeWithRedis(t *testing.T) {
	first := true
	agreesWithRedis(t, 30_000, func(g generator) []string {
		if first {
			first = false
			return []string{"MSET", "a", "a", "b", "b", "c", "c", "d", "d"}
		}
		words := g.bitmapCall()
		if words[0] == "BITOP" { // would delete the key if all sources were empty
			words = append(words, "a")
			if words[1] == "NOT" {
				words = words[:4]
				if words[3] == "none" {
					words[3] = "a"
				}
			}
		}
		if words[0] == "SET" && words[2] == "" {
			words[2] = "x"
		}
		return words
	})
}

func BenchmarkBitCount(b *testing.B) {
	buf := make([]byte, 1<<20)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		countBits(buf, 3, int64(len(buf))*8-3)
	}
}

func BenchmarkBitAnd(b *testing.B) {
	x, y := make([]byte, 1<<20), make([]byte, 1<<20)
	b.SetBytes(int64(len(x)))
	for b.Loop() {
		bitAnd.apply(x, y)
	}
}
