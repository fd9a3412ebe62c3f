package protocol

import (
	"strings"
)

// refParse is the parser as one would write it without a thought for speed or
// for bytes that come in pieces: it reads all commands of a whole stream. It
// is what Parser is checked against.
func refParse(stream string, lim Limits) (commands [][]string, fault string) {
	for stream != "" {
		args, rest, fault := refCommand(stream, lim)
		if fault != "" || rest == stream {
			return commands, fault
		}
		if len(args) > 0 {
			commands = append(commands, args)
		}
		stream = rest
	}
	return commands, ""
}

func refCommand(s string, lim Limits) (args []string, rest, fault string) {
	if s[0] != '*' {
		return refInline(s, lim)
	}
	line, next, ok := refLine(s)
	if tooLong(s, "\r", lim) {
		return nil, s, "too big mbulk count string"
	}
	if !ok {
		return nil, s, ""
	}
	count, ok := ParseInt([]byte(line[1:]))
	if !ok || count > int64(lim.count()) {
		return nil, s, "invalid multibulk length"
	}
	if lim.Unauthenticated && count > 10 {
		return nil, s, "unauthenticated multibulk length"
	}
	for ; count > 0; count-- {
		line, rest, ok := refLine(next)
		if tooLong(next, "\r", lim) {
			return nil, s, "too big bulk count string"
		}
		if !ok {
			return nil, s, ""
		}
		if next[0] != '$' {
			return nil, s, "expected '$', got '" + next[:1] + "'"
		}
		n, ok := ParseInt([]byte(line[1:]))
		if !ok || n < 0 || n > int64(lim.bulk()) {
			return nil, s, "invalid bulk length"
		}
		if lim.Unauthenticated && n > 16384 {
			return nil, s, "unauthenticated bulk length"
		}
		if int64(len(rest)) < n+2 {
			return nil, s, ""
		}
		args = append(args, rest[:n])
		next = rest[n+2:]
	}
	return args, next, ""
}

func refLine(s string) (line, rest string, ok bool) {
	line, rest, ok = strings.Cut(s, "\r")
	if !ok || rest == "" {
		return "", "", false
	}
	return line, rest[1:], true
}

// tooLong tells whether s has no end among the first bytes that a line may
// have.
func tooLong(s, end string, lim Limits) bool {
	line, _, ended := strings.Cut(s, end)
	return len(line) > lim.inline() && (ended || end == "\n" || len(line) > lim.inline()+1)
}

func refInline(s string, lim Limits) (args []string, rest, fault string) {
	line, rest, ok := strings.Cut(s, "\n")
	if tooLong(s, "\n", lim) {
		return nil, s, "too big inline request"
	}
	if !ok {
		return nil, s, ""
	}
	args, ok = refSplit(strings.TrimSuffix(line, "\r"))
	if !ok {
		return nil, s, "unbalanced quotes in request"
	}
	return args, rest, ""
}

// refSplit follows sdssplitargs of Redis step by step, a state a byte.
func refSplit(line string) (words []string, ok bool) {
	const blanks = " \t\n\v\f\r"
	for {
		line = strings.TrimLeft(line, blanks)
		if line == "" {
			return words, true
		}
		word, quote := "", byte(0)
		for done := false; !done; {
			at := func(i int) byte {
				if i < len(line) {
					return line[i]
				}
				return 0
			}
			c, skip := at(0), 1
			end := line == ""
			switch {
			case quote != 0 && end:
				return nil, false
			case end:
				done, skip = true, 0
			case quote != 0 && c == quote:
				if len(line) > 1 && !strings.ContainsRune(blanks, rune(line[1])) {
					return nil, false
				}
				done = true
			case quote == '"' && c == '\\' && at(1) == 'x' && len(line) > 3 && isHex(line[2]) && isHex(line[3]):
				hi, _ := hexDigit(line[2])
				lo, _ := hexDigit(line[3])
				word += string([]byte{hi*16 + lo})
				skip = 4
			case quote == '"' && c == '\\' && len(line) > 1:
				c = line[1]
				if i := strings.IndexByte("nrtba", c); i >= 0 {
					c = "\n\r\t\b\a"[i]
				}
				word += string([]byte{c})
				skip = 2
			case quote == '\'' && c == '\\' && at(1) == '\'':
				word += "'"
				skip = 2
			case quote == 0 && strings.IndexByte(" \n\r\t", c) >= 0:
				done = true
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			default:
				word += string([]byte{c})
			}
			line = line[skip:]
		}
		words = append(words, word)
	}
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }
