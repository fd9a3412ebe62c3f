package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// script is a sink that writes down what it is given.
type script struct{ parts []string }

func (s *script) put(format string, args ...any) error {
	s.parts = append(s.parts, fmt.Sprintf(format, args...))
	return nil
}
func (s *script) Begin(kind Kind, _ int) error         { return nil }
func (s *script) String(v []byte) error                { return s.put("%s", v) }
func (s *script) Element(v []byte) error               { return s.put("%s", v) }
func (s *script) Field(name, v []byte, at int64) error { return s.put("%s=%s@%d", name, v, at) }
func (s *script) Member(m []byte, score float64) error { return s.put("%s:%v", m, score) }
func (s *script) Stream(part any) error                { return s.put("%s", part) }
func (s *script) text() string                         { return strings.Join(s.parts, " ") }

// read returns what a value in a file's form holds.
func read(t *testing.T, typ Type, body []byte) string {
	t.Helper()
	var s script
	if err := ReadValue(append([]byte{byte(typ)}, body...), Limits{}, &s); err != nil {
		return "error: " + err.Error()
	}
	return s.text()
}

func str(s string) []byte { return append(appendLength(nil, uint64(len(s))), s...) }

func le32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// zip makes a ziplist of elements that are encoded already.
func zip(elems ...string) string {
	body := ""
	last := 0
	for _, e := range elems {
		if last < 254 {
			body += string([]byte{byte(last)}) + e
			last = 1 + len(e)
		} else {
			body += "\xfe" + string(le32(last)) + e
			last = 5 + len(e)
		}
	}
	n := 11 + len(body)
	return string(le32(n)) + string(le32(0)) + string([]byte{byte(len(elems)), 0}) + body + "\xff"
}

func TestOldFormsAreRead(t *testing.T) {
	long := strings.Repeat("x", 300)
	words := zip("\x03abc", "\xf1", "\xfd", "\xfe\xff", "\xc0\x39\x30", "\xf0\xff\xff\x7f", "\xd0\x00\x00\x00\x80",
		"\xe0\xff\xff\xff\xff\xff\xff\xff\x7f", "\x41\x2c"+long, "\x80\x00\x00\x00\x02hi", "\x01z")
	wordsText := "abc 0 12 -1 12345 8388607 -2147483648 9223372036854775807 " + long + " hi z"
	for _, c := range []struct {
		name string
		typ  Type
		body []byte
		want string
	}{
		{"linked list", typeList, slices.Concat([]byte{3}, str("a"), []byte{formInt8, 0xff}, []byte{formInt16, 0x10, 0x27}), "a -1 10000"},
		{"list in a ziplist", typeListZiplist, str(words), wordsText},
		{"quicklist", typeQuicklist, slices.Concat([]byte{2}, str(zip("\x01a")), str(zip("\x01b", "\x01c"))), "a b c"},
		{"intset", typeIntSet, str("\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\x05\x00"), "-1 5"},
		{"set", typeSet, slices.Concat([]byte{2}, str("a"), str("b")), "a b"},
		{"zset with texts", typeZSetText, slices.Concat([]byte{3}, str("a"), []byte("\x031.5"), str("b"), []byte{254}, str("c"), []byte{255}), "a:1.5 b:+Inf c:-Inf"},
		{"zset in a ziplist", typeZSetZiplist, str(zip("\x01a", "\xf3", "\x01b", "\x042.25")), "a:2 b:2.25"},
		{"hash", typeHash, slices.Concat([]byte{1}, str("f"), str("v")), "f=v@0"},
		{"hash in a ziplist", typeHashZiplist, str(zip("\x01f", "\x01v", "\x01g", "\xf9")), "f=v@0 g=8@0"},
		{"zipmap", typeZipmap, str("\x02\x01f\x02\x00vv\x01g\x01\x03wxyz\xff"), "f=vv@0 g=w@0"},
		{"zipmap with a long value", typeZipmap, str("\x01\x01f\xfe" + string(le32(300)) + "\x00" + long + "\xff"), "f=" + long + "@0"},
		{"hash with expiring fields", typeHashFields, slices.Concat(binary.LittleEndian.AppendUint64(nil, 1000), []byte{2, 0}, str("a"), str("1"), []byte{6}, str("b"), str("2")), "a=1@0 b=2@1005"},
		{"compressed", typeString, append([]byte{formLZF, 5, 10}, "\x00a\xe0\x00\x00"...), "aaaaaaaaaa"},
		{"an empty list", typeList, []byte{0}, "error: " + ErrEmpty.Error()},
		{"odd hash", typeHashZiplist, str(zip("\x01f")), "error: " + ErrFormat.Error()},
		{"NaN", typeZSet, slices.Concat([]byte{1}, str("a"), binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN()))), "error: " + ErrFormat.Error()},
		{"module", typeModule1, []byte{0}, "error: " + ErrModule.Error()},
		{"a count that lies", typeList, []byte{0x81, 0, 0, 0, 1, 0, 0, 0, 0}, "error: " + ErrFormat.Error()},
		{"a length that lies", typeString, []byte{0x80, 0x10, 0, 0, 0, 'x'}, "error: " + ErrFormat.Error()},
		{"something behind", typeString, append(str("a"), 0), "error: " + ErrFormat.Error()},
	} {
		if got := read(t, c.typ, c.body); got != c.want {
			t.Errorf("%s: %.100q, want %.100q", c.name, got, c.want)
		}
	}
}

