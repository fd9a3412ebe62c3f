package protocol

import "bytes"

// nextInline reads a command typed as a line of words, as by telnet. buf is left
// as it is.
func (p *Parser) nextInline(buf []byte, args [][]byte, lim *Limits) (int, [][]byte, error) {
	i := bytes.IndexByte(buf[min(p.seen, len(buf)):], '\n')
	if i < 0 {
		p.seen = len(buf)
		if len(buf) > lim.inline() {
			return 0, args, errInlineSize
		}
		return 0, args, nil
	}
	end := p.seen + i
	if end > lim.inline() {
		return 0, args, errInlineSize
	}
	p.Reset()
	line := buf[:end]
	if end > 0 && line[end-1] == '\r' {
		line = line[:end-1]
	}
	if bytes.ContainsAny(line, "\"'") {
		line = bytes.Clone(line) // a command that is put off is read again
	}
	args, ok := splitInPlace(line, args)
	if !ok {
		return 0, args[:0], errInlineQuotes
	}
	return end + 1, args, nil
}

// SplitLine splits a line into words by the rules of inline commands: blanks
// separate; "double quotes" know \n \r \t \b \a \xHH and \ before any other
// byte; 'single quotes' know \'. A closing quote must be followed by a blank
// or the end. It fails on unbalanced quotes. line is left as it is.
func SplitLine(line string) (words []string, ok bool) {
	args, ok := splitInPlace([]byte(line), nil)
	for _, a := range args {
		words = append(words, string(a))
	}
	return words, ok
}

// splitInPlace splits line, decoding quoted words over their own bytes: a
// decoded word is never longer than its source. words are appended to args.
func splitInPlace(line []byte, args [][]byte) ([][]byte, bool) {
	for r := 0; ; {
		for r < len(line) && isBlank(line[r]) {
			r++
		}
		if r == len(line) {
			return args, true
		}
		word, next, ok := splitWord(line, r)
		if !ok {
			return args, false
		}
		args = append(args, word)
		r = next
	}
}

// splitWord reads the word at r; w <= r all along.
func splitWord(line []byte, r int) (word []byte, next int, ok bool) {
	start, w := r, r
	for r < len(line) {
		c := line[r]
		switch c {
		case ' ', '\n', '\r', '\t':
			return line[start:w:w], r + 1, true
		case '"', '\'':
			w, r, ok = unquote(line, w, r+1, c)
			if !ok {
				return nil, 0, false
			}
			return line[start:w:w], r, true
		default:
			line[w] = c
			w++
			r++
		}
	}
	return line[start:w:w], r, true
}

// unquote decodes what stands between quotes from r to w and returns the
// places after the last byte written and after the closing quote.
func unquote(line []byte, w, r int, quote byte) (int, int, bool) {
	for r < len(line) {
		c := line[r]
		switch {
		case c == quote:
			r++
			return w, r, r == len(line) || isBlank(line[r])
		case c == '\\' && quote == '\'' && r+1 < len(line) && line[r+1] == '\'':
			c, r = '\'', r+2
		case c == '\\' && quote == '"' && r+1 < len(line):
			c, r = unescape(line, r)
		default:
			r++
		}
		line[w] = c
		w++
	}
	return 0, 0, false
}

// unescape decodes the backslash sequence at r.
func unescape(line []byte, r int) (c byte, next int) {
	if line[r+1] == 'x' && r+3 < len(line) {
		hi, ok1 := hexDigit(line[r+2])
		lo, ok2 := hexDigit(line[r+3])
		if ok1 && ok2 {
			return hi<<4 | lo, r + 4
		}
	}
	switch c = line[r+1]; c {
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'b':
		c = '\b'
	case 'a':
		c = '\a'
	}
	return c, r + 2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func isBlank(c byte) bool { return c == ' ' || c-'\t' <= '\r'-'\t' }
