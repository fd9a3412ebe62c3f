package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrPairs is answered to CONFIG SET with a name that lacks its value.
var ErrPairs = errors.New("syntax error")

// hook is told of changed values.
type hook struct {
	refs  []*Ref
	apply func(old, new *Value) error // for one setting
	after func() error                // for several
}

// OnChange has apply called when Set changed the setting: the new value is in
// force for readers already. An error takes every change of that call back,
// and apply is called again with the values exchanged, whose error is ignored.
// Hooks run one at a time, and must not call Set, Rewrite or Load.
func (c *Config) OnChange(name string, apply func(old, new *Value) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks = append(c.hooks, hook{refs: []*Ref{c.Ref(name)}, apply: apply})
}

// OnChanges has after called once for a Set that changed any of the settings,
// as certificate and key are of use together only. When the changes are taken
// back it is called again.
func (c *Config) OnChanges(names []string, after func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := hook{after: after}
	for _, name := range names {
		h.refs = append(h.refs, c.Ref(name))
	}
	c.hooks = append(c.hooks, h)
}

// change is one setting's step in a Set.
type change struct {
	ref      *Ref
	name     string // as the caller spelled it, in lower case
	old, new *Value
}

// SetError is why Set changed nothing. Its text is Redis's without the ERR.
type SetError struct {
	Setting string
	Unknown bool
	Reason  string
}

// Error returns the text for the client.
func (e *SetError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("Unknown option or number of arguments for CONFIG SET - '%s'", e.Setting)
	}
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", e.Setting, e.Reason)
}

// Set answers CONFIG SET: names and values in turn, all of them or none. local
// tells that the client is on this machine, which enable-protected-configs may
// ask for.
func (c *Config) Set(pairs []string, local bool) error {
	if len(pairs) == 0 || len(pairs)%2 != 0 {
		return ErrPairs
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	changes, err := c.changes(pairs, local)
	if err != nil {
		return err
	}
	if err := c.check(changes); err != nil {
		return err
	}
	before := cautions(c.view())
	if err := c.commit(changes); err != nil {
		return err
	}
	for _, ch := range changes {
		c.warnOf(ch.ref)
	}
	for _, caution := range cautions(c.view()) {
		if !slices.Contains(before, caution) {
			c.warnings = append(c.warnings, caution)
		}
	}
	return nil
}

// changes resolves all names, then parses the values, and names the first
// mistake in the order and the spelling in which Redis would.
func (c *Config) changes(pairs []string, local bool) ([]change, error) {
	var list []change
	for i := 0; i < len(pairs); i += 2 {
		r := c.lookup(pairs[i])
		if r == nil || r.set.FileOnly {
			return nil, &SetError{Setting: pairs[i], Unknown: true}
		}
		if reason := c.barred(r, list, local); reason != "" {
			return nil, &SetError{Setting: pairs[i], Reason: reason}
		}
		list = append(list, change{ref: r, name: strings.ToLower(pairs[i]), old: r.v.Load()})
	}
	for i := range list {
		v, err := c.parse(list[i].ref, []string{pairs[2*i+1]}, fromSet)
		if err != nil {
			return nil, &SetError{Setting: list[i].name, Reason: err.Error()}
		}
		list[i].new = v
	}
	return list, nil
}

func (c *Config) barred(r *Ref, before []change, local bool) string {
	switch allowed := c.String("enable-protected-configs"); {
	case r.set.Fixed:
		return "can't set immutable config"
	case r.set.Protected && allowed != "yes" && !(allowed == "local" && local):
		return "can't set protected config"
	}
	if slices.ContainsFunc(before, func(ch change) bool { return ch.ref == r }) {
		return "duplicate parameter"
	}
	return ""
}

// check looks at what the changes would lead to before anybody sees them.
func (c *Config) check(changes []change) error {
	v := view{c, make(map[*Ref]*Value, len(changes))}
	for _, ch := range changes {
		if ch.ref.set.State() == Refused && ch.ref.set.asks(ch.new) {
			return &SetError{Setting: ch.name, Reason: "not supported: " + ch.ref.set.Refused}
		}
		if err := enterable(ch.new.text); err != nil && ch.ref.set.Name == "dir" {
			return &SetError{Setting: ch.name, Reason: err.Error()}
		}
		v.changes[ch.ref] = ch.new
	}
	faults := relations(v)
	if len(faults) == 0 {
		return nil
	}
	f := faults[0]
	return &SetError{Setting: blame(f.Setting, changes), Reason: f.Problem + "; " + f.Remedy}
}

// blame names an argument of the call: the fault's own if it is there.
func blame(setting string, changes []change) string {
	for _, ch := range changes {
		if ch.ref.set.Name == setting {
			return ch.name
		}
	}
	return changes[0].name
}

// commit makes the values visible and runs the hooks; a hook's error takes all
// back, in reverse order.
func (c *Config) commit(changes []change) error {
	for _, ch := range changes {
		ch.ref.v.Store(ch.new)
	}
	var undo []func()
	for _, h := range c.hooks {
		for _, ch := range h.concerned(changes) {
			err := h.run(ch.old, ch.new)
			if err == nil {
				undo = append(undo, func() { h.run(ch.new, ch.old) })
				continue
			}
			for _, ch := range changes {
				ch.ref.v.Store(ch.old)
			}
			for _, back := range slices.Backward(undo) {
				back()
			}
			return &SetError{Setting: ch.name, Reason: err.Error()}
		}
	}
	for _, ch := range changes {
		ch.ref.from, ch.ref.where = fromSet, "CONFIG SET"
	}
	return nil
}

// concerned returns the changes to run h for: the first only when h is for
// several settings. A value set to what it was is no change.
func (h hook) concerned(changes []change) []change {
	var list []change
	for _, ch := range changes {
		if slices.Contains(h.refs, ch.ref) && !same(ch.old, ch.new) {
			list = append(list, ch)
		}
	}
	if h.after != nil && len(list) > 1 {
		list = list[:1]
	}
	return list
}

func same(a, b *Value) bool { return a.text == b.text && a.num == b.num }

func (h hook) run(old, new *Value) error {
	if h.after != nil {
		return h.after()
	}
	return h.apply(old, new)
}
