package tests

import (
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/tests/peer"
)

// infoDiffers are the meant differences to the fields of a Redis 7.0: those
// that we leave out since they would not be true, and those that Redis 7.2 or
// we have besides.
var infoDiffers = map[string]string{
	"gcc_version":               "left out: written in Go, see go_version",
	"atomicvar_api":             "left out: Go's",
	"used_cpu_sys_main_thread":  "left out: no thread of the process is the main one",
	"used_cpu_user_main_thread": "left out: no thread of the process is the main one",

	"go_version":                             "ours",
	"expired_subkeys":                        "fields of hashes expire as in 7.4",
	"listener0":                              "Redis 7.2",
	"listener1":                              "Redis 7.2",
	"total_blocking_keys":                    "Redis 7.2",
	"total_blocking_keys_on_nokey":           "Redis 7.2",
	"eventloop_cycles":                       "Redis 7.2",
	"eventloop_duration_sum":                 "Redis 7.2",
	"eventloop_duration_cmd_sum":             "Redis 7.2",
	"instantaneous_eventloop_cycles_per_sec": "Redis 7.2",
	"instantaneous_eventloop_duration_usec":  "Redis 7.2",
	"acl_access_denied_auth":                 "Redis 7.2",
	"acl_access_denied_cmd":                  "Redis 7.2",
	"acl_access_denied_key":                  "Redis 7.2",
	"acl_access_denied_channel":              "Redis 7.2",

	"client_query_buffer_limit_disconnections":  "a later Redis",
	"client_output_buffer_limit_disconnections": "a later Redis",
}

// own reports fields that no Redis has; their names say so.
func own(field string) bool { return strings.HasPrefix(field, "cached_") }

// section is a heading of INFO and its field names in order.
type section struct {
	name   string
	fields []string
}

func sectionsOf(t *testing.T, c *peer.Client, args ...string) (all []section) {
	t.Helper()
	text := must(t, c, append([]string{"INFO"}, args...)...).(string)
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, ok := strings.CutPrefix(line, "# "); ok {
			all = append(all, section{name: name})
		} else if name, _, ok := strings.Cut(line, ":"); ok && len(all) > 0 {
			last := &all[len(all)-1]
			last.fields = append(last.fields, name)
		}
	}
	return all
}

func headings(all []section) (names []string) {
	for _, s := range all {
		names = append(names, s.name)
	}
	return names
}

func startRedis(t *testing.T) *peer.Client {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH to compare with")
	}
	return dial(t, peer.Run(t, peer.Redis(bin)))
}

// TestInfoHasTheFieldsOfARealServer compares names section by section.
func TestInfoHasTheFieldsOfARealServer(t *testing.T) {
	theirs := startRedis(t)
	_, ours := startCached(t)
	for _, c := range []*peer.Client{ours, theirs} {
		must(t, c, "SET", "k", "v", "EX", "100")
		must(t, c, "GET", "k")
		if _, err := c.Do("GET"); err == nil {
			t.Fatal("GET without a key")
		}
	}
	got, want := sectionsOf(t, ours, "everything"), sectionsOf(t, theirs, "everything")
	if g, w := headings(got), headings(want); !slices.Equal(g, w) {
		t.Fatalf("sections %v, Redis has %v", g, w)
	}
	for i := range want {
		g, w := got[i].fields, want[i].fields
		for _, f := range w {
			if !slices.Contains(g, f) && infoDiffers[f] == "" {
				t.Errorf("# %s lacks %s", want[i].name, f)
			}
		}
		for _, f := range g {
			if !slices.Contains(w, f) && infoDiffers[f] == "" && !own(f) {
				t.Errorf("# %s has %s, Redis has not", want[i].name, f)
			}
		}
	}
}

func TestInfoSelectsSectionsAsARealServer(t *testing.T) {
	theirs := startRedis(t)
	_, ours := startCached(t)
	for _, args := range [][]string{nil, {"default"}, {"all"}, {"everything"}, {"server"}, {"SERVER", "Clients"}, {"nosuch"}, {"commandstats", "default"}, {"modules"}} {
		if g, w := headings(sectionsOf(t, ours, args...)), headings(sectionsOf(t, theirs, args...)); !slices.Equal(g, w) {
			t.Errorf("INFO %v: %v, Redis has %v", args, g, w)
		}
	}
}

