package server

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/server/command"
)

// pauses is CLIENT PAUSE: until a time, commands are put off, all or only those
// that write. Their sessions are parked with the command unread, and look again
// when they are woken.
type pauses struct {
	until atomic.Int64 // ms; 0: no pause
	all   atomic.Bool  // not writes alone

	mu     sync.Mutex
	parked map[*session]struct{} // guarded by mu
	alarm  *time.Timer           // guarded by mu; ends the pause
}

// holds tells whether a command of such flags has to wait.
func (p *pauses) holds(need command.Flags, now int64) bool {
	return p.until.Load() != 0 && p.holdsNow(need, now)
}

func (p *pauses) holdsNow(need command.Flags, now int64) bool {
	return now < p.until.Load() && (p.all.Load() || need&(command.Write|command.MayReplicate) != 0)
}

// active tells whether anything is put off.
func (p *pauses) active(now time.Time) bool { return now.UnixMilli() < p.until.Load() }

// begin starts a pause or, as in Redis, makes the present one longer or wider,
// never shorter.
func (p *pauses) begin(now time.Time, d time.Duration, all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	running := p.until.Load() > now.UnixMilli()
	p.all.Store(all || running && p.all.Load())
	if end := now.Add(d).UnixMilli(); end > p.until.Load() {
		p.until.Store(end)
		p.ring(d)
	}
}

// ring sets the alarm. Called with mu held.
func (p *pauses) ring(d time.Duration) {
	if p.alarm != nil {
		p.alarm.Stop()
	}
	p.alarm = time.AfterFunc(d, p.expire)
}

// expire ends the pause unless it was made longer meanwhile.
func (p *pauses) expire() {
	if time.Now().UnixMilli() >= p.until.Load() {
		p.end()
	}
}

// end lets everybody go on.
func (p *pauses) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until.Store(0)
	p.all.Store(false)
	if p.alarm != nil {
		p.alarm.Stop()
	}
	for s := range p.parked {
		s.clear(waiting)
		s.conn.Wake()
	}
	p.parked = nil
}

func (p *pauses) add(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.Load() == 0 {
		s.clear(waiting)
		s.conn.Wake() // it ended while the session was on its way here
		return
	}
	if p.parked == nil {
		p.parked = make(map[*session]struct{})
	}
	p.parked[s] = struct{}{}
}

func (p *pauses) remove(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.parked, s)
}

// len is how many sessions wait.
func (p *pauses) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.parked)
}

// postpone parks the session with its command unread.
func (s *session) postpone() (taken bool) {
	s.set(waiting)
	s.conn.Park()
	s.srv.pauses.add(s)
	return false
}
