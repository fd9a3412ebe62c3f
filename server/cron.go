package server

import (
	"runtime"
	"sync/atomic"
	"time"
)

// cron is the node's background work: one goroutine that wakes hz times a
// second. What may take long goes in slices of a millisecond with three of rest
// between them, each made of steps that hold no stripe for long: so that a loop
// finds a free processor and free stripes soon, whatever there is to do.
type cron struct {
	srv    *Server
	asleep atomic.Bool   // DEBUG PAUSE-CRON
	spent  atomic.Int64  // ns in steps
	frozen atomic.Bool   // DEBUG SET-ACTIVE-EXPIRE 0: expired entries stay until touched
	rush   chan struct{} // something cannot wait for the next period
	quit   chan struct{}
	done   chan struct{}
}

const (
	samplePeriod = 100 * time.Millisecond // of the rates that INFO shows
	slice        = time.Millisecond       // of background steps
	rest         = 3 * time.Millisecond   // until the next, if there is more to do
)

func startCron(srv *Server) *cron {
	c := &cron{srv: srv, rush: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c
}

// stop ends the goroutine and waits for it.
func (c *cron) stop() {
	close(c.quit)
	<-c.done
}

// hurry has the goroutine look now. Never blocks; any goroutine may call it.
func (c *cron) hurry() {
	select {
	case c.rush <- struct{}{}:
	default: // it will look anyway
	}
}

// period is the time between two looks; hz has Redis's bounds.
func (c *cron) period() time.Duration {
	return time.Second / time.Duration(min(max(c.srv.config.Int("hz"), 1), 500))
}

func (c *cron) run() {
	defer close(c.done)
	var sampled time.Time
	wait := c.period()
	for {
		select {
		case <-c.quit:
			return
		case <-c.rush:
		case <-time.After(wait):
		}
		wait = c.period()
		if c.asleep.Load() {
			continue
		}
		now := time.Now()
		if c.steps(now) {
			wait = min(wait, rest)
		}
		c.srv.evictClients()
		c.srv.saveIfDue(now)
		c.srv.rewriteIfDue(now)
		if now.Sub(sampled) >= samplePeriod {
			c.srv.sample(now.Sub(c.srv.started).Milliseconds())
			sampled = now
		}
	}
}

// steps does a slice of what waits to be done in the keyspace. True: there is more.
func (c *cron) steps(now time.Time) (more bool) {
	if c.srv.loads() {
		return false // what a log brings back may make expired keys live on
	}
	defer func() { c.spent.Add(int64(time.Since(now))) }()
	still := c.frozen.Load() || c.srv.pauses.active(now) // as in Redis, nothing expires while writes are put off
	for end := now.Add(slice); ; runtime.Gosched() {     // a loop that has work goes first
		due := !still && c.timed("expire-cycle", c.srv.engine.Expire)
		more = c.timed("maintenance", c.srv.engine.Tidy) || due
		if !more || time.Now().After(end) {
			return more
		}
	}
}

// timed does a step, and tells the latency monitor when it took long.
func (c *cron) timed(event string, step func(now int64) bool) (more bool) {
	began := time.Now()
	more = step(began.UnixMilli())
	c.srv.noteEvent(event, began)
	return more
}

// noteEvent tells the latency monitor of what began then and has just ended, if
// it took long.
func (srv *Server) noteEvent(event string, began time.Time) {
	if took := time.Since(began); srv.stats.Latency.Slow(int64(took)) {
		srv.stats.Latency.Add(event, began.Unix(), took.Milliseconds())
	}
}

// expireCycleMs is the time that the background steps took since the start.
func (srv *Server) expireCycleMs() int64 {
	return time.Duration(srv.cron.spent.Load()).Milliseconds()
}
