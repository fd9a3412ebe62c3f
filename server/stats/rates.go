package stats

import "sync"

// rateSamples is how many samples an instantaneous figure averages: 1.6 s when
// sampled ten times a second, as in Redis.
const rateSamples = 16

// Rates holds the instantaneous figures of INFO. Zero value ready.
type Rates struct {
	mu     sync.Mutex
	meters map[string]*meter // guarded by mu
}

// meter averages the growth of one counter over the last samples.
type meter struct {
	lastTime  int64 // ms
	lastCount uint64
	started   bool
	samples   [rateSamples]float64 // per second
	next      int
}

// Sample tells the counter's value at a time (ms, monotonic). Cron calls it
// about ten times a second.
func (r *Rates) Sample(name string, nowMs int64, count uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.meters == nil {
		r.meters = make(map[string]*meter)
	}
	m := r.meters[name]
	if m == nil {
		m = new(meter)
		r.meters[name] = m
	}
	m.sample(nowMs, count)
}

// PerSecond returns the average growth of the named counter.
func (r *Rates) PerSecond(name string) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.meters[name]
	if m == nil {
		return 0
	}
	var sum float64
	for _, v := range m.samples {
		sum += v
	}
	return sum / rateSamples
}

// Reset forgets the samples.
func (r *Rates) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.meters = nil
}

func (m *meter) sample(now int64, count uint64) {
	if m.started && now > m.lastTime && count >= m.lastCount {
		m.samples[m.next] = float64(count-m.lastCount) * 1000 / float64(now-m.lastTime)
		m.next = (m.next + 1) % rateSamples
	}
	m.started, m.lastTime, m.lastCount = true, now, count
}
