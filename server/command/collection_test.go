package command

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/cachedserver/cached/server/store"
	"github.com/cachedserver/cached/server/value"
)

// small limits, so that random histories cross them all the time.
var smallLimits = &Settings{
	MaxString: 1 << 20,
	Hash:      &value.Limits{Entries: 12, Bytes: 20},
	Set:       &value.Limits{Entries: 8, Bytes: 20, Ints: 10},
}

// onHashOrSet is a call on a hash or a set that often means something.
func (g generator) onHashOrSet() [][]byte {
	h, s := g.pick("h1", "h2", "h3"), func() string { return g.pick("s1", "s2", "s3", "s4") }
	f := func() string { return g.pick("f", "field:", "1") + strconv.Itoa(g.IntN(30)) }
	ms := strconv.Itoa(g.IntN(200))
	switch g.IntN(30) {
	case 0, 1, 2, 3:
		return toArgs("HSET", h, f(), g.value(), f(), f())
	case 4:
		return toArgs("HDEL", h, f(), f(), f())
	case 5:
		return toArgs("HINCRBY", h, f(), g.number())
	case 6:
		return toArgs("HINCRBYFLOAT", h, f(), g.float())
	case 7:
		return toArgs("HPEXPIRE", h, ms, g.pick("NX", "XX", "GT", "LT"), "FIELDS", "2", f(), f())
	case 8:
		return toArgs("HPEXPIRE", h, ms, "FIELDS", "1", f())
	case 9:
		return toArgs("HSETEX", h, g.pick("FNX", "FXX"), "PX", ms, "FIELDS", "2", f(), "v", f(), "w")
	case 10:
		return toArgs("HGETEX", h, g.pick("PX", "PXAT"), ms, "FIELDS", "1", f())
	case 11:
		return toArgs("HPERSIST", h, "FIELDS", "2", f(), f())
	case 12:
		return toArgs("HGETDEL", h, "FIELDS", "2", f(), f())
	case 13:
		return toArgs("HRANDFIELD", h, g.number(), "WITHVALUES")
	case 14:
		return toArgs(g.pick("HGETALL", "HKEYS", "HVALS", "HLEN"), h)
	case 15:
		return toArgs(g.pick("HGET", "HEXISTS", "HSTRLEN"), h, f())
	case 16:
		return toArgs("HSETNX", h, f(), "nx")
	case 17, 18, 19:
		return toArgs("SADD", s(), f(), strconv.Itoa(g.IntN(20)), f())
	case 20:
		return toArgs("SREM", s(), f(), strconv.Itoa(g.IntN(20)))
	case 21:
		return toArgs("SMOVE", s(), s(), f())
	case 22:
		return toArgs("SPOP", s(), strconv.Itoa(g.IntN(4)))
	case 23:
		return toArgs("SRANDMEMBER", s(), g.number())
	case 24:
		return toArgs(g.pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), s(), s(), s(), s())
	case 25:
		return toArgs(g.pick("SINTER", "SUNION", "SDIFF"), s(), s(), s(), s(), s(), s())
	case 26:
		return toArgs(g.pick("SMEMBERS", "SCARD", "SPOP"), s())
	case 27:
		return toArgs("SORT", s(), "ALPHA", "STORE", g.pick("l1", "l2"), "GET", "#", "GET", "h1->*")
	case 28:
		return toArgs(g.pick("COPY", "RENAME"), g.pick(h, s()), g.pick("h1", "s1"))
	}
	return toArgs("SSCAN", s(), strconv.Itoa(g.IntN(2)), "COUNT", "3")
}

func TestHashesAndSetsComeOutTheSameWhereverTheyLie(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	a, b := newRig(t), newRigWith(t, store.Options{Seed: 99, Stripes: 4})
	a.call.Settings, b.call.Settings = smallLimits, smallLimits
	g := generator{rand.New(rand.NewPCG(seed, 4))}
	for range 20_000 {
		args := g.onHashOrSet()
		now := a.call.Now + g.Int64N(20)
		draw := NewRand(g.Uint64())
		a.call.Now, b.call.Now = now, now
		a.call.Rand, b.call.Rand = draw, draw
		x, y := a.raw(args), b.raw(args)
		if !oneReply(x) {
			t.Fatalf("%q: not one reply: %q", args, x)
		}
		if !bytes.Equal(x, y) || a.call.Changes != b.call.Changes {
			t.Fatalf("%q: %q, %d changes here, %q, %d there", args, x, a.call.Changes, y, b.call.Changes)
		}
		if g.IntN(50) == 0 {
			a.ks.ExpireStep(now, 1000)
			b.ks.ExpireStep(now, 1000)
		}
	}
}

