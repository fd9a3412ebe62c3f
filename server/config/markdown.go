package config

import (
	"fmt"
	"strings"
)

const markdownHead = `# Configuration

*Made from server/config; a test keeps it fresh. Do not edit.*

A setting can be given in four places. A higher one wins:

1. a flag: ` + "`cached --maxmemory 2gb`" + `, also ` + "`--maxmemory=2gb`" + `;
2. the environment: ` + "`CACHED_MAXMEMORY=2gb`" + `, in capitals, dashes as underscores. Secrets can be read from a file: ` + "`CACHED_REQUIREPASS_FILE=/run/secrets/cached`" + `;
3. a file in the form of redis.conf: ` + "`cached cached.conf`" + `, or ` + "`cached -`" + ` to read it from standard input;
4. the default.

` + "`CONFIG SET`" + ` changes live what the table marks so, ` + "`CONFIG REWRITE`" + ` puts it into the file. ` + "`cached check-config FILE`" + ` tells all faults of a file without starting.

**Out of the box ` + "`cached`" + ` is a cache**: ` + "`maxmemory`" + ` is half of the memory that the machine or its container has, and the policy ` + "`allkeys-adaptive`" + ` evicts. For Redis's behaviour set ` + "`maxmemory 0`" + ` and ` + "`maxmemory-policy noeviction`" + `.

Every directive of Redis 7.2 is known. *State* tells what happens when it asks for something other than its default:
**honoured**; **no effect**: accepted with a warning, since it has no meaning here; **not yet**: accepted with a warning, since the feature is not in this version; **refused**: the server does not start, since going on would be worse.

Memory is bytes or a number with a unit: k (1000), kb (1024), m, mb, g, gb.
`

// Markdown returns docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(markdownHead)
	for _, chapter := range Chapters() {
		fmt.Fprintf(&b, "\n## %s\n\n| setting | default | live | state | meaning |\n|---|---|---|---|---|\n", chapter.Title)
		for i := range chapter.Settings {
			b.WriteString(markdownRow(&chapter.Settings[i]))
		}
	}
	return b.String()
}

func markdownRow(s *Setting) string {
	name := "`" + s.Name + "`"
	if s.Alias != "" {
		name += " (`" + s.Alias + "`)"
	}
	live := "yes"
	switch {
	case s.Fixed:
		live = "no"
	case s.Protected:
		live = "if [enabled](#security)"
	}
	shown := "empty"
	if s.Default != "" {
		shown = "`" + s.Default + "`"
	}
	meaning := s.Doc + " *" + sentence(s.Kind.Allowed())
	if s.Unit != "" {
		meaning += " In " + s.Unit + "."
	}
	meaning += "*"
	if why := s.Why(); why != "" {
		meaning += " " + sentence(why)
	}
	cells := []string{name, shown, live, s.State().String(), meaning}
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", "\\|")
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
