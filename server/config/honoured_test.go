package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readHere are honoured by this package itself.
var readHere = map[string]bool{"include": true, "enable-protected-configs": true, "protected-mode": true}

// accessors read a setting by a method of Config instead of its name.
var accessors = map[string]string{
	"save": ".SaveRules(", "client-output-buffer-limit": ".OutputLimits(", "maxmemory-clients": ".MaxMemoryClients(",
}

// A setting that is declared honoured and that nobody reads would be a lie to
// the one who sets it.
func TestHonouredSettingsAreRead(t *testing.T) {
	var code strings.Builder
	for _, root := range []string{"../../server", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "config" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			code.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, chapter := range Chapters() {
		for _, s := range chapter.Settings {
			accessor := accessors[s.Name]
			read := strings.Contains(code.String(), `"`+s.Name+`"`) || accessor != "" && strings.Contains(code.String(), accessor)
			if s.State() == Honoured && !readHere[s.Name] && !read {
				t.Errorf("%s is declared honoured, and nobody reads it", s.Name)
			}
		}
	}
}
