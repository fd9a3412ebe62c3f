package protocol

const (
	// maxChunks is how many chunks Buffers names at a time: well below
	// IOV_MAX, and enough for one system call to fill a socket's buffer.
	maxChunks = 128
	// compactAt is the number of sent bytes at the buffer's front from which
	// on it pays to move the rest down.
	compactAt = 64 << 10
)

// Len returns the number of bytes that wait to be sent, pinned ones included.
func (w *Writer) Len() int { return len(w.buf) - w.off + w.pinned }

// Pinned returns how many of the bytes that wait lie in pinned values.
func (w *Writer) Pinned() int { return w.pinned }

// Cap returns the memory that the buffer holds, for accounting.
func (w *Writer) Cap() int { return cap(w.buf) }

// Empty tells whether nothing waits.
func (w *Writer) Empty() bool { return w.Len() == 0 }

// Buffers appends to dst what is to be sent, in order, 128 chunks at most. The
// chunks are valid until the next call of another method.
func (w *Writer) Buffers(dst [][]byte) [][]byte {
	from := w.off
	limit := len(dst) + maxChunks
	for i := w.head; i < len(w.pins); i++ {
		p := &w.pins[i]
		if p.at > from {
			dst = append(dst, w.buf[from:p.at])
			from = p.at
		}
		if b := p.p.Bytes()[p.done:]; len(b) > 0 {
			dst = append(dst, b)
		}
		if len(dst) >= limit-1 {
			return dst
		}
	}
	if from < len(w.buf) {
		dst = append(dst, w.buf[from:])
	}
	return dst
}

// Bytes returns what is to be sent when no pinned value is among it, the case
// in which one plain write serves; else ok is false.
func (w *Writer) Bytes() (b []byte, ok bool) {
	return w.buf[w.off:], w.head == len(w.pins)
}

// Advance drops the next n bytes, which were sent, and releases the pinned
// values among them.
func (w *Writer) Advance(n int) {
	w.off += w.advancePins(n)
	if w.off == len(w.buf) && w.head == len(w.pins) {
		w.buf, w.off = w.buf[:0], 0
		w.pins, w.head = w.pins[:0], 0
		return
	}
	w.compact()
}

// advancePins drops bytes up to the last pin that n reaches, and returns how
// many of them remain for the buffer.
func (w *Writer) advancePins(n int) int {
	for w.head < len(w.pins) {
		p := &w.pins[w.head]
		plain := min(n, p.at-w.off)
		w.off += plain
		n -= plain
		size := len(p.p.Bytes()) - p.done
		if w.off < p.at || n < size {
			p.done += n
			w.pinned -= n
			return 0
		}
		n -= size
		w.drop(p)
		w.head++
	}
	return n
}

// compact gives back the room of sent bytes and pins once they are most of what
// is held, so that a client that reads slowly, but reads, costs what it is
// behind.
func (w *Writer) compact() {
	if w.head >= maxChunks && w.head >= len(w.pins)/2 {
		n := copy(w.pins, w.pins[w.head:])
		clear(w.pins[n:])
		w.pins, w.head = w.pins[:n], 0
	}
	if w.off < compactAt || w.off < len(w.buf)/2 {
		return
	}
	for i := w.head; i < len(w.pins); i++ {
		w.pins[i].at -= w.off
	}
	w.buf = w.buf[:copy(w.buf, w.buf[w.off:])]
	w.off = 0
}

// MoveTo appends all that waits to dst, with its pins, and leaves w empty: what
// a loop's shared writer could not send goes to the connection's own. Into an
// empty dst a long rest moves without being copied.
func (w *Writer) MoveTo(dst *Writer) {
	if dst.Empty() && len(w.buf)-w.off >= compactAt {
		dst.buf, w.buf = w.buf, dst.buf[:0]
		dst.pins, w.pins = w.pins, dst.pins[:0]
		dst.off, dst.head, dst.pinned = w.off, w.head, w.pinned
		w.off, w.head, w.pinned = 0, 0, 0
		return
	}
	base := len(dst.buf) - w.off
	dst.buf = append(dst.buf, w.buf[w.off:]...)
	for _, p := range w.pins[w.head:] {
		p.at += base
		dst.pins = append(dst.pins, p)
	}
	dst.pinned += w.pinned
	clear(w.pins)
	w.pins, w.head, w.pinned = w.pins[:0], 0, 0
	w.buf, w.off = w.buf[:0], 0
}

// Reset drops all that waits, releasing pins, and takes buf as the buffer to
// append to; nil gives the present one's memory back. Protocol version and
// error count stay.
func (w *Writer) Reset(buf []byte) {
	for i := w.head; i < len(w.pins); i++ {
		w.drop(&w.pins[i])
	}
	w.pins, w.head, w.pinned = w.pins[:0], 0, 0
	w.buf, w.off = buf[:0], 0
}

// Shrink gives the buffer back if nothing waits and it holds more than limit
// bytes.
func (w *Writer) Shrink(limit int) {
	if w.Empty() && cap(w.buf) > limit {
		w.buf, w.off = nil, 0
	}
	if len(w.pins) == 0 && cap(w.pins) > maxChunks {
		w.pins, w.head = nil, 0
	}
}
