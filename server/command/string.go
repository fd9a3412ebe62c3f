package command

import "github.com/cachedserver/cached/server/store"

var stringCommands = []Command{
	{
		Name: "GET", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the string stored at a key.",
		Flags:   Read | Fast, Keys: key(RO | Access), Run: get,
	},
	{
		Name: "GETDEL", Group: "string", Since: "6.2.0", Complexity: "O(1)",
		Syntax:  "key",
		Summary: "Returns the string stored at a key and deletes the key.",
		Flags:   Write | Fast, Keys: key(RW | Access | Delete), Run: getDel,
	},
	{
		Name: "GETEX", Group: "string", Since: "6.2.0", Complexity: "O(1)",
		Syntax:  "key [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
		Summary: "Returns the string stored at a key and sets, or takes away, its time to live.",
		Flags:   Write | Fast, Keys: noted(key(RW|Access|Update), "RW and UPDATE because it changes the TTL"), Run: getEx,
	},
	{
		Name: "GETSET", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:     "key value",
		Summary:    "Stores a string at a key and returns the one that was there.",
		Deprecated: "6.2.0", Instead: "`SET` with `GET`",
		Flags: Write | DenyOOM | Fast, Keys: key(RW | Access | Update), Run: getSet,
	},
	{
		Name: "MGET", Group: "string", Since: "1.0.0", Complexity: "O(N) with N keys",
		Syntax:  "key [key ...]",
		Summary: "Returns the strings stored at several keys; null for a key that holds none.",
		Flags:   Read | Fast, Keys: keys(RO | Access), Run: mget,
		Tips: []string{"request_policy:multi_shard"},
	},
	{
		Name: "MSET", Group: "string", Since: "1.0.1", Complexity: "O(N) with N keys",
		Syntax:  "key value [key value ...]",
		Summary: "Stores several strings at once.",
		Flags:   Write | DenyOOM, Keys: pairs(OW | Update), Run: mset,
		Tips: []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
	},
	{
		Name: "MSETNX", Group: "string", Since: "1.0.1", Complexity: "O(N) with N keys",
		Syntax:  "key value [key value ...]",
		Summary: "Stores several strings at once, if none of the keys exists.",
		Flags:   Write | DenyOOM, Keys: pairs(OW | Insert), Run: msetNX,
	},
	{
		Name: "PSETEX", Group: "string", Since: "2.6.0", Complexity: "O(1)",
		Syntax:     "key milliseconds value",
		Summary:    "Stores a string with a time to live in milliseconds.",
		Deprecated: "2.6.12", Instead: "`SET` with `PX`",
		Flags: Write | DenyOOM, Keys: key(OW | Update), Run: psetEx,
	},
	{
		Name: "SET", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:  "key value [condition: NX | XX] [GET] [expiration: EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		Summary: "Stores a string at a key, whatever the key held before.",
		Flags:   Write | DenyOOM, Run: set,
		Keys: []KeySpec{{
			Flags: RW | Access | Update | VariableFlags, Use: useOfSet, Index: 1, Step: 1,
			Notes: "RW and ACCESS due to the optional `GET` argument",
		}},
	},
	{
		Name: "SETEX", Group: "string", Since: "2.0.0", Complexity: "O(1)",
		Syntax:     "key seconds value",
		Summary:    "Stores a string with a time to live in seconds.",
		Deprecated: "2.6.12", Instead: "`SET` with `EX`",
		Flags: Write | DenyOOM, Keys: key(OW | Update), Run: setEx,
	},
	{
		Name: "SETNX", Group: "string", Since: "1.0.0", Complexity: "O(1)",
		Syntax:     "key value",
		Summary:    "Stores a string at a key that does not exist.",
		Deprecated: "2.6.12", Instead: "`SET` with `NX`",
		Flags: Write | DenyOOM | Fast, Keys: key(OW | Insert), Run: setNX,
	},
}

func get(c *Call) { c.replyString(c.Args[1]) }

func getDel(c *Call) {
	if found, ok := c.replyString(c.Args[1]); !found || !ok {
		return
	}
	c.DB.Delete(c.Args[1])
	c.Notify(NotifyGeneric, "del", c.Args[1])
}

func getEx(c *Call) {
	var life expiry
	persist, ok := life.readGetEx(c)
	if !ok {
		return
	}
	key := c.Args[1]
	v, found, ok := c.readString(key)
	if !ok {
		return
	}
	if !found {
		c.Out.Null()
		return
	}
	at, err := life.at(c)
	if err != "" {
		c.Out.Error(err)
		return
	}
	mortal := v.ExpireAt() != 0
	c.bulk(v)
	if life.given() {
		c.expire(key, at)
	} else if persist && mortal {
		c.DB.Expire(key, 0)
		c.Notify(NotifyGeneric, "persist", key)
	}
}

func getSet(c *Call) {
	if _, ok := c.replyString(c.Args[1]); ok {
		c.store(c.Args[1], c.Args[2], 0)
	}
}

