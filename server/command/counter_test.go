package command

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

func TestCountersCheckTheirBounds(t *testing.T) {
	script(t, newRig(t), `
		SET k 9223372036854775807 -> OK
		INCR k -> (error) ERR increment or decrement would overflow
		INCRBY k -1 -> (integer) 9223372036854775806
		DECRBY k -9223372036854775808 -> (error) ERR decrement would overflow
		SET k -9223372036854775808 -> OK
		DECR k -> (error) ERR increment or decrement would overflow
		INCRBY k +1 -> (error) ERR value is not an integer or out of range
		SET k " 1" -> OK
		INCR k -> (error) ERR value is not an integer or out of range
		SET k 01 -> OK
		INCR k -> (error) ERR value is not an integer or out of range
		DECRBY nosuch 5 -> (integer) -5
		APPEND nosuch 5 -> (integer) 3
		INCR nosuch -> (integer) -54
		INCRBYFLOAT nosuch x -> (error) ERR value is not a valid float
		INCRBYFLOAT nosuch inf -> (error) ERR increment would produce NaN or Infinity
		INCRBYFLOAT nosuch 54.10 -> "0.1"
		INCRBYFLOAT nosuch -0.1 -> "0"
	`)
}

// TestFloatsAgreeWithRedis adds numbers of all sizes here and there.
func TestFloatsAgreeWithRedis(t *testing.T) {
	real := startRedis(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 6))
	ours := newRig(t)
	for range 5000 {
		key := toArgs("SET", "k", floatText(g))
		add := toArgs("INCRBYFLOAT", "k", floatText(g))
		real.do(key...)
		ours.raw(key)
		want := protocol.Format(real.do(add...))
		got, _, _ := protocol.DecodeReply(ours.raw(add))
		if got := protocol.Format(got); got != want {
			t.Fatalf("%q + %q = %s, Redis says %s", key[2], add[2], got, want)
		}
	}
}

// floatText is a number in one of the forms that strtold reads, now and then none.
func floatText(g *rand.Rand) string {
	f := g.NormFloat64() * math.Pow(10, float64(g.IntN(40)-20))
	switch g.IntN(12) {
	case 0:
		return strconv.Itoa(g.IntN(1000))
	case 1:
		return strconv.FormatFloat(f, 'e', g.IntN(20), 64)
	case 2:
		return strconv.FormatFloat(f, 'f', g.IntN(25), 64)
	case 3:
		return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
	case 4:
		return strings.ToUpper(strconv.FormatFloat(f, 'x', -1, 64))
	case 5:
		return "+" + strconv.FormatFloat(math.Abs(f), 'g', -1, 64)
	case 6:
		return []string{"1e", "1e+", ".", "-", "+", "", "e5", "0x", "0x.8", ".5", "5.", "00.50", "1e5000", "1e-5000", "1e4932", "1e-4940",
			"infinity", "-INF", "nan", "nan(1)", "1_0", "0b1", "0o7", "1 ", " 1", "1p3", "0x1p3", "0x1.8p-2", "1\x00", "--1", "1e1e1", "1,5",
			"1e-4951", "1.2e4932", "18446744073709551616", "36893488147419103233", "0.1e-16"}[g.IntN(37)]
	}
	return strconv.FormatFloat(f, 'g', 1+g.IntN(19), 64)
}
