package protocol

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestRepliesAreShownAsRedisCliDoes(t *testing.T) {
	for in, want := range map[string]string{
		"+OK\r\n":                               "OK",
		"-ERR no\r\n":                           "(error) ERR no",
		":-5\r\n":                               "(integer) -5",
		"$4\r\na\"\n\x01\r\n":                   `"a\"\n\x01"`,
		"$-1\r\n":                               "(nil)",
		"*-1\r\n":                               "(nil)",
		"_\r\n":                                 "(nil)",
		"*0\r\n":                                "(empty array)",
		"%0\r\n":                                "(empty hash)",
		"~0\r\n":                                "(empty set)",
		">0\r\n":                                "(empty push)",
		",3.25\r\n":                             "(double) 3.25",
		"#t\r\n":                                "(true)",
		"#f\r\n":                                "(false)",
		"(123456789012345678901234567890\r\n":   "123456789012345678901234567890",
		"=7\r\ntxt:a\"b\r\n":                    `a"b`,
		"!5\r\nERR x\r\n":                       "(error) ERR x",
		"|1\r\n+ttl\r\n:1\r\n+OK\r\n":           "OK",
		"*2\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n":   "1) \"a\"\n2) 1) (integer) 1\n   2) (empty array)",
		"%2\r\n+k\r\n:1\r\n+l\r\n*1\r\n+x\r\n":  "1# k => (integer) 1\n2# l => \n   1) x",
		"~2\r\n+a\r\n~1\r\n+b\r\n":              "1~ a\n2~ 1~ b",
		">2\r\n+message\r\n+hi\r\n":             "1) message\n2) hi",
		"*10\r\n" + strings.Repeat("_\r\n", 10): strings.TrimPrefix(strings.Join(strings.Split("| 1) (nil)| 2) (nil)| 3) (nil)| 4) (nil)| 5) (nil)| 6) (nil)| 7) (nil)| 8) (nil)| 9) (nil)|10) (nil)", "|"), "\n"), "\n"),
		"+" + strings.Repeat("long ", 2000) + "\r\n": strings.Repeat("long ", 2000),
	} {
		r, n, err := DecodeReply([]byte(in + "+next\r\n"))
		if err != nil || n != len(in) {
			t.Errorf("%q: %d bytes used of %d, %v", in, n, len(in), err)
			continue
		}
		if got := Format(r); got != want {
			t.Errorf("%q is shown as\n%s\nwant\n%s", in, got, want)
		}
	}
}

func TestMalformedRepliesAreRefused(t *testing.T) {
	for _, in := range []string{
		"\r\n", "?x\r\n", ":x\r\n", ":\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n", "$1\r\nabc\r\n", "+a\n", "#x\r\n", "_x\r\n",
		",x\r\n", "(1.5\r\n", "(\r\n", "=2\r\nab\r\n", "$99999999999\r\n", strings.Repeat("*1\r\n", 100) + ":1\r\n",
	} {
		if _, _, err := DecodeReply([]byte(in)); !errors.Is(err, ErrReply) {
			t.Errorf("%q: %v", in, err)
		}
	}
	for _, in := range []string{"+O", "$5\r\nabc", "*2\r\n:1\r\n", "%1\r\n:1\r\n", "$2147483647\r\n", "*2147483647\r\n"} {
		if _, _, err := DecodeReply([]byte(in)); err != io.ErrUnexpectedEOF {
			t.Errorf("%q, cut off: %v", in, err)
		}
	}
	if _, _, err := DecodeReply(nil); err != io.EOF {
		t.Errorf("nothing: %v", err)
	}
}

// writeReply sends r through a Writer, so that what the Decoder reads of it can
// be compared.
func writeReply(w *Writer, r Reply) {
	switch r.Kind {
	case SimpleKind:
		w.Simple(string(r.Str))
	case ErrorKind, BlobErrKind:
		w.ErrorString(string(r.Str))
	case IntKind:
		w.Int(r.Int)
	case BulkKind:
		w.Bulk(r.Str)
	case NullKind:
		w.Null()
	case BoolKind:
		w.Bool(r.Int == 1)
	case BigKind:
		w.BigNumber(string(r.Str))
	case DoubleKind:
		w.Raw(append(append([]byte{','}, r.Str...), "\r\n"...))
	case VerbatimKind:
		w.Verbatim(string(r.Str[:3]), string(r.Str[4:]))
	default:
		writeAggregate(w, r)
	}
}

func writeAggregate(w *Writer, r Reply) {
	switch r.Kind {
	case ArrayKind:
		w.Array(len(r.Elems))
	case SetKind:
		mark := w.Deferred()
		defer w.FillSet(mark, len(r.Elems))
	case MapKind:
		mark := w.Deferred()
		defer w.FillMap(mark, len(r.Elems)/2)
	case PushKind:
		w.Push(len(r.Elems))
	}
	for _, e := range r.Elems {
		writeReply(w, e)
	}
}

