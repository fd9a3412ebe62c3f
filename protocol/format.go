package protocol

import (
	"fmt"
	"strconv"
	"strings"
)

// Format renders a reply as redis-cli shows it on a terminal, without the last
// newline.
func Format(r Reply) string {
	var b strings.Builder
	format(&b, r, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// format writes r; prefix indents the lines after the first.
func format(b *strings.Builder, r Reply, prefix string) {
	switch r.Kind {
	case ErrorKind, BlobErrKind:
		fmt.Fprintf(b, "(error) %s\n", r.Str)
	case SimpleKind, BigKind:
		fmt.Fprintf(b, "%s\n", r.Str)
	case IntKind:
		fmt.Fprintf(b, "(integer) %d\n", r.Int)
	case DoubleKind:
		fmt.Fprintf(b, "(double) %s\n", r.Str)
	case BulkKind:
		fmt.Fprintf(b, "%s\n", Quote(r.Str))
	case VerbatimKind:
		fmt.Fprintf(b, "%s\n", r.Str[4:])
	case NullKind:
		b.WriteString("(nil)\n")
	case BoolKind:
		fmt.Fprintf(b, "(%t)\n", r.Int == 1)
	case MapKind:
		formatMap(b, r.Elems, prefix)
	default:
		formatArray(b, r, prefix)
	}
}

func formatArray(b *strings.Builder, r Reply, prefix string) {
	name, mark := "array", ')'
	switch r.Kind {
	case SetKind:
		name, mark = "set", '~'
	case PushKind:
		name = "push"
	}
	if len(r.Elems) == 0 {
		fmt.Fprintf(b, "(empty %s)\n", name)
		return
	}
	width := len(strconv.Itoa(len(r.Elems)))
	inner := prefix + strings.Repeat(" ", width+2)
	for i, e := range r.Elems {
		if i > 0 {
			b.WriteString(prefix)
		}
		fmt.Fprintf(b, "%*d%c ", width, i+1, mark)
		format(b, e, inner)
	}
}

func formatMap(b *strings.Builder, elems []Reply, prefix string) {
	if len(elems) == 0 {
		b.WriteString("(empty hash)\n")
		return
	}
	width := len(strconv.Itoa(len(elems) / 2))
	inner := prefix + strings.Repeat(" ", width+2)
	for i := 0; i+1 < len(elems); i += 2 {
		if i > 0 {
			b.WriteString(prefix)
		}
		fmt.Fprintf(b, "%*d# ", width, i/2+1)
		var key strings.Builder
		format(&key, elems[i], inner)
		b.WriteString(strings.TrimSuffix(key.String(), "\n"))
		b.WriteString(" => ")
		if len(elems[i+1].Elems) > 0 && elems[i+1].Kind != NullKind {
			b.WriteString("\n" + inner)
		}
		format(b, elems[i+1], inner)
	}
}

// Quote puts b between double quotes with Redis's escapes.
func Quote(b []byte) string {
	var s strings.Builder
	s.WriteByte('"')
	for _, c := range b {
		switch c {
		case '\\', '"':
			s.WriteByte('\\')
			s.WriteByte(c)
		case '\n':
			s.WriteString(`\n`)
		case '\r':
			s.WriteString(`\r`)
		case '\t':
			s.WriteString(`\t`)
		case '\a':
			s.WriteString(`\a`)
		case '\b':
			s.WriteString(`\b`)
		default:
			if c >= ' ' && c <= '~' {
				s.WriteByte(c)
			} else {
				fmt.Fprintf(&s, `\x%02x`, c)
			}
		}
	}
	s.WriteByte('"')
	return s.String()
}
