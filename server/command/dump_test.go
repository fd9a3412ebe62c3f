package command

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/rdb"
)

const footerLength = 10 // of a payload: version and checksum

// dumped is the payload of a string, made here.
func dumped(t testing.TB, text string) []byte {
	t.Helper()
	return newRig(t).dump(text)
}

func (r *rig) dump(text string) []byte {
	r.t.Helper()
	r.do("SET", "k", text)
	reply, _, err := protocol.DecodeReply(r.raw(toArgs("DUMP", "k")))
	if err != nil {
		r.t.Fatal(err)
	}
	return bytes.Clone(reply.Str)
}

// versioned gives a payload another version and the checksum for it.
func versioned(payload []byte, version uint16) []byte {
	return rdb.Seal(bytes.Clone(payload[:len(payload)-footerLength]), version)
}

var dumpTexts = []string{
	"", "a", "0", "-1", "127", "128", "-129", "32767", "-32769", "2147483647", "2147483648", "9223372036854775807", "007",
	strings.Repeat("x", 63), strings.Repeat("xyz", 30), strings.Repeat("abc", 6000), strings.Repeat("long", 20_000), "\x00\xff\r\n",
}

func TestDumpAndRestoreExchangeStringsWithRedis(t *testing.T) {
	real, ours := startRedis(t), newRig(t)
	for _, text := range append(dumpTexts, randomBytes(100), randomBytes(70_000)) {
		real.do(toArgs("SET", "k", text)...)
		theirs := real.do(toArgs("DUMP", "k")...).Str
		if got := ours.do("RESTORE", "k", "0", string(theirs), "REPLACE"); got != "OK" {
			t.Errorf("Redis's dump of %.20q: %s", text, got)
		}
		if got, _, _ := protocol.DecodeReply(ours.raw(toArgs("GET", "k"))); string(got.Str) != text {
			t.Errorf("%.20q came as %.20q", text, got.Str)
		}
		payload := dumped(t, text)
		if r := real.do([]byte("RESTORE"), []byte("k"), []byte("0"), payload, []byte("REPLACE")); string(r.Str) != "OK" {
			t.Errorf("our dump of %.20q: Redis says %s", text, r.Str)
		}
		if r := real.do(toArgs("GET", "k")...); string(r.Str) != text {
			t.Errorf("%.20q went as %.20q", text, r.Str)
		}
	}
}

