package command

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/server/store"
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

// While a long LCS computes, others have its stripes, unless it is part of a batch.
func TestLCSComputesWithItsStripesFree(t *testing.T) {
	for _, alone := range []bool{true, false} {
		r := newRigWith(t, store.Options{Stripes: 1})
		for _, key := range []string{"a", "b"} {
			r.do("SET", key, strings.Repeat("x", 2000))
		}
		c := &r.call
		c.Alone = alone
		c.Cmd, c.Args = r.table.Lookup([]byte("LCS")), toArgs("LCS", "a", "b", "LEN")
		c.DB.LockKeys(c.Args[1:])
		c.Cmd.Run(c)
		free := make(chan struct{})
		go func() {
			other := r.ks.View()
			other.LockKey([]byte("a"))
			other.Unlock()
			close(free)
		}()
		if alone {
			<-free // for ever, if LCS has kept it
			continue
		}
		select {
		case <-free:
			t.Error("a batch lost its stripes")
		case <-time.After(20 * time.Millisecond):
		}
		c.DB.Unlock()
		<-free
	}
}

// TestLCSTakesTheWayOfThePlainTable compares with all of L written out.
func TestLCSTakesTheWayOfThePlainTable(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 5))
	for range 1000 {
		a, b := randomText(g), randomText(g)
		l := plainLCS(a, b)
		table := newLCSTable(a, b, true)
		if want := l[len(a)][len(b)]; table.length != want || newLCSTable(a, b, false).length != want {
			t.Fatalf("LCS(%q, %q) has length %d, want %d", a, b, table.length, want)
		}
		var got [][2]int
		table.back(func(i, j int) { got = append(got, [2]int{i, j}) })
		if want := plainWay(a, b, l); !slices.Equal(got, want) {
			t.Fatalf("LCS(%q, %q) goes %v, want %v", a, b, got, want)
		}
		n := 0
		table.ranges(func(i, j, length int) {
			n += length
			if string(a[i:i+length]) != string(b[j:j+length]) {
				t.Fatalf("LCS(%q, %q): range %d %d %d does not match", a, b, i, j, length)
			}
		})
		if n != table.length || len(table.subsequence()) != n {
			t.Fatalf("LCS(%q, %q): ranges sum up to %d, want %d", a, b, n, table.length)
		}
	}
}

func randomText(g *rand.Rand) []byte {
	b := make([]byte, g.IntN(1+g.IntN(200)))
	letters := 1 + g.IntN(4)
	for i := range b {
		b[i] = "abcd"[g.IntN(letters)]
	}
	return b
}

func plainLCS(a, b []byte) [][]int {
	l := make([][]int, len(a)+1)
	for i := range l {
		l[i] = make([]int, len(b)+1)
		for j := range l[i] {
			switch {
			case i == 0 || j == 0:
			case a[i-1] == b[j-1]:
				l[i][j] = l[i-1][j-1] + 1
			default:
				l[i][j] = max(l[i-1][j], l[i][j-1])
			}
		}
	}
	return l
}

// plainWay goes back as Redis does.
func plainWay(a, b []byte, l [][]int) (way [][2]int) {
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j = i-1, j-1
			way = append(way, [2]int{i, j})
		case l[i-1][j] > l[i][j-1]:
			i--
		default:
			j--
		}
	}
	return way
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
