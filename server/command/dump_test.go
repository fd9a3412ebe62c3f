package command

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/protocol"
)

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
	b := bytes.Clone(payload[:len(payload)-footerLength])
	b = binary.LittleEndian.AppendUint16(b, version)
	return binary.LittleEndian.AppendUint64(b, checksum(b))
}

func TestChecksumIsRedis(t *testing.T) {
	if got := checksum([]byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("%x", got)
	}
}

var dumpTexts = []string{
	"", "a", "0", "-1", "127", "128", "-129", "32767", "-32769", "2147483647", "2147483648", "9223372036854775807", "007",
	strings.Repeat("x", 63), strings.Repeat("xyz", 30), strings.Repeat("abc", 6000), strings.Repeat("long", 20_000), "\x00\xff\r\n",
}

func TestDumpAndRestoreExchangeStringsWithRedis(t *testing.T) {
	real, ours := startRedis(t), newRig(t)
	const redis70 = 10 // its RDB version
	for _, text := range append(dumpTexts, randomBytes(100), randomBytes(70_000)) {
		real.do(toArgs("SET", "k", text)...)
		theirs := real.do(toArgs("DUMP", "k")...).Str
		if got := ours.do("RESTORE", "k", "0", string(theirs), "REPLACE"); got != "OK" {
			t.Errorf("Redis's dump of %.20q: %s", text, got)
		}
		if got, _, _ := protocol.DecodeReply(ours.raw(toArgs("GET", "k"))); string(got.Str) != text {
			t.Errorf("%.20q came as %.20q", text, got.Str)
		}
		payload := versioned(dumped(t, text), redis70)
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
	f.Fuzz(func(t *testing.T, payload []byte) {
		r.t = t
		if len(payload) >= footerLength {
			payload = versioned(payload, uint16(payload[len(payload)-1]%12))
		}
		text, err := readPayload(payload, 1<<20)
		if err != "" {
			return
		}
		again, err := readPayload(r.dump(string(text)), 1<<20)
		if err != "" || !bytes.Equal(text, again) {
			t.Errorf("%q came back as %q (%s)", text, again, err)
		}
	})
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
