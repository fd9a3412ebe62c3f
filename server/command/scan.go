package command

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/server/store"
)

var scanCommands = []Command{
	{
		Name: "KEYS", Group: "generic", Since: "1.0.0", Complexity: "O(N) with N keys in the database",
		Syntax:  "pattern",
		Summary: "Returns the names of all keys that match a pattern.",
		Flags:   Read | AllKeys | Unbounded, Categories: CatDangerous, Run: keysLike,
		Tips:  []string{"request_policy:all_shards", "nondeterministic_output_order"},
		Notes: []string{"Keys that come or go while it runs may be in the answer or not."},
	},
	{
		Name: "SCAN", Group: "generic", Since: "2.8.0", Complexity: "O(1) a call, O(N) for all N keys",
		Syntax:  "cursor [MATCH pattern] [COUNT count] [TYPE type]",
		Summary: "Goes through the names of the keys in small steps.",
		Flags:   Read | AllKeys, Run: scan,
		Tips:  []string{"nondeterministic_output", "request_policy:special"},
		Notes: []string{"One step looks at 4096 keys at most, whatever COUNT says."},
	},
}

// scanStep is how many entries KEYS looks at between two releases of a lock.
const scanStep = 256

func keysLike(c *Call) {
	pattern := c.Args[1]
	mark, n := c.Out.Deferred(), 0
	visit := func(key []byte, _ store.Value) {
		if Match(pattern, key, false) {
			c.Out.Bulk(key)
			n++
		}
	}
	for cursor := c.DB.Scan(0, scanStep, visit); cursor != 0; {
		cursor = c.DB.Scan(cursor, scanStep, visit)
	}
	c.Out.FillArray(mark, n)
}

func scan(c *Call) {
	cursor, ok := c.cursor(1)
	if !ok {
		return
	}
	s, ok := readScanOptions(c, 2)
	if !ok {
		return
	}
	var found keyList
	next := c.DB.Scan(cursor, s.count, func(key []byte, v store.Value) {
		if s.wants(key, v) {
			found.add(key)
		}
	})
	found.replyScan(c, next)
}

// scanOptions are the optional arguments of SCAN and its like.
type scanOptions struct {
	count    int
	pattern  []byte // nil: all
	typed    bool   // only those of kind
	kind     store.Kind
	noValues bool // of HSCAN
}

// maxScanCount bounds one step: the answer is gathered before it is sent.
const maxScanCount = 1 << 20

// cursor reads the argument at as a cursor.
func (c *Call) cursor(at int) (uint64, bool) {
	n, ok := parseCursor(c.Args[at])
	if !ok {
		c.Out.Error(ErrCursor)
	}
	return n, ok
}

// parseCursor takes what C's strtoul takes, as Redis does: a sign, of which minus
// counts from 2^64 down; nothing at all, which is 0; and it reads up to a zero byte.
func parseCursor(b []byte) (n uint64, ok bool) {
	b, _, _ = bytes.Cut(b, []byte{0})
	if len(b) == 0 {
		return 0, true
	}
	digits := b
	if b[0] == '-' || b[0] == '+' {
		digits = b[1:]
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if b[0] == '-' {
		n = -n
	}
	return n, err == nil
}

// readScanOptions reads the arguments from from on: 2 for SCAN, 3 for those that go
// through one collection.
func readScanOptions(c *Call, from int) (s scanOptions, ok bool) {
	s.count = 10
	o := c.options(from)
	for o.next() {
		switch {
		case o.is("COUNT"):
			n := o.int()
			if n < 1 {
				o.fail(ErrSyntax)
			}
			s.count = int(min(n, maxScanCount))
		case o.is("MATCH"):
			s.pattern = o.arg()
		case from == 2 && o.is("TYPE"):
			s.typed, s.kind = true, kindNamed(string(o.arg()))
		case from == 3 && o.is("NOVALUES") && c.Cmd.Group == "hash":
			s.noValues = true
		default:
			o.fail(ErrSyntax)
		}
	}
	return s, !o.failed()
}

func (s *scanOptions) wants(key []byte, v store.Value) bool {
	return (!s.typed || s.kind == v.Kind()) &&
		s.matches(key)
}

func (s *scanOptions) matches(b []byte) bool {
	return s.pattern == nil || Match(s.pattern, b, false)
}

// kindNamed finds a kind of value by its name, case ignored; None, which no key
// has, if there is no such kind.
func kindNamed(name string) store.Kind {
	for k := range store.None {
		if strings.EqualFold(name, k.String()) {
			return k
		}
	}
	return store.None
}

// keyList holds copies of keys, end to end in one buffer.
type keyList struct {
	bytes []byte
	ends  []int
}

func (l *keyList) add(key []byte) {
	l.bytes = append(l.bytes, key...)
	l.ends = append(l.ends, len(l.bytes))
}

// replyScan replies the list behind the next cursor.
func (l *keyList) replyScan(c *Call, next uint64) {
	c.Out.Array(2)
	c.Out.BulkString(strconv.FormatUint(next, 10))
	l.reply(c)
}

func (l *keyList) reply(c *Call) {
	c.Out.Array(len(l.ends))
	from := 0
	for _, end := range l.ends {
		c.Out.Bulk(l.bytes[from:end])
		from = end
	}
}
