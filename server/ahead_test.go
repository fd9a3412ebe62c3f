package server

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// words shows what a parser read.
func words(args [][]byte) string {
	s := make([]string, len(args))
	for i, a := range args {
		s[i] = fmt.Sprintf("%q", a)
	}
	return strings.Join(s, " ")
}

// oneByOne is what a stream means: its commands, and the error at its end.
func oneByOne(in string) (cmds []string, failed bool) {
	var p protocol.Parser
	for buf := []byte(in); len(buf) > 0; {
		n, args, err := p.Next(buf, nil, nil)
		if err != nil {
			return cmds, true
		}
		if n == 0 {
			break
		}
		if len(args) > 0 {
			cmds = append(cmds, words(args))
		}
		buf = buf[n:]
	}
	return cmds, false
}

func TestReadingAheadFindsTheCommandsOfTheStream(t *testing.T) {
	ks, err := store.Open(store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	get, set := "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$40\r\n"+strings.Repeat("x", 40)+"\r\n"
	many := "*300\r\n" + strings.Repeat("$1\r\nk\r\n", 300)
	parts := []string{get, set, many, "PING\r\n", "SET 'a b' \"c\\x00\"\r\n", "*0\r\n", "\r\n"}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var stream strings.Builder
		for range rng.IntN(60) {
			stream.WriteString(parts[rng.IntN(len(parts))])
		}
		if rng.IntN(3) == 0 {
			stream.WriteString("*1\r\n$-7\r\n" + get)
		}
		want, wantFailed := oneByOne(stream.String())
		got, failed := inPieces(rng, ks.View(), []byte(stream.String()))
		if failed != wantFailed || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("seed %d: %d commands, failed %v; want %d, %v", seed, len(got), failed, len(want), wantFailed)
		}
	}
}

// inPieces reads a stream that arrives in pieces as sessions do, and stops now
// and then after a command as they may.
func inPieces(rng *rand.Rand, db *store.DB, in []byte) (cmds []string, failed bool) {
	var a ahead
	var p protocol.Parser
	for start, end := 0, 0; end < len(in) || start < end; {
		end = min(len(in), end+1+rng.IntN(200))
		stuck := true
		for start < end {
			c, err := a.take(&p, in[start:end:end], nil, db)
			if err != nil {
				return cmds, true
			}
			if c.size == 0 {
				break
			}
			if len(c.args) > 0 {
				cmds = append(cmds, words(c.args))
			}
			start += c.size
			stuck = false
			if rng.IntN(8) == 0 {
				break
			}
		}
		a.drop(&p)
		if stuck && end == len(in) {
			break
		}
	}
	return cmds, false
}
