package store

import (
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/cachedserver/cached/server/store/heap"
)

// PinMin is the length from which a value is better pinned than copied.
const PinMin = 32 << 10

// Options configure a keyspace. The zero value is good but for Seed.
type Options struct {
	Databases int    // 0: 16
	Stripes   int    // a power of two up to 256; 0: by MaxMemory
	MaxMemory int64  // bytes; 0: no bound
	Policy    string // a maxmemory-policy name; "": noeviction
	Seed      uint64 // of the key hash: random, and secret lest keys be made to collide
	// Removed, if set, is told of each key that expires, is evicted or loses
	// expired fields, under its stripe's lock: it must be quick, and keep no
	// slice of key.
	Removed func(db int, key []byte, why Removal)
}

// Removal is why a key left without a command that asked for it.
type Removal uint8

// The reasons that Options.Removed is told.
const (
	Expired Removal = iota
	Evicted
	FieldsExpired // fields of its hash have expired; the key stays
	Emptied       // the last field of its hash has expired
)

// Keyspace is all databases of a node. Its methods may be called by any
// goroutine.
type Keyspace struct {
	o         Options
	hash      hasher
	bits      uint // log2 of the number of stripes
	stripes   []stripe
	arena     *heap.Arena
	pageBytes int
	pins      pins
	trash     trash

	maxMemory atomic.Int64
	limit     atomic.Int64 // of used; see setLimit
	tight     atomic.Bool  // resident is at maxMemory: compact before taking pages

	policyMu  sync.Mutex // one change of the policy at a time
	scheme    atomic.Pointer[scheme]
	turn      atomic.Uint32
	turns     atomic.Uint32 // of Maintain
	calm      atomic.Uint32 // how many of them in a row had nothing to do
	snapshots atomic.Bool   // one is being read
	queues    atomic.Bool   // a list or stream was created

	_        [64]byte
	used     atomic.Int64 // sums of the stripes, each a batch late
	dataset  atomic.Int64
	metadata atomic.Int64 // part of used that is not in the arena
	external atomic.Int64
	batch    atomic.Int64 // how far a stripe may be ahead of the sums

	_     [64]byte
	ticks atomic.Uint64
	_     [64]byte
}

const (
	oneStripe   = 64 << 20 // up to this maxmemory there is one
	stripeBytes = 32 << 20 // maxmemory for each further one
	maxStripes  = 256
	smallPages  = 32 << 10
	largePages  = 64 << 10
)

// Open returns an empty keyspace.
func Open(o Options) (*Keyspace, error) {
	if o.Databases == 0 {
		o.Databases = 16
	}
	if o.Stripes == 0 {
		o.Stripes = stripesFor(o.MaxMemory)
	}
	if o.Stripes&(o.Stripes-1) != 0 || o.Stripes > maxStripes {
		return nil, fmt.Errorf("store: %d stripes: want a power of two up to %d", o.Stripes, maxStripes)
	}
	if o.Databases > 1<<16 {
		return nil, fmt.Errorf("store: %d databases: at most %d", o.Databases, 1<<16)
	}
	ks := &Keyspace{
		o: o, hash: newHasher(o.Seed), bits: uint(bits.TrailingZeros(uint(o.Stripes))),
		stripes: make([]stripe, o.Stripes), arena: heap.NewArena(), pageBytes: largePages,
	}
	if o.Stripes == 1 && o.MaxMemory > 0 {
		ks.pageBytes = smallPages
	}
	ks.SetMaxMemory(o.MaxMemory)
	sc, err := newScheme(o.Policy, o.Seed)
	if err != nil {
		return nil, err
	}
	ks.scheme.Store(sc)
	for i := range ks.stripes {
		ks.stripes[i].open(ks)
	}
	return ks, nil
}

// stripesFor is how many stripes suit a bound: one where each byte counts, no
// more than the processors can use.
func stripesFor(maxMemory int64) int {
	most := max(16, 1<<bits.Len(uint(8*runtime.GOMAXPROCS(0)-1)))
	most = min(most, maxStripes)
	if maxMemory <= 0 {
		return most
	}
	if maxMemory < oneStripe {
		return 1
	}
	return min(most, 1<<(bits.Len64(uint64(maxMemory/stripeBytes))-1))
}

// Close gives all memory back. Nothing may be used afterwards.
func (ks *Keyspace) Close() error { return ks.arena.Close() }

// Queues tells whether a list or a stream was ever created: kinds that programs
// use as queues.
func (ks *Keyspace) Queues() bool { return ks.queues.Load() }

// Databases is how many databases there are.
func (ks *Keyspace) Databases() int { return ks.o.Databases }

// Stripes is how many stripes there are.
func (ks *Keyspace) Stripes() int { return len(ks.stripes) }

// stripe returns the stripe of a hash: its top bits.
func (ks *Keyspace) stripe(hash uint64) *stripe { return &ks.stripes[hash>>(64-ks.bits)] }

// frag returns the 32 bits of a hash that order it in its stripe.
func (ks *Keyspace) frag(hash uint64) uint32 { return uint32(hash << ks.bits >> 32) }
