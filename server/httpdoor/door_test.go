package httpdoor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/cachedserver/cached/server/stats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixed is a Source of sections as a server writes them.
type fixed []stats.Section

func (f fixed) Info(...string) []stats.Section { return f }

var sections = fixed{
	{Name: "Server", Fields: []stats.Field{
		{Name: "redis_version", Value: "7.2.4"}, {Name: "redis_mode", Value: "standalone"}, {Name: "process_id", Value: "12"},
		{Name: "uptime_in_seconds", Value: "100"}, {Name: "tcp_port", Value: "6379"}, {Name: "hz", Value: "10"}}},
	{Name: "Clients", Fields: []stats.Field{{Name: "connected_clients", Value: "3"}, {Name: "maxclients", Value: "10000"}}},
	{Name: "Memory", Fields: []stats.Field{{Name: "used_memory", Value: "1048576"}, {Name: "used_memory_human", Value: "1.00M"}, {Name: "maxmemory", Value: "100"}, {Name: "cached_memory_index", Value: "77"}}},
	{Name: "Persistence", Fields: []stats.Field{{Name: "rdb_last_bgsave_status", Value: "ok"}}},
	{Name: "Stats", Fields: []stats.Field{{Name: "keyspace_hits", Value: "10"}, {Name: "evicted_keys", Value: "4"}}},
	{Name: "Replication", Fields: []stats.Field{{Name: "role", Value: "master"}}},
	{Name: "Commandstats", Fields: []stats.Field{
		{Name: "cmdstat_get", Value: "calls=21,usec=175,usec_per_call=8.33,rejected_calls=1,failed_calls=2"},
		{Name: "cmdstat_config|get", Value: "calls=1,usec=5,usec_per_call=5.00,rejected_calls=0,failed_calls=0"}}},
	{Name: "Errorstats", Fields: []stats.Field{{Name: "errorstat_ERR", Value: "count=5"}, {Name: "errorstat_\xff", Value: "count=1"}}},
	{Name: "Latencystats", Fields: []stats.Field{{Name: "latency_percentiles_usec_get", Value: "p50=0.5,p99=1.003,p99.9=4.015"}}},
	{Name: "Keyspace", Fields: []stats.Field{{Name: "db0", Value: "keys=7,expires=2,avg_ttl=1500"}}},
}

