package house

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

func parse(t *testing.T, src string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(fset, t.Name()+".go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryFileIsFormatted(t *testing.T) {
	for _, f := range sources(t, func(file) bool { return true }) {
		want, err := format.Source(f.src)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
		} else if !bytes.Equal(want, f.src) {
			t.Errorf("%s: not formatted: run gofmt -w %s", f.name, f.name)
		}
	}
}

// TestVet runs the whole of go vet. The other tests of this package read every
// source, so a cached verdict is never older than the tree.
func TestVet(t *testing.T) {
	if testing.Short() {
		t.Skip("go vet builds the whole tree: left out with -short")
	}
	sources(t, notTest)
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

func TestEachPackageSaysWhatItIs(t *testing.T) {
	said := map[string]bool{}
	for _, f := range sources(t, notTest) {
		name := f.ast.Name.Name
		doc := f.ast.Doc.Text()
		if name == "main" {
			said[f.dir] = said[f.dir] || doc != ""
		} else {
			said[f.dir] = said[f.dir] || strings.HasPrefix(doc, "Package "+name+" ")
		}
	}
	for _, dir := range sorted(said) {
		if !said[dir] {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestEachExportedNameIsDocumented(t *testing.T) {
	for _, f := range sources(t, notTest) {
		if f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					t.Errorf("%s: %s has no doc comment", fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(t, d)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

func undocumented(t *testing.T, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				t.Errorf("%s: %s has no doc comment", fset.Position(s.Pos()), s.Name.Name)
			}
		case *ast.ValueSpec:
			if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				t.Errorf("%s: %s has no doc comment", fset.Position(s.Pos()), s.Names[0].Name)
			}
		}
	}
}

// TestFunctionsStayShort holds the figures of the code bases that we learn
// from: a median of at most 11 lines, and at most one function in twenty above 60.
func TestFunctionsStayShort(t *testing.T) {
	var lengths []int
	var long []string
	for _, f := range sources(t, notTest) {
		for _, decl := range f.ast.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			n := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1
			lengths = append(lengths, n)
			if n > 60 {
				long = append(long, fset.Position(d.Pos()).String()+" "+d.Name.Name)
			}
		}
	}
	sort.Ints(lengths)
	median, p90 := lengths[len(lengths)/2], lengths[len(lengths)*9/10]
	t.Logf("%d functions: median %d lines, p90 %d, above 60: %d", len(lengths), median, p90, len(long))
	if median > 11 || p90 > 43 || len(long)*20 > len(lengths) {
		t.Errorf("functions have grown: median %d (at most 11), p90 %d (at most 43), above 60 lines %d of %d (at most 5%%):\n  %s",
			median, p90, len(long), len(lengths), strings.Join(long, "\n  "))
	}
}

func TestNoLeftOverMarks(t *testing.T) {
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	for _, f := range sources(t, func(file) bool { return true }) {
		for i, line := range bytes.Split(f.src, []byte("\n")) {
			for _, mark := range marks {
				if bytes.Contains(line, []byte(mark)) {
					t.Errorf("%s:%d: %s: finish it, or say what is wanted in an issue", f.name, i+1, mark)
				}
			}
		}
	}
}

func TestDocumentsNamedInTheReadmeExist(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range bytes.Split(readme, []byte("]("))[1:] {
		link, _, _ := bytes.Cut(part, []byte(")"))
		name, _, _ := strings.Cut(string(link), "#")
		if name == "" || strings.Contains(name, "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("README.md links to %s: %v", name, err)
		}
	}
}

func sorted(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
