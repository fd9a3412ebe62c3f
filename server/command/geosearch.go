package command

import (
	"cmp"
	"math"
	"slices"

	"github.com/cachedserver/cached/server/value"
)

func geoRadiusCommand(c *Call)    { c.searchRadius(true) }
func geoRadiusRO(c *Call)         { c.searchRadius(false) }
func geoRadiusByMember(c *Call)   { c.searchByMember(true) }
func geoRadiusByMemberRO(c *Call) { c.searchByMember(false) }

// geoSearch is one search: where, what of it, and what to do with it.
type geoSearch struct {
	c     *Call
	set   *openZSet
	shape value.GeoShape
	unit  float64 // metres

	form geoForm
	from bool // GEOSEARCH: FROMMEMBER or FROMLONLAT was given
	near bool // it was FROMMEMBER
	by   bool // BYRADIUS or BYBOX was given

	order                         int // 1 ascending, -1 descending, 0 as found
	count                         int64
	any                           bool
	withCoord, withDist, withHash bool

	store     []byte // key to store to, if storing
	storing   bool
	storeDist bool
}

// geoForm is which options a command has.
type geoForm uint8

const (
	radiusForm geoForm = 1 << iota // STORE and STOREDIST with a key
	searchForm                     // shape and centre are options
	storeForm                      // the result is stored; STOREDIST is a word alone
)

func (c *Call) searchRadius(mayStore bool) {
	g := geoSearch{c: c}
	if mayStore {
		g.form = radiusForm
	}
	if !g.open(1) {
		return
	}
	var ok bool
	if g.shape.Center, ok = c.position(2); !ok || !g.radius(4) {
		return
	}
	g.run(6)
}

func (c *Call) searchByMember(mayStore bool) {
	g := geoSearch{c: c}
	if mayStore {
		g.form = radiusForm
	}
	if !g.open(1) {
		return
	}
	if g.set.there && (!g.centerOn(c.Args[2]) || !g.radius(3)) {
		return
	}
	g.run(5)
}

func geoSearchCommand(c *Call) {
	g := geoSearch{c: c, form: searchForm}
	if g.open(1) {
		g.run(2)
	}
}

func geoSearchStore(c *Call) {
	g := geoSearch{c: c, form: searchForm | storeForm, store: c.Args[1], storing: true}
	if g.open(2) {
		g.run(3)
	}
}

func (g *geoSearch) open(keyAt int) (ok bool) {
	g.set, ok = g.c.readZSet(g.c.Args[keyAt])
	return ok
}

// centerOn makes a member's position the centre.
func (g *geoSearch) centerOn(member []byte) (ok bool) {
	g.shape.Center, ok = g.set.point(member)
	if !ok {
		g.c.Out.Error(ErrNoPosition)
	}
	return ok
}

// radius reads a radius and its unit.
func (g *geoSearch) radius(i int) (ok bool) {
	r, ok := parseScore(g.c.Args[i])
	switch {
	case !ok:
		g.c.Out.Error(ErrRadius)
		return false
	case r < 0:
		g.c.Out.Error(ErrRadiusNegative)
		return false
	}
	g.unit, ok = g.c.geoUnit(i + 1)
	g.shape.Radius, g.shape.Box = r*g.unit, false
	return ok
}

// box reads width, height and their unit.
func (g *geoSearch) box(i int) (ok bool) {
	w, ok := parseScore(g.c.Args[i])
	if !ok {
		g.c.Out.Error(ErrWidth)
		return false
	}
	h, ok := parseScore(g.c.Args[i+1])
	if !ok {
		g.c.Out.Error(ErrHeight)
		return false
	}
	if w < 0 || h < 0 {
		g.c.Out.Error(ErrBoxNegative)
		return false
	}
	g.unit, ok = g.c.geoUnit(i + 2)
	g.shape.Width, g.shape.Height, g.shape.Box = w*g.unit, h*g.unit, true
	return ok
}

// run reads the options from argument i on, searches and replies or stores.
func (g *geoSearch) run(i int) {
	if !g.options(i) || !g.check() {
		return
	}
	found := g.search()
	if g.order != 0 {
		slices.SortStableFunc(found, func(a, b geoFound) int { return g.order * cmp.Compare(a.distance, b.distance) })
	}
	if g.count > 0 && int64(len(found)) > g.count {
		found = found[:g.count]
	}
	if g.storing {
		g.storeFound(found)
		return
	}
	g.reply(found)
}

