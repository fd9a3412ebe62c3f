package engine

// Bounds of one background step, chosen so that a step holds a stripe for tens
// of microseconds.
const (
	expireStep   = 64
	maintainStep = 64
)

// Step does one bounded piece of background work: expired entries go, pages are
// compacted, flushed things are freed, and memory over the bound is evicted.
// Without expire, expired entries stay, though nobody sees them. True: there is
// more to do now.
func (e *Engine) Step(now int64, expire bool) (more bool) {
	due := false
	if expire {
		_, due = e.ks.ExpireStep(now, expireStep)
	}
	busy := e.ks.Maintain(maintainStep)
	return due || busy || e.MakeRoom(now) == Tight
}
