package sim

import (
	"bufio"
	"fmt"
	"html"
	"image/color"
	"io"
	"strings"
)

// canvas is what a picture is drawn on, measured in points from the upper left.
type canvas interface {
	line(points []point, s stroke)
	dot(at point, radius float64, c color.RGBA)
	text(at point, s string, l letters)
	write(w io.Writer) error
}

type point struct{ x, y float64 }

type stroke struct {
	color  color.RGBA
	width  float64
	dashed bool
}

type letters struct {
	size   float64
	bold   bool
	anchor anchor
}

// anchor is the place of the text that stands at its point.
type anchor int

const (
	atStart anchor = iota
	atMiddle
	atEnd
)

func newCanvas(form string, width, height float64) (canvas, error) {
	switch form {
	case "svg":
		return newSVG(width, height), nil
	case "png":
		return newPNG(width, height)
	}
	return nil, fmt.Errorf("a plot is svg or png, not %q", form)
}

// svg collects elements as text.
type svg struct {
	width, height float64
	body          strings.Builder
}

func newSVG(width, height float64) *svg { return &svg{width: width, height: height} }

func (s *svg) line(points []point, k stroke) {
	s.body.WriteString(`<polyline points="`)
	for _, p := range points {
		fmt.Fprintf(&s.body, "%.1f,%.1f ", p.x, p.y)
	}
	dashes := ""
	if k.dashed {
		dashes = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(&s.body, `" fill="none" stroke="%s" stroke-width="%g" stroke-linejoin="round"%s/>`+"\n", hex(k.color), k.width, dashes)
}

func (s *svg) dot(at point, radius float64, c color.RGBA) {
	fmt.Fprintf(&s.body, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>`+"\n", at.x, at.y, radius, hex(c))
}

func (s *svg) text(at point, text string, l letters) {
	weight := ""
	if l.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(&s.body, `<text x="%.1f" y="%.1f" font-size="%g" text-anchor="%s"%s>%s</text>`+"\n",
		at.x, at.y, l.size, [...]string{"start", "middle", "end"}[l.anchor], weight, html.EscapeString(text))
}

func (s *svg) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" font-family="Go, Helvetica, Arial, sans-serif" fill="%s">`+"\n",
		s.width, s.height, s.width, s.height, hex(ink))
	fmt.Fprintf(out, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", hex(paper))
	out.WriteString(s.body.String())
	out.WriteString("</svg>\n")
	return out.Flush()
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
