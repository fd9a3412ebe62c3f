package network

import (
	"log/slog"
	"runtime"
	"time"
)

// Options are fixed when a server is made, except for Limits.
type Options struct {
	// Loops is the number of event loops; 0: chosen by GOMAXPROCS. Systems
	// without loops ignore it.
	Loops int
	// Goroutines serves every connection by a goroutine of its own, as is
	// done for TLS and where there are no loops.
	Goroutines bool
	// Limits are those at the start; [Server.SetLimits] changes them.
	Limits Limits
	// Charge is told of every change in bytes of buffers that connections
	// own, from any goroutine; nil: nobody counts.
	Charge func(delta int64)
	// Commit is called on a connection's thread before replies are sent, for what
	// they tell may have to be on disk first: it may wait. nil: nothing must.
	Commit func()
	// Log gets what an operator should know; nil: slog.Default().
	Log *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Limits bound what clients may take. They may change while a server runs.
// Zero means no limit unless the field says otherwise.
type Limits struct {
	MaxClients int
	// Idle closes connections that sent nothing for so long ("timeout").
	// Parked and pub/sub connections and replicas are exempt.
	Idle time.Duration
	// KeepAlive is the time of silence after which TCP probes the peer.
	KeepAlive time.Duration
	// QueryBuffer bounds the bytes of a command that is not yet complete;
	// 0: 1 GiB ("client-query-buffer-limit").
	QueryBuffer int
	// Output bounds unread replies, by Class ("client-output-buffer-limit").
	Output [classes]OutputLimit
	// Unread is how many bytes of replies a client may leave unread before no
	// further command of its pipeline is executed; 0: 8 MiB. It holds while
	// all clients together left less than UnreadTotal, 0: 64 MiB; above it no
	// client that has unread replies is served. Neither closes a connection.
	Unread, UnreadTotal int
	// PartialTotal bounds the buffers of incomplete commands of all clients
	// together; over it, the client with the largest is cut. 0: 1 GiB.
	PartialTotal int
	// Handshake bounds the time of a TLS handshake; 0: 10 s.
	Handshake time.Duration
}

// OutputLimit closes a connection with more than Hard bytes of unread
// replies, or with more than Soft bytes for SoftTime. Zero: no limit.
type OutputLimit struct {
	Hard, Soft int
	SoftTime   time.Duration
}

// Class says which output limit holds for a connection.
type Class uint8

// The classes of redis.conf's client-output-buffer-limit.
const (
	Normal Class = iota
	Replica
	PubSub
	classes
)

// DefaultLimits are redis.conf's.
func DefaultLimits() Limits {
	return Limits{
		MaxClients: 10000,
		KeepAlive:  300 * time.Second,
		Output: [classes]OutputLimit{
			Replica: {Hard: 256 << 20, Soft: 64 << 20, SoftTime: 60 * time.Second},
			PubSub:  {Hard: 32 << 20, Soft: 8 << 20, SoftTime: 60 * time.Second},
		},
	}
}

func (o Options) withDefaults() Options {
	if o.Loops <= 0 {
		o.Loops = defaultLoops(runtime.GOMAXPROCS(0))
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Charge == nil {
		o.Charge = func(int64) {}
	}
	if o.Commit == nil {
		o.Commit = func() {}
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.QueryBuffer, 1<<30)
	orDefault(&l.Unread, 8<<20)
	orDefault(&l.UnreadTotal, 64<<20)
	orDefault(&l.PartialTotal, 1<<30)
	orDefault(&l.Handshake, 10*time.Second)
	return l
}

func orDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// defaultLoops leaves threads for workers and the collector on large machines.
func defaultLoops(procs int) int { return max(1, procs/2) }
