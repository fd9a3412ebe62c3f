package tests

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// startWithHTTP starts a node with its http door open and returns the door's
// address.
func startWithHTTP(t *testing.T) (*peer.Client, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	s := peer.Cached(peer.Binary(t), "--maxmemory", "64mb")
	i := slices.Index(s.Args, "--http-port")
	if i < 0 {
		t.Skip("the program under test has no http door")
	}
	_, s.Args[i+1], _ = strings.Cut(addr, ":")
	return dial(t, peer.Run(t, s)), addr
}

func httpGet(t *testing.T, url string) (int, string) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	r, err := client.Get(url)
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

// metricsOf reads samples by their name with labels.
func metricsOf(text string) map[string]float64 {
	all := map[string]float64{}
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if name, value, ok := strings.Cut(s.Text(), " "); ok && !strings.HasPrefix(name, "#") {
			if v, err := strconv.ParseFloat(value, 64); err == nil {
				all[name] = v
			}
		}
	}
	return all
}

func TestMetricsOfARunningNodeAgreeWithWhatWasDone(t *testing.T) {
	c, addr := startWithHTTP(t)
	for range 3 {
		must(t, c, "SET", "k", "v", "EX", "100")
	}
	must(t, c, "GET", "k")
	must(t, c, "GET", "nosuch")
	c.Do("INCR", "k", "x") //nolint:errcheck // the error is the point
	code, text := httpGet(t, "http://"+addr+"/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, text)
	}
	got := metricsOf(text)
	for name, want := range map[string]float64{
		`redis_up`:                                                  1,
		`redis_connected_clients`:                                   1,
		`redis_memory_max_bytes`:                                    64 << 20,
		`redis_keyspace_hits_total`:                                 1,
		`redis_keyspace_misses_total`:                               1,
		`redis_commands_total{cmd="set"}`:                           3,
		`redis_commands_total{cmd="get"}`:                           2,
		`redis_db_keys{db="db0"}`:                                   1,
		`redis_db_keys_expiring{db="db0"}`:                          1,
		`redis_errors_total{err="ERR"}`:                             1,
		`redis_slowlog_length`:                                      0,
		`redis_rejected_connections_total`:                          0,
		`redis_latency_percentiles_usec_count{cmd="set"}`:           3,
		`redis_commands_rejected_calls_total{cmd="incr"}`:           1,
		`redis_commands_latencies_usec_bucket{cmd="get",le="+Inf"}`: 2,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v (there: %v), want %v", name, v, ok, want)
		}
	}
	if got["process_resident_memory_bytes"] < 1<<20 || got["go_goroutines"] < 1 || got["redis_memory_used_rss_bytes"] < 1<<20 {
		t.Error("figures of the process are missing")
	}
}

func TestANodeTellsThatItLivesAndIsReady(t *testing.T) {
	_, addr := startWithHTTP(t)
	for _, path := range []string{"/livez", "/readyz", "/", "/debug/pprof/heap"} {
		if code, body := httpGet(t, "http://"+addr+path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}
