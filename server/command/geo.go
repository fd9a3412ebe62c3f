package command

import (
	"strconv"

	"github.com/cachedserver/cached/server/value"
)

const (
	geoUnits   = "<unit: M | KM | FT | MI>"
	geoWith    = "[WITHCOORD] [WITHDIST] [WITHHASH]"
	geoCount   = "[count-block: COUNT count [ANY]]"
	geoOrder   = "[order: ASC | DESC]"
	geoStore   = "[store: STORE storekey:key | STOREDIST storedistkey:key]"
	geoNear    = "<from: FROMMEMBER member | FROMLONLAT longitude latitude>"
	geoWithin  = "<by: BYRADIUS radius:double " + geoUnits + " | BYBOX width:double height:double " + geoUnits + ">"
	geoRadius  = "O(N+log M) with N positions around the shape and M in the sorted set"
	byRadius   = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"
	byMember   = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"
	byRadiusRO = "`GEOSEARCH` with the `BYRADIUS` argument"
	byMemberRO = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"
)

var geoCommands = []Command{
	{
		Name: "GEOADD", Group: "geo", Since: "3.2.0", Complexity: "O(log N) for each position",
		Syntax:  "key [condition: NX | XX] [change: CH] longitude latitude member [longitude latitude member ...]",
		Summary: "Adds members with positions to a sorted set.",
		Flags:   Write | DenyOOM, Keys: key(RW | Update), Run: geoAdd,
	},
	{
		Name: "GEODIST", Group: "geo", Since: "3.2.0", Complexity: "O(1)",
		Syntax:  "key member1 member2 [unit: M | KM | FT | MI]",
		Summary: "Returns the distance between two members.",
		Flags:   Read, Keys: key(RO | Access), Run: geoDist,
	},
	{
		Name: "GEOHASH", Group: "geo", Since: "3.2.0", Complexity: "O(1) for each member",
		Syntax:  "key [member ...]",
		Summary: "Returns the positions of members as Geohash strings.",
		Flags:   Read, Keys: key(RO | Access), Run: geoHash,
	},
	{
		Name: "GEOPOS", Group: "geo", Since: "3.2.0", Complexity: "O(1) for each member",
		Syntax:  "key [member ...]",
		Summary: "Returns the positions of members.",
		Flags:   Read, Keys: key(RO | Access), Run: geoPos,
	},
	{
		Name: "GEORADIUS", Group: "geo", Since: "3.2.0", Complexity: geoRadius,
		Syntax:     "key longitude latitude radius:double " + geoUnits + " " + geoWith + " " + geoCount + " " + geoOrder + " " + geoStore,
		Summary:    "Finds, and stores if wanted, the members within a distance of a position.",
		Deprecated: "6.2.0", Instead: byRadius,
		Flags: Write | DenyOOM, Keys: geoRadiusKeys(6), Run: geoRadiusCommand,
	},
	{
		Name: "GEORADIUSBYMEMBER", Group: "geo", Since: "3.2.0", Complexity: geoRadius,
		Syntax:     "key member radius:double " + geoUnits + " " + geoWith + " " + geoCount + " " + geoOrder + " " + geoStore,
		Summary:    "Finds, and stores if wanted, the members within a distance of one of them.",
		Deprecated: "6.2.0", Instead: byMember,
		Flags: Write | DenyOOM, Keys: geoRadiusKeys(5), Run: geoRadiusByMember,
	},
	{
		Name: "GEORADIUSBYMEMBER_RO", Group: "geo", Since: "3.2.10", Complexity: geoRadius,
		Syntax:     "key member radius:double " + geoUnits + " " + geoWith + " " + geoCount + " " + geoOrder,
		Summary:    "Finds the members within a distance of one of them.",
		Deprecated: "6.2.0", Instead: byMemberRO,
		Flags: Read, Keys: key(RO | Access), Run: geoRadiusByMemberRO,
	},
	{
		Name: "GEORADIUS_RO", Group: "geo", Since: "3.2.10", Complexity: geoRadius,
		Syntax:     "key longitude latitude radius:double " + geoUnits + " " + geoWith + " " + geoCount + " " + geoOrder,
		Summary:    "Finds the members within a distance of a position.",
		Deprecated: "6.2.0", Instead: byRadiusRO,
		Flags: Read, Keys: key(RO | Access), Run: geoRadiusRO,
	},
	{
		Name: "GEOSEARCH", Group: "geo", Since: "6.2.0", Complexity: geoRadius,
		Syntax:  "key " + geoNear + " " + geoWithin + " " + geoOrder + " " + geoCount + " " + geoWith,
		Summary: "Finds the members inside a circle or a box.",
		Flags:   Read, Keys: key(RO | Access), Run: geoSearchCommand,
	},
	{
		Name: "GEOSEARCHSTORE", Group: "geo", Since: "6.2.0", Complexity: geoRadius,
		Syntax:  "destination source " + geoNear + " " + geoWithin + " " + geoOrder + " " + geoCount + " [STOREDIST]",
		Summary: "Stores the members inside a circle or a box.",
		Flags:   Write | DenyOOM, Keys: twoKeys(OW|Update, RO|Access), Run: geoSearchStore,
	},
}