func randomBytes(n int) string {
	g := rand.New(rand.NewPCG(1, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return string(b)
}

func TestRestoreChecksItsArguments(t *testing.T) {
	r := newRig(t)
	good := string(dumped(t, "hello"))
	r.do("SET", "taken", "x")
	for _, c := range []struct {
		want  string
		words []string
	}{
		{"OK", []string{"k", "0", good}},
		{"(error) BUSYKEY Target key name already exists.", []string{"taken", "0", good}},
		{"OK", []string{"taken", "10", good, "replace"}},
		{"(error) ERR Invalid TTL value, must be >= 0", []string{"n", "-1", good}},
		{"(error) ERR value is not an integer or out of range", []string{"n", "x", good}},
		{"(error) ERR syntax error", []string{"n", "0", good, "IDLETIME"}},
		{"(error) ERR Invalid IDLETIME value, must be >= 0", []string{"n", "0", good, "IDLETIME", "-1"}},
		{"(error) ERR Invalid FREQ value, must be >= 0 and <= 255", []string{"n", "0", good, "FREQ", "256"}},
		{"(error) ERR syntax error", []string{"n", "0", good, "FREQ", "1", "IDLETIME", "1"}},
		{"(error) ERR DUMP payload version or checksum are wrong", []string{"n", "0", good[:len(good)-1] + "x"}},
		{"(error) ERR DUMP payload version or checksum are wrong", []string{"n", "0", "short"}},
		{"(error) ERR DUMP payload version or checksum are wrong", []string{"n", "0", string(versioned([]byte(good), 99))}},
		{"(error) ERR Bad data format", []string{"n", "0", string(versioned(append([]byte{77}, good[1:]...), 11))}},
		{"OK", []string{"past", "1000", good, "ABSTTL"}},
	} {
		if got := strings.TrimSpace(r.do(append([]string{"RESTORE"}, c.words...)...)); got != c.want {
			t.Errorf("RESTORE %.60q: %s, want %s", c.words, got, c.want)
		}
	}
	script(t, r, `
		GET k -> "hello"
		TTL k -> (integer) -1
		PTTL taken -> (integer) 10
		EXISTS past -> (integer) 0
		EXISTS n -> (integer) 0
	`)
}

// FuzzRestore: no payload does harm, and what is taken comes out as it went in.
func FuzzRestore(f *testing.F) {
	for _, text := range dumpTexts {
		f.Add(dumped(f, text[:min(len(text), 200)]))
	}
	f.Add(versioned([]byte("\x00\xc3\x04\x0a\x00a\xe0\x00\x00"+"0123456789"), 9))
	r := newRig(f)
	for _, c := range collections {
		r.do(strings.Fields(c)...)
		if dump := r.dumpOf(strings.Fields(c)[1]); len(dump) < 4<<10 {
			f.Add(dump)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r.t = t
		if len(payload) >= footerLength {
			payload = versioned(payload, uint16(payload[len(payload)-1]%12))
		}
		if r.do("RESTORE", "f", "0", string(payload), "REPLACE") != "OK" {
			return
		}
		dump := r.dumpOf("f")
		if got := r.do("RESTORE", "g", "0", string(dump), "REPLACE"); got != "OK" {
			t.Fatalf("what DUMP gave is refused: %s", got)
		}
		if again := r.dumpOf("g"); !bytes.Equal(dump, again) {
			t.Errorf("%q came back as %q", dump, again)
		}
	})
}

func (r *rig) dumpOf(key string) []byte {
	r.t.Helper()
	reply, _, err := protocol.DecodeReply(r.raw(toArgs("DUMP", key)))
	if err != nil {
		r.t.Fatal(err)
	}
	return bytes.Clone(reply.Str)
}

// collections make one key each: small and large of each kind, with elements that
// take each form of the format.
var collections = func() []string {
	long := strings.Repeat("abcdefghij", 30)
	many := func(verb, key string, n int, element func(i int) string) string {
		var b strings.Builder
		b.WriteString(verb + " " + key)
		for i := range n {
			b.WriteString(" " + element(i))
		}
		return b.String()
	}
	plain := func(i int) string { return fmt.Sprint("element:", i) }
	return []string{
		"RPUSH l a 1 -1 127 128 -4096 4095 40000 8388607 -8388609 2147483648 -9223372036854775808 x" + long,
		many("RPUSH", "ll", 3000, plain), "RPUSH lb " + strings.Repeat("y", 20_000),
		"SADD i 1 2 3", "SADD i32 1 70000", "SADD i64 1 5000000000", "SADD s a b 1", many("SADD", "ss", 2000, plain),
		many("SADD", "ii", 900, strconv.Itoa),
		"HSET h a 1 b " + long, "HSET hp a 1 b 2", many("HSET", "hh", 2000, func(i int) string { return fmt.Sprint("f", i, " ", i) }),
		"ZADD z 1 a 2.5 b -inf c +inf d 1024.125 e", many("ZADD", "zz", 2000, func(i int) string { return fmt.Sprint(float64(i)/8, " m", i) }),
	}
}()

// collectionOf lists what a collection holds, comparable.
func collectionOf(do func(words ...string) string, kind, key string) string {
	switch kind {
	case "RPUSH":
		return do("LRANGE", key, "0", "-1")
	case "SADD":
		return sorted(do("SMEMBERS", key))
	case "HSET":
		return sorted(do("HGETALL", key))
	}
	return do("ZRANGE", key, "0", "-1", "WITHSCORES")
}

func sorted(reply string) string {
	lines := strings.Split(reply, "\n")
	for i, l := range lines {
		_, lines[i], _ = strings.Cut(l, ") ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestDumpAndRestoreExchangeCollectionsWithRedis(t *testing.T) {
	real, ours := startRedis(t), newRig(t)
	theirs := func(words ...string) string { return protocol.Format(real.do(toArgs(words...)...)) }
	mine := func(words ...string) string {
		reply, _, err := protocol.DecodeReply(ours.raw(toArgs(words...)))
		if err != nil {
			t.Fatal(err)
		}
		return protocol.Format(reply)
	}
	for _, line := range collections {
		words := strings.Fields(line)
		verb, key := words[0], words[1]
		if ours.table.Find(verb) == nil {
			t.Logf("%s is not in this version", verb)
			continue
		}
		real.do(toArgs(words...)...)
		if got := ours.do("RESTORE", key, "0", string(real.do(toArgs("DUMP", key)...).Str), "REPLACE"); got != "OK" {
			t.Fatalf("Redis's dump of %.40s: %s", line, got)
		}
		want := collectionOf(theirs, verb, key)
		if got := collectionOf(mine, verb, key); got != want {
			t.Errorf("%.40s came as %.200s, want %.200s", line, got, want)
		}
		real.do(toArgs("DEL", key)...)
		if r := real.do([]byte("RESTORE"), []byte(key), []byte("0"), ours.dumpOf(key)); string(r.Str) != "OK" {
			t.Fatalf("our dump of %.40s: Redis says %s", line, r.Str)
		}
		if got := collectionOf(theirs, verb, key); got != want {
			t.Errorf("%.40s went as %.200s, want %.200s", line, got, want)
		}
		if g, w := mine("OBJECT", "ENCODING", key), theirs("OBJECT", "ENCODING", key); g != w {
			t.Logf("%.40s: encoding %s here, %s there", line, g, w)
		}
	}
}

// TestCompressedStringsUnpack takes Redis's compressor as the other side.
func TestCompressedStringsUnpack(t *testing.T) {
	real, ours := startRedis(t), newRig(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := rand.New(rand.NewPCG(seed, 8))
	for i := range 300 {
		var b strings.Builder
		for b.Len() < 30+g.IntN(3000) {
			if g.IntN(3) == 0 {
				b.WriteString(strings.Repeat(string(rune('a'+g.IntN(3))), g.IntN(400)))
			} else {
				b.WriteString(strconv.Itoa(g.IntN(1000)))
			}
		}
		key := "k" + strconv.Itoa(i)
		real.do(toArgs("SET", key, b.String())...)
		ours.do("RESTORE", key, "0", string(real.do(toArgs("DUMP", key)...).Str))
		got, _, _ := protocol.DecodeReply(ours.raw(toArgs("GET", key)))
		if string(got.Str) != b.String() {
			t.Fatalf("%.50q came as %.50q", b.String(), got.Str)
		}
	}
}
