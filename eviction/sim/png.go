package sim

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pixels draws on an image, two pixels a point.
type pixels struct {
	image         *image.RGBA
	regular, bold *opentype.Font
}

const pixelsPerPoint = 2

func newPNG(width, height float64) (*pixels, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, int(width*pixelsPerPoint), int(height*pixelsPerPoint)))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	return &pixels{image: img, regular: regular, bold: bold}, nil
}

func (p *pixels) line(points []point, s stroke) {
	const on, off = 5, 4
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if !s.dashed {
			p.segment(a, b, s)
			continue
		}
		length := math.Hypot(b.x-a.x, b.y-a.y)
		for d := 0.0; d < length; d += on + off {
			p.segment(between(a, b, d/length), between(a, b, min(1, (d+on)/length)), s)
		}
	}
	if !s.dashed && len(points) > 2 { // round joints
		for _, at := range points {
			p.dot(at, s.width/2, s.color)
		}
	}
}

func between(a, b point, share float64) point {
	return point{a.x + share*(b.x-a.x), a.y + share*(b.y-a.y)}
}

func (p *pixels) segment(a, b point, s stroke) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return
	}
	dx, dy := (b.y-a.y)/length*s.width/2, -(b.x-a.x)/length*s.width/2
	p.fill([]point{{a.x + dx, a.y + dy}, {b.x + dx, b.y + dy}, {b.x - dx, b.y - dy}, {a.x - dx, a.y - dy}}, s.color)
}

func (p *pixels) dot(at point, radius float64, c color.RGBA) {
	const corners = 24
	outline := make([]point, corners)
	for i := range outline {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		outline[i] = point{at.x + radius*cos, at.y + radius*sin}
	}
	p.fill(outline, c)
}

// fill rasterizes just the outline's surroundings.
func (p *pixels) fill(outline []point, c color.RGBA) {
	box := image.Rectangle{}
	for _, o := range outline {
		x, y := int(o.x*pixelsPerPoint), int(o.y*pixelsPerPoint)
		box = box.Union(image.Rect(x-1, y-1, x+2, y+2))
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, o := range outline {
		x, y := float32(o.x*pixelsPerPoint)-float32(box.Min.X), float32(o.y*pixelsPerPoint)-float32(box.Min.Y)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(p.image, box, image.NewUniform(c), image.Point{})
}

func (p *pixels) text(at point, s string, l letters) {
	f := p.regular
	if l.bold {
		f = p.bold
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: l.size * pixelsPerPoint, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return // only for sizes that we do not use
	}
	defer face.Close()
	d := font.Drawer{Dst: p.image, Src: image.NewUniform(ink), Face: face}
	x := fixed.I(int(at.x * pixelsPerPoint))
	switch l.anchor {
	case atMiddle:
		x -= d.MeasureString(s) / 2
	case atEnd:
		x -= d.MeasureString(s)
	}
	d.Dot = fixed.Point26_6{X: x, Y: fixed.I(int(at.y * pixelsPerPoint))}
	d.DrawString(s)
}

func (p *pixels) write(w io.Writer) error { return png.Encode(w, p.image) }
