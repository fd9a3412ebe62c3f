package compat

import (
	"testing"
	"time"

	"github.com/redis/rueidis"
)

func ofRueidis(t *testing.T, o rueidis.ClientOption) rueidis.Client {
	o.InitAddress = []string{addr}
	o.ForceSingleClient = true
	c, err := rueidis.NewClient(o)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestRueidisPipelinesOfItself(t *testing.T) {
	needs(t, "MULTI")
	goRedis(t)
	c, ctx := ofRueidis(t, rueidis.ClientOption{DisableCache: true}), limit(t)
	var all rueidis.Commands
	for range 500 {
		all = append(all, c.B().Incr().Key("n").Build())
	}
	for i, r := range c.DoMulti(ctx, all...) {
		n, err := r.AsInt64()
		must(t, err)
		equal(t, n, i+1)
	}
	must(t, c.Do(ctx, c.B().Hset().Key("h").FieldValue().FieldValue("a", "1").FieldValue("b", "2").Build()).Error())
	m, err := c.Do(ctx, c.B().Hgetall().Key("h").Build()).AsStrMap()
	must(t, err)
	equal(t, m, "map[a:1 b:2]")
	must(t, c.Dedicated(func(d rueidis.DedicatedClient) error {
		replies := d.DoMulti(ctx, d.B().Multi().Build(), d.B().Incr().Key("n").Build(), d.B().Get().Key("n").Build(), d.B().Exec().Build())
		got, err := replies[3].ToArray()
		must(t, err)
		last, err := got[1].ToString()
		equal(t, last, "501")
		return err
	}))
}

func TestRueidisCachesOnTheClient(t *testing.T) {
	needs(t, "CLIENT|TRACKING", "MULTI")
	writer := goRedis(t)
	c, ctx := ofRueidis(t, rueidis.ClientOption{}), limit(t)
	must(t, writer.Set(ctx, "k", "one", 0).Err())
	read := func() (string, bool) {
		r := c.DoCache(ctx, c.B().Get().Key("k").Cache(), time.Minute)
		v, err := r.ToString()
		must(t, err)
		return v, r.IsCacheHit()
	}
	v, hit := read()
	equal(t, []any{v, hit}, "[one false]")
	v, hit = read()
	equal(t, []any{v, hit}, "[one true]")
	must(t, writer.Set(ctx, "k", "two", 0).Err())
	eventually(t, "the invalidation of a write", func() bool { v, _ := read(); return v == "two" })
	_, hit = read()
	equal(t, hit, true)
	must(t, writer.FlushAll(ctx).Err())
	eventually(t, "the invalidation of FLUSHALL", func() bool {
		return rueidis.IsRedisNil(c.DoCache(ctx, c.B().Get().Key("k").Cache(), time.Minute).Error())
	})
	must(t, writer.Set(ctx, "k", "three", 30*time.Millisecond).Err())
	eventually(t, "the invalidation of expiry", func() bool {
		return rueidis.IsRedisNil(c.DoCache(ctx, c.B().Get().Key("k").Cache(), time.Minute).Error())
	})
}

func TestRueidisIsToldOfInvalidationsByPrefix(t *testing.T) {
	needs(t, "CLIENT|TRACKING")
	writer := goRedis(t)
	lost := make(chan string, 100)
	ofRueidis(t, rueidis.ClientOption{
		ClientTrackingOptions: []string{"PREFIX", "user:", "BCAST"},
		OnInvalidations: func(keys []rueidis.RedisMessage) {
			for _, k := range keys {
				name, _ := k.ToString()
				lost <- name
			}
		},
	})
	must(t, writer.Set(limit(t), "other:1", 1, 0).Err())
	must(t, writer.Set(limit(t), "user:1", 1, 0).Err())
	select {
	case name := <-lost:
		equal(t, name, "user:1")
	case <-time.After(10 * time.Second):
		t.Fatal("no invalidation came")
	}
}

func TestRueidisSubscribes(t *testing.T) {
	needs(t, "SUBSCRIBE", "SSUBSCRIBE")
	writer := goRedis(t)
	c, ctx := ofRueidis(t, rueidis.ClientOption{DisableCache: true}), limit(t)
	got := make(chan string, 10)
	go c.Receive(ctx, c.B().Subscribe().Channel("news").Build(), func(m rueidis.PubSubMessage) { got <- m.Message }) //nolint:errcheck // ends with the test
	eventually(t, "the subscription", func() bool { return writer.Publish(ctx, "news", "hello").Val() == 1 })
	equal(t, <-got, "hello")
	go c.Receive(ctx, c.B().Ssubscribe().Channel("shard").Build(), func(m rueidis.PubSubMessage) { got <- m.Message }) //nolint:errcheck // ends with the test
	eventually(t, "the subscription to a shard's channel", func() bool { return writer.SPublish(ctx, "shard", "here").Val() == 1 })
	equal(t, <-got, "here")
}
