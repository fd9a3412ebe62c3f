package command

import (
	"slices"
	"strconv"

	"github.com/cachedserver/cached/server/value"
)

const streamTrimSyntax = "<strategy: MAXLEN | MINID> [operator: = | ~] threshold [LIMIT count]"

var streamCommands = []Command{
	{
		Name: "XADD", Group: "stream", Since: "5.0.0", Complexity: "O(1); O(N) with N entries trimmed",
		Syntax:  "key [NOMKSTREAM] [trim: " + streamTrimSyntax + "] <id-selector: * | id> field value [field value ...]",
		Summary: "Appends an entry to a stream, which is made if there is none.",
		Flags:   Write | DenyOOM | Fast, Run: xadd,
		Keys: noted(key(RW|Update), "UPDATE instead of INSERT because of the optional trimming feature"),
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "XDEL", Group: "stream", Since: "5.0.0", Complexity: "O(log N) for each entry",
		Syntax:  "key id [id ...]",
		Summary: "Deletes entries of a stream and returns how many were there.",
		Flags:   Write | Fast, Keys: key(RW | Delete), Run: xdel,
	},
	{
		Name: "XLEN", Group: "stream", Since: "5.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the number of entries of a stream.",
		Flags:   Read | Fast, Keys: key(RO), Run: xlen,
	},
	{
		Name: "XRANGE", Group: "stream", Since: "5.0.0", Complexity: "O(log N+M) with M entries returned",
		Syntax:  "key start:string end:string [COUNT count]",
		Summary: "Returns the entries of a stream with IDs in a range.",
		Flags:   Read, Keys: key(RO | Access), Run: xrange,
	},
	{
		Name: "XREVRANGE", Group: "stream", Since: "5.0.0", Complexity: "O(log N+M) with M entries returned",
		Syntax:  "key end:string start:string [COUNT count]",
		Summary: "Returns the entries of a stream with IDs in a range, the last first.",
		Flags:   Read, Keys: key(RO | Access), Run: xrevRange,
	},
	{
		Name: "XSETID", Group: "stream", Since: "5.0.0", Complexity: "O(1)",
		Syntax:  "key last-id [ENTRIESADDED entries-added:integer] [MAXDELETEDID max-deleted-id]",
		Summary: "Changes what a stream remembers of its past.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: xsetID,
	},
	{
		Name: "XTRIM", Group: "stream", Since: "5.0.0", Complexity: "O(N) with N entries removed",
		Syntax:  "key " + streamTrimSyntax,
		Summary: "Removes entries from the head of a stream.",
		Flags:   Write, Keys: key(RW | Delete), Run: xtrim,
		Tips: []string{"nondeterministic_output"},
	},
}

func xadd(c *Call) {
	var o streamOptions
	at, ok := o.read(c, true)
	if !ok {
		return
	}
	pairs := c.Args[min(at+1, c.argc()):]
	if len(pairs) == 0 || len(pairs)%2 != 0 {
		c.Out.Error(c.errArity())
		return
	}
	if o.idGiven && o.seqGiven && o.id == (value.StreamID{}) {
		c.Out.Error(ErrStreamIDZero)
		return
	}
	key := c.Args[1]
	s, found, ok := c.findStream(key)
	switch {
	case !ok:
		return
	case !found && o.noMake:
		c.Out.Null()
		return
	}
	var last value.StreamID
	if found {
		last = s.Last()
	}
	id, ok := o.next(c, last)
	if !ok {
		return
	}
	if !found {
		s = c.makeStream(key)
	}
	s.Append(id, pairs)
	c.replyID(id)
	c.Notify(NotifyStream, "xadd", key)
	if o.trims {
		o.cut(c, s)
	}
}

// cut trims the stream as the options say.
func (o *streamOptions) cut(c *Call, s *value.Stream) (removed int64) {
	if removed = s.Trim(&o.trim); removed > 0 {
		c.Notify(NotifyStream, "xtrim", c.Args[1])
	}
	if o.trim.Approx && c.Kept {
		c.Instead = o.exact(c.Args, s)
	}
	return removed
}

