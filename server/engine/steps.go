package engine

// Bounds of one background step, chosen so that it takes some 0.1 ms, and holds a
// stripe for tens of microseconds.
const (
	expireStep   = 64
	maintainStep = 4
)

// Expire removes some of the entries that are due. True: there are more.
func (e *Engine) Expire(now int64) (more bool) {
	_, more = e.ks.ExpireStep(now, expireStep)
	return more
}

// Tidy compacts some pages, frees some of what was flushed, and evicts some of
// what is over the bound. True: there is more to do.
func (e *Engine) Tidy(now int64) (more bool) {
	busy := e.ks.Maintain(maintainStep)
	return e.MakeRoom(now) == Tight || busy
}

// Step does one bounded piece of background work. Without expire, expired
// entries stay, though nobody sees them. True: there is more to do now.
func (e *Engine) Step(now int64, expire bool) (more bool) {
	due := expire && e.Expire(now)
	return e.Tidy(now) || due
}
