package sim

import (
	"fmt"

	"github.com/cachedserver/cached/eviction"
)

// Setup says how a trace is played.
type Setup struct {
	// Policy is a name that eviction.New knows, or "min" for Belady's optimum.
	Policy string
	// Capacity is what the cache holds: values if Unit, else bytes.
	Capacity int64
	// Unit makes every value count 1, as papers do.
	Unit bool
	// Overhead is charged for each value beside its size, unless Unit.
	Overhead int64
	// Instances share the capacity, each with its own policy; 0 means 1.
	Instances int
	// Rate is the number of requests a second, for traces with TTLs; 0 means
	// DefaultRate.
	Rate int
	// Seed is given to the policy.
	Seed uint64
}

// DefaultRate is assumed for traces with TTLs, as they carry no times.
const DefaultRate = 10_000

// Result counts what a played trace asked and found. Writes are neither.
type Result struct {
	Requests int64 `json:"requests"`
	Hits     int64 `json:"hits"`
	Bytes    int64 `json:"bytes"`
	HitBytes int64 `json:"hit_bytes"`
	Evicted  int64 `json:"evicted"`
	Expired  int64 `json:"expired"`
	// Entries and Metadata (in bytes) are what the cache held at the end.
	Entries  int64 `json:"entries"`
	Metadata int64 `json:"metadata_bytes"`
}

// HitRatio is the share of reads that found their key.
func (r Result) HitRatio() float64 { return ratio(r.Hits, r.Requests) }

// ByteHitRatio is the share of bytes asked for that were found.
func (r Result) ByteHitRatio() float64 { return ratio(r.HitBytes, r.Bytes) }

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Play runs a trace through an empty cache.
func Play(t *Trace, s Setup) (Result, error) {
	if s.Capacity <= 0 {
		return Result{}, fmt.Errorf("a cache of size %d holds nothing", s.Capacity)
	}
	if s.Policy == Belady {
		return playBelady(t, s), nil
	}
	c, err := newCache(t, s)
	if err != nil {
		return Result{}, err
	}
	for i := range t.Keys {
		c.request(i)
	}
	return c.finish(), nil
}

// cache is a look-aside cache of one trace's keys: a read that misses stores
// the value. What expired is gone at once, before any victim.
type cache struct {
	t         *Trace
	s         Setup
	where     []place // by key
	instances []instance
	used      int64
	due       [][]uint32 // keys by the second after which they may have expired
	second    int64
	now       int64 // ms
	result    Result
}

// place is where a key lies. The zero place is nowhere.
type place struct {
	slot   uint32 // + 1
	size   uint32
	expire int64 // ms, 0 never
}

type instance struct {
	policy eviction.Policy
	keys   []uint32 // by slot
	free   []uint32 // slots
}

func newCache(t *Trace, s Setup) (*cache, error) {
	s.Instances = max(s.Instances, 1)
	if s.Rate <= 0 {
		s.Rate = DefaultRate
	}
	c := &cache{t: t, s: s, where: make([]place, t.Distinct)}
	for i := range s.Instances {
		p, err := eviction.New(s.Policy, eviction.Options{Seed: s.Seed + uint64(i)})
		if err != nil {
			return nil, err
		}
		c.instances = append(c.instances, instance{policy: p})
	}
	if t.TTLs != nil {
		c.due = make([][]uint32, 2+len(t.Keys)/s.Rate)
	}
	return c, nil
}

func (c *cache) request(i int) {
	key, size := c.t.Keys[i], c.size(i)
	hash := hashOf(key)
	if c.t.TTLs != nil {
		c.clock(i)
	}
	at := &c.where[key]
	if c.t.Writes != nil && c.t.Writes[i] {
		c.store(i, key, hash, size)
		return
	}
	c.result.Requests++
	c.result.Bytes += int64(c.t.Sizes[i])
	if at.slot == 0 {
		c.store(i, key, hash, size)
		return
	}
	c.result.Hits++
	c.result.HitBytes += int64(c.t.Sizes[i])
	c.instance(hash).policy.Hit(at.slot-1, hash, uint64(i))
}