func mget(c *Call) {
	c.Out.Array(c.argc() - 1)
	for _, key := range c.Args[1:] {
		if v, ok := c.read(key); ok && v.Kind() == store.String {
			c.bulk(v)
		} else {
			c.Out.Null()
		}
	}
}

func mset(c *Call) {
	if c.paired() {
		c.storePairs()
		c.Out.OK()
	}
}

func msetNX(c *Call) {
	if !c.paired() {
		return
	}
	for i := 1; i < c.argc(); i += 2 {
		if _, found := c.DB.Find(c.Args[i]); found {
			c.Out.Int(0)
			return
		}
	}
	c.storePairs()
	c.Out.Int(1)
}

func psetEx(c *Call) { c.storeFor(px) }

func setEx(c *Call) { c.storeFor(ex) }

func setNX(c *Call) {
	_, found := c.DB.Find(c.Args[1])
	if !found {
		c.store(c.Args[1], c.Args[2], 0)
	}
	c.truth(!found)
}

func set(c *Call) {
	s, ok := readSetOptions(c)
	if !ok {
		return
	}
	key := c.Args[1]
	at, err := s.life.at(c)
	if err != "" {
		c.Out.Error(err)
		return
	}
	if s.get {
		if _, ok := c.replyString(key); !ok {
			return
		}
	}
	at, ok = s.condition(c, at)
	if !ok {
		s.reply(c, false)
		return
	}
	c.store(key, c.Args[2], at)
	if s.life.given() {
		c.Notify(NotifyGeneric, "expire", key)
	}
	s.reply(c, true)
}

// setOptions are the optional words of SET.
type setOptions struct {
	nx, xx, get, keepTTL bool
	life                 expiry
}

func readSetOptions(c *Call) (s setOptions, ok bool) {
	o := c.options(3)
	for o.next() {
		switch {
		case !s.xx && o.is("NX"):
			s.nx = true
		case !s.nx && o.is("XX"):
			s.xx = true
		case o.is("GET"):
			s.get = true
		case !s.life.given() && o.is("KEEPTTL"):
			s.keepTTL = true
		case !s.keepTTL && s.life.read(&o):
		default:
			o.fail(ErrSyntax)
		}
	}
	return s, !o.failed()
}

// condition says whether the string may be stored, and till when.
func (s *setOptions) condition(c *Call, at int64) (till int64, ok bool) {
	if !s.nx && !s.xx && !s.keepTTL {
		return at, true // no lookup for the usual SET
	}
	old, found := c.DB.Find(c.Args[1])
	if s.keepTTL {
		at = expireOf(old, found)
	}
	return at, !(s.nx && found || s.xx && !found)
}

// useOfSet: only with GET does SET read what it overwrites.
func useOfSet(args [][]byte) KeyFlags {
	for _, a := range args[3:] {
		if equalFold(a, "GET") {
			return RW | Access | Update
		}
	}
	return OW | Update
}

// reply tells whether the string was stored, unless the old one was asked for.
func (s *setOptions) reply(c *Call, stored bool) {
	switch {
	case s.get:
	case stored:
		c.Out.OK()
	default:
		c.Out.Null()
	}
}

// readGetEx reads the optional words of GETEX.
func (e *expiry) readGetEx(c *Call) (persist, ok bool) {
	o := c.options(2)
	for o.next() {
		switch {
		case !e.given() && o.is("PERSIST"):
			persist = true
		case !persist && e.read(&o):
		default:
			o.fail(ErrSyntax)
		}
	}
	return persist, !o.failed()
}

// replyString replies the string at a key, null if there is none, or the error if
// it is of another kind: then it is not ok.
func (c *Call) replyString(key []byte) (found, ok bool) {
	v, found, ok := c.readString(key)
	switch {
	case !ok:
	case !found:
		c.Out.Null()
	default:
		c.bulk(v)
	}
	return found, ok
}

// store sets a string.
func (c *Call) store(key, value []byte, expireAt int64) {
	c.creates(key)
	c.DB.SetString(key, value, expireAt)
	c.Notify(NotifyString, "set", key)
}

// paired says whether each key among the arguments has a value; if not, the error is
// replied.
func (c *Call) paired() bool {
	if c.argc()%2 == 0 {
		c.Out.Error(c.errArity())
		return false
	}
	return true
}

// storePairs sets the keys and values that are all the arguments.
func (c *Call) storePairs() {
	for i := 1; i < c.argc(); i += 2 {
		c.store(c.Args[i], c.Args[i+1], 0)
	}
}

// storeFor is "key time value", with the time in a unit.
func (c *Call) storeFor(u timeUnit) {
	life := expiry{unit: u, arg: c.Args[2]}
	at, err := life.at(c)
	if err != "" {
		c.Out.Error(err)
		return
	}
	c.store(c.Args[1], c.Args[3], at)
	c.Notify(NotifyGeneric, "expire", c.Args[1])
	c.Out.OK()
}
