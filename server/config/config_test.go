package config

import (
	"slices"
	"strings"
	"testing"
)

const gib = 1 << 30

// fresh returns a Config on a machine of 10 GiB.
func fresh(t *testing.T) *Config {
	t.Helper()
	return newConfig(10 * gib)
}

func TestEveryDeclarationIsWhole(t *testing.T) {
	for _, chapter := range Chapters() {
		for _, s := range chapter.Settings {
			t.Run(s.Name, func(t *testing.T) {
				if !strings.HasSuffix(strings.TrimRight(s.Doc, ")"), ".") {
					t.Errorf("doc does not end with a full stop: %q", s.Doc)
				}
				reasons := 0
				for _, why := range []string{s.NoEffect, s.Planned, s.Refused} {
					if why != "" {
						reasons++
					}
				}
				if reasons > 1 {
					t.Error("has more than one state")
				}
				if s.Name != strings.ToLower(s.Name) || s.Kind.Allowed() == "" {
					t.Errorf("name or allowed values: %q %q", s.Name, s.Kind.Allowed())
				}
				if s.Common && s.State() != Honoured && s.Name != "save" && s.Name != "appendonly" {
					t.Error("--help shows a setting that is not honoured")
				}
			})
		}
	}
}

func TestAFreshConfigIsValidAndSilent(t *testing.T) {
	c := fresh(t)
	if err := c.Load(nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); w != nil {
		t.Fatal(w)
	}
	if got := c.Int("maxmemory"); got != 5*gib {
		t.Errorf("maxmemory = %d, want half of the machine", got)
	}
	if got := c.String("maxmemory-policy"); got != "allkeys-adaptive" {
		t.Errorf("policy = %s", got)
	}
	if got := c.Words("bind"); !slices.Equal(got, []string{"127.0.0.1", "-::1"}) {
		t.Errorf("bind = %q", got)
	}
}

func TestAnUnknownNameInOurOwnCodePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	fresh(t).Ref("max-memory")
}

func TestReadingARefAllocatesNothing(t *testing.T) {
	r := fresh(t).Ref("maxclients")
	sum := int64(0)
	if n := testing.AllocsPerRun(100, func() { sum += r.Int() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