func file(version int, parts ...[]byte) []byte {
	b := slices.Concat([]byte(fmt.Sprintf("REDIS%04d", version)), slices.Concat(parts...), []byte{opEOF})
	if version >= 5 {
		b = binary.LittleEndian.AppendUint64(b, Checksum(b))
	}
	return b
}

func TestFilesOfAllVersionsAreRead(t *testing.T) {
	key := func(name string) []byte { return slices.Concat([]byte{0}, str(name), str("v")) }
	old := file(1, []byte{opSelect, 0}, key("a"), []byte{opExpireSec}, le32(2000), key("b"))
	rich := file(11, []byte{opAux}, str("redis-ver"), str("7.2.4"), []byte{opModuleAux, 0x81, 0, 0, 0, 0, 0, 0, 4, 0, 2, 2, 5}, str("text"), []byte{0},
		[]byte{opFunction}, str("#!lua name=l"), []byte{opSelect, 3, opResize, 5, 2, opFreq, 9}, key("c"), []byte{opIdle, 7, opExpireMs},
		binary.LittleEndian.AppendUint64(nil, 123456), key("d"), []byte{byte(typeModule2)}, str("m"), []byte{1, 2, 40, 0}, key("e"))
	for _, c := range []struct {
		file []byte
		want string
	}{
		{old, "0:a 0:b@2000000"},
		{rich, "F 3:c#9 3:d@123456%7 3:m! 3:e"},
	} {
		rd, err := NewReader(bytes.NewReader(c.file), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			e, err := rd.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%d:%s", e.DB, e.Key)
			if e.ExpireAt != 0 {
				line += fmt.Sprintf("@%d", e.ExpireAt)
			}
			if e.Freq >= 0 {
				line += fmt.Sprintf("#%d", e.Freq)
			}
			if e.Idle >= 0 {
				line += fmt.Sprintf("%%%d", e.Idle)
			}
			if e.Function != nil {
				line = "F"
			} else if _, ok := e.Type.Kind(); !ok {
				line += "!"
			}
			got = append(got, line)
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s, want %s", text, c.want)
		}
	}
	for name, b := range map[string][]byte{
		"REDIS": []byte("RADIS0001\xff"), "newer than": file(99), "checksum": append(rich[:len(rich)-1:len(rich)-1], rich[len(rich)-1]^1), "EOF": rich[:30],
	} {
		rd, err := NewReader(bytes.NewReader(b), Limits{})
		for err == nil {
			_, err = rd.Next()
		}
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPackedStringsUnpack(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	var p packer
	packed := 0
	for range 3000 {
		b := make([]byte, rng.IntN(3000))
		letters := 1 + rng.IntN(255)
		for i := range b {
			b[i] = byte(rng.IntN(letters))
		}
		if n := rng.IntN(len(b) + 1); rng.IntN(2) == 0 {
			copy(b[n:], b)
		}
		if out := p.pack(b); out != nil {
			packed++
			got, ok := unpackLZF(out, len(b))
			if !ok || !bytes.Equal(got, b) {
				t.Fatalf("%q came back as %q", b, got)
			}
		}
	}
	if packed < 500 {
		t.Errorf("only %d of 3000 were packed", packed)
	}
}

// world is a store with a view.
func world(t testing.TB) (*store.Keyspace, *store.DB) {
	t.Helper()
	ks, err := store.Open(store.Options{Seed: 1, Stripes: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ks.Close() })
	db := ks.View()
	db.Begin(1000, false)
	return ks, db
}

var tight = value.Limits{Entries: 20, Bytes: 60, Ints: 30, Node: 400}

func packing() Packing { return Packing{Hash: &tight, Set: &tight, ZSet: &tight, List: &tight} }

// written returns the file of a store.
func written(t testing.TB, ks *store.Keyspace) []byte {
	t.Helper()
	sn, err := ks.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	var b bytes.Buffer
	w := NewWriter(&b, Options{Compress: true, Checksum: true})
	for r, err := sn.Next(); r != nil || err != nil; r, err = sn.Next() {
		if err == nil {
			err = w.Record(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// load reads a file into a store.
func load(db *store.DB, b []byte) error {
	rd, err := NewReader(bytes.NewReader(b), Limits{String: 1 << 20})
	if err != nil {
		return err
	}
	for {
		e, err := rd.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Function != nil {
			continue
		}
		l := Loader{DB: db, Key: e.Key, ExpireAt: e.ExpireAt, Packing: packing()}
		if err := l.End(rd.Value(&l)); err != nil && !errors.Is(err, ErrEmpty) {
			return err
		}
	}
}

// contents is what a file holds, by key.
func contents(t testing.TB, b []byte) map[string]string {
	t.Helper()
	rd, err := NewReader(bytes.NewReader(b), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for {
		e, err := rd.Next()
		if err == io.EOF {
			return m
		}
		if err != nil {
			t.Fatal(err)
		}
		var s script
		key, kind, at := string(e.Key), e.Type, e.ExpireAt
		if err := rd.Value(&s); err != nil {
			t.Fatal(err)
		}
		if kind != typeList && kind != typeStream2 {
			slices.Sort(s.parts)
		}
		m[key] = fmt.Sprint(kind, at, " ", s.text())
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	word := func() []byte {
		switch rng.IntN(6) {
		case 0:
			return []byte(strings.Repeat("w", rng.IntN(500)))
		case 1:
			return fmt.Appendf(nil, "%d", rng.Int64()>>rng.IntN(64)-1<<30)
		}
		return fmt.Appendf(nil, "word:%d", rng.IntN(1e6))
	}
	ks, db := world(t)
	for i := range 300 {
		key := fmt.Appendf(nil, "k%d", i)
		l := Loader{DB: db, Key: key, ExpireAt: int64(rng.IntN(2)) * 5e9, Packing: packing()}
		kind := Kind(rng.IntN(6))
		if kind == String {
			l.String(word())
			continue
		}
		l.Begin(kind, 0)
		id := StreamID{}
		for range 1 + rng.IntN(1<<rng.IntN(11)) {
			switch kind {
			case List, Set:
				l.Element(word())
			case Hash:
				l.Field(word(), word(), int64(rng.IntN(2))*int64(2000+rng.IntN(1e6)))
			case ZSet:
				l.Member(word(), rng.NormFloat64())
			case Stream:
				id = StreamID{Ms: id.Ms + uint64(rng.IntN(2)), Seq: id.Seq + 1}
				fields := [][]byte{[]byte("a"), word(), []byte("b"), word()}
				if rng.IntN(5) == 0 {
					fields = [][]byte{word(), word()}
				}
				l.Stream(StreamEntry{id, fields})
			}
		}
		if kind == Stream {
			fillGroups(rng, &l, id)
		}
		if err := l.End(nil); err != nil {
			t.Fatal(err)
		}
	}
	first := written(t, ks)
	again, db2 := world(t)
	if err := load(db2, first); err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, first), contents(t, written(t, again))
	if len(want) < 290 || len(got) != len(want) {
		t.Fatalf("%d keys, want %d", len(got), len(want))
	}
	for key, w := range want {
		if got[key] != w {
			t.Errorf("%s: %.200q, want %.200q", key, got[key], w)
		}
	}
}

// fillGroups gives a stream consumer groups.
func fillGroups(rng *rand.Rand, l *Loader, last StreamID) {
	l.Stream(StreamMeta{Last: last, Max: StreamID{Ms: 0, Seq: 3}, Added: last.Seq + 5})
	for g := range rng.IntN(3) {
		l.Stream(StreamGroup{Name: fmt.Appendf(nil, "g%d", g), Last: last, Read: int64(rng.IntN(3)) - 1})
		owned := rng.IntN(20)
		for i := range owned {
			l.Stream(StreamPending{StreamID{Ms: 1, Seq: uint64(i)}, int64(i) * 7, uint64(i)})
		}
		l.Stream(StreamConsumer{[]byte("idle"), 5, 5})
		l.Stream(StreamConsumer{[]byte("busy"), 9, 9})
		for i := range owned {
			l.Stream(StreamOwned{StreamID{Ms: 1, Seq: uint64(i)}})
		}
	}
}

// FuzzReader: no file does harm.
func FuzzReader(f *testing.F) {
	ks, db := world(f)
	l := Loader{DB: db, Key: []byte("s"), Packing: packing()}
	l.Begin(Stream, 0)
	for i := range uint64(5) {
		l.Stream(StreamEntry{StreamID{Ms: i + 1}, [][]byte{[]byte("a"), []byte("b")}})
	}
	fillGroups(rand.New(rand.NewPCG(1, 1)), &l, StreamID{Ms: 6})
	l.End(nil)
	db.SetString([]byte("k"), []byte(strings.Repeat("v", 100)), 5000)
	f.Add(written(f, ks))
	f.Add(file(11, []byte{opSelect, 3}, []byte{byte(typeHashZiplist)}, str("h"), str(zip("\x01f", "\x01v"))))
	f.Add(file(11, []byte{byte(typeQuicklist2)}, str("q"), []byte{1, 2}, str("\x0b\x00\x00\x00\x01\x00\x01\x01\xff")))
	_, db = world(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		db.Begin(1000, false)
		load(db, b)
		db.FlushAll(false)
	})
}
