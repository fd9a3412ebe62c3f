package eviction

// Lessons are what Adaptive learns from entries on trial.
//
// Gambles answer loops. If keys return in a circle longer than the cache, no
// newcomer is ever hit in small, and none is ever in a ghost. So now and then
// an entry without hits is let into main all the same. Of such gambles about
// one in five is hit before it leaves again in ordinary traffic, but nearly
// all in a loop. The odds of the next gamble follow: they rise if more than
// four in five win, and above one in fifty if more than nineteen in twenty
// win, as too many gambles push each other out before they can win. In a
// loop main so fills with a part of it that stays, while the rest of the
// circle passes through small.
//
// The highest count follows idle laps: an entry went round with count left
// but was not hit meanwhile. If it is hit later, or goes without ever being
// hit, the count was well or ill kept. Where interest moves on (news,
// sessions) nearly all are ill kept, the highest count falls to 1 and main
// is quickly rid of former favourites; where it is steady, it rises to 7.
type lessons struct {
	odds    float64 // of a gamble, in [minOdds, maxOdds]
	purse   float64 // odds gathered; a gamble costs 1
	highest float64 // count, in [1, mostCount]; its whole part is used
}

const (
	minOdds, maxOdds  = 0.002, 0.25
	highOdds          = 0.02
	lucky, luckyAgain = 1.02, 1.004 // factors of odds, the second where they are high
	unlucky           = 0.92

	mostCount   = 7
	wellKept    = 0.012 // steps of highest: it rises if more than a seventh is well kept
	keptForNone = 0.002
)

func newLessons() lessons { return lessons{odds: 0.01, highest: 3} }

func (l *lessons) highestCount() mark { return mark(l.highest) }

// gamble decides on an entry without hits.
func (l *lessons) gamble() bool {
	l.purse += l.odds
	if l.purse < 1 {
		return false
	}
	l.purse--
	return true
}

// proved tells of an entry on trial that was hit.
func (l *lessons) proved(m mark) {
	if m&gambled != 0 {
		factor := lucky
		if l.odds >= highOdds {
			factor = luckyAgain
		}
		l.odds = min(l.odds*factor, maxOdds)
	}
	if m&idle != 0 {
		l.highest = min(l.highest+wellKept, mostCount)
	}
}

// failed tells of an entry on trial whose time is over.
func (l *lessons) failed(m mark) {
	if m&gambled != 0 {
		l.odds = max(l.odds*unlucky, minOdds)
	}
	if m&idle != 0 {
		l.highest = max(l.highest-keptForNone, 1)
	}
}
