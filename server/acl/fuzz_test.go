package acl

import (
	"strings"
	"testing"
)

// FuzzRules: whatever rules say, they are refused, or described so that the
// description leads to the same rights.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		"on >pw ~a* +get", "+@all -@dangerous (+config|get %R~x &c)", "%RW~* ~b", "~* ~a", "+select|0 reset", "(+get", "#abc", "~\"a", "( ' )", "+|", "%R",
	} {
		f.Add(seed)
	}
	tab := table(f)
	f.Fuzz(func(t *testing.T, line string) {
		us := New(tab)
		if _, err := us.Set("u", strings.Split(line, " ")); err != nil {
			return
		}
		rules := us.Lookup("u").Rules()
		text := rules.Describe()
		if _, err := us.Set("v", strings.Split(text, " ")); err != nil {
			t.Fatalf("%q is described as %q, which is refused: %v", line, text, err)
		}
		other := us.Lookup("v").Rules()
		if other.Describe() != text {
			t.Fatalf("%q is described as %q, which is %q", line, text, other.Describe())
		}
		for _, call := range [][][]byte{words("GET a"), words("SET a 1"), words("CONFIG GET x"), words("SELECT 0"), words("PUBLISH c m"), words("MGET a b")} {
			cmd, _ := tab.Resolve(call)
			if a, b := rules.Check(cmd, call), other.Check(cmd, call); a != b {
				t.Fatalf("%q: %s: %v, as described %v", line, call, a, b)
			}
		}
	})
}
