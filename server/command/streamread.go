package command

import (
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

var streamReadCommands = []Command{
	{
		Name: "XREAD", Group: "stream", Since: "5.0.0", Complexity: "O(log N+M) for each stream, with M entries returned",
		Syntax:  "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
		Summary: "Returns the entries of streams behind given IDs; waits for some if there are none.",
		Flags:   Read | Blocking, Keys: streamKeys(1), Run: xread,
	},
	{
		Name: "XREADGROUP", Group: "stream", Since: "5.0.0", Complexity: "O(log N) for each entry returned",
		Syntax:  "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
		Summary: "Delivers entries of streams to a consumer of a group; waits for some if there are none.",
		Flags:   Write | Blocking, Keys: streamKeys(4), Run: xreadGroup,
	},
}

// streamKeys: the first half of what follows STREAMS.
func streamKeys(from int) []KeySpec {
	return []KeySpec{{Flags: RO | Access, Keyword: "STREAMS", From: from, Last: -1, Step: 1, Limit: 2}}
}

// streamRead is a call of XREAD or XREADGROUP.
type streamRead struct {
	c     *Call
	block bool
	till  int64
	count int64
	noAck bool

	group    bool // XREADGROUP
	name     []byte
	consumer []byte

	keys  [][]byte
	first int // argument of the first ID
	after []value.StreamID
	fresh []bool // ">" stands there

	mark, replied int
}

func xread(c *Call) {
	r := streamRead{c: c}
	r.run()
}

func xreadGroup(c *Call) {
	r := streamRead{c: c, group: true}
	r.run()
}

func (r *streamRead) run() {
	if !r.options() || !r.ids() {
		return
	}
	for i, key := range r.keys {
		if r.group {
			r.deliver(i, key)
		} else {
			r.read(i, key)
		}
	}
	switch {
	case r.replied > 0 && r.c.Out.Proto() >= 3:
		r.c.Out.FillMap(r.mark, r.replied)
	case r.replied > 0:
		r.c.Out.FillArray(r.mark, r.replied)
	case !r.block || !r.c.Block(r.wait()):
		r.c.Out.NullArray()
	}
}

// wait says what the call waits for: entries behind the IDs of now.
func (r *streamRead) wait() Wait {
	args := append([][]byte(nil), r.c.Args...)
	for i := range r.keys {
		if string(args[r.first+i]) == "$" {
			args[r.first+i] = r.after[i].Append(nil)
		}
	}
	return Wait{Keys: r.keys, Kind: store.Stream, Gone: r.group, Till: r.till, Args: args}
}

// options reads what stands before the keys. Not ok: the error is replied.
func (r *streamRead) options() bool {
	c := r.c
	o := c.options(1)
	for o.next() && r.keys == nil {
		switch {
		case o.is("BLOCK") && o.more():
			var ok bool
			if r.till, ok = c.TimeoutMs(o.arg()); !ok {
				return false
			}
			r.block = true
		case o.is("COUNT") && o.more():
			r.count = max(o.int(), 0)
		case o.is("STREAMS") && o.more():
			rest := c.Args[o.pos+1:]
			if len(rest)%2 != 0 {
				o.fail(errUnbalanced(c.Cmd, r.group))
				break
			}
			r.keys, r.first = rest[:len(rest)/2], o.pos+1+len(rest)/2
		case o.is("GROUP") && c.argc()-o.pos > 2:
			if !r.group {
				o.fail(ErrGroupOption)
				break
			}
			r.name, r.consumer = o.arg(), o.arg()
		case o.is("NOACK"):
			if !r.group {
				o.fail(ErrNoAckOption)
			}
			r.noAck = true
		default:
			o.fail(ErrSyntax)
		}
	}
	switch {
	case o.err != "":
	case r.keys == nil:
		o.fail(ErrSyntax)
	case r.group && r.name == nil:
		o.fail(ErrGroupMissing)
	}
	return !o.failed()
}

// ids reads the IDs and looks whether keys and groups are right before anything is
// replied.
func (r *streamRead) ids() bool {
	c := r.c
	r.after = make([]value.StreamID, len(r.keys))
	r.fresh = make([]bool, len(r.keys))
	for i, key := range r.keys {
		s, found, ok := c.readStream(key)
		if !ok {
			return false
		}
		if r.group {
			if _, _, ok := c.groupOf(s, found, true, key, r.name, errNoGroupRead); !ok {
				return false
			}
		}
		switch arg := string(c.Args[r.first+i]); {
		case arg == "$" && r.group:
			c.Out.Error(ErrGroupDollar)
			return false
		case arg == "$":
			if found {
				r.after[i] = s.Last()
			}
		case arg == ">" && !r.group:
			c.Out.Error(ErrReadFresh)
			return false
		case arg == ">":
			r.fresh[i] = true
		default:
			if r.after[i], ok = c.streamID(r.first + i); !ok {
				return false
			}
			r.fresh[i] = r.group && r.after[i] == value.MaxStreamID // as ">", in Redis
		}
	}
	return true
}

// head begins the reply of one stream.
func (r *streamRead) head(key []byte) {
	out := r.c.Out
	if r.replied == 0 {
		r.mark = out.Deferred()
	}
	r.replied++
	if out.Proto() < 3 {
		out.Array(2)
	}
	out.Bulk(key)
}

func (r *streamRead) read(i int, key []byte) {
	s, found, _ := r.c.peekStream(key)
	if !found || s.Len() == 0 || s.Top().Compare(r.after[i]) <= 0 {
		return
	}
	from, _ := r.after[i].Next()
	r.head(key)
	r.c.replyEntries(s.Range(from, value.MaxStreamID), r.count)
}

func (r *streamRead) deliver(i int, key []byte) {
	c := r.c
	s, _, _ := c.findStream(key)
	g, _ := s.Group(r.name)
	who := c.consumer(g, key, r.consumer)
	switch {
	case !r.fresh[i]:
		r.head(key)
		r.history(s, g, who, r.after[i])
	case s.Len() > 0 && s.Top().Compare(g.Last) > 0:
		r.head(key)
		r.news(s, g, who)
	}
}

// news delivers entries that no consumer of the group has got.
func (r *streamRead) news(s *value.Stream, g *value.StreamGroup, who *value.StreamConsumer) {
	c := r.c
	from, _ := g.Last.Next()
	mark, n := c.Out.Deferred(), 0
	for e := range s.Range(from, value.MaxStreamID) {
		s.CountRead(g, e.ID)
		g.Last = e.ID
		c.replyEntry(e)
		if !r.noAck {
			who.Deliver(e.ID, c.Now, 1)
			who.Active = c.Now
		}
		if n++; int64(n) == r.count {
			break
		}
	}
	c.Out.FillArray(mark, n)
	g.Save()
	who.Save()
	c.Changes++
}

// history replies what the consumer was given before and has not acknowledged.
func (r *streamRead) history(s *value.Stream, g *value.StreamGroup, who *value.StreamConsumer, after value.StreamID) {
	c := r.c
	mark, n := c.Out.Deferred(), 0
	from, ok := after.Next()
	var again []value.StreamID
	for id := range g.EachPending(from, who) {
		if !ok {
			break
		}
		if e, there := s.Get(id); there {
			c.replyEntry(e)
			again = append(again, id)
		} else {
			c.Out.Array(2)
			c.replyID(id)
			c.Out.NullArray()
		}
		if n++; int64(n) == r.count {
			break
		}
	}
	c.Out.FillArray(mark, n)
	for _, id := range again {
		p, _ := g.PendingEntry(id)
		who.Deliver(id, c.Now, p.Count+1)
		c.Changes++
	}
}
