package compat

import (
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

func redigo(t *testing.T) redis.Conn {
	c, err := redis.Dial("tcp", addr, redis.DialReadTimeout(10*time.Second))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	_, err = c.Do("FLUSHALL")
	must(t, err)
	return c
}

func TestRedigoSendsAndReceives(t *testing.T) {
	c := redigo(t)
	for i := range 100 {
		must(t, c.Send("RPUSH", "l", i))
	}
	must(t, c.Flush())
	for i := range 100 {
		n, err := redis.Int(c.Receive())
		must(t, err)
		equal(t, n, i+1)
	}
	all, err := redis.Ints(c.Do("LRANGE", "l", 0, 4))
	must(t, err)
	equal(t, all, "[0 1 2 3 4]")
	_, err = redis.String(c.Do("GET", "missing"))
	equal(t, err, redis.ErrNil)
	m, err := redis.StringMap(c.Do("CONFIG", "GET", "maxmemory-policy"))
	must(t, err)
	equal(t, len(m), 1)
}

func TestRedigoTransactsAndScripts(t *testing.T) {
	needs(t, "MULTI", "EVALSHA")
	c := redigo(t)
	must(t, c.Send("MULTI"))
	must(t, c.Send("SET", "a", 1))
	must(t, c.Send("LPUSH", "a", 1))
	must(t, c.Send("INCR", "a"))
	r, err := redis.Values(c.Do("EXEC"))
	must(t, err)
	equal(t, r, "[OK WRONGTYPE Operation against a key holding the wrong kind of value 2]")
	script := redis.NewScript(1, `return redis.call("GET", KEYS[1]) .. ARGV[1]`)
	v, err := redis.String(script.Do(c, "a", "!"))
	must(t, err)
	equal(t, v, "2!")
}

func TestRedigoSubscribes(t *testing.T) {
	needs(t, "SUBSCRIBE")
	c := redigo(t)
	inner, err := redis.Dial("tcp", addr)
	must(t, err)
	defer inner.Close()
	sub := redis.PubSubConn{Conn: inner}
	must(t, sub.Subscribe("one", "two"))
	for _, want := range []string{"{subscribe one 1}", "{subscribe two 2}"} {
		equal(t, sub.ReceiveWithTimeout(5*time.Second), want)
	}
	_, err = c.Do("PUBLISH", "two", "x")
	must(t, err)
	equal(t, string(sub.ReceiveWithTimeout(5*time.Second).(redis.Message).Data), "x")
	must(t, sub.Unsubscribe())
	equal(t, sub.ReceiveWithTimeout(5*time.Second).(redis.Subscription).Kind, "unsubscribe")
}
