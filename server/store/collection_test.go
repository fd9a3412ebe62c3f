package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/cachedserver/cached/eviction"
	"github.com/cachedserver/cached/server/value"
)

var wide = value.Limits{Entries: 128, Bytes: 64, Ints: 512}

// collections plays on sets, and on hashes whose fields end, in a keyspace and on
// Go maps. A set is a hash whose values are empty, to the model.
type collections struct {
	t   *testing.T
	ks  *Keyspace
	db  *DB
	rng *rand.Rand
	m   map[string]*collection // "db key"
	now int64
}

type collection struct {
	kind   Kind
	fields map[string]field
	expire int64
}

type field struct {
	val string
	at  int64
}

func newCollections(t *testing.T, o Options) *collections {
	o.Seed = rand.Uint64()
	t.Logf("seed %d", o.Seed)
	ks, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ks.Close() })
	c := &collections{t, ks, ks.View(), rand.New(rand.NewPCG(o.Seed, 3)), map[string]*collection{}, 1_700_000_000_000}
	c.db.Begin(c.now, false)
	return c
}

func (c *collections) name(key string) string { return fmt.Sprint(c.db.Index(), " ", key) }

func (c *collections) key() string { return "key:" + strconv.Itoa(c.rng.IntN(30)) }

// member is an integer or a word, now and then a long one.
func (c *collections) member() string {
	n := c.rng.IntN(700)
	switch {
	case n < 300:
		return strconv.Itoa(n)
	case n == 300:
		return string(bytes.Repeat([]byte("long"), c.rng.IntN(20<<10)))
	}
	return "member:" + strconv.Itoa(n)
}

// live returns the model's collection, made if need be, without dead fields.
func (c *collections) live(key string, kind Kind) *collection {
	m := c.m[c.name(key)]
	if m == nil || m.dead(c.now) {
		m = &collection{kind: kind, fields: map[string]field{}}
		c.m[c.name(key)] = m
	}
	return m
}

// dead tells whether the collection is past its expiry, or each of its fields is.
func (m *collection) dead(now int64) bool {
	if m.expire != 0 && m.expire <= now {
		return true
	}
	for _, f := range m.fields {
		if f.at == 0 || f.at > now {
			return false
		}
	}
	return true
}

func (m *collection) purge(now int64) {
	maps.DeleteFunc(m.fields, func(_ string, f field) bool { return f.at != 0 && f.at <= now })
}

// open returns the item of a key, made if it is not there.
func (c *collections) open(key string, kind Kind) *Item {
	it, have, ok := c.db.Item([]byte(key))
	switch {
	case ok && have == kind:
		return it
	case kind == Set:
		return c.db.Create([]byte(key), Set, IntSet, 0)
	}
	return c.db.Create([]byte(key), Hash, ListPack, value.EmptyPacked)
}

func (c *collections) add(key, m string) {
	model := c.live(key, Set)
	if model.kind != Set {
		*model = collection{kind: Set, fields: map[string]field{}}
	}
	s := value.OpenSet(c.open(key, Set), &wide)
	_, had := model.fields[m]
	if s.Add([]byte(m)) == had {
		c.t.Fatalf("Add %q to %q: there is %v", m, key, had)
	}
	model.fields[m] = field{}
}

func (c *collections) set(key, m string) {
	model := c.live(key, Hash)
	if model.kind != Hash {
		*model = collection{kind: Hash, fields: map[string]field{}}
	}
	f := field{val: c.member()}
	if c.rng.IntN(4) == 0 {
		f.at = c.now + 1 + c.rng.Int64N(4000)
	}
	it := c.open(key, Hash)
	h := value.OpenHash(it, &wide)
	h.Purge(c.now, 1<<30)
	h.Set([]byte(m), []byte(f.val), f.at)
	it.Remind(f.at)
	model.purge(c.now)
	model.fields[m] = f
}

func (c *collections) remove(key, m string) {
	it, kind, ok := c.db.Item([]byte(key))
	if !ok {
		return
	}
	model := c.live(key, kind)
	n := 0
	if kind == Set {
		s := value.OpenSet(it, &wide)
		s.Remove([]byte(m))
		n = s.Len()
	} else {
		h := value.OpenHash(it, &wide)
		h.Purge(c.now, 1<<30)
		h.Delete([]byte(m))
		n = h.Len()
	}
	model.purge(c.now)
	delete(model.fields, m)
	if n == 0 {
		c.db.Delete([]byte(key))
		delete(c.m, c.name(key))
	}
}

