package command

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestLCSAnswers(t *testing.T) {
	r := newRig(t)
	r.do("MSET", "a", "ohmytext", "b", "mynewtext", "n", "12345")
	for line, want := range map[string]string{
		"LCS a b":               `"mytext"`,
		"LCS a b LEN":           "(integer) 6",
		"LCS a nosuch":          `""`,
		"LCS n n":               `"12345"`,
		"LCS a b LEN IDX":       "(error) ERR If you want both the length and indexes, please just use IDX.",
		"LCS a b MINMATCHLEN":   "(error) ERR syntax error",
		"LCS a b MINMATCHLEN x": "(error) ERR value is not an integer or out of range",
	} {
		if got := strings.TrimSpace(r.line(line)); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// TestLCSIsLongest compares with plain recursion.
func TestLCSIsLongest(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 5))
	for range 2000 {
		a, b := randomText(g), randomText(g)
		table := newLCSTable(a, b, true)
		want := slowLCS(string(a), string(b), map[string]int{})
		s := string(table.subsequence())
		if table.length != want || len(s) != want || !isSubsequence(s, string(a)) || !isSubsequence(s, string(b)) {
			t.Fatalf("LCS(%q, %q) = %q, length %d, want %d", a, b, s, table.length, want)
		}
		n := 0
		table.ranges(func(i, j, length int) {
			n += length
			if string(a[i:i+length]) != string(b[j:j+length]) {
				t.Fatalf("LCS(%q, %q): range %d %d %d does not match", a, b, i, j, length)
			}
		})
		if n != want {
			t.Fatalf("LCS(%q, %q): ranges sum up to %d, want %d", a, b, n, want)
		}
	}
}

func randomText(g *rand.Rand) []byte {
	b := make([]byte, g.IntN(12))
	for i := range b {
		b[i] = "abc"[g.IntN(3)]
	}
	return b
}

func slowLCS(a, b string, known map[string]int) int {
	if a == "" || b == "" {
		return 0
	}
	k := fmt.Sprint(len(a), " ", len(b))
	if n, ok := known[k]; ok {
		return n
	}
	n := max(slowLCS(a[1:], b, known), slowLCS(a, b[1:], known))
	if a[0] == b[0] {
		n = max(n, 1+slowLCS(a[1:], b[1:], known))
	}
	known[k] = n
	return n
}

func isSubsequence(s, of string) bool {
	for i := range len(of) {
		if s != "" && s[0] == of[i] {
			s = s[1:]
		}
	}
	return s == ""
}

func TestLCSOfLargeStringsIsRefused(t *testing.T) {
	r := newRig(t)
	r.do("SET", "a", strings.Repeat("a", 12_000))
	if got, want := strings.TrimSpace(r.line("LCS a a LEN")), "(error) "+ErrLCSMemory.Error(); got != want {
		t.Errorf("got %s", got)
	}
}

func BenchmarkLargestLCS(b *testing.B) {
	g := rand.New(rand.NewPCG(1, 9))
	x, y := make([]byte, 11_500), make([]byte, 11_500)
	for i := range x {
		x[i], y[i] = "abcdefgh"[g.IntN(8)], "abcdefgh"[g.IntN(8)]
	}
	for b.Loop() {
		newLCSTable(x, y, true)
	}
}