// exact returns the arguments of a call that trims to what is left now: where "~" ends
// depends on how entries lie in blocks.
func (o *streamOptions) exact(args [][]byte, s *value.Stream) [][]byte {
	out := slices.Clone(args)
	out[o.threshold-1] = []byte("=")
	switch {
	case !o.trim.ByID:
		out[o.threshold] = strconv.AppendInt(nil, int64(s.Len()), 10)
	case s.Len() > 0:
		out[o.threshold] = s.First().Append(nil)
	}
	if o.limit > 0 {
		out = slices.Delete(out, o.limit, o.limit+2)
	}
	return out
}

// next returns the ID of the entry to add behind last. Not ok: the error is replied.
func (o *streamOptions) next(c *Call, last value.StreamID) (id value.StreamID, ok bool) {
	following, ok := last.Next()
	if !ok {
		c.Out.Error(ErrStreamFull)
		return id, false
	}
	id = o.id
	switch {
	case !o.idGiven:
		id = value.StreamID{Ms: uint64(max(c.Now, 0))}
		if id.Ms <= last.Ms {
			id = following
		}
	case !o.seqGiven && id.Ms == last.Ms:
		if id = following; id.Ms != last.Ms {
			id = last // numbers of that millisecond are used up
		}
	}
	if id.Compare(last) <= 0 {
		c.Out.Error(ErrStreamIDSmall)
		return id, false
	}
	return id, true
}

func xdel(c *Call) {
	key := c.Args[1]
	s, found, ok := c.findStream(key)
	if !ok {
		return
	}
	if !found {
		c.Out.Int(0)
		return
	}
	ids, ok := c.streamIDs(2)
	if !ok {
		return
	}
	n := int64(0)
	for _, id := range ids {
		if s.Delete(id) {
			n++
		}
	}
	if n > 0 {
		c.Notify(NotifyStream, "xdel", key)
	}
	c.Out.Int(n)
}

func xlen(c *Call) {
	s, found, ok := c.readStream(c.Args[1])
	if !ok {
		return
	}
	n := 0
	if found {
		n = s.Len()
	}
	c.Out.Int(int64(n))
}

func xrange(c *Call) { c.streamRange(2, 3, false) }

func xrevRange(c *Call) { c.streamRange(3, 2, true) }

func (c *Call) streamRange(startAt, endAt int, back bool) {
	r, ok := c.idRange(startAt, endAt)
	if !ok {
		return
	}
	count := int64(-1)
	o := c.options(4)
	for o.next() {
		if !o.is("COUNT") || !o.more() {
			o.fail(ErrSyntax)
			break
		}
		count = max(o.int(), 0)
	}
	if o.failed() {
		return
	}
	s, found, ok := c.readStream(c.Args[1])
	switch {
	case !ok:
	case !found:
		c.Out.Array(0)
	case count == 0:
		c.Out.NullArray()
	case back:
		c.replyEntries(s.Backward(r.end, r.start), count)
	default:
		c.replyEntries(s.Range(r.start, r.end), count)
	}
}

func xsetID(c *Call) {
	id, ok := c.streamID(2)
	if !ok {
		return
	}
	added, maxDeleted := int64(-1), value.StreamID{}
	o := c.options(3)
	for o.next() {
		switch {
		case o.is("ENTRIESADDED") && o.more():
			if added = o.int(); o.err == "" && added < 0 {
				o.fail(ErrEntriesAdded)
			}
		case o.is("MAXDELETEDID") && o.more():
			maxDeleted = o.streamID()
			if o.err == "" && id.Compare(maxDeleted) < 0 {
				o.fail(ErrXSetIDGiven)
			}
		default:
			o.fail(ErrSyntax)
		}
	}
	if o.failed() {
		return
	}
	s, found, ok := c.findStream(c.Args[1])
	switch {
	case !ok:
	case !found:
		c.Out.Error(ErrNoSuchKey)
	case id.Compare(s.MaxDeleted()) < 0:
		c.Out.Error(ErrXSetIDDeleted)
	case s.Len() > 0 && id.Compare(s.Top()) < 0:
		c.Out.Error(ErrXSetIDTop)
	case s.Len() > 0 && added != -1 && int64(s.Len()) > added:
		c.Out.Error(ErrXSetIDAdded)
	default:
		if added == -1 {
			added = int64(s.Added())
		}
		if maxDeleted == (value.StreamID{}) {
			maxDeleted = s.MaxDeleted()
		}
		s.SetFigures(id, maxDeleted, uint64(added))
		c.Notify(NotifyStream, "xsetid", c.Args[1])
		c.Out.OK()
	}
}

