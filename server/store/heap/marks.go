package heap

// Marks is a set of the handles of one heap that were given out before a moment.
// Those given out later for the first time are in it by rule.
type Marks struct {
	bits  []uint64
	limit uint32 // handles from here on are later
}

// NewMarks returns an empty set with room for handles below n.
func NewMarks(n uint32) *Marks { return &Marks{bits: make([]uint64, n/64+1)} }

// Begin sets the moment: the heap has given out the handles below n. False: there
// is no room for as many.
func (m *Marks) Begin(n uint32) bool {
	m.limit = n
	return int(n)/64 < len(m.bits)
}

// Set adds a handle.
func (m *Marks) Set(n uint32) {
	if n < m.limit {
		m.bits[n/64] |= 1 << (n % 64)
	}
}

// Has tells whether a handle is in the set.
func (m *Marks) Has(n uint32) bool { return n >= m.limit || m.bits[n/64]>>(n%64)&1 != 0 }

// Bytes is what the set takes.
func (m *Marks) Bytes() int64 { return int64(len(m.bits)) * 8 }
