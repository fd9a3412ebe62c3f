package command

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

const (
	sortByNotes    = "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort"
	sortStoreNotes = "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array"
)

var sortCommands = []Command{
	{
		Name: "SORT", Group: "generic", Since: "1.0.0", Complexity: "O(N+M*log(M)) with N elements of which M are returned",
		Syntax:  "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]",
		Summary: "Returns or stores the elements of a list, set or sorted set in order.",
		Flags:   Write | DenyOOM | AtOnce, Categories: sortCategories, Run: sortElements, Beyond: sortBeyond,
		Keys: []KeySpec{
			{Flags: RO | Access, Index: 1, Step: 1},
			{Flags: RO | Access, Unknown: true, Notes: sortByNotes},
			{Flags: OW | Update, Unknown: true, At: sortDestination, Notes: sortStoreNotes},
		},
		Notes: []string{"ALPHA compares bytes, whatever the locale."},
	},
	{
		Name: "SORT_RO", Group: "generic", Since: "7.0.0", Complexity: "O(N+M*log(M)) with N elements of which M are returned",
		Syntax:  "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]",
		Summary: "Returns the elements of a list, set or sorted set in order.",
		Flags:   Read | AtOnce, Categories: sortCategories, Run: sortElements, Beyond: sortBeyond,
		Keys: []KeySpec{
			{Flags: RO | Access, Index: 1, Step: 1},
			{Flags: RO | Access, Unknown: true, Notes: sortByNotes},
		},
	},
}

const sortCategories = CatSet | CatSortedSet | CatList | CatDangerous

func sortElements(c *Call) {
	q, ok := readSortOptions(c)
	if !ok {
		return
	}
	if !q.gather() {
		return
	}
	if !q.sort() {
		c.Out.Error(ErrSortScores)
		return
	}
	if q.store != nil {
		q.storeResult()
		return
	}
	q.reply()
}

// sorting is one run of SORT.
type sorting struct {
	c             *Call
	by            []byte // pattern; nil: the element itself
	get           [][]byte
	store         []byte // nil: reply
	offset, count int64  // count < 0: all
	desc, alpha   bool
	asIs          bool // BY names no key: leave the order

	elems []sortable
	text  []byte // of elements and what they are compared by
}

// sortable is an element: where its bytes and its key stand in text.
type sortable struct {
	from, to       int
	keyFrom, keyTo int
	score          float64
	keyless        bool // BY found nothing: first in order, 0 as a number
}

func readSortOptions(c *Call) (*sorting, bool) {
	q := &sorting{c: c, count: -1}
	o := c.options(2)
	for o.next() {
		switch {
		case o.is("ASC"):
			q.desc = false
		case o.is("DESC"):
			q.desc = true
		case o.is("ALPHA"):
			q.alpha = true
		case o.is("LIMIT") && o.pos+2 < len(c.Args):
			q.offset = o.int()
			q.count = o.int()
		case o.is("STORE") && o.more() && c.Cmd.Is(Write):
			q.store = o.arg()
		case o.is("BY") && o.more():
			q.by = o.arg()
			q.asIs = bytes.IndexByte(q.by, '*') < 0
		case o.is("GET") && o.more():
			q.get = append(q.get, o.arg())
		default:
			o.fail(ErrSyntax)
		}
	}
	return q, !o.failed()
}

// gather copies the elements that may be in the result. Not ok: the key holds
// something else, and the error is replied.
func (q *sorting) gather() (ok bool) {
	c := q.c
	it, kind, found := c.DB.ReadItem(c.Args[1])
	if !found {
		c.Notify(NotifyKeyMiss, "keymiss", c.Args[1])
		return true
	}
	switch kind {
	case store.List:
		l := value.OpenList(it, c.settings().list())
		from, to := q.window(l.Len())
		walk := l.Ascend(from)
		if q.asIs && q.desc {
			walk = l.Descend(l.Len() - 1 - from)
		}
		q.take(walk, to-from)
	case store.Set:
		s := value.OpenSet(it, c.settings().set())
		if q.asIs && q.store != nil {
			q.asIs, q.alpha, q.by = false, true, nil // a set has no order of its own to store
		}
		from, to := q.window(s.Len())
		q.take(skipping(s.Each, from), to-from)
	case store.ZSet:
		z := value.OpenZSet(it, c.settings().zset())
		q.takeRanked(&z)
	default:
		c.Out.Error(ErrWrongType)
		return false
	}
	return true
}

// window is the range of elements of which the result is made: all if they are
// to be sorted, else what LIMIT says.
func (q *sorting) window(n int) (from, to int) {
	if !q.asIs {
		return 0, n
	}
	return q.limits(n)
}

func (q *sorting) limits(n int) (from, to int) {
	from = int(min(max(q.offset, 0), int64(n)))
	if q.count >= 0 {
		return from, int(min(int64(from)+min(q.count, int64(n)), int64(n)))
	}
	return from, n
}

func (q *sorting) take(elements func(func([]byte) bool), n int) {
	if n == 0 {
		return
	}
	q.elems = make([]sortable, 0, n)
	elements(func(e []byte) bool {
		at := len(q.text)
		q.text = append(q.text, e...)
		q.elems = append(q.elems, sortable{from: at, to: len(q.text), keyFrom: at, keyTo: len(q.text)})
		return len(q.elems) < n
	})
}

