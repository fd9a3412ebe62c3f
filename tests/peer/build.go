package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Build compiles ./cmd/cached into dir and returns the program's path. root is
// the module's folder.
func Build(root, dir string) (string, error) {
	bin := filepath.Join(dir, "cached")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/cached")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does: a static program takes less memory
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("peer: build: %w: %s", err, out)
	}
	return bin, nil
}

// Root is the module's folder, seen from a test or a program below it.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("peer: no go.mod above the working directory")
		}
		dir = up
	}
}

// built is the one program that all tests of a process share.
var built = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "cachedbin")
	if err != nil {
		return "", err
	}
	return Build(root, dir)
})

// Binary builds cached once for all tests of a process. CACHED_BIN names a
// program to test instead.
func Binary(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("CACHED_BIN"); bin != "" {
		return bin
	}
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// Clean removes what Binary built; call it at the end of TestMain.
func Clean() {
	if bin, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
}
