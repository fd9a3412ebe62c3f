package script

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachedserver/cached/protocol"
)

// match tells whether got is what want describes: lines, "~REGEXP" lines, and
// "..." for any number of lines.
func match(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for skip := 0; skip <= len(got); skip++ {
			if match(want[1:], got[skip:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && matchLine(want[0], got[0]) && match(want[1:], got[1:])
}

func matchLine(want, got string) bool {
	pattern, isPattern := strings.CutPrefix(want, "~")
	if !isPattern {
		return want == got
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return err == nil && re.MatchString(got)
}

// hasPattern tells whether lines hold more than literal text.
func hasPattern(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool {
		return l == "..." || strings.HasPrefix(l, "~") || strings.Contains(l, "${")
	})
}

// sortReply orders the elements of an aggregate by how they look; of a map, or
// an array of pairs, the pairs.
func sortReply(r protocol.Reply, pairs bool) protocol.Reply {
	size := 1
	if pairs || r.Kind == protocol.MapKind {
		size = 2
	}
	groups := slices.Collect(slices.Chunk(r.Elems, size))
	slices.SortFunc(groups, func(a, b []protocol.Reply) int {
		return strings.Compare(protocol.Format(a[0]), protocol.Format(b[0]))
	})
	r.Elems = slices.Concat(groups...)
	return r
}