// What the Decoder accepts and the Writer sends again reads as the same reply.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"*2\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n", "%2\r\n+k\r\n:1\r\n+l\r\n~1\r\n+x\r\n", "=7\r\ntxt:abc\r\n", "|1\r\n+a\r\n:1\r\n_\r\n",
		"!5\r\nERR x\r\n", ",1.5\r\n", "(12\r\n", "#t\r\n", ">1\r\n$-1\r\n", "-WRONGTYPE x\r\n", "*-1\r\n", "~10\r\n" + strings.Repeat(":1\r\n", 10),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, n, err := DecodeReply(in)
		if err != nil {
			return
		}
		if n <= 0 || n > len(in) {
			t.Fatalf("%d bytes used of %d", n, len(in))
		}
		var w Writer
		w.SetProto(3)
		writeReply(&w, r)
		once := flush(&w)
		again, n, err := DecodeReply([]byte(once))
		if err != nil || n != len(once) {
			t.Fatalf("%q was written as %q: %v", in, once, err)
		}
		writeReply(&w, again)
		if twice := flush(&w); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
		if !sameShape(r, again) {
			t.Fatalf("%q became %q", Format(r), Format(again))
		}
	})
}

// sameShape compares replies but for what the Writer changes on purpose: codes
// and line ends of errors and statuses, and big errors become plain ones.
func sameShape(a, b Reply) bool {
	if a.Kind == BlobErrKind {
		a.Kind = ErrorKind
	}
	if a.Kind != b.Kind || a.Int != b.Int || len(a.Elems) != len(b.Elems) {
		return false
	}
	if a.Kind != ErrorKind && a.Kind != SimpleKind && !bytes.Equal(a.Str, b.Str) {
		return false
	}
	for i := range a.Elems {
		if !sameShape(a.Elems[i], b.Elems[i]) {
			return false
		}
	}
	return true
}

func TestEntriesReadBackAsTheyWere(t *testing.T) {
	for _, e := range []Entry{
		{Version: EntryVersion, Commands: [][][]byte{}},
		{Version: EntryVersion, Now: -5, Seed: 1 << 63, DB: 15, Commands: [][][]byte{{[]byte("SET"), []byte("k"), {}}, {[]byte("DEL"), bytes.Repeat([]byte("k"), 300)}}},
	} {
		b := AppendEntry([]byte("before"), &e)
		got, err := DecodeEntry(b[len("before"):])
		if err != nil || !reflect.DeepEqual(*got, e) {
			t.Errorf("%+v became %+v, %v", e, got, err)
		}
	}
}

func TestMalformedEntriesAreRefused(t *testing.T) {
	good := AppendEntry(nil, &Entry{Version: EntryVersion, DB: 300, Commands: [][][]byte{{[]byte("GET"), []byte("k")}}})
	for n := range good {
		if _, err := DecodeEntry(good[:n]); !errors.Is(err, ErrEntry) {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
	header := good[:entryHeader]
	for name, b := range map[string][]byte{
		"version 0":         append([]byte{0}, good[1:]...),
		"version unknown":   append([]byte{EntryVersion + 1}, good[1:]...),
		"bytes too many":    append(bytes.Clone(good), 0),
		"a padded number":   append(bytes.Clone(header), 0x80, 0x00, 0x00),
		"database too high": append(bytes.Clone(header), 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00),
		"commands too many": append(bytes.Clone(header), 0x00, 0xff, 0xff, 0xff, 0xff, 0x7f),
	} {
		if e, err := DecodeEntry(b); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func FuzzEntry(f *testing.F) {
	f.Add(AppendEntry(nil, &Entry{Version: EntryVersion, Now: 1, Seed: 2, DB: 3, Commands: [][][]byte{{[]byte("SET"), []byte("k"), []byte("v")}, {}}}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEntry(b)
		if err != nil {
			if !errors.Is(err, ErrEntry) {
				t.Fatalf("%v is no ErrEntry", err)
			}
			return
		}
		if again := AppendEntry(nil, e); !bytes.Equal(again, b) {
			t.Fatalf("%x has another encoding, %x", b, again)
		}
	})
}

func TestErrorsKeepRedisWording(t *testing.T) {
	args := [][]byte{[]byte("foo"), []byte("a"), bytes.Repeat([]byte("b"), 300), []byte("never shown")}
	for got, want := range map[Error]string{
		WrongArity("CONFIG|get"):                       "ERR wrong number of arguments for 'config|get' command",
		UnknownCommand(args[:2]):                       "ERR unknown command 'foo', with args beginning with: 'a' ",
		UnknownCommand(args[:1]):                       "ERR unknown command 'foo', with args beginning with: ",
		UnknownCommand(args):                           "ERR unknown command 'foo', with args beginning with: 'a' '" + strings.Repeat("b", 124) + "' ",
		UnknownSubcommand("config", []byte("nothing")): "ERR unknown subcommand 'nothing'. Try CONFIG HELP.",
	} {
		if string(got) != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if ErrWrongType.Code() != "WRONGTYPE" || !errors.Is(error(ErrSyntax), ErrSyntax) {
		t.Error("codes and sentinels")
	}
}
