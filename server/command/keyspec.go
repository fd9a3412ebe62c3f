package command

import "math"

// KeySpec tells where a command's keys stand among its arguments and what is done
// with them. Two steps, as in Redis: where the search begins (Index, or the
// argument after Keyword), and what is found from there (a range, or a counted
// list).
type KeySpec struct {
	Flags KeyFlags
	Use   func(args [][]byte) KeyFlags // with VariableFlags: what one call does

	Index   int    // position of the begin, if Keyword is empty
	Keyword string // else: the begin is the argument after this word
	From    int    // where the search for Keyword starts; negative: backwards from the end

	// A range: every Step-th argument from the begin to Last. Last counts from the
	// begin; negative counts from the end of all arguments (-1 is the last one).
	Last, Step int
	// Limit, with Last -1: only the first 1/Limit of the arguments are keys; 0 all.
	Limit int

	// Counted: argument begin+CountAt holds the number of keys, the first of which
	// stands at begin+First; Step applies.
	Counted        bool
	CountAt, First int

	Unknown bool                    // only the handler can tell: found elsewhere or not at all
	At      func(args [][]byte) int // of an Unknown one: the key's position (SORT ... STORE); 0 none

	Notes string // remark shown by COMMAND INFO
}

// KeyFlags say what a command does with a key.
type KeyFlags uint16

const (
	RO KeyFlags = 1 << iota // reads the value
	RW                      // reads and changes the value
	OW                      // overwrites the value without reading it
	RM                      // removes the key

	Access // returns or copies the user's data
	Update // changes the user's data
	Insert // adds data, never changes what is there
	Delete // deletes data explicitly

	NotKey        // routed like a key, but none (sharded channels)
	Incomplete    // the specification does not find all keys
	VariableFlags // flags depend on the arguments
)

var keyFlagNames = []string{
	"RO", "RW", "OW", "RM", "access", "update", "insert", "delete",
	"not_key", "incomplete", "variable_flags",
}

