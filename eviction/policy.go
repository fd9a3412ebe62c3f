package eviction

import (
	"fmt"
	"slices"
	"strings"
)

// Entry is what a policy may know of the thing that lies in a slot.
type Entry struct {
	// Hash is the key's hash. Equal keys must have equal hashes; the policy
	// takes bits from all of it, so it should be a good one (xxhash, maphash).
	Hash uint64
	// Size is the number of bytes the entry is charged for.
	Size uint32
	// Expire is the time of expiry in milliseconds, 0 for never.
	Expire int64
	// Tick counts accesses over all instances that share one budget. It may
	// stay 0 if the policy's NeedsTick is false, or if there is one instance.
	Tick uint64
}

// Policy decides which entry of a full cache should go. It never deletes:
// the cache asks for a Victim, throws it out, and says so with Evict.
//
// Entries are known by slots: small dense numbers that the caller chooses
// and may use again as soon as Remove or Evict returned. A policy has no lock:
// calls to one instance must come one at a time.
type Policy interface {
	// Add tells of a new entry in a free slot.
	Add(slot uint32, e Entry)

	// Hit tells that the entry was read. It takes a few nanoseconds and
	// never allocates.
	Hit(slot uint32, hash, tick uint64)

	// Update tells that the entry was written again: overwritten, grown, or
	// given another expiry. It counts as an access.
	Update(slot uint32, e Entry)

	// Remove tells that the entry is gone for another reason than eviction:
	// deleted or expired.
	Remove(slot uint32)

	// Victim names the entry that should go next, false if there is none.
	// It may rearrange queues but removes nothing; the answer stays until
	// the next call that changes something.
	Victim() (slot uint32, ok bool)

	// Evict tells that the victim is gone. Policies with a memory of the
	// departed note its hash.
	Evict(slot uint32, hash uint64)

	// Coldness says how cold the present victim is, larger is colder, so
	// that several instances of one policy can share a budget: ask them all,
	// take the victim of the coldest. Zero if there is no victim.
	Coldness() uint64

	// NeedsTick says whether Coldness is drawn from the callers' ticks.
	NeedsTick() bool

	// Each calls yield for every slot, coldest first, until it returns
	// false. A new policy is filled in this order when policies are switched.
	Each(yield func(slot uint32) bool)

	// Len is the number of entries.
	Len() int

	// Bytes is the memory held for metadata, ghosts and sketches included. It
	// takes O(1).
	Bytes() int
}

// Counter is implemented by policies that can say how often an entry was
// used, on their own scale: lfu counts logarithmically as Redis does, the
// others up to a small maximum.
type Counter interface {
	Frequency(slot uint32) uint8
}

// Options are common to all policies. The zero value is good.
type Options struct {
	// Seed starts the policy's own random numbers, where it has any.
	Seed uint64
}

// Default is the name of the policy to take without further knowledge.
const Default = "adaptive"

// policies lists every policy by name, the default first.
var policies = []struct {
	name string
	new  func(Options) Policy
}{
	{"adaptive", func(Options) Policy { return NewAdaptive() }},
	{"lru", func(Options) Policy { return NewLRU() }},
	{"lfu", func(Options) Policy { return NewLFU() }},
	{"fifo", func(Options) Policy { return NewFIFO() }},
	{"random", func(o Options) Policy { return NewRandom(o.Seed) }},
	{"ttl", func(Options) Policy { return NewTTL() }},
	{"wtinylfu", func(o Options) Policy { return NewWTinyLFU(o.Seed) }},
	{"gdsf", func(Options) Policy { return NewGDSF() }},
}

// New returns an empty policy. The names are Redis's without their allkeys-
// or volatile-: that choice is made by what the caller adds.
func New(name string, o Options) (Policy, error) {
	for _, p := range policies {
		if p.name == name {
			return p.new(o), nil
		}
	}
	return nil, fmt.Errorf("eviction: no policy %q; there are %s", name, strings.Join(Names(), ", "))
}

// Names lists the policies that New knows, the default first.
func Names() []string {
	names := make([]string, 0, len(policies))
	for _, p := range policies {
		names = append(names, p.name)
	}
	return slices.Clip(names)
}
