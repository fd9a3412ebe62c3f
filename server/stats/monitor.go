package stats

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// historyLen is how many samples LATENCY HISTORY keeps of an event.
const historyLen = 160

// Spike is one sample of a latency event: the worst of its second.
type Spike struct {
	Time int64 // unix seconds
	Ms   int64
}

// Event is the state of one kind of latency event.
type Event struct {
	Name   string
	Latest Spike
	Max    int64 // ms, all time
}

// Monitor is the latency monitor: for each kind of event the last spikes at or
// above latency-monitor-threshold. Zero value: off.
type Monitor struct {
	threshold atomic.Int64 // ms; 0 off
	mu        sync.Mutex
	events    map[string]*series // guarded by mu
}

// series is the history of one event, oldest first.
type series struct {
	spikes []Spike
	max    int64
}

// SetThreshold sets latency-monitor-threshold (ms; 0: off).
func (m *Monitor) SetThreshold(ms int64) { m.threshold.Store(ms) }

// Threshold returns latency-monitor-threshold (ms; 0: off).
func (m *Monitor) Threshold() int64 { return m.threshold.Load() }

// Slow tells whether something of ns nanoseconds is a spike.
func (m *Monitor) Slow(ns int64) bool {
	t := m.threshold.Load()
	return t > 0 && ns >= t*1e6
}

// Add records a spike of an event ("command", "fast-command", "expire-cycle",
// "eviction-cycle", ...). Spikes of one second are merged into the worst.
func (m *Monitor) Add(event string, now, ms int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.events == nil {
		m.events = make(map[string]*series)
	}
	s := m.events[event]
	if s == nil {
		s = new(series)
		m.events[event] = s
	}
	s.add(Spike{now, ms})
}

func (s *series) add(p Spike) {
	s.max = max(s.max, p.Ms)
	if n := len(s.spikes); n > 0 && s.spikes[n-1].Time == p.Time {
		s.spikes[n-1].Ms = max(s.spikes[n-1].Ms, p.Ms)
		return
	}
	s.spikes = append(s.spikes, p)
	if over := len(s.spikes) - historyLen; over > 0 {
		s.spikes = append(s.spikes[:0], s.spikes[over:]...)
	}
}

// Events returns all events seen, by name (LATENCY LATEST).
func (m *Monitor) Events() []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Event, 0, len(m.events))
	for _, name := range m.names() {
		s := m.events[name]
		out = append(out, Event{name, s.spikes[len(s.spikes)-1], s.max})
	}
	return out
}

// names returns the events in order. m.mu is held.
func (m *Monitor) names() []string { return slices.Sorted(maps.Keys(m.events)) }

// History returns an event's spikes, oldest first.
func (m *Monitor) History(event string) []Spike {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.events[event]
	if s == nil {
		return nil
	}
	return append([]Spike(nil), s.spikes...)
}

// Reset forgets the named events, all when none is named, and returns how many
// there were.
func (m *Monitor) Reset(events ...string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(events) == 0 {
		n := len(m.events)
		m.events = nil
		return n
	}
	n := 0
	for _, e := range events {
		if _, ok := m.events[e]; ok {
			delete(m.events, e)
			n++
		}
	}
	return n
}
