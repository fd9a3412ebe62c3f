package house

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"
	"testing"
)

// deterministic are the packages in which what happens may depend on the entry
// alone: no clock, no global randomness, no map order.
var deterministic = []string{"eviction", "server/store", "server/value", "server/command", "server/engine"}

// banned maps a call to what stands in its place.
var banned = map[string]string{
	"time.Now":   "the call's Now",
	"time.Since": "the call's Now",
	"time.After": "nothing waits below the engine",
	"time.Sleep": "nothing waits below the engine",
}

// bannedImports are packages that bring a clock or randomness of their own.
var bannedImports = map[string]string{
	"math/rand":    "the call's Rand",
	"math/rand/v2": "the call's Rand",
	"crypto/rand":  "a seed given by the caller",
}

func lawful(f file) bool { return !f.test && under(f.dir, deterministic...) }

func TestNothingBelowTheEngineSeesAClockOrGlobalRandomness(t *testing.T) {
	for _, f := range sources(t, lawful) {
		for _, path := range imports(f) {
			if instead, bad := bannedImports[path]; bad {
				t.Errorf("%s: imports %s; use %s", f.name, path, instead)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			if instead, bad := banned[pkg.Name+"."+sel.Sel.Name]; bad {
				t.Errorf("%s: %s.%s; use %s", fset.Position(sel.Pos()), pkg.Name, sel.Sel.Name, instead)
			}
			return true
		})
	}
}

// TestNoReplyDependsOnMapOrder flags each range over a map in a deterministic
// package, unless the line before says why order cannot show ("order: ...").
func TestNoReplyDependsOnMapOrder(t *testing.T) {
	packages := map[string][]*ast.File{}
	byFile := map[string]file{}
	for _, f := range sources(t, lawful) {
		packages[f.dir] = append(packages[f.dir], f.ast)
		byFile[fset.Position(f.ast.Pos()).Filename] = f
	}
	dirs := make([]string, 0, len(packages))
	for dir := range packages {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	for _, dir := range dirs {
		for _, pos := range mapRanges(dir, packages[dir]) {
			if !excused(byFile[pos.Filename].src, pos.Line) {
				t.Errorf("%s: range over a map: sort first, or say in a comment on the line above why order cannot show (// order: ...)", pos)
			}
		}
	}
}

// mapRanges type-checks a package with its imports left empty: enough to know
// the package's own maps.
func mapRanges(dir string, files []*ast.File) []token.Position {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: emptyImporter{}, Error: func(error) {}, FakeImportC: true}
	conf.Check(dir, fset, files, info) //nolint:errcheck // unknown imports are expected
	var found []token.Position
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			r, ok := n.(*ast.RangeStmt)
			if !ok {
				return true
			}
			if typ := info.Types[r.X].Type; typ != nil {
				if _, isMap := typ.Underlying().(*types.Map); isMap {
					found = append(found, fset.Position(r.Pos()))
				}
			}
			return true
		})
	}
	return found
}

type emptyImporter struct{}

func (emptyImporter) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, path[strings.LastIndex(path, "/")+1:])
	pkg.MarkComplete()
	return pkg, nil
}

func excused(src []byte, line int) bool {
	lines := bytes.Split(src, []byte("\n"))
	return line >= 2 && bytes.Contains(lines[line-2], []byte("// order:"))
}

// textHome: the files in which texts for clients may stand. A package that has
// commands keeps all its texts in one errors.go, or one per chapter ("txerrors.go").
func textHome(f file) bool {
	return under(f.dir, "protocol", "tests", "client", "cmd/apptier") || strings.HasSuffix(f.name, "errors.go")
}

func TestErrorTextsForClientsLiveInOnePlace(t *testing.T) {
	for _, f := range sources(t, notTest) {
		if textHome(f) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			for _, prefix := range []string{"ERR ", "WRONGTYPE ", "NOAUTH ", "MOVED ", "OOM "} {
				if strings.HasPrefix(strings.Trim(lit.Value, "`\"-"), prefix) {
					t.Errorf("%s: client text %s; texts live in errors.go of protocol or of the package that has the command", fset.Position(lit.Pos()), lit.Value)
				}
			}
			return true
		})
	}
}

func TestTheCheckForMapOrderSeesAMap(t *testing.T) {
	f := parse(t, "package p\nfunc f(m map[string]int) { for range m { } }")
	if got := mapRanges("p", []*ast.File{f}); len(got) != 1 {
		t.Fatalf("found %d ranges over a map, want 1", len(got))
	}
}
