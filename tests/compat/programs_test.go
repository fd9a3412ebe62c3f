package compat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/go-redis/redis_rate/v10"
	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	redigo_ "github.com/gomodule/redigo/redis"
	"github.com/hibiken/asynq"
)

func TestAsynqWorksOffItsQueues(t *testing.T) {
	needs(t, "EVALSHA", "PUBLISH", "ZADD", "BRPOP")
	goRedis(t)
	opt := asynq.RedisClientOpt{Addr: addr}
	client := asynq.NewClient(opt)
	defer client.Close()
	var done, tries, later counter
	mux := asynq.NewServeMux()
	mux.HandleFunc("greet", func(_ context.Context, task *asynq.Task) error {
		if string(task.Payload()) != "Ada" {
			return fmt.Errorf("payload is %q", task.Payload())
		}
		done.Add(1)
		return nil
	})
	mux.HandleFunc("flaky", func(context.Context, *asynq.Task) error {
		if tries.Add(1) < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	mux.HandleFunc("later", func(context.Context, *asynq.Task) error { later.Add(1); return nil })
	server := asynq.NewServer(opt, asynq.Config{
		Concurrency: 4, LogLevel: asynq.FatalLevel, DelayedTaskCheckInterval: 100 * time.Millisecond, TaskCheckInterval: 50 * time.Millisecond,
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 50 * time.Millisecond },
	})
	must(t, server.Start(mux))
	for range 50 {
		_, err := client.Enqueue(asynq.NewTask("greet", []byte("Ada")))
		must(t, err)
	}
	_, err := client.Enqueue(asynq.NewTask("flaky", nil), asynq.MaxRetry(5))
	must(t, err)
	_, err = client.Enqueue(asynq.NewTask("later", nil), asynq.ProcessIn(time.Second), asynq.TaskID("only one"))
	must(t, err)
	_, err = client.Enqueue(asynq.NewTask("later", nil), asynq.TaskID("only one"))
	equal(t, errors.Is(err, asynq.ErrTaskIDConflict), true)
	equal(t, later.Load(), 0)
	eventually(t, "all tasks", func() bool { return done.Load() == 50 && tries.Load() == 3 && later.Load() == 1 })
	server.Shutdown()
	inspector := asynq.NewInspector(opt)
	defer inspector.Close()
	info, err := inspector.GetQueueInfo("default")
	must(t, err)
	equal(t, []int{info.Size, info.ProcessedTotal, info.FailedTotal}, "[0 54 2]")
}

func TestRedsyncLocks(t *testing.T) {
	needs(t, "EVALSHA")
	rs := redsync.New(goredis.NewPool(goRedis(t)))
	first := rs.NewMutex("lock", redsync.WithExpiry(5*time.Second), redsync.WithTries(1))
	second := rs.NewMutex("lock", redsync.WithTries(1))
	must(t, first.Lock())
	if second.Lock() == nil {
		t.Fatal("two hold one lock")
	}
	ok, err := first.Extend()
	must(t, err)
	equal(t, ok, true)
	ok, err = first.Unlock()
	must(t, err)
	equal(t, ok, true)
	must(t, second.Lock())
	if ok, _ := first.Unlock(); ok {
		t.Fatal("a lock was taken from its holder")
	}
}

func TestSCSKeepsSessions(t *testing.T) {
	goRedis(t)
	pool := &redigo_.Pool{Dial: func() (redigo_.Conn, error) { return redigo_.Dial("tcp", addr) }}
	defer pool.Close()
	sessions := scs.New()
	sessions.Store, sessions.Lifetime = redisstore.New(pool), time.Minute
	page := sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := sessions.GetInt(r.Context(), "visits") + 1
		sessions.Put(r.Context(), "visits", n)
		if r.URL.Path == "/logout" {
			_ = sessions.Destroy(r.Context())
		}
		fmt.Fprint(w, n)
	}))
	var cookie string
	visit := func(path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		if set := w.Header().Get("Set-Cookie"); set != "" {
			cookie, _, _ = strings.Cut(set, ";")
		}
		return w.Body.String()
	}
	old := ""
	for _, want := range []string{"1", "2", "3"} {
		equal(t, visit("/"), want)
		old = cookie
	}
	visit("/logout")
	cookie = old
	equal(t, visit("/"), "1")
}

func TestRedisRateLimits(t *testing.T) {
	needs(t, "EVALSHA")
	limiter, ctx := redis_rate.NewLimiter(goRedis(t)), limit(t)
	for i := range 5 {
		r, err := limiter.Allow(ctx, "visitor", redis_rate.PerHour(5))
		must(t, err)
		equal(t, []int{r.Allowed, r.Remaining}, []int{1, 4 - i})
	}
	r, err := limiter.Allow(ctx, "visitor", redis_rate.PerHour(5))
	must(t, err)
	equal(t, r.Allowed, 0)
	equal(t, r.RetryAfter > 10*time.Minute && r.RetryAfter <= 12*time.Minute, true)
	r, err = limiter.AllowAtMost(ctx, "another", redis_rate.PerHour(5), 8)
	must(t, err)
	equal(t, r.Allowed, 5)
}
