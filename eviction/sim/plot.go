package sim

import (
	"cmp"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
)

// Plot draws miss ratio curves: a panel for each trace, the cache's size on a
// logarithmic axis, the share of requests that missed above it, a line for each
// policy. The form is "svg" or "png".
func Plot(w io.Writer, form string, rows []Row) error {
	panels := panelsOf(rows)
	if len(panels) == 0 {
		return fmt.Errorf("nothing to plot")
	}
	columns := min(3, len(panels))
	lines := (len(panels) + columns - 1) / columns
	width, height := float64(columns*panelWidth+2*border), float64(lines*panelHeight+legendHeight+border)
	c, err := newCanvas(form, width, height)
	if err != nil {
		return err
	}
	policies := column(rows, func(r Row) string { return r.Policy })
	drawLegend(c, policies, width)
	for i, p := range panels {
		p.x = float64(border + i%columns*panelWidth)
		p.y = float64(legendHeight + i/columns*panelHeight)
		p.draw(c, policies)
	}
	return c.write(w)
}

// Measures of the picture, in points.
const (
	border       = 16
	legendHeight = 48
	panelWidth   = 400
	panelHeight  = 300
	left, right  = 52, 18 // of the axes within a panel
	above, below = 30, 46
)

var (
	ink   = color.RGBA{0x22, 0x26, 0x2b, 0xff}
	faint = color.RGBA{0xdd, 0xe1, 0xe6, 0xff}
	paper = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

// hues are Okabe and Ito's, which most colour-blind people can tell apart, with
// two more.
var hues = []color.RGBA{
	{0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x00, 0x9e, 0x73, 0xff},
	{0xcc, 0x79, 0xa7, 0xff}, {0xa8, 0xa8, 0xa8, 0xff}, {0x8c, 0x56, 0x4b, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x66, 0x55, 0xaa, 0xff},
}

// styleOf gives each policy of a picture its line.
func styleOf(policies []string, name string) stroke {
	if name == Belady {
		return stroke{color: ink, width: 1.5, dashed: true}
	}
	i := slices.Index(policies, name)
	s := stroke{color: hues[i%len(hues)], width: 1.6}
	if i == 0 {
		s.width = 2.6
	}
	return s
}

func drawLegend(c canvas, policies []string, width float64) {
	const item = 92
	perLine := max(1, int(width-2*border)/item)
	for i, name := range policies {
		x, y := float64(border+i%perLine*item), float64(18+i/perLine*16)
		c.line([]point{{x, y}, {x + 22, y}}, styleOf(policies, name))
		c.text(point{x + 28, y + 4}, name, letters{size: 12})
	}
}

// panel is one trace's picture.
type panel struct {
	title string
	rows  []Row
	x, y  float64 // upper left corner

	smallest, largest float64 // capacity, as logarithm
	lowest, highest   float64 // misses, in %
}

func panelsOf(rows []Row) []panel {
	var panels []panel
	for _, trace := range column(rows, func(r Row) string { return r.Trace }) {
		for _, bytes := range []bool{false, true} {
			p := panel{title: trace}
			for _, r := range rows {
				if r.Trace == trace && r.Bytes == bytes {
					p.rows = append(p.rows, r)
				}
			}
			if len(p.rows) > 0 {
				p.scale()
				panels = append(panels, p)
			}
		}
	}
	return panels
}

func (p *panel) scale() {
	p.smallest, p.largest, p.lowest, p.highest = math.Inf(1), math.Inf(-1), 100, 0
	for _, r := range p.rows {
		x, y := math.Log(float64(r.Capacity)), 100*(1-r.Hit)
		p.smallest, p.largest = min(p.smallest, x), max(p.largest, x)
		p.lowest, p.highest = min(p.lowest, y), max(p.highest, y)
	}
	p.lowest = math.Floor(p.lowest/10) * 10
	p.highest = max(p.lowest+10, math.Ceil(p.highest/10)*10)
	if p.smallest == p.largest {
		p.smallest, p.largest = p.smallest-1, p.largest+1
	}
}

// at maps a capacity and a share of misses to a point of the picture.
func (p *panel) at(capacity int64, misses float64) point {
	x := (math.Log(float64(capacity)) - p.smallest) / (p.largest - p.smallest)
	y := (misses - p.lowest) / (p.highest - p.lowest)
	return point{
		p.x + left + x*(panelWidth-left-right),
		p.y + panelHeight - below - y*(panelHeight-above-below),
	}
}

func (p *panel) draw(c canvas, policies []string) {
	p.axes(c)
	for i := len(policies) - 1; i >= 0; i-- { // the first on top
		rows := slices.DeleteFunc(slices.Clone(p.rows), func(r Row) bool { return r.Policy != policies[i] })
		slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Capacity, b.Capacity) })
		var curve []point
		for _, r := range rows {
			curve = append(curve, p.at(r.Capacity, 100*(1-r.Hit)))
		}
		s := styleOf(policies, policies[i])
		c.line(curve, s)
		for _, at := range curve {
			c.dot(at, s.width*1.3, s.color)
		}
	}
}

func (p *panel) axes(c canvas) {
	x0, x1 := p.x+left, p.x+panelWidth-right
	c.text(point{x0, p.y + 16}, p.title+": requests missed", letters{size: 13, bold: true})
	for misses, step := p.lowest, tickStep(p.highest-p.lowest); misses <= p.highest; misses += step {
		y := p.at(1, misses).y
		c.line([]point{{x0, y}, {x1, y}}, stroke{color: faint, width: 1})
		c.text(point{x0 - 8, y + 4}, fmt.Sprintf("%.0f %%", misses), letters{size: 11, anchor: atEnd})
	}
	c.text(point{(x0 + x1) / 2, p.y + panelHeight - 8}, "cache size"+p.unit(), letters{size: 11, anchor: atMiddle})
	last := math.Inf(-1)
	bottom := p.y + panelHeight - below
	for _, r := range p.sizes() {
		x := p.at(r.Capacity, 0).x
		c.line([]point{{x, bottom}, {x, bottom + 4}}, stroke{color: ink, width: 1})
		if width := 7 * float64(len(r.Size)); x-width/2 > last {
			c.text(point{x, bottom + 17}, r.Size, letters{size: 11, anchor: atMiddle})
			last = x + width/2
		}
	}
	c.line([]point{{x0, bottom}, {x1, bottom}}, stroke{color: ink, width: 1})
}

func (p *panel) unit() string {
	if p.rows[0].Bytes {
		return ""
	}
	if strings.HasSuffix(p.rows[0].Size, "%") {
		return ", share of the distinct keys"
	}
	return ", values"
}

// sizes has one row of each size, from small to large.
func (p *panel) sizes() []Row {
	rows := slices.Clone(p.rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.Capacity, b.Capacity) })
	return slices.CompactFunc(rows, func(a, b Row) bool { return a.Capacity == b.Capacity })
}

// tickStep divides a span of percents into some five steps.
func tickStep(span float64) float64 {
	if span > 50 {
		return 20
	}
	if span > 20 {
		return 10
	}
	return 5
}
