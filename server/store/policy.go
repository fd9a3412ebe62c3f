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

// SetPolicy changes the policy and loses no key: each stripe's new policy is
// filled in the order of the old one, coldest first. Stripes change one after
// another, each locked for some 100 ns an entry.
func (ks *Keyspace) SetPolicy(name string) error {
	ks.policyMu.Lock()
	defer ks.policyMu.Unlock()
	sc, err := newScheme(name, ks.o.Seed)
	if err != nil {
		return err
	}
	ks.scheme.Store(sc)
	for i := range ks.stripes {
		ks.stripes[i].repolicy(sc)
	}
	return nil
}

// repolicy fills a new policy.
func (s *stripe) repolicy(sc *scheme) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, was := s.policy, s.scheme
	s.setPolicy(sc)
	if s.policy != nil {
		if old != nil {
			old.Each(func(handle uint32) bool { s.retrack(handle); return true })
		}
		s.each(func(handle uint32) {
			if e := entry(s.heap.Bytes(handle)); old == nil || was.volatile && e[0]&hasTTL == 0 {
				s.retrack(handle)
			}
		})
	}
	s.remeasure()
	s.tell()
}

func (s *stripe) setPolicy(sc *scheme) {
	s.scheme = sc
	s.policy = sc.policy()
	s.counts, _ = s.policy.(eviction.Counter)
	s.cold.Store(unknown)
}

func (s *stripe) retrack(handle uint32) {
	s.track(handle, s.ks.hash.sum(s.key(s.heap.Bytes(handle))), false)
}

// each visits all entries of the stripe.
func (s *stripe) each(visit func(handle uint32)) {
	for _, ix := range s.ids {
		if ix == nil {
			continue
		}
		for from := uint64(0); from < 1<<32; {
			from = ix.next(from, func(_, handle uint32) bool { visit(handle); return true })
		}
	}
}

// tracked tells whether the policy knows an entry: all, or those with a TTL.
func (s *stripe) tracked(e entry) bool {
	return s.policy != nil && (e[0]&hasTTL != 0 || !s.scheme.volatile)
}

// track tells the policy of a written entry; was is whether it knows it.
func (s *stripe) track(handle uint32, hash uint64, was bool) {
	if s.policy == nil {
		return
	}
	e := entry(s.heap.Bytes(handle))
	switch is := s.tracked(e); {
	case is && was:
		s.policy.Update(handle, s.facts(e, hash))
	case is:
		s.policy.Add(handle, s.facts(e, hash))
		if s.cold.Load() == 0 {
			s.cold.Store(unknown)
		}
	case was:
		s.policy.Remove(handle)
	}
}

// facts is what the policy may know of an entry.
func (s *stripe) facts(e entry, hash uint64) eviction.Entry {
	return eviction.Entry{Hash: hash, Size: s.size(e), Expire: e.expireAt(), Tick: s.tick(false)}
}

// touch marks an access.
func (s *stripe) touch(handle uint32, e entry, hash uint64, now int64) {
	e.setClock(now)
	if s.tracked(e) {
		s.policy.Hit(handle, hash, s.tick(true))
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