func TestHashAndSetCallsAllocateNothing(t *testing.T) {
	r := newRig(t)
	for i := range 1000 {
		n := strconv.Itoa(i)
		r.do("HSET", "big", "field:"+n, "value:"+n)
		r.do("SADD", "bigset", "member:"+n)
		r.do("SADD", "ints", n)
	}
	r.line("HSET h a 1 b 2 c 3")
	r.line("SADD s a b c")
	r.line("SADD i 1 2 3")
	for _, line := range []string{
		"HSET h a 2", "HGET h a", "HGET h nosuch", "HMGET h a b c", "HEXISTS h a", "HLEN h", "HINCRBY h n 1",
		"HGETALL h", "HSTRLEN h a", "HSETNX h a 1", "HDEL h nosuch",
		"HSET big field:7 value:8", "HGET big field:7", "HINCRBY big n 1", "HDEL big nosuch",
		"SADD s a", "SISMEMBER s a", "SMISMEMBER s a b x", "SCARD s", "SMEMBERS s", "SREM s x", "SRANDMEMBER s",
		"SADD i 2", "SISMEMBER i 3", "SADD bigset member:7", "SISMEMBER bigset member:8", "SREM bigset x", "SRANDMEMBER bigset",
	} {
		args := bytes.Fields([]byte(line))
		if n := testing.AllocsPerRun(200, func() { r.run(args); r.out.Truncate(0) }); n > 0 {
			t.Errorf("%s: %v allocations", line, n)
		}
	}
}

func TestEventsOfHashesAndSets(t *testing.T) {
	r := newRig(t)
	r.call.Wanted = NotifyAll
	for _, c := range []struct{ line, want string }{
		{"HSET h a 1 b 2", "hset"}, {"HINCRBY h a 1", "hincrby"}, {"HINCRBYFLOAT h a 1", "hincrbyfloat"},
		{"HSETNX h a 1", ""}, {"HSETNX h n 1", "hset"}, {"HDEL h n x", "hdel"},
		{"HEXPIRE h 100 FIELDS 1 a", "hexpire"}, {"HPERSIST h FIELDS 1 a", "hpersist"},
		{"HGETEX h EX 10 FIELDS 1 a", "hexpire"}, {"HGETEX h FIELDS 1 a", ""},
		{"HSETEX h EX 10 FIELDS 1 c 1", "hset hexpire"}, {"HEXPIRE h 0 FIELDS 1 c", "hdel"},
		{"HGETDEL h FIELDS 2 a b", "hdel del"},
		{"SADD s a b c", "sadd"}, {"SADD s a", ""}, {"SREM s a x", "srem"}, {"SREM s x", ""},
		{"SMOVE s t b", "srem sadd"}, {"SMOVE s t c", "srem del sadd"}, {"SPOP t", "spop"}, {"SPOP t 5", "spop del"},
		{"SADD s 1 2", "sadd"}, {"SUNIONSTORE d s", "sunionstore"}, {"SINTERSTORE d s nosuch", "del"},
		{"SDIFFSTORE d nosuch", ""}, {"SORT s STORE d", "sortstore"}, {"SORT nosuch STORE d", "del"}, {"SPOP s 0", ""},
	} {
		r.line(c.line)
		got := ""
		for i, e := range r.call.Events {
			if i > 0 {
				got += " "
			}
			got += e.Name
		}
		if got != c.want {
			t.Errorf("%s: events %q, want %q", c.line, got, c.want)
		}
	}
}

// BenchmarkLargeCollections works on collections of 200,000 elements at random.
func BenchmarkLargeCollections(b *testing.B) {
	r := newRig(b)
	const n = 200_000
	name := func(i int) []byte { return strconv.AppendInt([]byte("element:"), int64(i), 10) }
	for i := range n {
		r.run([][]byte{[]byte("SADD"), []byte("set"), name(i)})
		r.run([][]byte{[]byte("HSET"), []byte("hash"), name(i), []byte("some value")})
		r.out.Truncate(0)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ name, key, value string }{
		{"SADD", "set", ""}, {"SISMEMBER", "set", ""}, {"HSET", "hash", "other value"}, {"HGET", "hash", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			args := [][]byte{[]byte(c.name), []byte(c.key), nil}
			if c.value != "" {
				args = append(args, []byte(c.value))
			}
			buf := make([]byte, 0, 32)
			b.ReportAllocs()
			for b.Loop() {
				buf = strconv.AppendInt(append(buf[:0], "element:"...), int64(rng.IntN(n)), 10)
				args[2] = buf
				r.run(args)
				r.out.Truncate(0)
			}
		})
	}
	b.Run("SADD new SREM", func(b *testing.B) {
		buf := make([]byte, 0, 32)
		for b.Loop() {
			buf = strconv.AppendInt(append(buf[:0], "other:"...), int64(rng.IntN(n)), 10)
			r.run([][]byte{[]byte("SADD"), []byte("set"), buf})
			r.run([][]byte{[]byte("SREM"), []byte("set"), buf})
			r.out.Truncate(0)
		}
	})
}