// union stores two sets' union, as SUNIONSTORE does.
func (c *collections) union(a, b, dst string) {
	var sets []value.Set
	all := map[string]field{}
	for _, key := range []string{a, b} {
		if it, kind, ok := c.db.ReadItem([]byte(key)); ok && kind == Set {
			own := *it
			sets = append(sets, value.OpenSet(&own, &wide))
			maps.Copy(all, c.m[c.name(key)].fields)
		}
	}
	it := c.db.Scratch([]byte(dst), Set, IntSet)
	sum := value.OpenSet(it, &wide)
	for i := range sets {
		for m := range sets[i].Each {
			sum.Add(m)
		}
	}
	if sum.Len() == 0 {
		c.db.Discard(it)
		return
	}
	c.db.Adopt([]byte(dst), it)
	c.m[c.name(dst)] = &collection{kind: Set, fields: all}
}

// pass lets time pass and the store expire what is due.
func (c *collections) pass() {
	c.now += c.rng.Int64N(1000)
	c.db.Begin(c.now, false)
	if c.rng.IntN(2) == 0 {
		for more := true; more; {
			_, more = c.ks.ExpireStep(c.now, 1+c.rng.IntN(100))
		}
		for key, m := range c.m {
			m.purge(c.now)
			if m.dead(c.now) || len(m.fields) == 0 {
				delete(c.m, key)
			}
		}
		if got := c.keys(); got != len(c.m) {
			c.t.Fatalf("%d keys after all that is due has gone, want %d", got, len(c.m))
		}
	}
}

func (c *collections) keys() (n int) {
	for i := range 2 {
		n += c.db.At(i).Len()
	}
	return n
}

func (c *collections) step() {
	c.db.Select(c.rng.IntN(2))
	key, m := c.key(), c.member()
	switch n := c.rng.IntN(300); {
	case n == 0:
		c.db.Delete([]byte(key))
		delete(c.m, c.name(key))
	case n == 1:
		c.db.SetString([]byte(key), []byte("x"), 0)
		c.db.Delete([]byte(key))
		delete(c.m, c.name(key))
	case n < 5:
		c.transfer(key, c.key(), n)
	case n == 5:
		at := c.now + c.rng.Int64N(5000)
		if c.db.Expire([]byte(key), at) {
			c.m[c.name(key)].expire = at
			if at <= c.now {
				delete(c.m, c.name(key))
			}
		}
	case n < 8:
		c.union(c.key(), c.key(), key)
	case n < 12:
		c.pass()
	case n < 20:
		c.ks.Maintain(1 + c.rng.IntN(5))
	case n < 80:
		c.remove(key, m)
	case n < 190:
		c.add(key, m)
	default:
		c.set(key, m)
	}
}

// transfer renames, moves or copies.
func (c *collections) transfer(key, dst string, how int) {
	from := c.db.Index()
	src, there := c.m[c.name(key)]
	there = there && !src.dead(c.now)
	switch how {
	case 2:
		if c.db.Rename([]byte(key), []byte(dst)) != there {
			c.t.Fatalf("Rename %q: want %v", key, there)
		}
		if there && key != dst {
			c.m[c.name(dst)] = src
			delete(c.m, c.name(key))
		}
	case 3:
		taken, ok := c.m[fmt.Sprint(1-from, " ", key)]
		want := there && (!ok || taken.dead(c.now))
		if c.db.Move([]byte(key), c.db.At(1-from)) != want {
			c.t.Fatalf("Move %q: want %v", key, want)
		}
		if want {
			c.m[fmt.Sprint(1-from, " ", key)] = src
			delete(c.m, c.name(key))
		}
	case 4:
		if c.db.Copy([]byte(key), c.db, []byte(dst)) && key != dst {
			c.m[c.name(dst)] = &collection{src.kind, maps.Clone(src.fields), src.expire}
		}
	}
}

func (c *collections) audit() {
	c.t.Helper()
	if err := c.ks.check(); err != nil {
		c.t.Fatal(err)
	}
	for i := range 2 {
		c.db.Select(i)
		for name, m := range c.m {
			if name[0] == byte('0'+i) && !m.dead(c.now) {
				c.compare(name[2:], m)
			}
		}
	}
}

func (c *collections) compare(key string, m *collection) {
	c.t.Helper()
	it, kind, ok := c.db.ReadItem([]byte(key))
	if !ok || kind != m.kind {
		c.t.Fatalf("%q: %v %v, want %v", key, kind, ok, m.kind)
	}
	got := map[string]field{}
	if kind == Set {
		s := value.OpenSet(it, &wide)
		for e := range s.Each {
			got[string(e)] = field{}
		}
	} else {
		h := value.OpenHash(it, &wide)
		for f := range h.Each {
			if !f.Expired(c.now) {
				got[string(f.Name)] = field{string(f.Value), f.ExpireAt}
			}
		}
		if n := h.Live(c.now); n != len(got) {
			c.t.Fatalf("%q: %d live fields, counted %d", key, len(got), n)
		}
	}
	want := maps.Clone(m.fields)
	maps.DeleteFunc(want, func(_ string, f field) bool { return f.at != 0 && f.at <= c.now })
	if !maps.Equal(got, want) {
		c.t.Fatalf("%q: %d elements %.200q, want %d %.200q", key, len(got),
			slices.Sorted(maps.Keys(got)), len(want), slices.Sorted(maps.Keys(want)))
	}
}

