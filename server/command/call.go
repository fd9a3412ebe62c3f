package command

import (
	"cmp"
	"math"
	"math/bits"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// Call is one run of one command: all that its handler may know. The same call
// on the same content gives the same reply and leaves the same content.
// A Call is reused by its owner; nobody keeps one, nor its slices.
type Call struct {
	Cmd  *Command
	Args [][]byte         // name first; Args[0] of a subcommand is its container
	DB   *store.DB        // the selected database, stripes of the keys locked
	Now  int64            // ms since the epoch
	Rand Rand             // seeded by the call's origin
	Out  *protocol.Writer // takes the reply

	Settings *Settings // in force for this call; nil: the defaults
	NoTouch  bool      // the client asked that its reads leave recency alone

	// Events gathers what Notify was told, for those classes that Wanted names.
	// The owner empties it; keys are slices of the arguments or copies.
	Events []Event
	Wanted NotifyClass

	// Changes counts changes of the keyspace. 0 after a write: it had no effect,
	// so there is nothing to log, to invalidate or to guard against.
	Changes int

	// Kept: changes are kept in a log. A handler whose effect depends on how its
	// value lies in memory then says what to keep instead of its arguments.
	Kept    bool
	Instead [][]byte

	// Wait is set by Block: the call found nothing and is to be run again. NoWait
	// forbids it.
	Wait   *Wait
	NoWait bool

	// What the owner and the engine have between them; no handler looks.
	Origin  uint64   // the client that asked, for those who are told of changes
	Tracked bool     // the client wants to know when what it reads changes
	Ticket  any      // by what the engine knows the call while it waits
	Keys    [][]byte // scratch of the engine

	// Alone: nobody needs the stripes after the handler has looked. See free.
	Alone bool

	hashes openHash // the hash at hand
	sets   openSet  // the set at hand
	zsets  openZSet // the sorted set at hand

	lists    [2]value.List // the lists at hand
	listTurn uint8         // the one opened last

	streams value.Stream // the stream at hand
	scratch []byte
}

// Settings are those limits and choices of the configuration on which the outcome
// of a command depends. They travel with a call so that all replicas agree.
type Settings struct {
	MaxString int64 // longest string, bytes (proto-max-bulk-len)
	LazyDel   bool  // DEL frees as UNLINK does
	LazyFlush bool  // FLUSHALL frees in the background unless told SYNC
	SparseHLL int   // longest sparse HyperLogLog, bytes (hll-sparse-max-bytes)

	// Up to where collections stay packed; nil: Redis's defaults.
	Hash, Set, ZSet, List *value.Limits

	Stream *value.StreamLimits // of a stream's blocks; nil: Redis's defaults
}

var (
	defaultSettings = Settings{MaxString: 512 << 20, SparseHLL: 3000}
	defaultHash     = value.Limits{Entries: 512, Bytes: 64}
	defaultSet      = value.Limits{Entries: 128, Bytes: 64, Ints: 512}
	defaultZSet     = value.Limits{Entries: 128, Bytes: 64}
	defaultList     = value.Limits{Entries: math.MaxInt, Bytes: math.MaxInt, Node: 8 << 10}
)

func (s *Settings) hash() *value.Limits { return cmp.Or(s.Hash, &defaultHash) }
func (s *Settings) set() *value.Limits  { return cmp.Or(s.Set, &defaultSet) }
func (s *Settings) zset() *value.Limits { return cmp.Or(s.ZSet, &defaultZSet) }
func (s *Settings) list() *value.Limits { return cmp.Or(s.List, &defaultList) }

var defaultStream = value.StreamLimits{Entries: 100, Bytes: 4096}

func (s *Settings) stream() *value.StreamLimits { return cmp.Or(s.Stream, &defaultStream) }

func (c *Call) settings() *Settings {
	if c.Settings == nil {
		return &defaultSettings
	}
	return c.Settings
}

// argc is the number of arguments with the name.
func (c *Call) argc() int { return len(c.Args) }

// Rand is a small generator, seeded with the call (SplitMix64). The zero value is
// one, too: seed 0.
type Rand struct{ state uint64 }

// NewRand returns a generator with a seed.
func NewRand(seed uint64) Rand { return Rand{seed} }

// Seed returns the seed of a generator that goes on as this one.
func (r *Rand) Seed() uint64 { return r.state }

// Uint64 returns the next number.
func (r *Rand) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// IntN returns a number in [0, n); n > 0.
func (r *Rand) IntN(n int) int {
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// free gives the stripes to others while the handler of a reading command goes on
// with what it has pinned or copied: c.DB must not be used after it. Within EXEC and
// scripts, and for a client that tracks what it reads, it does nothing.
func (c *Call) free() {
	if c.Alone && len(c.Events) == 0 && c.Cmd.Is(Read) {
		c.DB.Unlock()
	}
}
