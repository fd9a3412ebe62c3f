package command

// sortOptions walks over the options of SORT as its handler does. Words that are
// none are passed over; the handler refuses them.
func sortOptions(args [][]byte, visit func(at int) (more bool)) {
	for i := 2; i < len(args); i++ {
		behind := len(args) - 1 - i
		switch a := args[i]; {
		case equalFold(a, "LIMIT") && behind >= 2:
			i += 2
		case behind >= 1 && (equalFold(a, "STORE") || equalFold(a, "BY") || equalFold(a, "GET")):
			if !visit(i) {
				return
			}
			i++
		}
	}
}

// sortDestination is the position of the key behind STORE; the last one counts.
func sortDestination(args [][]byte) (pos int) {
	sortOptions(args, func(at int) bool {
		if equalFold(args[at], "STORE") {
			pos = at + 1
		}
		return true
	})
	return pos
}

// sortBeyond refuses patterns, which make keys of the elements.
func sortBeyond(args [][]byte) (err error) {
	sortOptions(args, func(at int) bool {
		switch {
		case equalFold(args[at], "GET"):
			err = ErrSortGet
		case equalFold(args[at], "BY") && hasStar(args[at+1]):
			err = ErrSortBy
		}
		return err == nil
	})
	return err
}

func hasStar(pattern []byte) bool {
	for _, b := range pattern {
		if b == '*' {
			return true
		}
	}
	return false
}
