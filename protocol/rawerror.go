package protocol

// ErrorAsIs writes an error whose text is a script's: whatever its first word,
// nothing is put before it. The caller sees to it that it is one line.
func (w *Writer) ErrorAsIs(s string) {
	w.errors++
	w.lastError = s
	w.buf = append(append(append(w.buf, '-'), s...), "\r\n"...)
}
