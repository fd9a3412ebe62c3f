package engine

// Room says whether a call that needs memory may run.
type Room uint8

const (
	// Ample: the node is within its bound.
	Ample Room = iota
	// Tight: over the bound, and there is more to evict than one step may do.
	// The caller goes on asking, where waiting hurts nobody.
	Tight
	// None: over the bound, and the policy lets nothing go.
	None
)

// victims is how many entries one MakeRoom takes at most. One costs about
// 0.3 us, so a step stays well under the loop's millisecond.
const victims = 512

// MakeRoom evicts until the node is within its bound, at most one step's worth.
// Called with no stripe locked, since a victim may live in any.
func (e *Engine) MakeRoom(now int64) Room {
	if e.ks.Over() <= 0 {
		return Ample
	}
	return e.evict(now)
}

func (e *Engine) evict(now int64) Room {
	for range victims {
		if !e.ks.Evict(now) {
			return None
		}
		if e.ks.Over() <= 0 {
			return Ample
		}
	}
	return Tight
}
