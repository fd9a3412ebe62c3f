package script

// matcher matches Lua 5.1 patterns as lstrlib.c does: by backtracking. Every
// step is paid for, so that a pattern that takes for ever can be killed.
type matcher struct {
	src, pat string
	level    int
	captures [maxCaptures]capture
	depth    int
	pay      func(steps int) // may raise an error
	fail     func(text string)
}

type capture struct{ start, length int }

const (
	maxCaptures = 32
	maxMatch    = 200 // nesting of the matcher itself

	captureOpen     = -1
	capturePosition = -2
)

func (m *matcher) reset() { m.level, m.depth = 0, 0 }

// match returns the end of the match of pattern p at s, or -1.
func (m *matcher) match(s, p int) int {
	m.pay(1)
	if m.depth++; m.depth > maxMatch {
		m.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			next, handled, done := m.escape(s, p)
			if done {
				return next
			}
			if handled {
				s, p = next, p+m.escapeLength(p)
				continue
			}
		}
		end := m.classEnd(p)
		suffix := byte(0)
		if end < len(m.pat) {
			suffix = m.pat[end]
		}
		switch suffix {
		case '?':
			if s < len(m.src) && m.single(s, p, end) {
				if r := m.match(s+1, end+1); r >= 0 {
					return r
				}
			}
			p = end + 1
		case '*':
			return m.maxExpand(s, p, end, 0)
		case '+':
			return m.maxExpand(s, p, end, 1)
		case '-':
			return m.minExpand(s, p, end)
		default:
			if s >= len(m.src) || !m.single(s, p, end) {
				return -1
			}
			m.pay(1)
			s, p = s+1, end
		}
	}
	return s
}

// escape handles %b, %f and back references. done: the match has failed;
// handled: it goes on at next behind the item.
func (m *matcher) escape(s, p int) (next int, handled, done bool) {
	if p+1 >= len(m.pat) {
		return 0, false, false
	}
	switch c := m.pat[p+1]; {
	case c == 'b':
		next = m.balance(s, p+2)
	case c == 'f':
		next = m.frontier(s, p+2)
	case c >= '0' && c <= '9':
		next = m.backReference(s, c)
	default:
		return 0, false, false
	}
	return next, true, next < 0
}

func (m *matcher) escapeLength(p int) int {
	switch m.pat[p+1] {
	case 'b':
		return 4
	case 'f':
		return m.classEnd(p+2) - p
	}
	return 2
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	begin, end, depth := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case end:
			if depth--; depth == 0 {
				m.pay(i - s)
				return i + 1
			}
		case begin:
			depth++
		}
	}
	m.pay(len(m.src) - s)
	return -1
}

func (m *matcher) frontier(s, p int) int {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.fail("missing '[' after '%f' in pattern")
	}
	end := m.classEnd(p)
	before, here := byte(0), byte(0)
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	if !m.inSet(before, p, end-1) && m.inSet(here, p, end-1) {
		return s
	}
	return -1
}

func (m *matcher) backReference(s int, digit byte) int {
	i := int(digit - '1')
	if i < 0 || i >= m.level || m.captures[i].length == captureOpen {
		m.fail("invalid capture index")
	}
	c := m.captures[i]
	m.pay(max(c.length, 0) / 64)
	if c.length < 0 || s+c.length > len(m.src) || m.src[c.start:c.start+c.length] != m.src[s:s+c.length] {
		return -1
	}
	return s + c.length
}

func (m *matcher) maxExpand(s, p, end, least int) int {
	n := 0
	for s+n < len(m.src) && m.single(s+n, p, end) {
		n++
	}
	m.pay(n)
	for ; n >= least; n-- {
		if r := m.match(s+n, end+1); r >= 0 {
			return r
		}
	}
	return -1
}

func (m *matcher) minExpand(s, p, end int) int {
	for {
		if r := m.match(s, end+1); r >= 0 {
			return r
		}
		if s >= len(m.src) || !m.single(s, p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, what int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, what}
	m.level++
	r := m.match(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

func (m *matcher) close(s, p int) int {
	i := m.level - 1
	for ; i >= 0 && m.captures[i].length != captureOpen; i-- {
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	r := m.match(s, p)
	if r < 0 {
		m.captures[i].length = captureOpen
	}
	return r
}

// classEnd is the position behind the single-character class at p.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pat) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		return m.setEnd(p)
	}
	return p
}

func (m *matcher) setEnd(p int) int {
	start := p
	if p < len(m.pat) && m.pat[p] == '^' {
		p++
	}
	for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
		if p >= len(m.pat) {
			m.fail("malformed pattern (missing ']')")
		}
		if m.pat[p] == '%' {
			p++
		}
		p++
	}
	m.pay((p - start) / 64)
	return p + 1
}

func (m *matcher) single(s, p, end int) bool {
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		m.pay((end - p) / 64)
		return m.inSet(c, p, end-1)
	}
	return m.pat[p] == c
}

// inSet tests a character against the set that begins at p and whose ']' is at
// end.
func (m *matcher) inSet(c byte, p, end int) bool {
	in := true
	p++
	if m.pat[p] == '^' {
		in = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return in
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return in
			}
			p += 2
		case m.pat[p] == c:
			return in
		}
	}
	return !in
}

func inClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = isAlpha(c)
	case 'c':
		in = c < 32 || c == 127
	case 'd':
		in = isDigit(c)
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > 32 && c < 127 && !isAlpha(c) && !isDigit(c)
	case 's':
		in = c == ' ' || c >= 9 && c <= 13
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isAlpha(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if !isAlpha(class) {
		return class == c
	}
	return in == (class >= 'a')
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
