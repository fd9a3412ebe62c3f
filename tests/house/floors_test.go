package house

import (
	"strconv"
	"strings"
	"testing"
)

// floors is the policy: a package may import those named behind it and,
// by "+", all that the packages of an earlier line may. Everything else of the
// project is refused. A directory stands for itself and all below it.
//
//	floor 5   cmd
//	floor 4   server
//	floor 3   server/engine | server/script | server/acl | server/network | server/persist | cluster
//	floor 2   server/command | client
//	between   server/rdb: the form of values in files, which DUMP (command) and
//	          snapshots (server) share; it reads and makes them in a store
//	floor 1   server/store
//	ground    eviction  protocol  server/value  server/config  server/stats
const floors = `
eviction:
protocol:
server/value:
server/config:
server/stats:
server/store:    eviction protocol server/value
server/rdb:      server/store +server/store
server/command:  server/rdb +server/rdb
server/persist:  server/rdb +server/rdb
server/engine:   server/command +server/command
server/script:   server/command +server/command
cluster:         protocol
server/acl:      server/command +server/command
server/network:  protocol
server/httpdoor: server/stats
server:          server/script server/acl server/persist server/engine server/network server/httpdoor server/config server/stats +server/engine
client:
cmd:             server client cluster eviction server/config +server
tests:           *
`

// thirdParty says which packages alone may see a third party's types.
var thirdParty = map[string][]string{
	"github.com/hashicorp/raft":       {"cluster"},
	"github.com/hashicorp/memberlist": {"cluster"},
	"github.com/tidwall/redcon":       {"protocol", "server/network"},
	"github.com/prometheus":           {"server/httpdoor"},
	"github.com/redis/rueidis":        {"client"},
	"github.com/yuin/gopher-lua":      {"server/script"},
}

type policy struct {
	order   []string            // packages, as written
	allowed map[string][]string // package -> what it may import
}

func parsePolicy(t *testing.T) policy {
	t.Helper()
	p := policy{allowed: map[string][]string{}}
	for _, line := range strings.Split(strings.TrimSpace(floors), "\n") {
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("policy line %q has no colon", line)
		}
		var may []string
		for _, word := range strings.Fields(rest) {
			if from, plus := strings.CutPrefix(word, "+"); plus {
				inherited, known := p.allowed[from]
				if !known {
					t.Fatalf("policy line %q: %q is not an earlier line", line, from)
				}
				may = append(may, inherited...)
				continue
			}
			may = append(may, word)
		}
		p.order = append(p.order, name)
		p.allowed[name] = may
	}
	return p
}

// home returns the policy's package that dir belongs to: the longest that fits.
func (p policy) home(dir string) string {
	best := ""
	for _, name := range p.order {
		if under(dir, name) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

func (p policy) permits(from, to string) bool {
	if from == to {
		return true
	}
	for _, may := range p.allowed[from] {
		if may == "*" || may == to {
			return true
		}
	}
	return false
}

func imports(f file) []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

func TestImportsGoDownTheFloors(t *testing.T) {
	p := parsePolicy(t)
	for _, f := range sources(t, notTest) {
		from := p.home(f.dir)
		if from == "" {
			t.Errorf("%s: directory %q is on no floor: add it to the policy, or move the file", f.name, f.dir)
			continue
		}
		for _, path := range imports(f) {
			dir, ours := strings.CutPrefix(path, module+"/")
			if ours && !p.permits(from, p.home(dir)) {
				t.Errorf("%s: %s may not import %s", f.name, from, dir)
			}
		}
	}
}

func TestThirdPartyTypesStopAtTheirPackage(t *testing.T) {
	for _, f := range sources(t, notTest) {
		for _, path := range imports(f) {
			for module, homes := range thirdParty {
				if under(path, module) && !under(f.dir, append(homes, "tests")...) {
					t.Errorf("%s: imports %s, which only %v may", f.name, path, homes)
				}
			}
		}
	}
}

func TestPolicyRefusesAnImportThatClimbs(t *testing.T) {
	p := parsePolicy(t)
	for _, pair := range [][2]string{
		{"eviction", "server/store"}, {"server/store", "server/command"},
		{"server/command", "server"}, {"cluster", "server/engine"}, {"protocol", "eviction"},
	} {
		if p.permits(pair[0], pair[1]) {
			t.Errorf("the policy lets %s import %s", pair[0], pair[1])
		}
	}
}
