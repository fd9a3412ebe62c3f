package command

import (
	"regexp"
	"strings"
	"testing"
)

func TestSyntaxGivesArity(t *testing.T) {
	for syntax, want := range map[string]int{
		"":                            1,
		"key":                         2,
		"key value":                   3,
		"[x]":                         -1,
		"key [key ...]":               -2,
		"[key ...]":                   -1,
		"key value [key value ...]":   -3,
		"key [NX | XX] [GET]":         -2,
		"a <LEFT | RIGHT> <b | c d>":  -4,
		"numkeys key [key ...] LEFT":  -4,
		"STREAMS key [key ...] id":    -4,
		"ON | OFF":                    2,
		"ADD x | REMOVE":              -2,
		"LIMIT <offset count> other":  5,
		"BY <LONG a | SHORT b c> end": -5,
		"key GET pattern [GET p ...]": -4,
	} {
		args, err := parseSyntax(syntax)
		if err != nil {
			t.Errorf("%q: %v", syntax, err)
			continue
		}
		if got := arity(args); got != want {
			t.Errorf("%q: arity %d, want %d", syntax, got, want)
		}
	}
}

func TestSyntaxGivesTheArgumentTree(t *testing.T) {
	for syntax, want := range map[string]string{
		"key value":                         "key:key value:string",
		"key [key ...]":                     "key:key+",
		"[key ...]":                         "key:key?+",
		"key value [key value ...]":         "key:block+(key:key value:string)",
		"[NX | XX] [GET]":                   "nx:oneof?(NX XX) GET?",
		"[EX seconds | KEEPTTL]":            "seconds:oneof?(EX=seconds:integer KEEPTTL)",
		"KEYS key [key ...]":                "KEYS=key:key+",
		"[GET pattern [GET pattern ...]]":   "GET=pattern:pattern?++",
		"[LIMIT offset count]":              "LIMIT=offset:block?(offset:integer count:integer)",
		"LIMIT <offset count>":              "LIMIT=offset:block(offset:integer count:integer)",
		"[COUNT count [ANY]]":               "count:block?(COUNT=count:integer ANY?)",
		"increment:double":                  "increment:double",
		"BY <MEMBER member | LONLAT x y> z": "BY=member:oneof(MEMBER=member:string LONLAT=x:block(x:string y:string)) z:string",
		"[condition: NX | XX]":              "condition:oneof?(NX XX)",
		"[range: MIN min MAX max]":          "range:block?(MIN=min:string MAX=max:string)",
	} {
		args, err := parseSyntax(syntax)
		if err != nil {
			t.Errorf("%q: %v", syntax, err)
			continue
		}
		if got := sketch(args); got != want {
			t.Errorf("%q:\n%s, want\n%s", syntax, got, want)
		}
	}
}

// sketch writes a tree on one line: TOKEN=name:type, ? optional, + multiple, ++ with
// its token.
func sketch(args []Arg) string {
	words := make([]string, len(args))
	for i, a := range args {
		var b strings.Builder
		if a.Type == TypePureToken {
			b.WriteString(a.Token)
		} else {
			if a.Token != "" {
				b.WriteString(a.Token + "=")
			}
			b.WriteString(a.Name + ":" + string(a.Type))
		}
		if a.Optional {
			b.WriteByte('?')
		}
		if a.Multiple {
			b.WriteByte('+')
		}
		if a.MultipleToken {
			b.WriteByte('+')
		}
		if len(a.Args) > 0 {
			b.WriteString("(" + sketch(a.Args) + ")")
		}
		words[i] = b.String()
	}
	return strings.Join(words, " ")
}

func TestBadSyntaxIsRefused(t *testing.T) {
	for _, syntax := range []string{
		"[", "]", "[a", "a]", "<a", "a>", "<a]", "[]", "|", "a |", "[a | ]", "a ...", "...",
		"[a ... b]", "where: <A | B>", "a:intger", strings.Repeat("[", 100) + "a" + strings.Repeat("]", 100),
	} {
		if _, err := parseSyntax(syntax); err == nil {
			t.Errorf("%q was accepted", syntax)
		}
	}
}

func TestUsageIsTheSyntaxWithoutTypesAndNames(t *testing.T) {
	annotation := regexp.MustCompile(`:[a-z-]+|[a-z-]+: `)
	for _, c := range dataTable(t).All() {
		name := strings.ToUpper(strings.ReplaceAll(c.FullName(), "|", " "))
		want := strings.TrimSpace(name + " " + annotation.ReplaceAllString(c.Syntax, ""))
		if got := c.Usage(); got != want {
			t.Errorf("usage %q, want %q", got, want)
		}
	}
}

// FuzzSyntax: whatever parses can be written and read again with the same arity.
func FuzzSyntax(f *testing.F) {
	for _, c := range Data() {
		f.Add(c.Syntax)
	}
	f.Add("BY <LONG a | SHORT b c [d ...]> [[GET p [GET p ...]] | X]")
	f.Fuzz(func(t *testing.T, syntax string) {
		args, err := parseSyntax(syntax)
		if err != nil || strings.Contains(syntax, ":") {
			return
		}
		written := usage(args, plainName)
		again, err := parseSyntax(written)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", syntax, written, err)
		}
		if a, b := arity(args), arity(again); a != b {
			t.Errorf("%q has arity %d, written as %q %d", syntax, a, written, b)
		}
	})
}
