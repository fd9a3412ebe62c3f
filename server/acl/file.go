package acl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Loaded tells what reading a file changed.
type Loaded struct {
	Changed []Change
	Gone    []*User
}

// Load reads a file of lines "user NAME RULE ..." and puts its users in place of
// all. Any fault, and all are told, leaves everything as it was. A default user
// that the file does not name is the unlimited one.
func (us *Users) Load(path string) (Loaded, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Loaded{}, fmt.Errorf("Error loading ACLs, opening file '%s': %w", path, cause(err))
	}
	f := reader{us: us, path: path, read: map[string]*Rules{}}
	for i, line := range strings.Split(string(text), "\n") {
		f.line(i+1, strings.Trim(line, " \t\r\n"))
	}
	if len(f.faults) > 0 {
		return Loaded{}, errors.New(strings.Join(f.faults, "") +
			"WARNING: ACL errors detected, no change to the previously active ACL rules was performed")
	}
	if f.read[DefaultName] == nil {
		f.read[DefaultName] = us.unlimited()
	}
	var l Loaded
	l.Changed, l.Gone = us.replace(f.read)
	return l, nil
}

// cause leaves out the path, which the caller tells.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// reader gathers the users of a file, and its faults in Redis's words.
type reader struct {
	us     *Users
	path   string
	read   map[string]*Rules
	faults []string
}

func (f *reader) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// line reads one line; an empty one says nothing.
func (f *reader) line(n int, text string) {
	if text == "" {
		return
	}
	words := strings.Split(text, " ")
	if words[0] != "user" || len(words) < 2 {
		f.fault("%s:%d should start with user keyword followed by the username. ", f.path, n)
		return
	}
	name := words[1]
	switch {
	case !plain(name):
		f.fault("'%s:%d: username '%s' contains invalid characters. ", f.path, n, name)
		return
	case f.read[name] != nil:
		f.fault("WARNING: Duplicate user '%s' found on line %d. ", name, n)
		return
	}
	f.read[name] = f.user(n, words[2:])
}

// user reads a user's rules. Of unknown commands all are told; of other faults
// the first, since it may bring about the rest, and without the rule, which may
// be a password.
func (f *reader) user(n int, words []string) *Rules {
	ch := f.us.changer(f.us.blank())
	rules, bad := joinSelectors(words)
	if bad != "" {
		f.fault("%s:%d: Unmatched parenthesis in selector definition. ", f.path, n)
	}
	told := false
	for _, rule := range rules {
		rule = strings.Trim(rule, "\t\r\n")
		switch err := ch.apply(rule); {
		case err == nil:
		case errors.Is(err, ErrUnknown):
			f.fault("%s:%d: Error in applying operation '%s': %s. ", f.path, n, rule, err)
		case !told:
			f.fault("%s:%d: %s. ", f.path, n, err)
			told = true
		}
	}
	return ch.to.seal()
}

// Lines are the users as lines of a file, and of ACL LIST.
func (us *Users) Lines() []string {
	var lines []string
	for _, u := range us.List() {
		lines = append(lines, "user "+u.name+" "+u.Rules().Describe())
	}
	return lines
}

// Save writes all users to a file, which is replaced at once or not at all, and
// is on the disk when Save returns.
func (us *Users) Save(path string) (err error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return fmt.Errorf("acl: save: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.WriteString(strings.Join(us.Lines(), "\n") + "\n")
	err = errors.Join(err, tmp.Chmod(mode(path)), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("acl: save %s: %w", path, err)
	}
	return nil
}

// mode is the permission that the file has; a new one is the owner's alone, for
// digests of weak passwords can be guessed.
func mode(path string) os.FileMode {
	if st, err := os.Stat(path); err == nil {
		return st.Mode().Perm()
	}
	return 0o600
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Declare makes the users of the configuration's lines, each a name and rules.
func (us *Users) Declare(lines [][]string) error {
	var faults []error
	seen := map[string]bool{}
	for _, words := range lines {
		name := words[0]
		switch {
		case !plain(name):
			faults = append(faults, fmt.Errorf("user %q: %w", name, ErrName))
		case seen[name]:
			faults = append(faults, fmt.Errorf("user %s: Duplicate user found. A user can only be defined once in config files", name))
		default:
			faults = append(faults, us.declare(name, words[1:]))
		}
		seen[name] = true
	}
	return errors.Join(faults...)
}

// declare makes one user anew, whatever it was before.
func (us *Users) declare(name string, words []string) error {
	ch := us.changer(us.blank())
	rules, bad := joinSelectors(words)
	if bad != "" {
		return fmt.Errorf("user %s: a parenthesis is never closed", name)
	}
	var faults []error
	for i, rule := range rules {
		err := ch.apply(rule)
		switch {
		case errors.Is(err, ErrUnknown):
			faults = append(faults, fmt.Errorf("user %s: rule '%s': %w", name, rule, err))
		case err != nil:
			faults = append(faults, fmt.Errorf("user %s: rule %d: %w", name, i+1, err))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	if u := us.Lookup(name); u != nil {
		u.rules.Store(ch.to.seal())
		return nil
	}
	us.put(us.fresh(name, ch.to.seal()))
	return nil
}
