package value

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomPoint(r *rand.Rand) GeoPoint {
	return GeoPoint{r.Float64()*360 - 180, (r.Float64()*2 - 1) * GeoLatMax}
}

func TestScoresKeepPositionsToHalfAMetre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		p := randomPoint(r)
		score := p.Score()
		if score != math.Trunc(score) || score < 0 || score >= 1<<52 {
			t.Fatalf("%v has the score %v", p, score)
		}
		if q := PointOf(score); p.Distance(q) > 0.6 {
			t.Fatalf("%v comes back as %v, %.3f m away", p, q, p.Distance(q))
		}
	}
}

func TestKnownPlaces(t *testing.T) {
	palermo, catania := GeoPoint{13.361389, 38.115556}, GeoPoint{15.087269, 37.502669}
	if got := palermo.Score(); got != 3479099956230698 {
		t.Errorf("Palermo has the score %.0f", got)
	}
	a, b := PointOf(palermo.Score()), PointOf(catania.Score())
	if d := a.Distance(b); math.Abs(d-166274.1516) > 0.001 {
		t.Errorf("Palermo and Catania are %.4f m apart", d)
	}
	if got := a.Geohash(); got != "sqc8b49rny0" {
		t.Errorf("Palermo is %s", got)
	}
}

// TestRangesMissNothing searches random shapes by ranges and one by one.
func TestRangesMissNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	for range 300 {
		s := GeoShape{Center: randomPoint(r), Box: r.IntN(2) == 0}
		if r.IntN(5) == 0 {
			s.Center.Lat = math.Copysign(GeoLatMax-r.Float64()*20, s.Center.Lat)
		}
		size := math.Pow(10, 1+r.Float64()*5.5)
		s.Radius, s.Width, s.Height = size, size*2, size*2*r.Float64()
		for range 300 {
			// Shapes that cross the date line or a pole end there, as in Redis.
			d := degrees(size / earthRadius)
			p := GeoPoint{s.Center.Lon + (r.Float64()*4-2)*d, s.Center.Lat + (r.Float64()*4-2)*d}
			if _, in := s.Contains(PointOf(p.Score())); !p.Valid() || !in || !inside(s.bounds(), p) {
				continue
			}
			found, score := 0, p.Score()
			for from, to := range s.Ranges {
				if from <= score && score < to {
					found++
				}
			}
			if found != 1 {
				t.Fatalf("%+v contains %v, which is in %d ranges", s, p, found)
			}
		}
	}
}

func inside(a geoArea, p GeoPoint) bool {
	return a.min.Lon <= p.Lon && p.Lon <= a.max.Lon && a.min.Lat <= p.Lat && p.Lat <= a.max.Lat
}