func (c *cache) size(i int) uint32 {
	if c.s.Unit {
		return 1
	}
	return c.t.Sizes[i] + uint32(c.s.Overhead)
}

func (c *cache) instance(hash uint64) *instance {
	return &c.instances[(hash>>32)*uint64(len(c.instances))>>32]
}

// store puts the value in; one that is larger than the cache leaves at once.
func (c *cache) store(i int, key uint32, hash uint64, size uint32) {
	in, at := c.instance(hash), &c.where[key]
	e := eviction.Entry{Hash: hash, Size: size, Expire: c.expiry(i, key), Tick: uint64(i)}
	if int64(size) > c.s.Capacity {
		if at.slot != 0 {
			c.remove(key, hash)
		}
		return
	}
	if at.slot != 0 {
		c.used += int64(size) - int64(at.size)
		at.size, at.expire = size, e.Expire
		in.policy.Update(at.slot-1, e)
		c.makeRoom(0)
		return
	}
	c.makeRoom(int64(size))
	slot := in.take(key)
	*at = place{slot: slot + 1, size: size, expire: e.Expire}
	c.used += int64(size)
	in.policy.Add(slot, e)
}

func (in *instance) take(key uint32) uint32 {
	if n := len(in.free); n > 0 {
		slot := in.free[n-1]
		in.free = in.free[:n-1]
		in.keys[slot] = key
		return slot
	}
	in.keys = append(in.keys, key)
	return uint32(len(in.keys) - 1)
}

func (c *cache) makeRoom(need int64) {
	for c.used+need > c.s.Capacity {
		in := c.coldest()
		slot, ok := in.policy.Victim()
		if !ok {
			panic("sim: a full cache has no victim")
		}
		key := in.keys[slot]
		in.policy.Evict(slot, hashOf(key))
		c.leave(in, key)
		c.result.Evicted++
	}
}

func (c *cache) coldest() *instance {
	best := &c.instances[0]
	if len(c.instances) == 1 {
		return best
	}
	var coldness uint64
	for i := range c.instances {
		if d := c.instances[i].policy.Coldness(); d > coldness {
			best, coldness = &c.instances[i], d
		}
	}
	return best
}

func (c *cache) remove(key uint32, hash uint64) {
	in := c.instance(hash)
	in.policy.Remove(c.where[key].slot - 1)
	c.leave(in, key)
}

func (c *cache) leave(in *instance, key uint32) {
	at := &c.where[key]
	in.free = append(in.free, at.slot-1)
	c.used -= int64(at.size)
	*at = place{}
}

// expiry is when request i's value expires. It also remembers to look then.
func (c *cache) expiry(i int, key uint32) int64 {
	if c.t.TTLs == nil || c.t.TTLs[i] == 0 {
		return 0
	}
	at := c.now + int64(c.t.TTLs[i])*1000
	if s := at / 1000; s < int64(len(c.due)) {
		c.due[s] = append(c.due[s], key)
	}
	return at
}

// clock moves the time on to request i and removes what expired by then.
// A second's keys are looked at until the second is over.
func (c *cache) clock(i int) {
	c.now = int64(i) * 1000 / int64(c.s.Rate)
	if at := &c.where[c.t.Keys[i]]; at.slot != 0 && at.expire != 0 && at.expire <= c.now {
		c.expire(c.t.Keys[i])
	}
	for ; c.second < c.now/1000; c.second++ {
		for _, key := range c.due[c.second] {
			if at := &c.where[key]; at.slot != 0 && at.expire != 0 && at.expire <= c.now {
				c.expire(key)
			}
		}
		c.due[c.second] = nil
	}
}

func (c *cache) expire(key uint32) {
	c.remove(key, hashOf(key))
	c.result.Expired++
}

func (c *cache) finish() Result {
	r := c.result
	for i := range c.instances {
		r.Entries += int64(c.instances[i].policy.Len())
		r.Metadata += int64(c.instances[i].policy.Bytes())
	}
	return r
}

// hashOf spreads a key's number over 64 bits (the finalizer of splitmix64).
func hashOf(key uint32) uint64 {
	x := uint64(key) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
