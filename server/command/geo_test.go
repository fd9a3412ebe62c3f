package command

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/value"
)

func (g generator) coordinate(limit float64) string {
	switch g.IntN(30) {
	case 0:
		return g.pick("x", "nan", "inf", "180", "-180", "85.05112878", "-85.05112878", "86", "181", "0")
	case 1, 2, 3:
		return strconv.FormatFloat((g.Float64()*2-1)*limit, 'f', -1, 64)
	}
	return strconv.FormatFloat(10+g.Float64(), 'f', 6, 64) // many are near each other
}

func (g generator) geoCall() []string {
	key := g.pick("a", "a", "a", "b", "none")
	member := func() string { return "m" + strconv.Itoa(g.IntN(400)) }
	unit := func() string { return g.pick("m", "km", "mi", "ft", "KM", "yd") }
	lon, lat := g.coordinate(180), g.coordinate(85)
	size := strconv.Itoa(g.IntN(100000))
	options := func(words ...string) []string {
		words = append(words, g.pick("ASC", "DESC", "COUNT", "ASC"))
		if words[len(words)-1] == "COUNT" {
			words = append(words, strconv.Itoa(g.IntN(12)))
		}
		for range g.IntN(3) {
			words = append(words, g.case_(g.pick("WITHDIST", "WITHHASH", "WITHCOORD", "ANY", "FOO")))
		}
		return words
	}
	switch g.IntN(9) {
	case 0, 1, 2:
		return []string{"GEOADD", key, lon, lat, member(), g.coordinate(180), g.coordinate(85), member()}
	case 3:
		return []string{"GEODIST", key, member(), member(), unit()}
	case 4:
		return []string{g.pick("GEOHASH", "GEOPOS"), key, member(), member()}
	case 5:
		return options("GEOSEARCH", key, "FROMLONLAT", lon, lat, "BYRADIUS", size, unit())
	case 6:
		return options("GEOSEARCH", key, "FROMMEMBER", member(), "BYBOX", size, strconv.Itoa(g.IntN(90000)), unit())
	case 7:
		return options("GEORADIUS", key, lon, lat, size, unit())
	}
	return append(options("GEORADIUSBYMEMBER", key, member(), size, unit()), "STORE", "b")
}

func TestPositionsAgreeWithRedis(t *testing.T) {
	agreesWithRedis(t, 6_000, func(g generator) []string {
		words := g.geoCall()
		if slices.Contains(words, "ANY") { // which are found first, 7.2 changed
			words = words[:2]
		}
		return words
	})
}

// TestSearchFindsWhatIsInside compares with a look at each member.
func TestSearchFindsWhatIsInside(t *testing.T) {
	r := newRig(t)
	rand := NewRand(uint64(testNow))
	points := map[string]value.GeoPoint{}
	for i := range 2000 {
		name := "m" + strconv.Itoa(i)
		p := value.GeoPoint{Lon: float64(rand.IntN(40_000_000))/1e6 - 20, Lat: float64(rand.IntN(40_000_000))/1e6 + 30}
		points[name] = value.PointOf(p.Score())
		r.do("GEOADD", "k", strconv.FormatFloat(p.Lon, 'f', -1, 64), strconv.FormatFloat(p.Lat, 'f', -1, 64), name)
	}
	for i := range 60 {
		shape := value.GeoShape{Center: points["m"+strconv.Itoa(i)], Radius: float64(rand.IntN(2_000_000))}
		words := []string{"GEOSEARCH", "k", "FROMMEMBER", "m" + strconv.Itoa(i), "BYRADIUS", strconv.Itoa(int(shape.Radius)), "m"}
		if i%2 == 0 {
			shape.Box, shape.Width, shape.Height = true, shape.Radius, float64(rand.IntN(1_000_000))
			words = append(words[:4], "BYBOX", strconv.Itoa(int(shape.Width)), strconv.Itoa(int(shape.Height)), "m")
		}
		var want []string
		for name, p := range points {
			if _, in := shape.Contains(p); in {
				want = append(want, name)
			}
		}
		reply, _, _ := protocol.DecodeReply(r.raw(toArgs(words...)))
		var got []string
		for _, e := range reply.Elems {
			got = append(got, string(e.Str))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%s finds %d, there are %d", strings.Join(words, " "), len(got), len(want))
		}
	}
}
