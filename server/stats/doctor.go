package stats

import (
	"fmt"
	"strings"
)

// Doctor tells in words what the latency monitor saw and what to look at.
func (m *Monitor) Doctor() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.threshold.Load() == 0 && len(m.events) == 0 {
		return "The latency monitor is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n"
	}
	if len(m.events) == 0 {
		return "No latency spike was seen.\n"
	}
	var b strings.Builder
	b.WriteString("Latency spikes were seen.\n\n")
	for i, name := range m.names() {
		s := m.events[name]
		avg, dev := s.average()
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). Worst all time event %dms.\n",
			i+1, name, len(s.spikes), avg, dev, s.period(), s.max)
	}
	b.WriteString("\nWhat to look at:\n\n")
	for _, name := range m.names() {
		if a := advice[name]; a != "" {
			fmt.Fprintf(&b, "- %s: %s\n", name, a)
		}
	}
	return b.String()
}

// advice by event.
var advice = map[string]string{
	"command":        "SLOWLOG GET names the commands; commands over many or large values take long, SCAN instead of KEYS does not.",
	"fast-command":   "a command that should take microseconds waited: the machine may be short of CPU (steal, other processes, a container's quota).",
	"expire-cycle":   "very many keys expire at once; spread their times to live.",
	"eviction-cycle": "writes need more room than eviction frees between them; raise maxmemory or write smaller values.",
	"eviction-del":   "large values are evicted; UNLINK and lazyfree-lazy-eviction free them in the background.",
	"maintenance":    "compaction or the freeing of large values took long in one step; please report it.",
}

// average returns the mean of the spikes and their mean deviation, in ms.
func (s *series) average() (avg, dev int64) {
	for _, p := range s.spikes {
		avg += p.Ms
	}
	n := int64(len(s.spikes))
	avg /= n
	for _, p := range s.spikes {
		dev += max(p.Ms-avg, avg-p.Ms)
	}
	return avg, dev / n
}

// period is the seconds between spikes, on average.
func (s *series) period() float64 {
	n := len(s.spikes)
	return float64(s.spikes[n-1].Time-s.spikes[0].Time) / float64(max(n-1, 1))
}

// Rows and columns of a graph.
const (
	graphRows = 4
	graphCols = 80
)

// Graph draws an event's last spikes as LATENCY GRAPH does: a column a spike,
// its height between the lowest and the highest, its age below. ok is false for
// an event never seen.
func (m *Monitor) Graph(event string, now int64) (text string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.events[event]
	if s == nil {
		return "", false
	}
	spikes := s.spikes[max(len(s.spikes)-graphCols, 0):]
	lo, hi := spikes[0].Ms, spikes[0].Ms
	for _, p := range spikes {
		lo, hi = min(lo, p.Ms), max(hi, p.Ms)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n", event, hi, lo, s.max)
	b.WriteString(strings.Repeat("-", graphCols) + "\n")
	drawColumns(&b, spikes, lo, hi)
	b.WriteString("\n")
	drawAges(&b, spikes, now)
	return b.String(), true
}

// drawColumns draws the spikes from the top row down: '#' ends a column, '|' is
// its stem, '_' a column of no height.
func drawColumns(b *strings.Builder, spikes []Spike, lo, hi int64) {
	for row := int64(graphRows - 1); row >= 0; row-- {
		for _, p := range spikes {
			height := int64(0)
			if hi > lo {
				height = (p.Ms - lo) * (graphRows - 1) / (hi - lo)
			}
			switch {
			case height == row && p.Ms == lo && hi > lo:
				b.WriteByte('_')
			case height == row:
				b.WriteByte('#')
			case height > row:
				b.WriteByte('|')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
}

// drawAges writes each column's age ("15s", "3m") from top to bottom.
func drawAges(b *strings.Builder, spikes []Spike, now int64) {
	labels := make([]string, len(spikes))
	rows := 0
	for i, p := range spikes {
		labels[i] = age(max(now-p.Time, 0))
		rows = max(rows, len(labels[i]))
	}
	for row := range rows {
		for _, l := range labels {
			if row < len(l) {
				b.WriteByte(l[row])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
}

func age(sec int64) string {
	switch {
	case sec < 60:
		return fmt.Sprintf("%ds", sec)
	case sec < 3600:
		return fmt.Sprintf("%dm", sec/60)
	case sec < 24*3600:
		return fmt.Sprintf("%dh", sec/3600)
	}
	return fmt.Sprintf("%dd", sec/(24*3600))
}
