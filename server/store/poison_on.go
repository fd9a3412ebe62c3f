//go:build invariants

package store

import "sync"

// In this build Bytes lends copies, and the next write to the stripe, or
// Unlock, spoils them: code that keeps a slice too long reads nonsense.
var lent struct {
	sync.Mutex
	by map[*stripe][][]byte
}

func (s *stripe) lend(b []byte) []byte {
	lent.Lock()
	defer lent.Unlock()
	if lent.by == nil {
		lent.by = map[*stripe][][]byte{}
	}
	c := append([]byte{}, b...)
	lent.by[s] = append(lent.by[s], c)
	return c
}

func (s *stripe) endCopies() {
	lent.Lock()
	defer lent.Unlock()
	for _, b := range lent.by[s] {
		for i := range b {
			b[i] = 0xDB
		}
	}
	delete(lent.by, s)
}