func xtrim(c *Call) {
	var o streamOptions
	if _, ok := o.read(c, false); !ok {
		return
	}
	s, found, ok := c.findStream(c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	if found {
		n = o.cut(c, s)
	}
	c.Out.Int(n)
}

// streamOptions are the options of XADD and XTRIM.
type streamOptions struct {
	noMake           bool
	trims            bool
	trim             value.StreamTrim
	threshold, limit int // where they stand: the first behind "~", the second as a word
	limited          bool
	id               value.StreamID
	idGiven          bool // else "*"
	seqGiven         bool // else "ms-*"
}

// read takes the options; of XADD it returns where the ID stands. Not ok: the error
// is replied.
func (s *streamOptions) read(c *Call, add bool) (at int, ok bool) {
	o := c.options(2)
options:
	for o.next() {
		switch {
		case add && string(o.word()) == "*":
			break options
		case o.is("MAXLEN") && o.more():
			s.strategy(&o, false)
		case o.is("MINID") && o.more():
			s.strategy(&o, true)
		case o.is("LIMIT") && o.more():
			s.limited, s.limit = true, o.pos
			if s.trim.Limit = o.int(); o.err == "" && s.trim.Limit < 0 {
				o.fail(ErrLimitArgument)
			}
		case add && o.is("NOMKSTREAM"):
			s.noMake = true
		case add:
			s.idGiven = true
			if s.id, s.seqGiven, ok = parseStreamID(o.word(), 0, true); !ok {
				o.fail(ErrStreamID)
			}
			break options
		default:
			o.fail(ErrSyntax)
		}
	}
	s.check(&o, add)
	return o.pos, !o.failed()
}

func (s *streamOptions) strategy(o *options, byID bool) {
	if s.trims {
		o.fail(ErrTrimBoth)
		return
	}
	s.trims, s.trim.ByID = true, byID
	arg := o.arg()
	if o.more() && len(arg) == 1 && (arg[0] == '~' || arg[0] == '=') {
		s.trim.Approx = arg[0] == '~'
		arg = o.arg()
	}
	s.threshold = o.pos
	if byID {
		s.trim.MinID = o.parseID(arg)
		return
	}
	n, ok := ParseInt(arg)
	switch {
	case !ok:
		o.fail(ErrNotInteger)
	case n < 0:
		o.fail(ErrMaxLenArgument)
	}
	s.trim.MaxLen = n
}

func (s *streamOptions) check(o *options, add bool) {
	switch {
	case o.err != "":
	case s.trim.Limit != 0 && !s.trims:
		o.fail(ErrLimitAlone)
	case !add && !s.trims:
		o.fail(ErrTrimNone)
	case s.limited && !s.trim.Approx:
		o.fail(ErrLimitExact)
	case !s.limited && s.trim.Approx:
		s.trim.Limit = trimLimit(o.c.settings().stream().Entries)
	}
}

// trimLimit is how many entries a trimming that may be inexact removes at most: those
// of a hundred blocks.
func trimLimit(perBlock int) int64 {
	if perBlock <= 0 {
		return 10_000
	}
	return int64(min(100*min(perBlock, 1_000_000), 1_000_000))
}
