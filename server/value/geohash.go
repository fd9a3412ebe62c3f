package value

import "math"

// Positions on the Earth are scores of a sorted set: longitude and latitude, each
// cut into 2^26 steps of its range, bit by bit interleaved to 52 bits, which a float
// holds exactly. Positions near each other often have a long prefix in common, so
// that a square of a map is one range of scores.
//
// Products are converted to float64 explicitly: no machine may fuse them with an
// addition, so that all replicas agree.

// The map: longitudes and latitudes between these and the same below zero.
const (
	GeoLonMax = 180.0
	GeoLatMax = 85.05112878 // Web Mercator ends here
)

const (
	geoSteps    = 26             // bits of each coordinate
	earthRadius = 6372797.560856 // m, as in Redis
	mercatorMax = 20037726.37
)

// GeoPoint is a position in degrees.
type GeoPoint struct{ Lon, Lat float64 }

// Valid tells whether the position can be kept.
func (p GeoPoint) Valid() bool {
	return p.Lon >= -GeoLonMax && p.Lon <= GeoLonMax && p.Lat >= -GeoLatMax && p.Lat <= GeoLatMax
}

// Score returns the score that stands for a valid position.
func (p GeoPoint) Score() float64 {
	return float64(geoEncode(p, GeoLatMax, geoSteps).bits)
}

// PointOf returns the position in the middle of what a score stands for.
func PointOf(score float64) GeoPoint {
	var cell geoCell
	if score >= 0 && score < 1<<63 {
		cell.bits = uint64(score)
	}
	cell.step = geoSteps
	a := cell.area()
	return GeoPoint{
		Lon: clamp((a.min.Lon+a.max.Lon)/2, GeoLonMax),
		Lat: clamp((a.min.Lat+a.max.Lat)/2, GeoLatMax),
	}
}

func clamp(x, limit float64) float64 { return max(-limit, min(x, limit)) }

// Geohash returns the public name of a position, eleven letters; the last is always
// "0", for 52 bits fill ten.
func (p GeoPoint) Geohash() string {
	const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
	bits := geoEncode(p, 90, geoSteps).bits
	name := []byte("00000000000")
	for i := range 10 {
		name[i] = alphabet[bits>>(52-5*(i+1))&31]
	}
	return string(name)
}

// Distance returns the distance of two positions in metres, by the haversine formula.
func (p GeoPoint) Distance(q GeoPoint) float64 {
	v := math.Sin((radians(q.Lon) - radians(p.Lon)) / 2)
	if v == 0 {
		return latDistance(p, q)
	}
	u := math.Sin((radians(q.Lat) - radians(p.Lat)) / 2)
	a := float64(u*u) + float64(float64(math.Cos(radians(p.Lat))*math.Cos(radians(q.Lat)))*v)*v
	return 2 * earthRadius * math.Asin(math.Sqrt(a))
}

func latDistance(p, q GeoPoint) float64 {
	return earthRadius * math.Abs(float64(radians(q.Lat))-float64(radians(p.Lat)))
}

func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }
func degrees(radians float64) float64 { return radians / (math.Pi / 180) }

// geoCell is a square of the map: the positions whose hash begins with 2*step bits.
type geoCell struct {
	bits uint64
	step uint
}

// geoEncode returns the cell of a position, where latitudes go up to latMax.
func geoEncode(p GeoPoint, latMax float64, step uint) geoCell {
	lat := (p.Lat + latMax) / (2 * latMax)
	lon := (p.Lon + GeoLonMax) / (2 * GeoLonMax)
	size := float64(uint64(1) << step)
	return geoCell{spread(uint32(lat*size)) | spread(uint32(lon*size))<<1, step}
}

// spread puts a zero before each bit; gather undoes it.
func spread(x uint32) uint64 {
	v := uint64(x)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

func gather(v uint64) uint32 {
	v &= 0x5555555555555555
	v = (v | v>>1) & 0x3333333333333333
	v = (v | v>>2) & 0x0f0f0f0f0f0f0f0f
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16)
}

type geoArea struct{ min, max GeoPoint }

func (c geoCell) area() geoArea {
	lat, lon := gather(c.bits), gather(c.bits>>1)
	edge := func(i uint32, limit float64) float64 {
		return -limit + float64(float64(i)/float64(uint64(1)<<c.step)*(2*limit))
	}
	return geoArea{
		min: GeoPoint{edge(lon, GeoLonMax), edge(lat, GeoLatMax)},
		max: GeoPoint{edge(lon+1, GeoLonMax), edge(lat+1, GeoLatMax)},
	}
}

