package command

import (
	"math"

	"github.com/cachedserver/cached/protocol"
)

var hashTTLCommands = []Command{
	{
		Name: "HEXPIRE", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key seconds [NX | XX | GT | LT] FIELDS numfields:integer field [field ...]",
		Summary: "Sets the time to live of fields of a hash in seconds.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hexpireIn(ex),
	},
	{
		Name: "HEXPIREAT", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields:integer field [field ...]",
		Summary: "Sets when fields of a hash end, as a Unix time in seconds.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hexpireIn(exat),
	},
	{
		Name: "HEXPIRETIME", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Returns when fields of a hash end, as Unix times in seconds.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: httlIn(exat),
	},
	{
		Name: "HGETDEL", Group: "hash", Since: "8.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Returns the values of fields of a hash and deletes the fields.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: hgetDel,
	},
	{
		Name: "HGETEX", Group: "hash", Since: "8.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields:integer field [field ...]",
		Summary: "Returns the values of fields of a hash and sets, or takes away, their time to live.",
		Flags:   Write | Fast, Keys: key(RW | Access | Update), Run: hgetEx,
	},
	{
		Name: "HPERSIST", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Takes the time to live of fields of a hash away.",
		Flags:   Write | Fast, Keys: key(RW | Update), Run: hpersist,
	},
	{
		Name: "HPEXPIRE", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key milliseconds [NX | XX | GT | LT] FIELDS numfields:integer field [field ...]",
		Summary: "Sets the time to live of fields of a hash in milliseconds.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hexpireIn(px),
	},
	{
		Name: "HPEXPIREAT", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields:integer field [field ...]",
		Summary: "Sets when fields of a hash end, as a Unix time in milliseconds.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hexpireIn(pxat),
	},
	{
		Name: "HPEXPIRETIME", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Returns when fields of a hash end, as Unix times in milliseconds.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: httlIn(pxat),
	},
	{
		Name: "HPTTL", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Returns the time to live of fields of a hash in milliseconds; -1 if a field has none, -2 if there is no field.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: httlIn(px),
		Tips: []string{"nondeterministic_output"},
	},
	{
		Name: "HSETEX", Group: "hash", Since: "8.0.0", Complexity: "O(N) with N fields",
		Syntax:  "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields:integer field value [field value ...]",
		Summary: "Sets fields of a hash with a time to live.",
		Flags:   Write | DenyOOM | Fast, Keys: key(RW | Update), Run: hsetEx,
	},
	{
		Name: "HTTL", Group: "hash", Since: "7.4.0", Complexity: "O(N) with N fields",
		Syntax:  "key FIELDS numfields:integer field [field ...]",
		Summary: "Returns the time to live of fields of a hash in seconds; -1 if a field has none, -2 if there is no field.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: httlIn(ex),
		Tips: []string{"nondeterministic_output"},
	},
}

// The answers for one field.
const (
	fieldAbsent  = -2
	fieldForever = -1
	fieldRefused = 0 // a condition was not met
	fieldSet     = 1
	fieldDeleted = 2 // the time given is past
)

// maxFieldTime is the last time of death that a field may have: Redis has 46 bits.
const maxFieldTime = 1<<46 - 1

func hexpireIn(u timeUnit) func(*Call) {
	return func(c *Call) {
		h, ok := c.findHash(c.Args[1])
		if !ok {
			return
		}
		at, err := c.fieldTime(u, c.Args[2])
		o := c.options(3)
		o.fail(err)
		var cond expireCondition
		if o.err == "" && o.next() && !cond.read(&o) {
			o.pos--
		}
		fields := o.fields(1)
		if o.failed() {
			return
		}
		c.Out.Array(len(fields))
		var done [fieldDeleted + 1]int
		for _, field := range fields {
			n := h.expire(field, at, cond)
			if n >= 0 {
				done[n]++
			}
			c.Out.Int(int64(n))
		}
		h.tellExpiry(done[fieldSet], done[fieldDeleted])
	}
}

// read takes a word such as NX.
func (e *expireCondition) read(o *options) bool {
	switch {
	case o.is("NX"):
		e.nx = true
	case o.is("XX"):
		e.xx = true
	case o.is("GT"):
		e.gt = true
	case o.is("LT"):
		e.lt = true
	default:
		return false
	}
	return true
}