// geoRadiusKeys: the first argument, and what follows STORE or STOREDIST.
func geoRadiusKeys(from int) []KeySpec {
	return []KeySpec{
		{Flags: RO | Access, Index: 1, Step: 1},
		{Flags: OW | Update, Keyword: "STORE", From: from, Step: 1},
		{Flags: OW | Update, Keyword: "STOREDIST", From: from, Step: 1},
	}
}

func geoAdd(c *Call) {
	var z zaddOptions
	from := 2
options:
	for ; from < c.argc(); from++ {
		switch w := c.Args[from]; {
		case equalFold(w, "NX"):
			z.nx = true
		case equalFold(w, "XX"):
			z.xx = true
		case equalFold(w, "CH"):
			z.ch = true
		default:
			break options
		}
	}
	if n := c.argc() - from; n == 0 || n%3 != 0 || z.nx && z.xx {
		c.Out.Error(ErrSyntax)
		return
	}
	for i := from; i < c.argc(); i += 3 {
		if _, ok := c.position(i); !ok {
			return
		}
	}
	c.addPositions(&z, from)
}

func (c *Call) addPositions(z *zaddOptions, from int) {
	key := c.Args[1]
	s, ok := c.findZSet(key)
	if !ok {
		return
	}
	if !s.there && z.xx {
		c.Out.Int(0)
		return
	}
	s.make()
	added, changed := 0, 0
	for i := from; i < c.argc(); i += 3 {
		p, _ := c.position(i)
		_, isNew, moved, _ := z.set(s, c.Args[i+2], p.Score())
		added += toInt(isNew)
		changed += toInt(moved)
	}
	if added+changed > 0 {
		c.Notify(NotifyZSet, "zadd", key)
	}
	z.reply(c, 0, false, added, changed)
}

// position reads longitude and latitude at arguments i and i+1; if they are none, the
// error is replied.
func (c *Call) position(i int) (p value.GeoPoint, ok bool) {
	var ok1, ok2 bool
	p.Lon, ok1 = parseScore(c.Args[i])
	p.Lat, ok2 = parseScore(c.Args[i+1])
	if !ok1 || !ok2 {
		c.Out.Error(ErrNotFloat)
		return p, false
	}
	if !p.Valid() {
		c.Out.Error(errPosition(p))
		return p, false
	}
	return p, true
}

// geoUnit reads a unit as metres; if it is none, the error is replied.
func (c *Call) geoUnit(i int) (metres float64, ok bool) {
	switch w := c.Args[i]; {
	case equalFold(w, "M"):
		return 1, true
	case equalFold(w, "KM"):
		return 1000, true
	case equalFold(w, "FT"):
		return 0.3048, true
	case equalFold(w, "MI"):
		return 1609.34, true
	}
	c.Out.Error(ErrUnit)
	return 0, false
}

// point returns a member's position.
func (s *openZSet) point(m []byte) (value.GeoPoint, bool) {
	if !s.there {
		return value.GeoPoint{}, false
	}
	score, ok := s.Score(m)
	return value.PointOf(score), ok
}

func geoDist(c *Call) {
	unit, ok := 1.0, true
	switch {
	case c.argc() == 5:
		unit, ok = c.geoUnit(4)
	case c.argc() > 5:
		c.Out.Error(ErrSyntax)
		ok = false
	}
	if !ok {
		return
	}
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	a, ok1 := s.point(c.Args[2])
	b, ok2 := s.point(c.Args[3])
	if !ok1 || !ok2 {
		c.Out.Null()
		return
	}
	c.distance(a.Distance(b) / unit)
}

// distance replies a distance, to four places.
func (c *Call) distance(d float64) {
	var digits [32]byte
	c.Out.Bulk(strconv.AppendFloat(digits[:0], d, 'f', 4, 64))
}

func geoHash(c *Call) {
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(c.argc() - 2)
	for _, m := range c.Args[2:] {
		if p, ok := s.point(m); ok {
			c.Out.BulkString(p.Geohash())
		} else {
			c.Out.Null()
		}
	}
}

func geoPos(c *Call) {
	s, ok := c.readZSet(c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(c.argc() - 2)
	for _, m := range c.Args[2:] {
		if p, ok := s.point(m); ok {
			c.coordinates(p)
		} else {
			c.Out.NullArray()
		}
	}
}

func (c *Call) coordinates(p value.GeoPoint) {
	c.Out.Array(2)
	c.Out.HumanDouble(p.Lon)
	c.Out.HumanDouble(p.Lat)
}
