package command

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "any", true}, {"**", "", true},
		{"a", "a", true}, {"a", "A", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"h*llo", "hllo", true}, {"h*llo", "heeello", true}, {"h*llo", "hell", false},
		{"*ab", "aab", true}, {"*a*b", "aaxab", true}, {"a*", "a", true}, {"*a", "ab", false},
		{"h[ae]llo", "hallo", true}, {"h[ae]llo", "hillo", false}, {"h[^e]llo", "hbllo", true}, {"h[^e]llo", "hello", false},
		{"h[a-b]llo", "hbllo", true}, {"h[b-a]llo", "hallo", true}, {"h[a-b]llo", "hcllo", false},
		{`\*`, "*", true}, {`\*`, "a", false}, {`a\`, `a\`, true}, {`[\]]`, "]", true}, {`[\-]`, "-", true},
		{"[", "[", false}, {"[a", "a", true}, {"[]", "a", false}, {"[^]", "a", true}, {"[a-]", "-", false}, {"[a-]", "^", true}, {"[a-", "a", true},
		{"\x00*", "\x00\xff", true},
	} {
		if got := Match([]byte(c.pattern), []byte(c.s), false); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

func TestMatchFoldsCase(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"max*", "MAXMEMORY", true}, {"[a-c]x", "BX", true}, {"[A]", "a", true}, {`\A`, "a", true}, {`[\A]`, "a", false},
	} {
		if got := Match([]byte(c.pattern), []byte(c.s), true); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

// TestHostilePatternsTakeBoundedTime: each star of these sends a naive matcher
// back over the whole string.
func TestHostilePatternsTakeBoundedTime(t *testing.T) {
	s := bytes.Repeat([]byte("a"), 20_000)
	start := time.Now()
	for _, p := range []string{
		strings.Repeat("a*", 200) + "b", strings.Repeat("*", 5000) + "b",
		strings.Repeat("*a", 500) + "*b", strings.Repeat("*[a-z]?", 300) + "b",
	} {
		if Match([]byte(p), s, false) {
			t.Errorf("%.20q... matched", p)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestMatchAgreesWithRedis asks the real server by KEYS.
func TestMatchAgreesWithRedis(t *testing.T) {
	r := startRedis(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 4))
	word := func(alphabet string, n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[g.IntN(len(alphabet))]
		}
		return b
	}
	for range 300 {
		r.do([]byte("FLUSHALL"))
		keys := map[string]bool{}
		for range 20 {
			k := word(`ab-]\^`, 1+g.IntN(5))
			keys[string(k)] = true
			r.do([]byte("SET"), k, k)
		}
		for range 20 {
			p := word(`ab*?[]^-\`, 1+g.IntN(7))
			found := map[string]bool{}
			for _, e := range r.do([]byte("KEYS"), p).Elems {
				found[string(e.Str)] = true
			}
			for k := range keys {
				if got := Match(p, []byte(k), false); got != found[k] {
					t.Fatalf("Match(%q, %q) = %v, Redis says %v", p, k, got, found[k])
				}
			}
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("h[a-z]*\\x?"), []byte("hello x"))
	f.Fuzz(func(t *testing.T, pattern, s []byte) {
		Match(pattern, s, true)
		if !Match([]byte("*"), s, false) {
			t.Errorf("* does not match %q", s)
		}
		var literal []byte
		for _, b := range s {
			literal = append(literal, '\\', b)
		}
		if !Match(literal, s, false) {
			t.Errorf("%q escaped does not match itself", s)
		}
	})
}
