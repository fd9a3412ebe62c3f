package protocol

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// chunk is a pinned value that counts its releases.
type chunk struct {
	data     string
	released int
}

func (c *chunk) Bytes() []byte { return []byte(c.data) }
func (c *chunk) Release()      { c.released++ }

// flush returns all that w has to send and tells w that it went.
func flush(w *Writer) string {
	var sent []byte
	for !w.Empty() {
		turn := bytes.Join(w.Buffers(nil), nil)
		sent = append(sent, turn...)
		w.Advance(len(turn))
	}
	return string(sent)
}

func TestWriterEncodesEachTypeInBothProtocols(t *testing.T) {
	for _, c := range []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"status", func(w *Writer) { w.Simple("PONG\r\n") }, "+PONG  \r\n", ""},
		{"OK", (*Writer).OK, "+OK\r\n", ""},
		{"integer", func(w *Writer) { w.Int(-42) }, ":-42\r\n", ""},
		{"small integer", func(w *Writer) { w.Int(7) }, ":7\r\n", ""},
		{"unsigned", func(w *Writer) { w.Uint(math.MaxUint64) }, ":18446744073709551615\r\n", ""},
		{"string", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", ""},
		{"empty string", func(w *Writer) { w.BulkString("") }, "$0\r\n\r\n", ""},
		{"number as string", func(w *Writer) { w.BulkInt(math.MinInt64) }, "$20\r\n-9223372036854775808\r\n", ""},
		{"null", (*Writer).Null, "$-1\r\n", "_\r\n"},
		{"null array", (*Writer).NullArray, "*-1\r\n", "_\r\n"},
		{"error with a code", func(w *Writer) { w.Error(ErrWrongType) }, "-" + string(ErrWrongType) + "\r\n", ""},
		{"error without", func(w *Writer) { w.ErrorString("no\r\nluck") }, "-ERR no  luck\r\n", ""},
		{"error of the protocol", func(w *Writer) { w.Error(errBulkLength) }, "-ERR Protocol error: invalid bulk length\r\n", ""},
		{"array", func(w *Writer) { w.Array(12) }, "*12\r\n", ""},
		{"map", func(w *Writer) { w.Map(12) }, "*24\r\n", "%12\r\n"},
		{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"attribute", func(w *Writer) { w.Bool(w.Attribute(1)) }, ":0\r\n", "|1\r\n#t\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("123") }, "$3\r\n123\r\n", "(123\r\n"},
		{"text", func(w *Writer) { w.Verbatim("txt", "hi") }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
		{"raw", func(w *Writer) { w.Raw([]byte(":1\r\n")) }, ":1\r\n", ""},
		{"pinned", func(w *Writer) { w.BulkPinned(&chunk{data: "abc"}) }, "$3\r\nabc\r\n", ""},
		{"pinned but empty", func(w *Writer) { w.BulkPinned(&chunk{}) }, "$0\r\n\r\n", ""},
	} {
		var w Writer
		c.write(&w)
		if w.Len() != len(c.resp2) {
			t.Errorf("%s: Len %d, want %d", c.name, w.Len(), len(c.resp2))
		}
		if got := flush(&w); got != c.resp2 {
			t.Errorf("%s, RESP2: %q, want %q", c.name, got, c.resp2)
		}
		w.SetProto(3)
		c.write(&w)
		want := c.resp3
		if want == "" {
			want = c.resp2
		}
		if got := flush(&w); got != want {
			t.Errorf("%s, RESP3: %q, want %q", c.name, got, want)
		}
	}
}

func TestDeferredLengthsNestAndMovePins(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 12345} {
		var w, want Writer
		w.SetProto(3)
		want.SetProto(3)
		w.OK()
		want.OK()
		outer := w.Deferred()
		w.BulkString("k")
		inner := w.Deferred()
		c := &chunk{data: "pinned"}
		w.BulkPinned(c)
		w.FillSet(inner, n)
		w.FillMap(outer, n)
		w.Int(1)
		want.Map(n)
		want.BulkString("k")
		want.Set(n)
		want.BulkString("pinned")
		want.Int(1)
		if got, want := flush(&w), flush(&want); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
		if c.released != 1 {
			t.Errorf("released %d times", c.released)
		}
	}
}

func TestTruncateDropsRepliesAndReleasesTheirPins(t *testing.T) {
	var w Writer
	kept, dropped := &chunk{data: "kept"}, &chunk{data: "dropped"}
	w.BulkPinned(kept)
	mark := w.Mark()
	w.BulkPinned(dropped)
	w.ErrorString("late")
	if _, ok := w.Since(mark); ok {
		t.Error("bytes around a pin were given as one")
	}
	w.Truncate(mark)
	if w.Int(1); w.Len() != len("$4\r\nkept\r\n:1\r\n") || dropped.released != 1 || kept.released != 0 {
		t.Errorf("Len %d, releases %d and %d", w.Len(), dropped.released, kept.released)
	}
	if b, ok := w.Since(mark); !ok || string(b) != ":1\r\n" {
		t.Errorf("since the mark: %q", b)
	}
	if got := flush(&w); got != "$4\r\nkept\r\n:1\r\n" || kept.released != 1 {
		t.Errorf("sent %q, released %d times", got, kept.released)
	}
}

// Whatever the socket takes at a time, what is sent is what was written and
// each pin is released once, when its last byte went.
func TestAdvanceAtAnyPace(t *testing.T) {
	build := func() (w *Writer, pins []*chunk) {
		w = &Writer{}
		for i := range 20 {
			w.BulkString(strings.Repeat("x", i))
			pins = append(pins, &chunk{data: strings.Repeat("y", i)})
			w.BulkPinned(pins[i])
			if i%3 == 0 {
				pins = append(pins[:i], &chunk{data: "z"})
				w.Truncate(w.Mark()) // nothing since: must be harmless
				w.BulkPinned(pins[i])
			}
		}
		return w, pins
	}
	reference, _ := build()
	want := flush(reference)
	for step := 1; step < 70; step++ {
		w, pins := build()
		var sent []byte
		for !w.Empty() {
			if w.Len() != len(want)-len(sent) {
				t.Fatalf("step %d: Len %d after %d of %d", step, w.Len(), len(sent), len(want))
			}
			all := bytes.Join(w.Buffers(nil), nil)
			n := min(step, len(all))
			sent = append(sent, all[:n]...)
			w.Advance(n)
			if step%7 == 0 && len(sent)%5 == 0 {
				next := &Writer{}
				w.MoveTo(next)
				w = next
			}
		}
		if string(sent) != want {
			t.Fatalf("step %d: sent %q", step, sent)
		}
		for i, p := range pins {
			if p.released != 1 {
				t.Fatalf("step %d: pin %d released %d times", step, i, p.released)
			}
		}
	}
}

func TestMoveToGoesBehindWhatWaits(t *testing.T) {
	var loop, conn Writer
	conn.Simple("first")
	conn.Advance(2)
	loop.OK()
	c := &chunk{data: "pinned"}
	loop.BulkPinned(c)
	loop.Advance(5)
	loop.MoveTo(&conn)
	if !loop.Empty() || loop.Pinned() != 0 || conn.Pinned() != 6 {
		t.Errorf("loop has %d, conn %d pinned", loop.Len(), conn.Pinned())
	}
	if got := flush(&conn); got != "irst\r\n$6\r\npinned\r\n" || c.released != 1 {
		t.Errorf("sent %q, released %d times", got, c.released)
	}
}

func TestAClientThatReadsSlowlyCostsWhatItIsBehind(t *testing.T) {
	var w Writer
	block := bytes.Repeat([]byte("x"), 1<<10)
	for range 128 {
		w.Raw(block)
	}
	for range 4096 {
		w.Raw(block)
		w.Advance(len(block))
	}
	if w.Len() != 128<<10 || w.Cap() > 1<<20 {
		t.Errorf("%d bytes wait in %d", w.Len(), w.Cap())
	}
}

func TestASlowReaderOfPinnedValuesCostsWhatItIsBehind(t *testing.T) {
	var w Writer
	value := &chunk{data: strings.Repeat("x", 100)}
	size := len("$100\r\n") + 100 + 2
	for range 10 {
		w.BulkPinned(value)
	}
	for range 100_000 {
		w.BulkPinned(value)
		w.Advance(size)
	}
	if value.released != 100_000 || w.Len() != 10*size || len(w.pins) > 3*maxChunks || w.Cap() > 4*compactAt {
		t.Errorf("%d released, %d bytes wait, %d pins, %d bytes held", value.released, w.Len(), len(w.pins), w.Cap())
	}
	if got := flush(&w); got != strings.Repeat("$100\r\n"+value.data+"\r\n", 10) {
		t.Errorf("sent %d bytes", len(got))
	}
}

func TestMoveToGivesALongRestAwayWhole(t *testing.T) {
	var loop, conn Writer
	c := &chunk{data: "pinned"}
	loop.Raw(bytes.Repeat([]byte("x"), 2*compactAt))
	loop.BulkPinned(c)
	loop.Advance(1)
	loop.MoveTo(&conn)
	if !loop.Empty() || loop.Pinned() != 0 {
		t.Errorf("%d bytes stay behind", loop.Len())
	}
	loop.OK()
	want := strings.Repeat("x", 2*compactAt-1) + "$6\r\npinned\r\n"
	if got := flush(&conn); got != want || c.released != 1 {
		t.Errorf("sent %d bytes of %d, released %d times", len(got), len(want), c.released)
	}
	if got := flush(&loop); got != "+OK\r\n" {
		t.Errorf("the emptied writer sends %q", got)
	}
}

func TestResetAndShrinkGiveMemoryBack(t *testing.T) {
	var w Writer
	c := &chunk{data: "abc"}
	w.BulkPinned(c)
	w.Raw(make([]byte, 1000))
	w.Shrink(0)
	if w.Cap() == 0 {
		t.Error("bytes that wait were dropped")
	}
	w.Reset(nil)
	if c.released != 1 || !w.Empty() || w.Cap() != 0 {
		t.Errorf("released %d times, %d wait in %d", c.released, w.Len(), w.Cap())
	}
	w.Raw(make([]byte, 1000))
	w.Advance(1000)
	if w.Shrink(999); w.Cap() != 0 {
		t.Errorf("%d bytes held", w.Cap())
	}
}

func TestErrorsAreCountedByCode(t *testing.T) {
	var w Writer
	w.OK()
	w.Error(ErrWrongType)
	if w.Errors() != 1 || w.LastErrorCode() != "WRONGTYPE" {
		t.Error(w.Errors(), w.LastErrorCode())
	}
	w.ErrorString("unlucky")
	if w.Errors() != 2 || w.LastErrorCode() != "ERR" {
		t.Error(w.Errors(), w.LastErrorCode())
	}
}

func TestWriterDoesNotAllocate(t *testing.T) {
	var w Writer
	value := []byte(value64)
	c := &chunk{}
	bufs := make([][]byte, 0, maxChunks)
	round := func() {
		for _, proto := range []int{2, 3} {
			w.SetProto(proto)
			w.OK()
			w.Int(1 << 40)
			w.BulkInt(-5)
			w.Bulk(value)
			w.Null()
			w.Double(0.1)
			w.Bool(true)
			w.Error(ErrSyntax)
			w.Verbatim("txt", "text")
			w.BulkPinned(c)
			m := w.Deferred()
			w.Simple("x")
			w.FillArray(m, 10)
		}
		bufs = w.Buffers(bufs[:0])
		w.Advance(w.Len())
	}
	round()
	if allocs := testing.AllocsPerRun(100, round); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