// skipping leaves out the first n.
func skipping(elements func(func([]byte) bool), n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		elements(func(e []byte) bool {
			n--
			return n >= 0 || yield(e)
		})
	}
}

// takeRanked takes the members of a sorted set, in its order or backwards.
func (q *sorting) takeRanked(z *value.ZSet) {
	from, to := q.window(z.Len())
	walk := z.Ascend(from)
	if q.asIs && q.desc {
		walk = z.Descend(z.Len() - 1 - from)
	}
	q.take(func(yield func([]byte) bool) {
		walk(func(m []byte, _ float64) bool { return yield(m) })
	}, to-from)
}

// sort puts the elements in order and cuts them to LIMIT; false: a key is no number.
func (q *sorting) sort() bool {
	if q.asIs {
		return true
	}
	for i := range q.elems {
		if !q.rate(&q.elems[i]) {
			return false
		}
	}
	slices.SortStableFunc(q.elems, q.compare)
	from, to := q.limits(len(q.elems))
	q.elems = q.elems[from:to]
	return true
}

// rate finds what an element is compared by.
func (q *sorting) rate(e *sortable) bool {
	key := q.text[e.from:e.to]
	if q.by != nil {
		v, found := q.lookup(q.by, key)
		if e.keyless = !found; e.keyless {
			return true
		}
		key = v
	}
	if !q.alpha {
		var ok bool
		e.score, ok = sortScore(key)
		return ok
	}
	if q.by != nil {
		e.keyFrom = len(q.text)
		q.text = append(q.text, key...)
		e.keyTo = len(q.text)
	}
	return true
}

// sortScore reads a number as C's strtod does: blanks may stand before it, and
// nothing at all is 0.
func sortScore(b []byte) (float64, bool) {
	text := strings.TrimLeft(string(b), " \t\n\v\f\r")
	if text == "" {
		return 0, len(b) == 0
	}
	if strings.Contains(text, "_") {
		return 0, false
	}
	digits := strings.TrimLeft(text, "+-")
	if strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X") {
		if !strings.ContainsAny(digits, "pP") {
			text += "p0"
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f)
}

func (q *sorting) compare(a, b sortable) int {
	n := 0
	switch {
	case !q.alpha:
		if n = cmp.Compare(a.score, b.score); n == 0 {
			n = bytes.Compare(q.text[a.from:a.to], q.text[b.from:b.to])
		}
	case a.keyless || b.keyless:
		n = cmp.Compare(truthOf(b.keyless), truthOf(a.keyless))
	default:
		n = bytes.Compare(q.text[a.keyFrom:a.keyTo], q.text[b.keyFrom:b.keyTo])
	}
	if q.desc {
		return -n
	}
	return n
}

func truthOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lookup returns what a pattern names for an element: the element itself for "#",
// else the string at the key that has the element in place of the first *, or the
// field of the hash there. It ends at the next lookup.
func (q *sorting) lookup(pattern, element []byte) ([]byte, bool) {
	if string(pattern) == "#" {
		return element, true
	}
	before, after, ok := bytes.Cut(pattern, []byte("*"))
	if !ok {
		return nil, false
	}
	name, field, inHash := bytes.Cut(after, []byte("->"))
	if len(field) == 0 {
		name, inHash = after, false
	}
	key := slices.Concat(before, element, name)
	if inHash {
		return q.lookupField(key, field)
	}
	v, found := q.c.DB.Get(key)
	if !found || v.Kind() != store.String {
		return nil, false
	}
	return v.Bytes(), true
}

func (q *sorting) lookupField(key, field []byte) ([]byte, bool) {
	it, kind, found := q.c.DB.ReadItem(key)
	if !found || kind != store.Hash {
		return nil, false
	}
	f, ok := q.c.openHash(key, it, true).get(field)
	return f.Value, ok
}

// results yields what the result consists of; found is false for a null.
func (q *sorting) results(yield func(v []byte, found bool)) {
	for _, e := range q.elems {
		element := q.text[e.from:e.to]
		if q.get == nil {
			yield(element, true)
		}
		for _, pattern := range q.get {
			yield(q.lookup(pattern, element))
		}
	}
}

// size is the number of results.
func (q *sorting) size() int { return len(q.elems) * max(len(q.get), 1) }

func (q *sorting) reply() {
	q.c.Out.Array(q.size())
	q.results(func(v []byte, found bool) {
		if !found {
			q.c.Out.Null()
			return
		}
		q.c.Out.Bulk(v)
	})
}

// storeResult stores the result as a list, in which a null is an empty string.
func (q *sorting) storeResult() {
	c := q.c
	n := q.size()
	c.Out.Int(int64(n))
	if n == 0 {
		if c.DB.Delete(q.store) {
			c.Notify(NotifyGeneric, "del", q.store)
		}
		return
	}
	it := c.DB.Scratch(q.store, store.List, store.ListPack)
	own := *it // lookups may use up the view's items
	l := value.NewList(&own, c.settings().list())
	q.results(func(v []byte, _ bool) { l.Push(false, v) })
	c.creates(q.store)
	c.DB.Adopt(q.store, &own)
	c.Notify(NotifyList, "sortstore", q.store)
}