// fieldTime reads when fields end, in ms since the epoch.
func (c *Call) fieldTime(u timeUnit, arg []byte) (int64, protocol.Error) {
	n, ok := ParseInt(arg)
	if !ok {
		return 0, ErrNotInteger
	}
	if n < 0 {
		return 0, ErrExpireNegative
	}
	at, ok := u.at(n, c.Now)
	if !ok || at > maxFieldTime {
		return 0, c.errExpire()
	}
	return at, ""
}

// fields reads FIELDS numfields:integer field..., which end the arguments; each field has
// width words.
func (o *options) fields(width int) [][]byte {
	if !o.next() || !o.is("FIELDS") {
		o.fail(ErrFieldsMissing)
		return nil
	}
	n, ok := int64(0), false
	if o.more() {
		n, ok = ParseInt(o.arg())
	}
	rest := o.c.Args[o.pos+1:]
	switch {
	case !ok || n < 1 || n > math.MaxInt32:
		o.fail(ErrNumFields)
	case n*int64(width) != int64(len(rest)):
		o.fail(ErrFieldCount)
	}
	return rest
}

// expire sets when a field ends and answers as HEXPIRE does.
func (h *openHash) expire(field []byte, at int64, cond expireCondition) int {
	f, ok := h.get(field)
	switch {
	case !ok:
		return fieldAbsent
	case !cond.allow(f.ExpireAt, at):
		return fieldRefused
	case at <= h.c.Now:
		h.Delete(field)
		return fieldDeleted
	}
	h.Expire(field, at)
	h.item.Remind(at)
	return fieldSet
}

// tellExpiry notes that fields were given another time, or deleted for it.
func (h *openHash) tellExpiry(changed, deleted int) {
	if changed > 0 {
		h.c.Notify(NotifyHash, "hexpire", h.key)
	}
	if deleted > 0 {
		h.c.Notify(NotifyHash, "hdel", h.key)
		h.dropEmpty()
	}
}

// httlIn is HTTL and its like, with the answer in a unit; seconds are rounded up.
func httlIn(u timeUnit) func(*Call) {
	return func(c *Call) {
		h, ok := c.readHash(c.Args[1])
		if !ok {
			return
		}
		o := c.options(2)
		fields := o.fields(1)
		if o.failed() {
			return
		}
		c.Out.Array(len(fields))
		for _, field := range fields {
			c.Out.Int(h.ttl(field, u))
		}
	}
}

func (h *openHash) ttl(field []byte, u timeUnit) int64 {
	f, ok := h.get(field)
	switch {
	case !ok:
		return fieldAbsent
	case f.ExpireAt == 0:
		return fieldForever
	}
	n := f.ExpireAt
	if u.relative() {
		n -= h.c.Now
	}
	if u.seconds() {
		n = (n + 999) / 1000
	}
	return n
}

func hpersist(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	o := c.options(2)
	fields := o.fields(1)
	if o.failed() {
		return
	}
	c.Out.Array(len(fields))
	changed := false
	for _, field := range fields {
		n := h.persist(field)
		changed = changed || n == fieldSet
		c.Out.Int(int64(n))
	}
	if changed {
		c.Notify(NotifyHash, "hpersist", h.key)
	}
}

func (h *openHash) persist(field []byte) int {
	f, ok := h.get(field)
	switch {
	case !ok:
		return fieldAbsent
	case f.ExpireAt == 0:
		return fieldForever
	}
	h.Expire(field, 0)
	return fieldSet
}

func hgetDel(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	o := c.options(2)
	fields := o.fields(1)
	if o.failed() {
		return
	}
	c.Out.Array(len(fields))
	deleted := 0
	for _, field := range fields {
		h.reply(field)
		if h.delete(field) {
			deleted++
		}
	}
	h.tellExpiry(0, deleted)
}

