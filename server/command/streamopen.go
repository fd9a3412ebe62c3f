package command

import (
	"bytes"
	"math"
	"strconv"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// readStream opens the stream at key for reading; there is one at a time. Not ok: the
// key holds something else, and the error is replied.
func (c *Call) readStream(key []byte) (s *value.Stream, found, ok bool) {
	it, found, ok := c.readItem(key, store.Stream)
	return c.openStream(it, found && ok), found, ok
}

// findStream opens the stream at key for changing it.
func (c *Call) findStream(key []byte) (s *value.Stream, found, ok bool) {
	it, found, ok := c.findItem(key, store.Stream)
	return c.openStream(it, found && ok), found, ok
}

func (c *Call) openStream(it *store.Item, found bool) *value.Stream {
	if !found {
		return nil
	}
	c.streams.Open(it, c.settings().stream())
	return &c.streams
}

// makeStream makes an empty stream at key, where nothing is.
func (c *Call) makeStream(key []byte) *value.Stream {
	c.creates(key)
	it := c.DB.Create(key, store.Stream, store.StreamTree, value.StreamSize)
	c.streams.Open(it, c.settings().stream())
	return &c.streams
}

// parseStreamID reads "ms-seq" or "ms", where seq is missing; "-" and "+", the lowest
// and the highest ID, unless strict. seqGiven is false of "ms-*", which must be wanted.
func parseStreamID(b []byte, missing uint64, anySeq bool) (id value.StreamID, seqGiven, ok bool) {
	if len(b) > 127 {
		return id, false, false
	}
	ms, seq, dash := bytes.Cut(b, []byte("-"))
	if id.Ms, ok = parseUint(ms); !ok {
		return id, false, false
	}
	switch {
	case !dash:
		id.Seq = missing
	case anySeq && string(seq) == "*":
		return id, false, true
	default:
		id.Seq, ok = parseUint(seq)
	}
	return id, true, ok
}

// parseUint reads a number of 64 bits as C's strtoull does.
func parseUint(b []byte) (uint64, bool) {
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	b = bytes.TrimPrefix(b, []byte("+"))
	n, err := strconv.ParseUint(string(b), 10, 64)
	return n, err == nil
}

// streamID reads the ID at argument i; if it is none, the error is replied.
func (c *Call) streamID(i int) (id value.StreamID, ok bool) {
	id, _, ok = parseStreamID(c.Args[i], 0, false)
	if !ok {
		c.Out.Error(ErrStreamID)
	}
	return id, ok
}

// streamIDs reads IDs from argument i on.
func (c *Call) streamIDs(i int) (ids []value.StreamID, ok bool) {
	for ; i < c.argc(); i++ {
		id, ok := c.streamID(i)
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

func (o *options) streamID() value.StreamID { return o.parseID(o.arg()) }

func (o *options) parseID(arg []byte) value.StreamID {
	id, _, ok := parseStreamID(arg, 0, false)
	if !ok {
		o.fail(ErrStreamID)
	}
	return id
}

// idRange is a range of IDs, both ends included.
type idRange struct{ start, end value.StreamID }

// idRange reads the range whose ends are the arguments at start and end. Not ok: the
// error is replied.
func (c *Call) idRange(start, end int) (r idRange, ok bool) {
	if r.start, ok = c.startID(start); !ok {
		return r, false
	}
	id, open, ok := parseBoundID(c.Args[end], math.MaxUint64)
	if !ok {
		c.Out.Error(ErrStreamID)
		return r, false
	}
	if r.end = id; open {
		if r.end, ok = id.Prev(); !ok {
			c.Out.Error(ErrEndID)
		}
	}
	return r, ok
}

// startID reads the lower end of a range.
func (c *Call) startID(i int) (id value.StreamID, ok bool) {
	id, open, ok := parseBoundID(c.Args[i], 0)
	if !ok {
		c.Out.Error(ErrStreamID)
		return id, false
	}
	if open {
		if id, ok = id.Next(); !ok {
			c.Out.Error(ErrStartID)
		}
	}
	return id, ok
}

// parseBoundID reads an ID that may be "-" or "+", or stand behind "(".
func parseBoundID(b []byte, missing uint64) (id value.StreamID, open, ok bool) {
	switch {
	case string(b) == "-":
		return value.StreamID{}, false, true
	case string(b) == "+":
		return value.MaxStreamID, false, true
	case len(b) > 1 && b[0] == '(':
		id, _, ok = parseStreamID(b[1:], missing, false)
		return id, true, ok
	}
	id, _, ok = parseStreamID(b, missing, false)
	return id, false, ok
}

func (c *Call) replyID(id value.StreamID) {
	var text [48]byte
	c.Out.Bulk(id.Append(text[:0]))
}

// replyEntry replies an entry: its ID and its fields with their values.
func (c *Call) replyEntry(e *value.StreamEntry) {
	c.Out.Array(2)
	c.replyID(e.ID)
	c.Out.Array(2 * e.Len())
	for f, v := range e.Fields {
		c.Out.Bulk(f)
		c.Out.Bulk(v)
	}
}

// replyEntries replies entries, at most count of them unless that is not above 0.
func (c *Call) replyEntries(entries func(func(*value.StreamEntry) bool), count int64) {
	mark, n := c.Out.Deferred(), 0
	for e := range entries {
		c.replyEntry(e)
		if n++; int64(n) == count {
			break
		}
	}
	c.Out.FillArray(mark, n)
}

// findGroup opens a consumer group for changing it; missing is the error to reply if
// there is none. Not ok: an error is replied.
func (c *Call) findGroup(key, name []byte, missing func(c *Call, key, name []byte) protocol.Error) (s *value.Stream, g *value.StreamGroup, ok bool) {
	s, found, ok := c.findStream(key)
	return c.groupOf(s, found, ok, key, name, missing)
}

// readGroup opens a consumer group for reading.
func (c *Call) readGroup(key, name []byte, missing func(c *Call, key, name []byte) protocol.Error) (s *value.Stream, g *value.StreamGroup, ok bool) {
	s, found, ok := c.readStream(key)
	return c.groupOf(s, found, ok, key, name, missing)
}

func (c *Call) groupOf(s *value.Stream, found, ok bool, key, name []byte, missing func(c *Call, key, name []byte) protocol.Error) (*value.Stream, *value.StreamGroup, bool) {
	if !ok {
		return nil, nil, false
	}
	if found {
		if g, ok := s.Group(name); ok {
			return s, g, true
		}
	}
	c.Out.Error(missing(c, key, name))
	return nil, nil, false
}

// consumer returns a group's consumer, which is made if there is none, and marks it as
// seen.
func (c *Call) consumer(g *value.StreamGroup, key, name []byte) *value.StreamConsumer {
	who, ok := g.Consumer(name)
	if !ok {
		who = g.CreateConsumer(name, c.Now)
		c.Notify(NotifyStream, "xgroup-createconsumer", key)
	}
	if who.Seen != c.Now {
		who.Seen = c.Now
		who.Save()
		c.Changes++
	}
	return who
}

// peekStream opens a stream that the call has looked at before.
func (c *Call) peekStream(key []byte) (s *value.Stream, found, ok bool) {
	it, kind, found := c.DB.Item(key)
	found = found && kind == store.Stream
	return c.openStream(it, found), found, true
}