func open(t *testing.T, o Options) *Door {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	if o.Source == nil {
		o.Source = sections
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := d.Close(ctx); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return d
}

func get(t *testing.T, d *Door, path string) (int, string) {
	t.Helper()
	r, err := http.Get("http://" + d.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func scrapeAll(t *testing.T, d *Door) map[string]*dto.MetricFamily {
	t.Helper()
	code, body := get(t, d, "/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value finds the metric with the label value given (any for "").
func value(t *testing.T, families map[string]*dto.MetricFamily, name, label string) float64 {
	t.Helper()
	f := families[name]
	if f == nil {
		t.Errorf("%s is missing", name)
		return -1
	}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			if l.GetValue() == label {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		if label == "" {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Errorf("%s{%s} is missing", name, label)
	return -1
}

func TestMetricsHaveRedisExportersNames(t *testing.T) {
	st := stats.New(stats.Options{Commands: []string{"get"}})
	st.Shard(0).Record(0, 2000, stats.OK)
	st.Slowlog.Add(1, 20_000, nil, "", "")
	st.Latency.Add("command", 50, 20)
	fam := scrapeAll(t, open(t, Options{Stats: st}))
	for _, want := range []struct {
		name, label string
		v           float64
	}{
		{"redis_up", "", 1},
		{"redis_connected_clients", "", 3},
		{"redis_max_clients", "", 10000},
		{"redis_config_maxclients", "", 10000},
		{"redis_config_maxmemory", "", 100},
		{"redis_memory_used_bytes", "", 1048576},
		{"redis_memory_max_bytes", "", 100},
		{"redis_keyspace_hits_total", "", 10},
		{"redis_evicted_keys_total", "", 4},
		{"redis_rdb_last_bgsave_status", "", 1},
		{"redis_uptime_in_seconds", "", 100},
		{"redis_commands_total", "get", 21},
		{"redis_commands_total", "config|get", 1},
		{"redis_commands_duration_seconds_total", "get", 175e-6},
		{"redis_commands_rejected_calls_total", "get", 1},
		{"redis_commands_failed_calls_total", "get", 2},
		{"redis_errors_total", "ERR", 5},
		{"redis_errors_total", "?", 1},
		{"redis_db_keys", "db0", 7},
		{"redis_db_keys_expiring", "db0", 2},
		{"redis_db_avg_ttl_seconds", "db0", 1.5},
		{"redis_instance_info", "7.2.4", 1},
		{"redis_slowlog_length", "", 1},
		{"redis_last_slow_execution_duration_seconds", "", 0.02},
		{"redis_latency_spike_duration_seconds", "command", 0.02},
		{"cached_memory_index", "", 77},
	} {
		if got := value(t, fam, want.name, want.label); got != want.v {
			t.Errorf("%s{%s} = %v, want %v", want.name, want.label, got, want.v)
		}
	}
	if fam["redis_evicted_keys_total"].GetType() != dto.MetricType_COUNTER || fam["redis_connected_clients"].GetType() != dto.MetricType_GAUGE {
		t.Error("types")
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "redis_start_time_seconds"} {
		if fam[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	sum := fam["redis_latency_percentiles_usec"].GetMetric()[0].GetSummary()
	if sum.GetSampleCount() != 21 || len(sum.Quantile) != 3 || sum.Quantile[2].GetQuantile() != 99.9 || sum.Quantile[2].GetValue() != 4.015 {
		t.Errorf("summary %v", sum)
	}
	if h := fam["redis_commands_latencies_usec"].GetMetric()[0].GetHistogram(); h.GetSampleCount() != 1 {
		t.Errorf("histogram %v", h)
	}
}

func TestHealthTellsLifeAndReadinessApart(t *testing.T) {
	var why error
	d := open(t, Options{Ready: func() error { return why }})
	if code, _ := get(t, d, "/readyz"); code != http.StatusOK {
		t.Errorf("ready: %d", code)
	}
	why = errors.New("replicas are being filled")
	if code, body := get(t, d, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "being filled") {
		t.Errorf("not ready: %d %s", code, body)
	}
	if code, body := get(t, d, "/livez"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("alive: %d %s", code, body)
	}
}

func TestIndexAndProfilesAreServed(t *testing.T) {
	d := open(t, Options{})
	if code, body := get(t, d, "/"); code != http.StatusOK || !strings.Contains(body, "/metrics") {
		t.Errorf("index: %d", code)
	}
	if code, body := get(t, d, "/debug/pprof/goroutine?debug=1"); code != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("profile: %d", code)
	}
	if code, _ := get(t, d, "/nosuch"); code != http.StatusNotFound {
		t.Errorf("unknown page: %d", code)
	}
}

func TestProfilesAreForThisMachineOnly(t *testing.T) {
	r, _ := http.NewRequest("GET", "/debug/pprof/", nil)
	r.RemoteAddr = "10.1.2.3:4567"
	w := &recorder{header: http.Header{}}
	handler(Options{Source: sections}).ServeHTTP(w, r)
	if w.code != http.StatusForbidden {
		t.Errorf("code %d", w.code)
	}
}

type recorder struct {
	header http.Header
	code   int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.code = code }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }

func TestATakenPortIsAnErrorUnlessOptional(t *testing.T) {
	d := open(t, Options{})
	o := Options{Addr: d.Addr(), Source: sections, Log: slog.New(slog.DiscardHandler)}
	if _, err := Open(o); err == nil {
		t.Fatal("opened a taken port")
	}
	o.Optional = true
	second, err := Open(o)
	if err != nil || second.Addr() != "" {
		t.Fatalf("%v, %q", err, second.Addr())
	}
	if err := second.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestManyIdleConnectionsDoNotGrowTheDoor(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 2)
	accepted := make(chan net.Conn, 3)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	second := <-accepted
	select {
	case <-accepted:
		t.Error("a third connection over the limit of two")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	third := <-accepted
	second.Close()
	third.Close()
	l.Close()
	<-done
}

func TestCloseWaitsForARequestUnderWay(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	d := open(t, Options{Ready: func() error { close(inside); <-leave; return nil }})
	answer := make(chan int, 1)
	go func() {
		r, err := http.Get("http://" + d.Addr() + "/readyz")
		if err != nil {
			answer <- 0
			return
		}
		r.Body.Close()
		answer <- r.StatusCode
	}()
	<-inside
	closed := make(chan error, 1)
	go func() { closed <- d.Close(context.Background()) }()
	select {
	case <-closed:
		t.Error("closed before the answer")
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	if code := <-answer; code != http.StatusOK {
		t.Errorf("answer %d", code)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
