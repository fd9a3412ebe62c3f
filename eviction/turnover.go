package eviction

// A turnover tells when the oldest of the last Len additions came: the time
// in which a part of a cache renews itself. Parts that renew themselves slowly
// hold colder entries, whatever order they keep within. It costs 1 KiB.
//
// Additions are numbered. The tick of each step-th one is kept in a ring that
// always reaches back over Len additions; between marks it is interpolated.
type turnover struct {
	adds   uint64
	shift  uint // step = 1 << shift
	newest uint64
	ticks  [128]uint64
}

// add notes the tick of an addition to a part of n entries.
func (t *turnover) add(tick uint64, n int) {
	if n>>t.shift > len(t.ticks)-4 {
		t.widen()
	}
	if t.adds%(1<<t.shift) == 0 {
		t.ticks[t.adds>>t.shift%uint64(len(t.ticks))] = tick
	}
	t.adds++
	t.newest = tick
}

// widen doubles the step: every second mark goes.
func (t *turnover) widen() {
	last := t.adds >> t.shift
	kept := t.ticks
	t.shift++
	for i := range uint64(len(t.ticks)) / 2 {
		if i > last/2 {
			break
		}
		m := last/2 - i
		t.ticks[m%uint64(len(t.ticks))] = kept[2*m%uint64(len(t.ticks))]
	}
}

// coldness is larger the earlier the n-th last addition was. Without ticks it
// is the number of entries, which keeps the parts equally full.
func (t *turnover) coldness(n int) uint64 {
	if n == 0 {
		return 0
	}
	if t.newest == 0 {
		return uint64(n)
	}
	back := t.adds - min(uint64(n), t.adds)
	i := back >> t.shift
	from, to, span := t.ticks[i%uint64(len(t.ticks))], t.newest, t.adds-1-i<<t.shift
	if next := i + 1; next<<t.shift < t.adds {
		to, span = t.ticks[next%uint64(len(t.ticks))], 1<<t.shift
	}
	if span > 0 {
		from += (to - from) * (back - i<<t.shift) / span
	}
	return ^from
}