// infoForm is what values look like where more than a number is expected.
var infoForm = map[string]string{
	"redis_version":          `^7\.2\.\d+$`,
	"redis_mode":             `^standalone$`,
	"role":                   `^master$`,
	"run_id":                 `^[0-9a-f]{40}$`,
	"master_replid":          `^[0-9a-f]{40}$`,
	"used_memory_human":      `^[0-9.]+[BKMG]$`,
	"maxmemory_policy":       `^allkeys-lfu$`,
	"db0":                    `^keys=2,expires=1,avg_ttl=\d+$`,
	"db3":                    `^keys=1,expires=0,avg_ttl=0$`,
	"cmdstat_get":            `^calls=3,usec=\d+,usec_per_call=[0-9.]+,rejected_calls=1,failed_calls=0$`,
	"cmdstat_incr":           `^calls=1,usec=\d+,usec_per_call=[0-9.]+,rejected_calls=0,failed_calls=1$`,
	"cmdstat_config|set":     `^calls=1,.*failed_calls=0$`,
	"errorstat_ERR":          `^count=2$`,
	"errorstat_WRONGTYPE":    `^$`,
	"keyspace_hits":          `^2$`,
	"keyspace_misses":        `^1$`,
	"total_error_replies":    `^2$`,
	"maxmemory":              `^104857600$`,
	"maxmemory_human":        `^100\.00M$`,
	"connected_clients":      `^1$`,
	"listener0":              `^name=tcp,bind=127\.0\.0\.1,port=\d+$`,
	"used_memory_peak_perc":  `^[0-9.]+%$`,
	"rdb_last_bgsave_status": `^ok$`,

	"latency_percentiles_usec_get": `^p50=[0-9.]+,p99=[0-9.]+,p99\.9=[0-9.]+$`,
}

func TestInfoTellsWhatHappened(t *testing.T) {
	_, c := startCached(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-adaptive")
	must(t, c, "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
	must(t, c, "SET", "k", "v", "EX", "100")
	must(t, c, "SET", "word", "v")
	must(t, c, "SELECT", "3")
	must(t, c, "SET", "other", "v")
	must(t, c, "SELECT", "0")
	must(t, c, "GET", "k")
	must(t, c, "GET", "word")
	must(t, c, "GET", "nosuch")
	c.Do("GET")          //nolint:errcheck // the error is the point
	c.Do("INCR", "word") //nolint:errcheck // the error is the point
	time.Sleep(300 * time.Millisecond)
	info, err := c.Info("everything")
	if err != nil {
		t.Fatal(err)
	}
	for field, form := range infoForm {
		if !regexp.MustCompile(form).MatchString(info[field]) {
			t.Errorf("%s:%s, want %s", field, info[field], form)
		}
	}
	used, rss := infoInt(t, info, "used_memory"), infoInt(t, info, "used_memory_rss")
	if used <= 0 || rss < 1<<20 || infoInt(t, info, "used_memory_peak") < used {
		t.Errorf("used_memory %d, rss %d, peak %s", used, rss, info["used_memory_peak"])
	}
	if infoInt(t, info, "total_net_input_bytes") < 200 || infoInt(t, info, "total_reads_processed") < 10 || infoInt(t, info, "total_commands_processed") < 10 {
		t.Error("traffic is not counted")
	}
	must(t, c, "CONFIG", "RESETSTAT")
	info, err = c.Info("everything")
	if err != nil {
		t.Fatal(err)
	}
	if info["keyspace_hits"] != "0" || info["cmdstat_get"] != "" || info["errorstat_ERR"] != "" {
		t.Error("CONFIG RESETSTAT leaves figures")
	}
}

func infoInt(t *testing.T, info map[string]string, field string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(info[field], 10, 64)
	if err != nil {
		t.Errorf("%s:%s is no integer", field, info[field])
	}
	return n
}

// TestUsedMemoryFollowsTheData: what INFO says grows and shrinks with the keys.
func TestUsedMemoryFollowsTheData(t *testing.T) {
	p, c := startCached(t, "--maxmemory", "400mb")
	used := func() int64 {
		info, err := c.Info("memory")
		if err != nil {
			t.Fatal(err)
		}
		return infoInt(t, info, "used_memory")
	}
	empty := used()
	const n, size = 200_000, 200
	mustLoad(t, p, peer.Loader{Key: peer.Keys20, Value: peer.Fixed(size)}, 0, n)
	full := used()
	if grown := full - empty; grown < n*(size+20) || grown > 2*n*(size+20) {
		t.Errorf("used_memory grew by %d for %d bytes of keys and values", grown, n*(size+20))
	}
	must(t, c, "FLUSHALL")
	deadline := time.Now().Add(10 * time.Second)
	for used() > empty+(full-empty)/10 {
		if time.Now().After(deadline) {
			t.Fatalf("used_memory is %d after FLUSHALL, %d before the fill", used(), empty)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