func hgetEx(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	var life expiry
	persist := false
	o := c.options(2)
	for o.next() && !o.is("FIELDS") {
		switch {
		case !life.given() && !persist && o.is("PERSIST"):
			persist = true
		case !life.given() && !persist && life.read(&o):
		case o.isLife() || o.is("PERSIST"):
			o.fail(ErrOneLifeOrPersist)
		default:
			o.fail(ErrFieldsMissing)
		}
	}
	o.pos--
	fields := o.fields(1)
	at := o.fieldLife(&life)
	if o.failed() {
		return
	}
	c.Out.Array(len(fields))
	var done [fieldDeleted + 1]int
	for _, field := range fields {
		h.reply(field)
		n := fieldRefused
		switch {
		case life.given():
			n = h.expire(field, at, expireCondition{})
		case persist:
			n = h.persist(field)
		}
		if n >= 0 {
			done[n]++
		}
	}
	if persist && done[fieldSet] > 0 {
		c.Notify(NotifyHash, "hpersist", h.key)
		return
	}
	h.tellExpiry(done[fieldSet], done[fieldDeleted])
}

// isLife tells whether the current word sets a time to live.
func (o *options) isLife() bool {
	for u := ex; u <= pxat; u++ {
		if o.is(unitWords[u]) {
			return true
		}
	}
	return false
}

// fieldLife is the time of death of fields that was given; 0 for none.
func (o *options) fieldLife(e *expiry) int64 {
	if o.err != "" || !e.given() {
		return 0
	}
	n, ok := ParseInt(e.arg)
	switch {
	case !ok:
		o.fail(ErrNotInteger)
		return 0
	case n <= 0:
		o.fail(o.c.errExpire())
		return 0
	}
	at, err := o.c.fieldTime(e.unit, e.arg)
	o.fail(err)
	return at
}

func hsetEx(c *Call) {
	h, ok := c.findHash(c.Args[1])
	if !ok {
		return
	}
	s, ok := readHSetExOptions(c)
	if !ok {
		return
	}
	if !s.allowed(h) {
		c.Out.Int(0)
		return
	}
	s.set(h)
	c.Out.Int(1)
}

// hsetExOptions are the arguments of HSETEX.
type hsetExOptions struct {
	fnx, fxx bool // only if none, or all, of the fields are there
	keepTTL  bool
	at       int64    // when the fields end; 0: never
	pairs    [][]byte // field, value...
}

func readHSetExOptions(c *Call) (s hsetExOptions, ok bool) {
	var life expiry
	o := c.options(2)
	for o.next() && !o.is("FIELDS") {
		switch {
		case !s.fxx && !s.fnx && o.is("FNX"):
			s.fnx = true
		case !s.fnx && !s.fxx && o.is("FXX"):
			s.fxx = true
		case !life.given() && !s.keepTTL && o.is("KEEPTTL"):
			s.keepTTL = true
		case !life.given() && !s.keepTTL && life.read(&o):
		case o.is("FNX") || o.is("FXX"):
			o.fail(ErrOneFieldCondition)
		case o.isLife() || o.is("KEEPTTL"):
			o.fail(ErrOneLifeOrKeep)
		default:
			o.fail(ErrFieldsMissing)
		}
	}
	o.pos--
	s.pairs = o.fields(2)
	s.at = o.fieldLife(&life)
	return s, !o.failed()
}

// allowed tells whether FNX or FXX hold.
func (s *hsetExOptions) allowed(h *openHash) bool {
	for i := 0; i < len(s.pairs) && (s.fnx || s.fxx); i += 2 {
		if _, there := h.get(s.pairs[i]); there == s.fnx {
			return false
		}
	}
	return true
}

func (s *hsetExOptions) set(h *openHash) {
	past := s.at != 0 && s.at <= h.c.Now
	if past && !h.there {
		return
	}
	h.make()
	deleted := 0
	for i := 0; i < len(s.pairs); i += 2 {
		field, v := s.pairs[i], s.pairs[i+1]
		at := s.at
		if s.keepTTL {
			f, _ := h.get(field)
			at = f.ExpireAt
		}
		if !past {
			h.set(field, v, at)
		} else if h.delete(field) {
			deleted++
		}
	}
	if !past {
		h.c.Notify(NotifyHash, "hset", h.key)
	}
	changed := 0
	if s.at != 0 && !past {
		changed = 1
	}
	h.tellExpiry(changed, deleted)
}
