package stats

// runMax is how many commands may share one reading of the clock.
const runMax = 8

// Run is a Timer for pipelines. Reading the clock costs 22 ns, 6 % of a
// pipelined GET, so up to eight calls of one fast command in a row are timed
// together and each is recorded with an equal share. A lone command is timed
// alone, as all are while somebody looks closely: the latency monitor is on, or
// the slow log's threshold is below a millisecond. What is lost is a pause
// inside a deep pipeline: it shows as eight slower calls instead of one slow.
//
// Zero value: set Shard first. Start begins a batch, End ends it; between them
// each call is told by Note or Lap. Like the shard it belongs to one goroutine
// at a time.
type Run struct {
	Shard *Shard
	timer Timer
	cmd   int // of the calls not yet recorded
	calls int // 0..runMax-1 between calls of Note
}

// Start begins a batch of commands.
func (r *Run) Start() { r.timer.Start() }

// Note tells of a call of a fast command that succeeded. Where that ends a run
// it is recorded and its time returned, in nanoseconds; else 0.
func (r *Run) Note(cmd int) (ns int64) {
	if r.calls > 0 && r.cmd != cmd {
		ns = r.End()
	}
	r.cmd = cmd
	if r.calls++; r.calls == runMax || r.Shard.owner.exact() {
		ns = max(ns, r.End())
	}
	return ns
}

// Lap is for a call that is timed alone: it returns its time, which the caller
// records.
func (r *Run) Lap() int64 {
	r.End()
	return r.timer.Lap()
}

// End records what Note has gathered and returns its time, 0 if there is
// nothing.
func (r *Run) End() (ns int64) {
	if r.calls == 0 {
		return 0
	}
	ns = r.timer.Lap()
	r.Shard.recordRun(r.cmd, r.calls, ns)
	r.calls = 0
	return ns
}

// exact tells whether somebody looks at single calls.
func (s *Stats) exact() bool {
	slow := s.Slowlog.threshold.Load()
	return slow >= 0 && slow < 1000 || s.Latency.threshold.Load() > 0
}
