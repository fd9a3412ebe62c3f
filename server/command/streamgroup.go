package command

import (
	"math"

	"github.com/cachedserver/cached/server/value"
)

var streamGroupCommands = []Command{
	{
		Name: "XACK", Group: "stream", Since: "5.0.0", Complexity: "O(log N) for each entry",
		Syntax:  "key group id [id ...]",
		Summary: "Tells that entries were dealt with and returns how many were pending.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: xack,
	},
	{
		Name: "XAUTOCLAIM", Group: "stream", Since: "6.2.0", Complexity: "O(log N) for each entry looked at",
		Syntax:  "key group consumer min-idle-time:string start:string [COUNT count] [JUSTID]",
		Summary: "Gives a consumer entries that have been pending for long.",
		Flags:   Write | Fast, Keys: key(RW | Delete), Run: xautoClaim,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "XCLAIM", Group: "stream", Since: "5.0.0", Complexity: "O(log N) for each entry",
		Syntax: "key group consumer min-idle-time:string id [id ...] [IDLE ms:integer] [TIME unix-time-milliseconds]" +
			" [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
		Summary: "Gives a consumer entries that are pending of another.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: xclaim,
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "XGROUP", Group: "stream", Since: "5.0.0", Complexity: "Depends on subcommand.",
		Summary: "Makes and changes consumer groups.",
		Sub: []Command{
			{
				Name: "CREATE", Group: "stream", Since: "5.0.0", Complexity: "O(1)",
				Syntax:  "key group <id-selector: id | $> [MKSTREAM] [ENTRIESREAD entriesread:integer]",
				Summary: "Makes a consumer group.",
				Flags:   Write | DenyOOM, Keys: keyAt(2, RW|Insert), Run: xgroupCreate,
			},
			{
				Name: "CREATECONSUMER", Group: "stream", Since: "6.2.0", Complexity: "O(1)",
				Syntax:  "key group consumer",
				Summary: "Makes a consumer of a group.",
				Flags:   Write | DenyOOM, Keys: keyAt(2, RW|Insert), Run: xgroupCreateConsumer,
			},
			{
				Name: "DELCONSUMER", Group: "stream", Since: "5.0.0", Complexity: "O(N) with N entries pending of it",
				Syntax:  "key group consumer",
				Summary: "Deletes a consumer and what is pending of it.",
				Flags:   Write, Keys: keyAt(2, RW|Delete), Run: xgroupDelConsumer,
			},
			{
				Name: "DESTROY", Group: "stream", Since: "5.0.0", Complexity: "O(N) with N entries pending",
				Syntax:  "key group",
				Summary: "Deletes a consumer group.",
				Flags:   Write, Keys: keyAt(2, RW|Delete), Run: xgroupDestroy,
			},
			{
				Name: "SETID", Group: "stream", Since: "5.0.0", Complexity: "O(1)",
				Syntax:  "key group <id-selector: id | $> [ENTRIESREAD entriesread:integer]",
				Summary: "Changes up to where a group has read.",
				Flags:   Write, Keys: keyAt(2, RW|Update), Run: xgroupSetID,
			},
		},
	},
	{
		Name: "XPENDING", Group: "stream", Since: "5.0.0", Complexity: "O(log N+M) with M entries looked at",
		Syntax:  "key group [filters: [IDLE min-idle-time:integer] start:string end:string count [consumer]]",
		Summary: "Tells what was delivered and not acknowledged.",
		Flags:   Read, Keys: key(RO | Access), Run: xpending,
		Tips: []string{"nondeterministic_output"},
	},
}

func xack(c *Call) {
	s, found, ok := c.findStream(c.Args[1])
	if !ok {
		return
	}
	var g *value.StreamGroup
	if found {
		g, found = s.Group(c.Args[2])
	}
	if !found {
		c.Out.Int(0)
		return
	}
	ids, ok := c.streamIDs(3)
	if !ok {
		return
	}
	n := int64(0)
	for _, id := range ids {
		if g.Acknowledge(id) {
			n++
			c.Changes++
		}
	}
	c.Out.Int(n)
}

