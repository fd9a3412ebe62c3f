package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFileSize bounds a configuration file, so that a wrong path (a device, a
// dump) is a fault and not a stall.
const maxFileSize = 16 << 20

// readFile reads a file and all that it includes; "-" is stdin. mu is held.
func (c *Config) readFile(path string, from source, stdin io.Reader) Faults {
	if path == "-" {
		text, err := readAll(stdin)
		if err != nil {
			return Faults{{Where: "stdin", Problem: err.Error()}}
		}
		return c.readText("stdin", text, from, nil)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return Faults{{Where: path, Problem: err.Error()}}
	}
	faults := c.readPath(path, abs, from, nil)
	if len(faults) == 0 {
		c.file = abs
	}
	return faults
}

// readPath reads the file at abs, which messages call name. open holds the
// files whose include lines led here.
func (c *Config) readPath(name, abs string, from source, open []string) Faults {
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return Faults{missing(name, err)}
	}
	for _, o := range open {
		if o == real {
			return Faults{{Where: name, Problem: "includes itself by way of " + strings.Join(open, ", "), Remedy: "remove one of these include lines"}}
		}
	}
	f, err := os.Open(real)
	if err != nil {
		return Faults{missing(name, err)}
	}
	defer f.Close()
	text, err := readAll(f)
	if err != nil {
		return Faults{missing(name, err)}
	}
	return c.readText(name, text, from, append(open[:len(open):len(open)], real))
}

func missing(name string, err error) Fault {
	f := Fault{Where: name, Problem: "cannot be read: " + cause(err).Error()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Remedy = "check the path"
	case errors.Is(err, fs.ErrPermission):
		f.Remedy = "let this user read it"
	}
	return f
}

// cause drops the operation and path that a PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func readAll(r io.Reader) (string, error) {
	if r == nil {
		return "", errors.New("nothing to read")
	}
	text, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = fmt.Errorf("larger than %d bytes, which no configuration is", maxFileSize)
	}
	return string(text), err
}

func (c *Config) readText(name, text string, from source, open []string) Faults {
	var faults Faults
	number := 0
	for line := range strings.Lines(text) {
		number++
		where := fmt.Sprintf("%s:%d", name, number)
		faults = append(faults, c.readLine(where, line, from, open)...)
	}
	return faults
}

func (c *Config) readLine(where, line string, from source, open []string) Faults {
	words, err := lineWords(line)
	switch {
	case err != nil:
		return Faults{{Where: where, Problem: err.Error(), Remedy: `close each quote, and begin a new word after it; \" is a quote within "..."`}}
	case len(words) == 0:
		return nil
	case strings.EqualFold(words[0], "include"):
		return c.include(where, words, from, open)
	}
	return c.assign(where, words[0], words[0], words[1:], from)
}

// lineWords splits one line; comments and empty lines have no words.
func lineWords(line string) ([]string, error) {
	line = strings.TrimPrefix(line, "\ufeff") // some editors mark UTF-8
	line = strings.Trim(line, " \t\r\n")
	if strings.HasPrefix(line, "#") {
		return nil, nil
	}
	return splitWords(line)
}

// include reads the files that match, in order of name. A pattern may match
// nothing, as /etc/cached/conf.d/*.conf does at first; a plain path must exist.
func (c *Config) include(where string, words []string, from source, open []string) Faults {
	if len(words) != 2 {
		return Faults{{Where: where, Setting: "include", Problem: errWords.Error(), Allowed: "one path or glob"}}
	}
	pattern := words[1]
	if !filepath.IsAbs(pattern) && len(open) > 0 {
		pattern = filepath.Join(filepath.Dir(open[len(open)-1]), pattern)
	}
	paths := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		var err error
		if paths, err = filepath.Glob(pattern); err != nil {
			return Faults{{Where: where, Setting: "include", Value: words[1], Problem: err.Error()}}
		}
	}
	var faults Faults
	for _, p := range paths {
		inner := c.readPath(p, p, from, open)
		for i := range inner {
			if inner[i].Where == p { // the file as such: say who asked for it
				inner[i].Where = where + ": include " + p
			}
		}
		faults = append(faults, inner...)
	}
	return faults
}
