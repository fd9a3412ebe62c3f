package protocol

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParseIntTakesTheCanonicalFormOnly(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "7": 7, "-1": -1, "1000000": 1000000,
		"9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
	} {
		if got, ok := ParseInt([]byte(in)); !ok || got != want {
			t.Errorf("%q: %d %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "-", "-0", "+1", "01", " 1", "1 ", "1a", "a", "--1", "0x1", "1.0",
		"9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999999"} {
		if got, ok := ParseInt([]byte(in)); ok {
			t.Errorf("%q: %d was accepted", in, got)
		}
	}
}

func TestDoublesArePrintedAsRedis72Does(t *testing.T) {
	for want, in := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "inf": math.Inf(1), "-inf": math.Inf(-1), "nan": math.NaN(),
		"1": 1, "-1": -1, "3.1": 3.1, "0.1": 0.1, "-0.5": -0.5, "100": 100, "1234567890123": 1234567890123,
		"1000000000000000000": 1e18, "1e+20": 1e20, "1.5e+22": 1.5e22, "0.000001": 1e-6, "1e-7": 1e-7,
		"1.234e-5": 1.234e-5, "1.234e-7": 1.234e-7, "1.7976931348623157e+308": math.MaxFloat64, "5e-324": 5e-324,
		"0.30000000000000004": 0.30000000000000004, "123456.789": 123456.789,
	} {
		if got := string(AppendDouble(nil, in)); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
}

func TestDoublesReadBackAsTheyWere(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		f := math.Float64frombits(rng.Uint64())
		if math.IsNaN(f) {
			continue
		}
		text := string(AppendDouble(nil, f))
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != f {
			t.Fatalf("%v was printed as %s", f, text)
		}
	}
}

func TestLongDoubleAddsAsRedisDoes(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"10.5", "0.1", "10.6"},
		{"0.1", "0.2", "0.3"},
		{"5.0e3", "2.0e2", "5200"},
		{"3.0", "0.00000000000000001", "3.00000000000000001"},
		{"1", "-1", "0"},
		{"-1e-20", "0", "0"},
		{".5", "5.", "5.5"},
		{"007", "+1", "8"},
		{"0x10", "0", "16"},
		{"0X1.8P+1", "0xb", "14"},
		{"0e-99999999", "1", "1"},
		{"-0x0p999999", "1", "1"},
		{"1e-4950", "1", "1"},
		{"1e17", "1", "100000000000000001"},
		{"0.3333333333333333", "0", "0.3333333333333333"},
	} {
		a, ok1 := ParseLongDouble([]byte(c.a))
		b, ok2 := ParseLongDouble([]byte(c.b))
		if !ok1 || !ok2 {
			t.Errorf("%s %s: not numbers", c.a, c.b)
			continue
		}
		sum, ok := a.Add(b)
		if got := string(sum.Append(nil)); !ok || got != c.want {
			t.Errorf("%s + %s = %s, want %s", c.a, c.b, got, c.want)
		}
	}
	inf, ok := ParseLongDouble([]byte("-inf"))
	if _, sum := inf.Add(inf); !ok || sum || string(inf.Append(nil)) != "-inf" {
		t.Error("infinities are read, but not added")
	}
	for _, in := range []string{"", "abc", " 1", "1 ", "1_0", "nan", "0b1", "0o7", "1e999999999", "1e-999999999", "--1", "1p3", "e", "1e-4951", "-1e-5000", "1e4933", "0x1p16384", "0x1p-99999999", "1e9999999999x", "0e"} {
		if x, ok := ParseLongDouble([]byte(in)); ok {
			t.Errorf("%q was read as %s", in, x.Append(nil))
		}
	}
}
