package server

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/script"
)

// scripting is the node's scripts: those it knows and those that run.
//
// A script without loops runs where its client is served. Any other may take
// long while it holds stripes, so it runs on a worker, and until it ends no loop
// takes a stripe: commands that may need one are put off, with their sessions
// parked, and answered BUSY once it has run for busy-reply-threshold. Whoever
// needs no stripe (PING, SCRIPT KILL, CLIENT...) is served all the time.
type scripting struct {
	*script.Interpreter
	workers *engine.Workers
	hosts   sync.Pool // of *scriptHost

	active atomic.Int32 // scripts on workers, from before they take a stripe
	late   atomic.Bool  // one of them has run for too long

	mu     sync.Mutex
	runs   map[*running]struct{} // guarded by mu; what active counts, and has begun
	parked map[*session]struct{} // guarded by mu
}

// running is a script on a worker.
type running struct {
	run      *script.Run
	function bool
	name     string   // of the function
	args     [][]byte // the call
	began    time.Time
	alarm    *time.Timer
}

const (
	// scriptWorkers bounds the scripts that run, or wait for each other's stripes.
	scriptWorkers = 64
	// patience is how long a loop waits for a script before it parks the session
	// that needs it to end: most are over by then.
	patience = 50 * time.Microsecond
	// idleStates is how many Lua states are kept; one takes some 150 KB.
	idleStates = 8
)

func (srv *Server) openScripting() {
	srv.scripts.Interpreter = script.New(srv.table, idleStates)
	srv.scripts.workers = engine.NewWorkers(scriptWorkers)
	srv.scripts.hosts.New = newHost
	srv.scripts.runs = map[*running]struct{}{}
}

// closeScripting ends what runs.
func (srv *Server) closeScripting() {
	sc := &srv.scripts
	sc.mu.Lock()
	for r := range sc.runs {
		r.run.Abort()
	}
	sc.mu.Unlock()
	sc.workers.Wait()
}

// needsStripe tells whether a command may look at the keyspace.
func needsStripe(cmd *command.Command) bool {
	if cmd.Is(command.AllowBusy) {
		return cmd.Group == "transactions" && cmd.HasKeys() // WATCH
	}
	return cmd.Group != "connection" && cmd.Group != "pubsub"
}

// holdUp is the gate before stripes: while a script runs on a worker, a command
// that may need one is put off, or answered BUSY. Neither: it may go on.
func (s *session) holdUp() (putOff bool, err error) {
	sc := &s.srv.scripts
	for end := time.Now().Add(patience); time.Now().Before(end); runtime.Gosched() {
		if sc.active.Load() == 0 {
			return false, nil
		}
		if sc.late.Load() {
			return false, sc.busy()
		}
	}
	s.conn.Park()
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.active.Load() == 0 || sc.late.Load() {
		s.conn.Wake() // it changed while the session was on its way here
		return true, nil
	}
	if sc.parked == nil {
		sc.parked = map[*session]struct{}{}
	}
	sc.parked[s] = struct{}{}
	return true, nil
}

// busy is the answer while a script runs for too long.
func (sc *scripting) busy() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for r := range sc.runs {
		if r.function {
			return errBusyFunction
		}
	}
	return protocol.ErrBusy
}

// unpark forgets a session that has closed.
func (sc *scripting) unpark(s *session) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	delete(sc.parked, s)
}

// wake has those who were put off try again. Called with mu held.
func (sc *scripting) wake() {
	for s := range sc.parked {
		s.conn.Wake()
	}
	sc.parked = nil
}

// enter is called on the loop that hands a script to a worker, so that it sees
// the gate shut at once.
func (sc *scripting) enter() { sc.active.Add(1) }

// leave opens the gate when the last script has let go of its stripes.
func (sc *scripting) leave() {
	if sc.active.Add(-1) == 0 {
		sc.mu.Lock()
		sc.wake()
		sc.mu.Unlock()
	}
}

// begin notes that a script runs, and has the others told when it takes too long.
func (sc *scripting) begin(r *running, threshold time.Duration) {
	r.began = time.Now()
	if threshold > 0 {
		r.alarm = time.AfterFunc(threshold, sc.tooLate)
	}
	sc.mu.Lock()
	sc.runs[r] = struct{}{}
	sc.mu.Unlock()
}

func (sc *scripting) tooLate() {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if len(sc.runs) > 0 {
		sc.late.Store(true)
		sc.wake()
	}
}

func (sc *scripting) end(r *running) {
	if r.alarm != nil {
		r.alarm.Stop()
	}
	sc.mu.Lock()
	delete(sc.runs, r)
	if len(sc.runs) == 0 {
		sc.late.Store(false)
	}
	sc.mu.Unlock()
}

// soonEnough is how long a loop waits for a script that it has handed to a worker:
// most are over by then, and their session need not be parked and woken.
const soonEnough = 300 * time.Microsecond

// handOver has a worker run a job that runs scripts. The session is parked only
// if that takes long.
func (s *session) handOver(j *job, l *lane) {
	j.from, j.soon = l, make(chan struct{}, 1)
	s.srv.scripts.enter()
	s.srv.scripts.workers.Go(j.run)
	if j.overSoon(l) {
		j.conclude(s.conn)
		l.call.DB.Select(int(s.db.Load())) // an EXEC with scripts may have changed it
		return
	}
	s.conn.Park()
}

// overSoon waits for the job a little. The loop takes no stripe meanwhile, so its
// turn counts as over.
func (j *job) overSoon(l *lane) bool {
	l.turn.Add(1)
	defer l.turn.Add(1)
	if l.alarm == nil {
		l.alarm = time.NewTimer(soonEnough)
	} else {
		l.alarm.Reset(soonEnough)
	}
	defer l.alarm.Stop()
	select {
	case <-j.soon:
		return true
	case <-l.alarm.C:
	}
	if j.end.CompareAndSwap(0, left) {
		return false
	}
	<-j.soon
	return true
}

// settle waits until no other loop is in a turn that began before the gate was
// shut: such a turn may be about to take a stripe, and would wait for the script.
func (srv *Server) settleLoops(own *lane) {
	for _, l := range srv.lanes {
		turn := l.turn.Load()
		for l != own && turn&1 == 1 && l.turn.Load() == turn {
			runtime.Gosched()
		}
	}
}

// kill is SCRIPT KILL and FUNCTION KILL.
func (sc *scripting) kill(function bool) error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	err := error(errNotBusy)
	for r := range sc.runs {
		switch {
		case r.function != function && r.function:
			err = errBusyFunction
		case r.function != function:
			err = protocol.ErrBusy
		case !r.run.Kill():
			return errUnkillable
		default:
			err = nil
		}
	}
	return err
}