// Names returns the flags as COMMAND INFO names them.
func (f KeyFlags) Names() []string {
	var names []string
	for i, n := range keyFlagNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// The shapes that nearly all commands use.

// key: the first argument is the only key.
func key(f KeyFlags) []KeySpec { return keyAt(1, f) }

// keyAt: argument i is the only key.
func keyAt(i int, f KeyFlags) []KeySpec {
	return []KeySpec{{Flags: f, Index: i, Step: 1}}
}

// keys: all arguments are keys.
func keys(f KeyFlags) []KeySpec {
	return []KeySpec{{Flags: f, Index: 1, Last: -1, Step: 1}}
}

// pairs: every other argument is a key, from the first (key value key value).
func pairs(f KeyFlags) []KeySpec {
	return []KeySpec{{Flags: f, Index: 1, Last: -1, Step: 2}}
}

// twoKeys: the first two arguments are keys, used differently.
func twoKeys(first, second KeyFlags) []KeySpec {
	return []KeySpec{{Flags: first, Index: 1, Step: 1}, {Flags: second, Index: 2, Step: 1}}
}

// numkeysAt: argument i holds the number of keys that follow it.
func numkeysAt(i int, f KeyFlags) []KeySpec {
	return []KeySpec{{Flags: f, Index: i, Counted: true, First: 1, Step: 1}}
}

// noted adds the remark that COMMAND INFO shows with the first specification.
func noted(specs []KeySpec, notes string) []KeySpec {
	specs[0].Notes = notes
	return specs
}

// KeyRef is one key among the arguments of a call.
type KeyRef struct {
	Pos   int
	Flags KeyFlags
}

// KeysOf appends the keys of a call to dst. When arguments do not fit (a bad
// count) it finds none; handlers refuse such a call before they touch a key.
func (c *Command) KeysOf(args, dst [][]byte) [][]byte {
	before := len(dst)
	if c.keyPos > 0 {
		return append(dst, args[c.keyPos])
	}
	for i := range c.Keys {
		if c.Keys[i].Flags&NotKey != 0 {
			continue
		}
		first, last, step, err := c.Keys[i].find(args)
		if err != nil {
			return dst[:before]
		}
		for p := first; p <= last; p += step {
			dst = append(dst, args[p])
		}
	}
	return dst
}

// KeyRefs appends position and use of each key of a call to dst; arguments that
// are only routed like keys are among them, marked NotKey.
func (c *Command) KeyRefs(args [][]byte, dst []KeyRef) ([]KeyRef, error) {
	for i := range c.Keys {
		first, last, step, err := c.Keys[i].find(args)
		if err != nil {
			return dst, err
		}
		flags := c.Keys[i].Flags
		if c.Keys[i].Use != nil {
			flags = c.Keys[i].Use(args)
		}
		for p := first; p <= last; p += step {
			dst = append(dst, KeyRef{p, flags})
		}
	}
	return dst, nil
}

// OneKey is the position of the command's key if it always has exactly one, and 0
// otherwise.
func (c *Command) OneKey() int { return c.keyPos }

// HasKeys says whether arguments of the command are keys.
func (c *Command) HasKeys() bool { return len(c.Keys) > 0 }

// find gives the positions of the keys: first, first+step ... <= last. No keys:
// last < first.
func (s *KeySpec) find(args [][]byte) (first, last, step int, err error) {
	if s.At != nil {
		if p := s.At(args); p > 0 {
			return p, p, 1, nil
		}
	}
	begin, ok := s.begin(args)
	if !ok {
		return 1, 0, 1, nil
	}
	step = s.Step
	if s.Counted {
		first, last, err = s.counted(args, begin)
		return first, last, step, err
	}
	last = begin + s.Last
	if s.Last < 0 {
		last = len(args) + s.Last
		if s.Limit > 1 {
			last = begin + (len(args)-begin)/s.Limit + s.Last
		}
	}
	if begin >= len(args) || last >= len(args) {
		return 1, 0, 1, ErrKeyArguments
	}
	return begin, last, step, nil
}

func (s *KeySpec) begin(args [][]byte) (int, bool) {
	if s.Unknown {
		return 0, false
	}
	if s.Keyword == "" {
		return s.Index, true
	}
	i, step := s.From, 1
	if s.From < 0 {
		i, step = len(args)+s.From, -1
	}
	for ; i > 0 && i < len(args)-1; i += step { // the last word has nothing behind it
		if equalFold(args[i], s.Keyword) {
			return i + 1, true
		}
	}
	return 0, false
}

func (s *KeySpec) counted(args [][]byte, begin int) (first, last int, err error) {
	at := begin + s.CountAt
	if at >= len(args) {
		return 1, 0, ErrKeyArguments
	}
	n, ok := ParseInt(args[at])
	if !ok || n < 0 || n > math.MaxInt32 {
		return 1, 0, ErrKeyArguments
	}
	first = begin + s.First
	last = first + (int(n)-1)*s.Step
	if n > 0 && last >= len(args) {
		return 1, 0, ErrKeyArguments
	}
	return first, last, nil
}

// Range gives first, last and step in the old form of COMMAND INFO: last is
// negative when counted from the end. Zeros: no keys, or none that the form can
// tell.
func (c *Command) Range() (first, last, step int) {
	for i := range c.Keys {
		s := &c.Keys[i]
		if s.Unknown || s.Keyword != "" || s.Counted {
			continue
		}
		l := s.Last
		if l >= 0 {
			l += s.Index
		}
		switch {
		case step == 0:
			first, last, step = s.Index, l, s.Step
		case s.Index == last+step && s.Step == step && last > 0: // goes on where the one before ended
			last = l
		}
	}
	return first, last, step
}

// movable says whether Range misses keys.
func (c *Command) movable() bool {
	_, last, _ := c.Range()
	for i := range c.Keys {
		s := &c.Keys[i]
		if s.Unknown || s.Keyword != "" || s.Counted || s.Flags&Incomplete != 0 || s.Limit > 1 {
			return true
		}
		if i > 0 && last >= 0 && s.Index+max(s.Last, 0) > last {
			return true
		}
	}
	return false
}

// onlyKey computes OneKey.
func (c *Command) onlyKey() int {
	if len(c.Keys) != 1 {
		return 0
	}
	s := &c.Keys[0]
	if s.Unknown || s.Keyword != "" || s.Counted || s.Last != 0 || s.Flags&NotKey != 0 || s.Index >= abs(c.Arity) {
		return 0
	}
	return s.Index
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
