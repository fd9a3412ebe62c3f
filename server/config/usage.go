package config

import (
	"fmt"
	"strings"
)

// Usage returns the settings for cached --help, by chapter, no line longer
// than width where words allow it. all adds those that few people need.
func Usage(width int, all bool) string {
	var b strings.Builder
	for _, chapter := range Chapters() {
		rows := usageRows(chapter.Settings, all)
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n", chapter.Title)
		for _, s := range rows {
			writeRow(&b, &s, width)
		}
	}
	return b.String()
}

func usageRows(settings []Setting, all bool) []Setting {
	var rows []Setting
	for _, s := range settings {
		if s.Common || all && !s.Hidden {
			rows = append(rows, s)
		}
	}
	return rows
}

// indent is where the text of a row begins; a longer name has a line of its own.
const indent = 26

func writeRow(b *strings.Builder, s *Setting, width int) {
	name := "  --" + s.Name
	if len(name) > indent-2 {
		b.WriteString(name + "\n")
		name = ""
	}
	fmt.Fprintf(b, "%-*s", indent, name)
	for i, line := range wrap(usageText(s), max(width-indent, 24)) {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(line + "\n")
	}
}

func usageText(s *Setting) string {
	text := s.Doc
	if k, ok := s.Kind.(enumKind); ok {
		text += " One of " + strings.Join(k.names, ", ") + "."
	}
	if s.Unit != "" {
		text += " In " + s.Unit + "."
	}
	if s.Default != "" {
		text += " [" + s.Default + "]"
	}
	if s.State() != Honoured {
		text += " (" + s.State().String() + ": " + s.Why() + ")"
	}
	return text
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
