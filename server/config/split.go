package config

import (
	"errors"
	"strconv"
	"strings"
)

var errQuotes = errors.New("unbalanced quotes")

// splitWords splits a line of redis.conf into words: "double" quotes know \n,
// \r, \t, \b, \a, \xHH and \ before any other byte; 'single' quotes know \'
// only; a closing quote must end the word.
func splitWords(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\n\r\v\f\x00")
		if line == "" {
			return words, nil
		}
		word, rest, err := nextWord(line)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), rest
	}
}

func nextWord(s string) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r', '\v', '\f', 0:
			return b.String(), s[i:], nil
		case '"', '\'':
			n, ok := quoted(&b, s[i:])
			i += n
			if !ok || i < len(s) && !isSpace(s[i]) {
				return "", "", errQuotes
			}
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", nil
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\r\v\f\x00", c) >= 0 }

// quoted reads a quoted part, whose quote is s[0], and returns the bytes it
// took, both quotes included; ok is false when it does not end.
func quoted(b *strings.Builder, s string) (n int, ok bool) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return i + 1, true
		case c == '\\' && quote == '"' && i+1 < len(s):
			decoded, used := escape(s[i+1:])
			b.WriteByte(decoded)
			i += used
		case c == '\\' && quote == '\'' && strings.HasPrefix(s[i+1:], "'"):
			b.WriteByte('\'')
			i++
		default:
			b.WriteByte(c)
		}
	}
	return len(s), false
}

// escape decodes what follows a backslash; s is not empty.
func escape(s string) (c byte, used int) {
	if s[0] == 'x' && len(s) >= 3 {
		if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return byte(n), 3
		}
	}
	if i := strings.IndexByte("nrtba", s[0]); i >= 0 {
		return "\n\r\t\b\a"[i], 1
	}
	return s[0], 1
}

// quoteWord writes a word so that splitWords reads it back, with quotes only
// where they are needed.
func quoteWord(w string) string {
	plain := func(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\' }
	var b strings.Builder
	quotes := w == "" || w[0] == '#'
	for i := 0; i < len(w); i++ {
		quotes = quotes || !plain(w[i])
		switch c := w[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case strings.IndexByte("\n\r\t\b\a", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte("nrtba"[strings.IndexByte("\n\r\t\b\a", c)])
		case c < ' ' || c >= 0x7f:
			b.WriteString(`\x`)
			b.WriteByte("0123456789abcdef"[c>>4])
			b.WriteByte("0123456789abcdef"[c&15])
		default:
			b.WriteByte(c)
		}
	}
	if !quotes {
		return w
	}
	return `"` + b.String() + `"`
}