// minIdle reads for how many ms entries must have been pending.
func (c *Call) minIdle(i int) (ms int64, ok bool) {
	ms, ok = ParseInt(c.Args[i])
	if !ok {
		c.Out.Error(errMinIdle(c.Cmd))
	}
	return max(ms, 0), ok
}

func xautoClaim(c *Call) {
	idle, ok := c.minIdle(4)
	if !ok {
		return
	}
	from, ok := c.startID(5)
	if !ok {
		return
	}
	claim := claim{c: c, idle: idle, at: c.Now, retry: -1}
	count := int64(100)
	o := c.options(6)
	for o.next() {
		switch {
		case o.is("COUNT") && o.more():
			const most = math.MaxInt64 / 16
			n, ok := ParseInt(o.arg())
			if !ok || n < 1 || n > most {
				o.fail(ErrCountPositive)
			}
			count = n
		case o.is("JUSTID"):
			claim.justID = true
		default:
			o.fail(ErrSyntax)
		}
	}
	if o.failed() {
		return
	}
	if claim.s, claim.g, ok = c.findGroup(c.Args[1], c.Args[2], errNoGroup); ok {
		claim.auto(from, count)
	}
}

// claim gives pending entries to a consumer.
type claim struct {
	c      *Call
	s      *value.Stream
	g      *value.StreamGroup
	who    *value.StreamConsumer
	idle   int64 // ms that an entry must have been pending
	at     int64 // ms: when it counts as delivered
	retry  int64 // how often it counts as delivered; -1: once more
	force  bool  // entries that are not pending, too
	justID bool
	taken  []value.StreamID
}

// take gives the consumer an entry and tells whether it did.
func (k *claim) take(id value.StreamID, p value.Pending, pending bool) bool {
	if pending && k.idle > 0 && k.c.Now-p.Time < k.idle {
		return false
	}
	count := p.Count
	switch {
	case k.retry >= 0:
		count = uint64(k.retry)
	case !k.justID:
		count++
	}
	k.who.Deliver(id, k.at, count)
	k.taken = append(k.taken, id)
	return true
}

// drop forgets a pending entry that the stream has no more.
func (k *claim) drop(id value.StreamID) bool {
	if !k.g.Acknowledge(id) {
		return false
	}
	k.c.Changes++
	return true
}

// reply replies what was taken.
func (k *claim) reply() {
	c := k.c
	c.Out.Array(len(k.taken))
	for _, id := range k.taken {
		if k.justID {
			c.replyID(id)
			continue
		}
		e, _ := k.s.Get(id)
		c.replyEntry(e)
	}
	if len(k.taken) > 0 {
		k.who.Active = c.Now
		k.who.Save()
		c.Changes += len(k.taken)
	}
}

// auto claims up to count entries from an ID on and replies.
func (k *claim) auto(from value.StreamID, count int64) {
	const looksPerEntry = 10
	c := k.c
	k.who = c.consumer(k.g, c.Args[1], c.Args[3])
	var gone []value.StreamID
	id, p, more := k.g.NextPending(from)
	for looks := count * looksPerEntry; looks > 0 && count > 0 && more; looks-- {
		switch {
		case !k.s.Has(id):
			k.drop(id)
			gone = append(gone, id)
			count--
		case k.take(id, p, true):
			count--
		}
		if id, more = id.Next(); more {
			id, p, more = k.g.NextPending(id)
		}
	}
	if !more {
		id = value.StreamID{}
	}
	c.Out.Array(3)
	c.replyID(id)
	k.reply()
	c.Out.Array(len(gone))
	for _, id := range gone {
		c.replyID(id)
	}
}