// move returns the neighbour dx cells to the east and dy to the north; the map ends
// nowhere. A position on the very edge of the map has a row of its own, which is left
// only by moving out of it.
func (c geoCell) move(dx, dy int) geoCell {
	lat, lon := gather(c.bits), gather(c.bits>>1)
	mask := uint32(1)<<c.step - 1
	if dx != 0 {
		lon = (lon + uint32(dx)) & mask
	}
	if dy != 0 {
		lat = (lat + uint32(dy)) & mask
	}
	return geoCell{spread(lat) | spread(lon)<<1, c.step}
}

// scores returns the range [from, to) of the cell's scores.
func (c geoCell) scores() (from, to float64) {
	shift := 2 * (geoSteps - c.step)
	return float64(c.bits << shift), float64((c.bits + 1) << shift)
}

// GeoShape is a circle (Radius) or a box (Width, Height), in metres, around a
// position.
type GeoShape struct {
	Center        GeoPoint
	Box           bool
	Radius        float64
	Width, Height float64
}

// Contains tells whether a position is inside, and its distance from the centre.
func (s *GeoShape) Contains(p GeoPoint) (distance float64, ok bool) {
	if !s.Box {
		distance = s.Center.Distance(p)
		return distance, distance <= s.Radius
	}
	// East to west is measured at the position's own latitude.
	beside := GeoPoint{s.Center.Lon, p.Lat}
	if latDistance(s.Center, p) > s.Height/2 || beside.Distance(p) > s.Width/2 {
		return 0, false
	}
	return s.Center.Distance(p), true
}

// Ranges yields ranges [from, to) of scores that hold, together, all positions
// inside the shape: those of up to nine cells, in the order in which Redis searches.
func (s *GeoShape) Ranges(yield func(from, to float64) bool) {
	var last geoCell
	for i, c := range s.cells() {
		// Around the whole Earth a cell can be its own neighbour.
		if c.step == 0 || i > 0 && c == last {
			continue
		}
		if !yield(c.scores()) {
			return
		}
		last = c
	}
}

// around are the ways to the nine cells.
var around = [9]struct{ dx, dy int }{
	{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1},
}

// cells returns the cell of the centre and those of its neighbours that the shape
// reaches into; the others are zero.
func (s *GeoShape) cells() (cells [9]geoCell) {
	bounds := s.bounds()
	step := s.step()
	c := geoEncode(s.Center, GeoLatMax, step)
	if step > 1 && !c.reaches(bounds) {
		step--
		c = geoEncode(s.Center, GeoLatMax, step)
	}
	a := c.area()
	for i, w := range around {
		if step >= 2 && (w.dy < 0 && a.min.Lat < bounds.min.Lat || w.dy > 0 && a.max.Lat > bounds.max.Lat ||
			w.dx < 0 && a.min.Lon < bounds.min.Lon || w.dx > 0 && a.max.Lon > bounds.max.Lon) {
			continue
		}
		cells[i] = c.move(w.dx, w.dy)
	}
	return cells
}

// reaches tells whether the cell and its neighbours cover the bounds.
func (c geoCell) reaches(bounds geoArea) bool {
	return c.move(0, 1).area().max.Lat >= bounds.max.Lat && c.move(0, -1).area().min.Lat <= bounds.min.Lat &&
		c.move(1, 0).area().max.Lon >= bounds.max.Lon && c.move(-1, 0).area().min.Lon <= bounds.min.Lon
}

// step returns how fine the cells may be so that nine cover the shape.
func (s *GeoShape) step() uint {
	reach := s.Radius
	if s.Box {
		reach = math.Sqrt(float64(s.Width/2*(s.Width/2)) + float64(s.Height/2*(s.Height/2)))
	}
	if reach == 0 {
		return geoSteps
	}
	step := 1
	for ; reach < mercatorMax; step++ {
		reach *= 2
	}
	step -= 2
	if lat := math.Abs(s.Center.Lat); lat > 80 {
		step -= 2 // cells grow narrow towards the poles
	} else if lat > 66 {
		step--
	}
	return uint(max(1, min(step, geoSteps)))
}

// bounds returns an area that holds the shape.
func (s *GeoShape) bounds() geoArea {
	height, width := s.Radius, s.Radius
	if s.Box {
		height, width = s.Height/2, s.Width/2
	}
	dLat := degrees(height / earthRadius)
	edge := s.Center.Lat + dLat // the longer one, of a box whose sides are meridians
	if s.Center.Lat < 0 {
		edge = s.Center.Lat - dLat
	}
	dLon := degrees(width / earthRadius / math.Cos(radians(edge)))
	return geoArea{
		min: GeoPoint{s.Center.Lon - dLon, s.Center.Lat - dLat},
		max: GeoPoint{s.Center.Lon + dLon, s.Center.Lat + dLat},
	}
}
