package command

// Match says whether a string matches a pattern of Redis's kind: * any bytes, ?
// one byte, [abc] [^abc] [a-z] one of a class, \ takes the next byte as it is.
//
// Every sign but * stands for exactly one byte, so that of all stars passed only
// the last may have to take more: going back to it is enough, and the time is
// bounded by the product of the lengths whatever the pattern.
func Match(pattern, s []byte, fold bool) bool {
	p, i := 0, 0
	starP, starI := -1, 0 // behind the last star, and where in s its rest was tried
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			starP, starI = p, i
			continue
		}
		if p < len(pattern) {
			if ok, next := matchOne(pattern, p, s[i], fold); ok {
				p, i = next, i+1
				continue
			}
		}
		if starP < 0 {
			return false
		}
		starI++
		p, i = starP, starI
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne compares one byte with the sign at p and gives the place behind it.
func matchOne(pattern []byte, p int, b byte, fold bool) (ok bool, next int) {
	switch sign := pattern[p]; {
	case sign == '?':
		return true, p + 1
	case sign == '[':
		return matchClass(pattern, p+1, b, fold)
	case sign == '\\' && p+1 < len(pattern):
		p++
	}
	return sameByte(pattern[p], b, fold), p + 1
}

// matchClass compares one byte with the class whose inside begins at p. A class
// that is never closed ends with the pattern.
func matchClass(pattern []byte, p int, b byte, fold bool) (ok bool, next int) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			ok = ok || pattern[p] == b // Redis does not fold here
		case p+2 < len(pattern) && pattern[p+1] == '-':
			ok = ok || inRange(pattern[p], pattern[p+2], b, fold)
			p += 2
		default:
			ok = ok || sameByte(pattern[p], b, fold)
		}
	}
	return ok != not, min(p+1, len(pattern))
}

// inRange compares with a range whose ends may stand in either order.
func inRange(lo, hi, b byte, fold bool) bool {
	if lo > hi {
		lo, hi = hi, lo
	}
	if fold {
		lo, hi, b = lower(lo), lower(hi), lower(b)
	}
	return lo <= b && b <= hi
}

func sameByte(x, y byte, fold bool) bool {
	return x == y || fold && lower(x) == lower(y)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}