func xclaim(c *Call) {
	k := claim{c: c, at: -1, retry: -1}
	var ok bool
	if k.s, k.g, ok = c.findGroup(c.Args[1], c.Args[2], errNoGroup); !ok {
		return
	}
	if k.idle, ok = c.minIdle(4); !ok {
		return
	}
	var ids []value.StreamID
	i := 5
	for ; i < c.argc(); i++ {
		id, _, ok := parseStreamID(c.Args[i], 0, false)
		if !ok {
			break
		}
		ids = append(ids, id)
	}
	last, ok := k.options(i)
	if !ok {
		return
	}
	if last.Compare(k.g.Last) > 0 {
		k.g.Last = last
		k.g.Save()
		c.Changes++
	}
	k.who = c.consumer(k.g, c.Args[1], c.Args[3])
	for _, id := range ids {
		p, pending := k.g.PendingEntry(id)
		switch {
		case !k.s.Has(id):
			k.drop(id)
		case pending, k.force:
			k.take(id, p, pending)
		}
	}
	k.reply()
}

// options reads what stands behind the IDs; last is the argument of LASTID.
func (k *claim) options(i int) (last value.StreamID, ok bool) {
	c := k.c
	given := int64(-1)
	o := c.options(i)
	for o.next() {
		switch {
		case o.is("FORCE"):
			k.force = true
		case o.is("JUSTID"):
			k.justID = true
		case o.is("IDLE") && o.more():
			given = c.Now - o.claimInt("IDLE")
		case o.is("TIME") && o.more():
			given = o.claimInt("TIME")
		case o.is("RETRYCOUNT") && o.more():
			k.retry = o.claimInt("RETRYCOUNT")
		case o.is("LASTID") && o.more():
			last = o.streamID()
		default:
			o.fail(errClaimOption(o.word()))
		}
	}
	if k.at = given; given < 0 || given > c.Now {
		k.at = c.Now
	}
	return last, !o.failed()
}

// claimInt takes the integer argument of an option of XCLAIM.
func (o *options) claimInt(option string) int64 {
	n, ok := ParseInt(o.arg())
	if !ok {
		o.fail(errClaimArgument(option))
	}
	return n
}

func xgroupCreate(c *Call) {
	key, name := c.Args[2], c.Args[3]
	read, mkStream, ok := c.groupOptions(true)
	if !ok {
		return
	}
	s, found, ok := c.findStream(key)
	if !ok {
		return
	}
	if !found && !mkStream {
		c.Out.Error(ErrGroupKey)
		return
	}
	var last value.StreamID
	if string(c.Args[4]) != "$" {
		if last, ok = c.streamID(4); !ok {
			return
		}
	} else if found {
		last = s.Last()
	}
	if !found {
		s = c.makeStream(key)
		c.Changes++
	}
	if _, exists := s.Group(name); exists {
		c.Out.Error(ErrGroupExists)
		return
	}
	s.CreateGroup(name, last, read)
	c.Notify(NotifyStream, "xgroup-create", key)
	c.Out.OK()
}

// groupOptions reads the options of XGROUP CREATE and SETID.
func (c *Call) groupOptions(create bool) (read int64, mkStream, ok bool) {
	read = value.UnknownRead
	o := c.options(5)
	for o.next() {
		switch {
		case create && o.is("MKSTREAM"):
			mkStream = true
		case o.is("ENTRIESREAD") && o.more():
			if read = o.int(); o.err == "" && read < 0 && read != value.UnknownRead {
				o.fail(ErrEntriesRead)
			}
		default:
			o.fail(errSubcommandSyntax(c))
		}
	}
	return read, mkStream, !o.failed()
}

// groupToChange opens the group that a subcommand of XGROUP names.
func (c *Call) groupToChange() (*value.Stream, *value.StreamGroup, bool) {
	return c.findGroup(c.Args[2], c.Args[3], errNoGroupOfKey)
}

func xgroupCreateConsumer(c *Call) {
	_, g, ok := c.groupToChange()
	if !ok {
		return
	}
	_, exists := g.Consumer(c.Args[4])
	if !exists {
		g.CreateConsumer(c.Args[4], c.Now)
		c.Notify(NotifyStream, "xgroup-createconsumer", c.Args[2])
	}
	c.truth(!exists)
}

