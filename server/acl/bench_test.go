package acl

import (
	"strings"
	"testing"
)

// The look that every command costs, and the check of a user with few rules.
func BenchmarkCheck(b *testing.B) {
	us := New(table(b))
	args := words("GET app:session:1234567890")
	cmd, err := us.table.Resolve(args)
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct{ name, rules string }{
		{"unlimited", "+@all ~* &*"},
		{"one pattern", "+@all ~app:*"},
		{"four patterns", "+@read ~a:* ~b:* ~c:* ~app:*"},
		{"two selectors", "+@write ~a:* (+@read %R~app:*)"},
	} {
		change, err := us.Set("u", append([]string{"reset"}, strings.Fields(bench.rules)...))
		if err != nil {
			b.Fatal(err)
		}
		u := change.User
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := u.Rules(); !r.Unlimited() && r.Check(cmd, args).Denied() {
					b.Fatal("refused")
				}
			}
		})
	}
}
