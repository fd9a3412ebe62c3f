package compat

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestGoRedisSpeaksRESP3(t *testing.T) {
	c, ctx := goRedis(t), limit(t)
	hello, err := c.Do(ctx, "HELLO").Result()
	must(t, err)
	equal(t, hello.(map[any]any)["proto"], 3)
	must(t, c.Set(ctx, "k", "v", time.Minute).Err())
	equal(t, c.Get(ctx, "k").Val(), "v")
	equal(t, c.TTL(ctx, "k").Val(), time.Minute)
	equal(t, errors.Is(c.Get(ctx, "missing").Err(), redis.Nil), true)
	must(t, c.HSet(ctx, "h", "name", "Ada", "born", 1815).Err())
	var person struct {
		Name string `redis:"name"`
		Born int    `redis:"born"`
	}
	must(t, c.HGetAll(ctx, "h").Scan(&person))
	equal(t, person, "{Ada 1815}")
	equal(t, c.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "a"}, redis.Z{Score: -2, Member: "b"}).Val(), 2)
	equal(t, c.ZRangeWithScores(ctx, "z", 0, -1).Val(), "[{-2 b} {1.5 a}]")
	equal(t, c.LPush(ctx, "l", 1, 2, 3).Val(), 3)
	equal(t, c.LRange(ctx, "l", 0, -1).Val(), "[3 2 1]")
}

func TestGoRedisPipelines(t *testing.T) {
	c, ctx := goRedis(t), limit(t)
	replies, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range 1000 {
			p.Incr(ctx, "n")
			p.Set(ctx, fmt.Sprint("key", i), i, 0)
		}
		return nil
	})
	must(t, err)
	equal(t, replies[1998].(*redis.IntCmd).Val(), 1000)
	equal(t, c.DBSize(ctx).Val(), 1001)
	seen := map[string]bool{}
	for it := c.Scan(ctx, 0, "key*", 50).Iterator(); it.Next(ctx); {
		seen[it.Val()] = true
	}
	equal(t, len(seen), 1000)
}

func TestGoRedisTransactions(t *testing.T) {
	needs(t, "MULTI", "WATCH")
	c, ctx := goRedis(t), limit(t)
	must(t, c.Set(ctx, "balance", 100, 0).Err())
	take := func(disturb bool) error {
		return c.Watch(ctx, func(tx *redis.Tx) error {
			n, err := tx.Get(ctx, "balance").Int()
			if err != nil {
				return err
			}
			if disturb {
				must(t, c.Incr(ctx, "balance").Err())
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, "balance", n-30, 0)
				p.RPush(ctx, "log", n)
				return nil
			})
			return err
		}, "balance")
	}
	must(t, take(false))
	equal(t, c.Get(ctx, "balance").Val(), 70)
	equal(t, take(true), redis.TxFailedErr)
	equal(t, c.Get(ctx, "balance").Val(), 71)
	equal(t, c.LRange(ctx, "log", 0, -1).Val(), "[100]")
}

func TestGoRedisPubSub(t *testing.T) {
	needs(t, "SUBSCRIBE", "PSUBSCRIBE")
	c, ctx := goRedis(t), limit(t)
	sub := c.Subscribe(ctx, "news")
	defer sub.Close()
	must(t, sub.PSubscribe(ctx, "user.*"))
	for range 2 {
		_, err := sub.Receive(ctx)
		must(t, err)
	}
	equal(t, c.Publish(ctx, "news", "hello").Val(), 1)
	equal(t, c.Publish(ctx, "user.7", "bye").Val(), 1)
	equal(t, c.Publish(ctx, "nobody", "x").Val(), 0)
	for _, want := range []string{"news  hello", "user.7 user.* bye"} {
		m, err := sub.ReceiveMessage(ctx)
		must(t, err)
		equal(t, m.Channel+" "+m.Pattern+" "+m.Payload, want)
	}
	must(t, sub.Ping(ctx, "still there"))
	pong, err := sub.Receive(ctx)
	must(t, err)
	equal(t, pong.(*redis.Pong).Payload, "still there")
}

func TestGoRedisScripts(t *testing.T) {
	needs(t, "EVALSHA")
	c, ctx := goRedis(t), limit(t)
	must(t, c.ScriptFlush(ctx).Err())
	double := redis.NewScript(`
		local n = redis.call("INCRBY", KEYS[1], ARGV[1])
		return {n, n * 2, {"nested", false}}`)
	for _, want := range []string{"[5 10 [nested <nil>]]", "[10 20 [nested <nil>]]"} { // EVALSHA fails once, then EVAL has loaded it
		got, err := double.Run(ctx, c, []string{"n"}, 5).Result()
		must(t, err)
		equal(t, got, want)
	}
	equal(t, c.ScriptExists(ctx, double.Hash()).Val(), "[true]")
}

func TestGoRedisWaitsForAList(t *testing.T) {
	needs(t, "BLPOP")
	c, ctx := goRedis(t), limit(t)
	got := make(chan []string, 1)
	go func() { got <- c.BLPop(ctx, 10*time.Second, "first", "second").Val() }()
	eventually(t, "the wait", func() bool {
		clients, _ := c.InfoMap(ctx, "clients").Result()
		return clients["Clients"]["blocked_clients"] == "1"
	})
	must(t, c.RPush(ctx, "second", "job").Err())
	equal(t, <-got, "[second job]")
	equal(t, errors.Is(c.BLPop(ctx, time.Second, "first").Err(), redis.Nil), true)
}

func TestGoRedisStreams(t *testing.T) {
	needs(t, "XADD", "XREADGROUP")
	c, ctx := goRedis(t), limit(t)
	must(t, c.XGroupCreateMkStream(ctx, "s", "workers", "0").Err())
	var ids []string
	for i := range 3 {
		ids = append(ids, c.XAdd(ctx, &redis.XAddArgs{Stream: "s", Values: []any{"n", i}}).Val())
	}
	read, err := c.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "workers", Consumer: "a", Streams: []string{"s", ">"}, Count: 2}).Result()
	must(t, err)
	equal(t, len(read[0].Messages), 2)
	equal(t, read[0].Messages[1].Values, "map[n:1]")
	equal(t, c.XAck(ctx, "s", "workers", ids[0]).Val(), 1)
	pending, err := c.XPending(ctx, "s", "workers").Result()
	must(t, err)
	equal(t, *pending, fmt.Sprintf("{1 %s %s map[a:1]}", ids[1], ids[1]))
	claimed, _, err := c.XAutoClaim(ctx, &redis.XAutoClaimArgs{Stream: "s", Group: "workers", Consumer: "b", Start: "0"}).Result()
	must(t, err)
	equal(t, claimed[0].ID, ids[1])
	equal(t, c.XLen(ctx, "s").Val(), 3)
	equal(t, c.XTrimMaxLen(ctx, "s", 1).Val(), 2)
}

func TestGoRedisPositions(t *testing.T) {
	needs(t, "GEOSEARCH")
	c, ctx := goRedis(t), limit(t)
	equal(t, c.GeoAdd(ctx, "g", &redis.GeoLocation{Name: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
		&redis.GeoLocation{Name: "Catania", Longitude: 15.087269, Latitude: 37.502669}).Val(), 2)
	equal(t, c.GeoDist(ctx, "g", "Palermo", "Catania", "km").Val(), 166.2742)
	equal(t, c.GeoSearch(ctx, "g", &redis.GeoSearchQuery{Longitude: 15, Latitude: 37, Radius: 200, RadiusUnit: "km", Sort: "ASC"}).Val(), "[Catania Palermo]")
}
