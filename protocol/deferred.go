package protocol

import "strconv"

// deferredRoom is what Deferred leaves for a header: enough for lengths up to
// 9, so that only longer arrays move the bytes behind them, once.
const deferredRoom = len("*0\r\n")

// Deferred leaves room for the header of an array, map or set whose length is
// known only at its end. The mark is to be given to one Fill method before the
// Writer is flushed; of marks that lie within each other the inner first.
func (w *Writer) Deferred() (mark int) {
	mark = len(w.buf)
	w.buf = append(w.buf, "*0\r\n"...)
	return mark
}

// FillArray completes the header at mark for an array of n replies.
func (w *Writer) FillArray(mark, n int) { w.fill(mark, '*', n) }

// FillMap completes the header at mark for n pairs.
func (w *Writer) FillMap(mark, n int) {
	if w.resp3 {
		w.fill(mark, '%', n)
		return
	}
	w.fill(mark, '*', 2*n)
}

// FillSet completes the header at mark for a set of n replies.
func (w *Writer) FillSet(mark, n int) {
	if w.resp3 {
		w.fill(mark, '~', n)
		return
	}
	w.fill(mark, '*', n)
}

func (w *Writer) fill(mark int, kind byte, n int) {
	var scratch [24]byte
	h := strconv.AppendInt(append(scratch[:0], kind), int64(n), 10)
	h = append(h, "\r\n"...)
	if extra := len(h) - deferredRoom; extra > 0 {
		end := len(w.buf)
		w.buf = append(w.buf, h[:extra]...) // any bytes: they are overwritten
		copy(w.buf[mark+len(h):], w.buf[mark+deferredRoom:end])
		w.shiftPins(mark, extra)
	}
	copy(w.buf[mark:], h)
}

// shiftPins moves the pins behind mark by n.
func (w *Writer) shiftPins(mark, n int) {
	for i := len(w.pins) - 1; i >= w.head && w.pins[i].at > mark; i-- {
		w.pins[i].at += n
	}
}

// Mark returns the place up to which replies are written, for Truncate.
// Marks do not outlive Advance.
func (w *Writer) Mark() int { return len(w.buf) }

// Truncate drops what was written since mark: the replies of a command that
// failed late, or of a client that wants none.
func (w *Writer) Truncate(mark int) {
	last := len(w.pins)
	for last > w.head && w.pins[last-1].at >= mark {
		last--
		w.drop(&w.pins[last])
	}
	w.pins = w.pins[:last]
	w.buf = w.buf[:mark]
}

// Since returns the bytes written after mark, where no pinned value lies
// between; ok is false otherwise. They are valid until the next write.
func (w *Writer) Since(mark int) (b []byte, ok bool) {
	if n := len(w.pins); n > w.head && w.pins[n-1].at >= mark {
		return nil, false
	}
	return w.buf[mark:], true
}

func (w *Writer) drop(p *pin) {
	w.pinned -= len(p.p.Bytes()) - p.done
	p.p.Release()
	p.p = nil
}
