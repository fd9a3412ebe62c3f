package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/cachedserver/cached"

// file is one parsed Go source of the project.
type file struct {
	name string // slash path below the module's root, e.g. "server/dispatch.go"
	dir  string // its package's directory, e.g. "server"
	test bool
	src  []byte
	ast  *ast.File
}

var fset = token.NewFileSet()

// tree parses every Go file of the project once.
var tree = sync.OnceValues(func() ([]file, error) {
	root := filepath.Join("..", "..")
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, file{
			name: rel, dir: path.Dir(rel), src: src, ast: parsed,
			test: strings.HasSuffix(base, "_test.go"),
		})
		return nil
	})
	return files, err
})

// sources returns the project's files for which keep is true and fails the
// test when there are none: a law over nothing is no law.
func sources(t *testing.T, keep func(file) bool) []file {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	var kept []file
	for _, f := range all {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		t.Fatal("no source file matches: has the tree moved?")
	}
	return kept
}

func notTest(f file) bool { return !f.test }

// under tells whether dir is one of the packages or below one of them.
func under(dir string, packages ...string) bool {
	for _, p := range packages {
		if dir == p || strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return false
}
