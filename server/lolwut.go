package server

import (
	"math"
	"strings"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// lolwut draws a harmonograph: what two pendulums swinging in each direction
// would draw, with frequencies and friction that nobody chose. No two are alike.
func (s *session) lolwut(c *command.Call) {
	if len(c.Args) > 2 && equalFold(c.Args[1], "VERSION") {
		if _, ok := protocol.ParseInt(c.Args[2]); !ok {
			c.Out.Error(protocol.ErrNotInteger)
			return
		}
	}
	p := newPaper(64, 16)
	x, y := newPendulums(&c.Rand), newPendulums(&c.Rand)
	for i := range 6000 {
		t := float64(i) / 60
		p.dot(x.at(t), y.at(t))
	}
	c.Out.Verbatim("txt", p.String()+"\ncached ver. "+version+"\n")
}

// pendulums are two that swing in one direction.
type pendulums [2]struct{ frequency, phase, friction float64 }

func newPendulums(r *command.Rand) (p pendulums) {
	unit := func() float64 { return float64(r.Uint64()>>11) / (1 << 53) }
	for i := range p {
		p[i].frequency = float64(1+r.IntN(4)) + unit()/100
		p[i].phase = 2 * math.Pi * unit()
		p[i].friction = unit() / 50
	}
	return p
}

// at is the deflection at a time, from -1 to 1.
func (p pendulums) at(t float64) (sum float64) {
	for _, q := range p {
		sum += math.Sin(q.frequency*t+q.phase) * math.Exp(-q.friction*t)
	}
	return sum / 2
}

// paper is drawn on in Braille characters, of 2 by 4 dots each.
type paper struct {
	width, height int // characters
	cells         []rune
}

func newPaper(width, height int) *paper {
	return &paper{width, height, make([]rune, width*height)}
}

// brailleDots are the bits of a character's dots, row by row.
var brailleDots = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot marks a place; x and y go from -1 to 1.
func (p *paper) dot(x, y float64) {
	col := int((x + 1) / 2 * float64(2*p.width-1))
	row := int((y + 1) / 2 * float64(4*p.height-1))
	p.cells[row/4*p.width+col/2] |= brailleDots[row%4][col%2]
}

// String returns the paper line by line.
func (p *paper) String() string {
	var b strings.Builder
	for i, c := range p.cells {
		b.WriteRune(0x2800 + c)
		if i%p.width == p.width-1 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
