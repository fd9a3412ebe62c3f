package config

import "strings"

// match reports whether s matches a glob of Redis, in which *, ?, [a-z], [^a]
// and \ have their meaning, whatever the case. Both are lower-cased first.
func match(pattern, s string) bool {
	return matchLower(strings.ToLower(pattern), strings.ToLower(s))
}

// matchLower goes back to the last * only: an earlier one can take nothing
// that a later could not, so the time is len(p)*len(s) at most.
func matchLower(p, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			star, mark = i, j
			i++
			continue
		}
		if n, ok := matchOne(p[i:], s[j]); ok {
			i, j = i+n, j+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	return strings.Trim(p[i:], "*") == ""
}

// matchOne matches one byte against the pattern's head and returns the head's
// length.
func matchOne(p string, c byte) (n int, ok bool) {
	switch {
	case p == "":
		return 0, false
	case p[0] == '?':
		return 1, true
	case p[0] == '[':
		return matchClass(p, c)
	case p[0] == '\\' && len(p) > 1:
		return 2, p[1] == c
	}
	return 1, p[0] == c
}

func matchClass(p string, c byte) (n int, ok bool) {
	i := 1
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	found := false
	for ; i < len(p) && p[i] != ']'; i++ {
		switch {
		case p[i] == '\\' && i+1 < len(p):
			i++
			found = found || p[i] == c
		case i+2 < len(p) && p[i+1] == '-':
			low, high := min(p[i], p[i+2]), max(p[i], p[i+2])
			found = found || low <= c && c <= high
			i += 2
		default:
			found = found || p[i] == c
		}
	}
	return min(i+1, len(p)), found != not
}
