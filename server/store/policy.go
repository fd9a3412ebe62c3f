package store

import (
	"fmt"
	"strings"

	"github.com/cachedserver/cached/eviction"
)

// scheme is a maxmemory-policy: a policy, and which entries it is told of.
type scheme struct {
	name     string // as the user says it
	kind     string // as package eviction says it; "": none
	volatile bool   // it knows only entries with a TTL
	ticking  bool   // it wants ticks of reads too
	seed     uint64
}

// noEviction is the name of the policy that refuses.
const noEviction = "noeviction"

// newScheme reads a maxmemory-policy name.
func newScheme(name string, seed uint64) (*scheme, error) {
	if name == "" || name == noEviction {
		return &scheme{name: noEviction}, nil
	}
	scope, kind, ok := strings.Cut(name, "-")
	if !ok || scope != "allkeys" && scope != "volatile" {
		return nil, fmt.Errorf("store: no policy %q", name)
	}
	p, err := eviction.New(kind, eviction.Options{Seed: seed})
	if err != nil {
		return nil, fmt.Errorf("store: policy %q: %w", name, err)
	}
	return &scheme{name: name, kind: kind, volatile: scope == "volatile", ticking: p.NeedsTick(), seed: seed}, nil
}

// policy returns a new instance, nil for none.
func (sc *scheme) policy() eviction.Policy {
	if sc.kind == "" {
		return nil
	}
	p, err := eviction.New(sc.kind, eviction.Options{Seed: sc.seed})
	if err != nil {
		panic(err) // newScheme has made one
	}
	return p
}

// Policy is the name of the policy.
func (ks *Keyspace) Policy() string { return ks.scheme.Load().name }

// setPolicy gives the stripe a policy that knows nothing.
func (s *stripe) setPolicy(sc *scheme) {
	s.scheme, s.change = sc, nil
	s.policy = sc.policy()
	s.counts, _ = s.policy.(eviction.Counter)
	s.cold.Store(unknown)
}

// covers tells whether the scheme's policy is for an entry: any, or one with a TTL.
func (sc *scheme) covers(e entry) bool {
	return sc.kind != "" && (e[0]&hasTTL != 0 || !sc.volatile)
}

// knower is the policy that knows an entry, nil if none does.
func (s *stripe) knower(handle uint32, e entry) eviction.Policy {
	if s.change != nil {
		return s.changing(handle, e)
	}
	if s.scheme.covers(e) {
		return s.policy
	}
	return nil
}

// track tells of a written entry; was is who knew it before.
func (s *stripe) track(handle uint32, hash uint64, was eviction.Policy) {
	if s.policy == nil {
		return
	}
	e := entry(s.heap.Bytes(handle))
	is := s.listener(handle, e)
	if is == was {
		if is != nil {
			is.Update(handle, s.facts(e, hash))
		}
		return
	}
	if was != nil {
		was.Remove(handle)
	}
	if is != nil {
		is.Add(handle, s.facts(e, hash))
		if s.change != nil && is == s.policy {
			s.change.mark(handle, true)
		}
		if s.cold.Load() == 0 {
			s.cold.Store(unknown)
		}
	}
}

// facts is what the policy may know of an entry.
func (s *stripe) facts(e entry, hash uint64) eviction.Entry {
	return eviction.Entry{Hash: hash, Size: s.size(e), Expire: e.expireAt(), Tick: s.tick(false)}
}

// touch marks an access.
func (s *stripe) touch(handle uint32, e entry, hash uint64, now int64) {
	e.setClock(now)
	if p := s.knower(handle, e); p != nil {
		p.Hit(handle, hash, s.tick(true))
	}
}

// tick counts accesses of the node, so that stripes can compare. Writes always
// count; reads, which would fight for the counter, only if the policy asks.
func (s *stripe) tick(read bool) uint64 {
	if len(s.ks.stripes) == 1 || read && !s.scheme.ticking {
		return 0
	}
	return s.ks.ticks.Add(1)
}
