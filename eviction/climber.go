package eviction

// A climber looks for the window size of WTinyLFU at which most requests hit,
// as Caffeine does: it takes a step, compares the hit ratios before and after,
// and goes on if it was right, else turns round.
type climber struct {
	requests, hits int
	last           float64 // hit ratio of the last period
	step           float64 // of the window's share, with its direction
}

const (
	climbPeriod  = 10     // requests for each entry between two steps
	firstStep    = 0.0625 // of the cache
	stepDecay    = 0.98
	restart      = 0.05 // change of the hit ratio after which steps are large again
	leastWindow  = 0.01
	mostOfWindow = 0.8
)

func newClimber() climber { return climber{step: firstStep} }

// climb counts a request and returns the share that the window should have.
func (c *climber) climb(share float64, hit bool, n int) float64 {
	c.requests++
	if hit {
		c.hits++
	}
	if c.requests < climbPeriod*max(n, 64) {
		return share
	}
	ratio := float64(c.hits) / float64(c.requests)
	change := ratio - c.last
	if change < 0 {
		c.step = -c.step
	}
	switch {
	case max(change, -change) >= restart && c.step < 0:
		c.step = -firstStep
	case max(change, -change) >= restart:
		c.step = firstStep
	default:
		c.step *= stepDecay
	}
	c.last, c.requests, c.hits = ratio, 0, 0
	return min(max(share+c.step, leastWindow), mostOfWindow)
}