// gone checks that nothing is left in memory.
func (c *collections) gone() {
	c.t.Helper()
	for c.ks.Maintain(10) {
	}
	c.db.FlushAll(false) // the indexes themselves
	for c.ks.Maintain(10) {
	}
	m := c.ks.Memory()
	if m.Dataset != 0 || m.Keys != 0 || m.Pages != 0 || m.Large != 0 || m.Pending != 0 || c.ks.arena.Resident() != 0 {
		c.t.Errorf("all is deleted, but %+v, arena %d", m, c.ks.arena.Resident())
	}
}

func TestCollectionsAgainstMaps(t *testing.T) {
	for _, stripes := range []int{1, 4} {
		c := newCollections(t, Options{Stripes: stripes, Databases: 2, Policy: "allkeys-lru"})
		for i := range 30_000 {
			c.step()
			if i%3000 == 2999 {
				c.audit()
			}
		}
		c.audit()
		for c.ks.Evict(c.now) {
		}
		if err := c.ks.check(); err != nil {
			t.Fatal(err)
		}
		for i := range c.ks.stripes {
			s := &c.ks.stripes[i]
			if len(s.reminders) != 0 || s.large != 0 && len(s.tombs) == 0 {
				t.Errorf("all is evicted, but %d reminders, %d bytes of runs", len(s.reminders), s.large)
			}
		}
		for c.ks.Maintain(10) {
		}
		for i := range c.ks.stripes {
			if s := &c.ks.stripes[i]; s.buried != 0 || s.large != 0 {
				t.Errorf("all is evicted and freed, but %d bytes buried, %d in runs", s.buried, s.large)
			}
		}
		c.gone()
	}
}

func TestAFlushForgetsReminders(t *testing.T) {
	c := newCollections(t, Options{Stripes: 2, Databases: 2})
	for range 5000 {
		c.step()
	}
	c.db.Select(0)
	c.db.Flush(true)
	for more := true; more; {
		_, more = c.ks.ExpireStep(c.now+10_000, 10)
	}
	maps.DeleteFunc(c.m, func(name string, _ *collection) bool { return name[0] == '0' })
	if err := c.ks.check(); err != nil {
		t.Fatal(err)
	}
	c.gone()
}

// A large victim must make room at once, though it is freed in steps: else a
// hundred others would follow it.
func TestALargeVictimIsCreditedAtOnce(t *testing.T) {
	c := newCollections(t, Options{Stripes: 1, Policy: "allkeys-lru"})
	for i := range 100_000 {
		s := value.OpenSet(c.open("big", Set), &wide)
		s.Add(strconv.AppendInt([]byte("member:"), int64(i), 10))
	}
	for i := range 100 {
		c.db.SetString([]byte("small:"+strconv.Itoa(i)), []byte("v"), 0)
	}
	used := c.ks.Memory().Used
	if !c.ks.Evict(c.now) {
		t.Fatal("nothing to evict")
	}
	if _, ok := c.db.Peek([]byte("big")); ok {
		t.Fatal("the coldest key stays")
	}
	m := c.ks.Memory()
	if m.Used > used/10 {
		t.Errorf("%d bytes used of %d after the large victim has gone", m.Used, used)
	}
	for c.ks.Maintain(10) {
	}
	if after := c.ks.Memory(); after.Used > m.Used+used/20 || after.Used < m.Used-used/20 {
		t.Errorf("%d bytes used once it is freed, %d credited before", after.Used, m.Used)
	}
}

// sizes is a policy that only remembers the sizes that it was told.
type sizes struct {
	eviction.Policy
	last map[uint32]uint32
}

func (p *sizes) Add(slot uint32, e eviction.Entry)    { p.last[slot] = e.Size }
func (p *sizes) Update(slot uint32, e eviction.Entry) { p.last[slot] = e.Size }

func TestThePolicyKnowsHowLargeACollectionHasBecome(t *testing.T) {
	c := newCollections(t, Options{Stripes: 1, Policy: "allkeys-gdsf"})
	p := &sizes{c.ks.stripes[0].policy, map[uint32]uint32{}}
	c.ks.stripes[0].policy = p
	for i := range 10_000 {
		s := value.OpenSet(c.open("set", Set), &wide)
		s.Add(strconv.AppendInt([]byte("member:"), int64(i), 10))
	}
	v, _ := c.db.Peek([]byte("set"))
	if got := int64(p.last[v.l.Handle()]); got < v.Size()*99/100 {
		t.Errorf("the policy was told of %d bytes, there are %d", got, v.Size())
	}
}