// options reads all options. Not ok: the error is replied.
func (g *geoSearch) options(i int) bool {
	c := g.c
	o := c.options(i)
	for o.next() {
		left := c.argc() - o.pos - 1
		switch {
		case o.is("WITHDIST"):
			g.withDist = true
		case o.is("WITHHASH"):
			g.withHash = true
		case o.is("WITHCOORD"):
			g.withCoord = true
		case o.is("ANY"):
			g.any = true
		case o.is("ASC"):
			g.order = 1
		case o.is("DESC"):
			g.order = -1
		case o.is("COUNT") && left >= 1:
			if g.count = o.int(); o.err == "" && g.count <= 0 {
				o.fail(ErrCountPositive)
			}
		case g.form == radiusForm && left >= 1 && (o.is("STORE") || o.is("STOREDIST")):
			g.storeDist = o.is("STOREDIST")
			g.store, g.storing = o.arg(), true
		case g.form&storeForm != 0 && o.is("STOREDIST"):
			g.storeDist = true
		case g.form&searchForm == 0:
			o.fail(ErrSyntax)
		default:
			if replied := g.where(&o, left); replied {
				return false
			}
		}
	}
	return !o.failed()
}

// where reads an option of centre or shape.
func (g *geoSearch) where(o *options, left int) (replied bool) {
	ok := true
	switch {
	case o.is("FROMMEMBER") && left >= 1 && (g.near || !g.from):
		g.from, g.near = true, true
		if member := o.arg(); g.set.there {
			ok = g.centerOn(member)
		}
	case o.is("FROMLONLAT") && left >= 2 && !g.near:
		g.from = true
		g.shape.Center, ok = g.c.position(o.pos + 1)
		o.pos += 2
	case o.is("BYRADIUS") && left >= 2 && !(g.by && g.shape.Box):
		g.by = true
		ok = g.radius(o.pos + 1)
		o.pos += 2
	case o.is("BYBOX") && left >= 3 && !(g.by && !g.shape.Box):
		g.by = true
		ok = g.box(o.pos + 1)
		o.pos += 3
	default:
		o.fail(ErrSyntax)
	}
	return !ok
}

// check refuses options that do not go together, and replies at once when there is
// nothing to search.
func (g *geoSearch) check() (goOn bool) {
	c := g.c
	switch search := g.form&searchForm != 0; {
	case g.storing && (g.withDist || g.withHash || g.withCoord):
		c.Out.Error(errGeoStore(g.form&storeForm != 0))
	case search && !g.from:
		c.Out.Error(errGeoFrom(c.Args[0]))
	case search && !g.by:
		c.Out.Error(errGeoBy(c.Args[0]))
	case g.any && g.count == 0:
		c.Out.Error(ErrAnyCount)
	case !g.set.there && g.storing:
		g.storeFound(nil)
	case !g.set.there:
		c.Out.Array(0)
	default:
		if g.count > 0 && g.order == 0 && !g.any {
			g.order = 1
		}
		return true
	}
	return false
}

// geoFound is a member inside the shape.
type geoFound struct {
	member   string
	score    float64
	distance float64 // metres from the centre
}

func (g *geoSearch) search() (found []geoFound) {
	limit := math.MaxInt
	if g.any {
		limit = int(min(g.count, math.MaxInt))
	}
	for from, to := range g.shape.Ranges {
		for m, score := range g.set.Ascend(g.set.Below(from, false)) {
			if score >= to || len(found) >= limit {
				break
			}
			if d, ok := g.shape.Contains(value.PointOf(score)); ok {
				found = append(found, geoFound{string(m), score, d})
			}
		}
	}
	return found
}

func (g *geoSearch) reply(found []geoFound) {
	c := g.c
	extras := toInt(g.withDist) + toInt(g.withHash) + toInt(g.withCoord)
	c.Out.Array(len(found))
	for _, f := range found {
		if extras > 0 {
			c.Out.Array(1 + extras)
		}
		c.Out.BulkString(f.member)
		if g.withDist {
			c.distance(f.distance / g.unit)
		}
		if g.withHash {
			c.Out.Int(int64(f.score))
		}
		if g.withCoord {
			c.coordinates(value.PointOf(f.score))
		}
	}
}

func (g *geoSearch) storeFound(found []geoFound) {
	members := make([]scoredMember, len(found))
	for i, f := range found {
		members[i] = scoredMember{f.member, f.score}
		if g.storeDist {
			members[i].score = f.distance / g.unit
		}
	}
	event := "georadiusstore"
	if g.form&storeForm != 0 {
		event = "geosearchstore"
	}
	g.c.storeZSet(g.store, members, event)
}