func xgroupDelConsumer(c *Call) {
	_, g, ok := c.groupToChange()
	if !ok {
		return
	}
	pending := 0
	if who, exists := g.Consumer(c.Args[4]); exists {
		pending = who.Delete()
		c.Notify(NotifyStream, "xgroup-delconsumer", c.Args[2])
	}
	c.Out.Int(int64(pending))
}

func xgroupDestroy(c *Call) {
	s, found, ok := c.findStream(c.Args[2])
	if !ok {
		return
	}
	if !found {
		c.Out.Error(ErrGroupKey)
		return
	}
	g, exists := s.Group(c.Args[3])
	if exists {
		g.Delete()
		c.Notify(NotifyStream, "xgroup-destroy", c.Args[2])
	}
	c.truth(exists)
}

func xgroupSetID(c *Call) {
	read, _, ok := c.groupOptions(false)
	if !ok {
		return
	}
	s, g, ok := c.groupToChange()
	if !ok {
		return
	}
	last := s.Last()
	if string(c.Args[4]) != "$" {
		id, _, ok := parseBoundID(c.Args[4], 0)
		if !ok || c.Args[4][0] == '(' {
			c.Out.Error(ErrStreamID)
			return
		}
		last = id
	}
	g.Last, g.Read = last, read
	g.Save()
	c.Notify(NotifyStream, "xgroup-setid", c.Args[2])
	c.Out.OK()
}

func xpending(c *Call) {
	if n := c.argc(); n != 3 && (n < 6 || n > 9) {
		c.Out.Error(ErrSyntax)
		return
	}
	if c.argc() == 3 {
		if _, g, ok := c.readGroup(c.Args[1], c.Args[2], errNoGroup); ok {
			c.pendingSummary(g)
		}
		return
	}
	i, idle := 3, int64(0)
	if equalFold(c.Args[3], "IDLE") {
		var ok bool
		if idle, ok = c.int(4); !ok {
			return
		}
		if i = 5; c.argc() < 8 {
			c.Out.Error(ErrSyntax)
			return
		}
	}
	count, ok := c.int(i + 2)
	if !ok {
		return
	}
	r, ok := c.idRange(i, i+1)
	if !ok {
		return
	}
	_, g, ok := c.readGroup(c.Args[1], c.Args[2], errNoGroup)
	if !ok {
		return
	}
	var who *value.StreamConsumer
	if i+3 < c.argc() {
		if who, ok = g.Consumer(c.Args[i+3]); !ok {
			c.Out.Array(0)
			return
		}
	}
	c.pendingEntries(g, who, r, idle, count)
}

func (c *Call) pendingSummary(g *value.StreamGroup) {
	c.Out.Array(4)
	n := g.Pending()
	c.Out.Int(int64(n))
	if n == 0 {
		c.Out.Null()
		c.Out.Null()
		c.Out.NullArray()
		return
	}
	first, _, _ := g.NextPending(value.StreamID{})
	c.replyID(first)
	c.replyID(g.LastPending())
	mark, consumers := c.Out.Deferred(), 0
	for who := range g.EachConsumer {
		if n := who.Pending(); n > 0 {
			c.Out.Array(2)
			c.Out.Bulk(who.Name())
			c.Out.BulkInt(int64(n))
			consumers++
		}
	}
	c.Out.FillArray(mark, consumers)
}

func (c *Call) pendingEntries(g *value.StreamGroup, of *value.StreamConsumer, r idRange, idle, count int64) {
	mark, n := c.Out.Deferred(), 0
	for id, p := range g.EachPending(r.start, of) {
		if int64(n) >= count || id.Compare(r.end) > 0 {
			break
		}
		if idle > 0 && c.Now-p.Time < idle {
			continue
		}
		c.Out.Array(4)
		c.replyID(id)
		c.Out.Bulk(g.ConsumerName(p))
		c.Out.Int(max(c.Now-p.Time, 0))
		c.Out.Int(int64(p.Count))
		n++
	}
	c.Out.FillArray(mark, n)
}
