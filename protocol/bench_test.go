package protocol

import (
	"strings"
	"testing"

	"github.com/tidwall/redcon"
)

const (
	getCommand = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n"
	setCommand = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$64\r\n" + value64 + "\r\n"
	value64    = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

var streams = []struct{ name, bytes string }{
	{"GET", getCommand},
	{"SET", setCommand},
	{"GETx64", strings.Repeat(getCommand, 64)},
	{"SETx64", strings.Repeat(setCommand, 64)},
}

// BenchmarkParser reads the same streams by our parser and by redcon's, which
// sets the mark.
func BenchmarkParser(b *testing.B) {
	for _, s := range streams {
		buf := []byte(s.bytes)
		b.Run("ours/"+s.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(buf)))
			var p Parser
			args := make([][]byte, 0, 8)
			for b.Loop() {
				for rest := buf; len(rest) > 0; {
					var n int
					n, args, _ = p.Next(rest, args, nil)
					rest = rest[n:]
				}
			}
		})
		b.Run("redcon/"+s.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(buf)))
			args := make([][]byte, 0, 8)
			for b.Loop() {
				for rest := buf; len(rest) > 0; {
					_, args, _, rest, _ = redcon.ReadNextCommand(rest, args)
				}
			}
		})
	}
}

func TestParserDoesNotAllocate(t *testing.T) {
	for _, s := range streams {
		buf := []byte(s.bytes)
		var p Parser
		args := make([][]byte, 0, 8)
		allocs := testing.AllocsPerRun(100, func() {
			for rest := buf; len(rest) > 0; {
				var n int
				n, args, _ = p.Next(rest, args, nil)
				rest = rest[n:]
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", s.name, allocs)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	value := []byte(value64)
	for _, c := range []struct {
		name  string
		write func(w *Writer)
	}{
		{"OK", func(w *Writer) { w.OK() }},
		{"Int", func(w *Writer) { w.Int(123456) }},
		{"Bulk64", func(w *Writer) { w.Bulk(value) }},
		{"Double", func(w *Writer) { w.Double(3.14159) }},
		{"Error", func(w *Writer) { w.Error(ErrWrongType) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var w Writer
			for b.Loop() {
				for range 64 {
					c.write(&w)
				}
				w.Advance(w.Len())
			}
		})
	}
}
