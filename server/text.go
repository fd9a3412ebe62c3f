package server

import (
	"bytes"
	"strconv"
)

// equalFold compares an argument with a word in capitals, ASCII case ignored.
func equalFold(arg []byte, word string) bool {
	return len(arg) == len(word) && bytes.EqualFold(arg, []byte(word))
}

// lower is an argument as a lookup key.
func lower(arg []byte) string { return string(bytes.ToLower(arg)) }

// plain tells whether a name may appear in CLIENT LIST as it is: no blanks, no
// control characters.
func plain(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

// appendQuoted appends b in double quotes with what cannot be printed escaped,
// as Redis shows strings in logs and to MONITOR.
func appendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	for _, c := range b {
		dst = appendEscaped(dst, c)
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '\\', '"':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\a':
		return append(dst, `\a`...)
	case '\b':
		return append(dst, `\b`...)
	}
	if c >= ' ' && c <= '~' {
		return append(dst, c)
	}
	return append(dst, '\\', 'x', hex[c>>4], hex[c&15])
}

// field appends " name=value" pairs as CLIENT LIST shows them.
func appendField(dst []byte, name string, n int64) []byte {
	dst = append(append(dst, ' '), name...)
	return strconv.AppendInt(append(dst, '='), n, 10)
}

func appendText(dst []byte, name, text string) []byte {
	dst = append(append(dst, ' '), name...)
	return append(append(dst, '='), text...)
}
