package server

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachedserver/cached/server/stats"
)

func TestHumanSizesReadAsRedisWritesThem(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1.00K", 1536: "1.50K", 1 << 20: "1.00M", 25276518400: "23.54G", 3 << 40: "3.00T"} {
		if got := human(n); got != want {
			t.Errorf("human(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestInfoTextSeparatesSectionsByAnEmptyLine(t *testing.T) {
	got := infoText([]stats.Section{{Name: "A", Fields: []stats.Field{{Name: "x", Value: "1"}}}, {Name: "B"}})
	if want := "# A\r\nx:1\r\n\r\n# B\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := infoText(nil); got != "" {
		t.Errorf("no section: %q", got)
	}
}

func TestSectionsAreChosenByNameOrBySet(t *testing.T) {
	chosen := func(names ...string) string {
		var all []string
		for _, s := range infoSections {
			if s.wanted(names) {
				all = append(all, s.name)
			}
		}
		return strings.Join(all, " ")
	}
	const plain = "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace"
	for _, c := range []struct{ ask, want string }{
		{"", plain},
		{"default", plain},
		{"CPU", "CPU"},
		{"keyspace server", "Server Keyspace"},
		{"nosuch", ""},
		{"latencystats default", strings.Replace(plain, "Errorstats", "Errorstats Latencystats", 1)},
		{"all", "Server Clients Memory Persistence Stats Replication CPU Modules Commandstats Errorstats Latencystats Cluster Keyspace"},
	} {
		if got := chosen(strings.Fields(c.ask)...); got != c.want {
			t.Errorf("INFO %s: %q, want %q", c.ask, got, c.want)
		}
	}
}

func TestThePeakOfMemoryOnlyRises(t *testing.T) {
	var s samples
	for _, n := range []int64{5, 9, 3} {
		s.peak(n)
	}
	if got := s.peakBytes.Load(); got != 9 {
		t.Errorf("peak %d, want 9", got)
	}
	if s.heap.held() < 100<<10 {
		t.Errorf("the Go heap holds %d bytes", s.heap.held())
	}
}

func TestWhatDebugDoesCountsAsDebug(t *testing.T) {
	srv := start(t, "--enable-debug-command", "yes")
	c := dial(t, srv)
	c.expect("DEBUG SLEEP 0", "OK", "DEBUG STRINGMATCH-TEST", "OK", "DEBUG ERROR 'X y'", "X y")
	text := c.text("INFO commandstats")
	if !strings.Contains(text, "cmdstat_debug:calls=3,") || strings.Contains(text, "debug|") {
		t.Errorf("INFO commandstats: %s", text)
	}
}

func TestExpiredFieldsAreCounted(t *testing.T) {
	srv := start(t)
	c := dial(t, srv)
	c.expect("HSET h a 1 b 2", "(integer) 2")
	c.do("HPEXPIRE h 1 FIELDS 1 a")
	eventually(t, "a field has expired", func() bool { return c.info("expired_subkeys") == "1" })
}

func TestAHashWhoseFieldsHaveAllExpiredIsAbsent(t *testing.T) {
	for _, fields := range []int{2, 2000} {
		srv := start(t, "--enable-debug-command", "yes")
		c := dial(t, srv)
		c.expect("DEBUG SET-ACTIVE-EXPIRE 0", "OK")
		for _, key := range []string{"a", "b", "c"} {
			line := "HSETEX " + key + " PX 100 FIELDS " + strconv.Itoa(fields)
			for i := range fields {
				line += fmt.Sprintf(" %d v", i)
			}
			c.expect(line, "(integer) 1")
		}
		c.expect("HSET c stays v", "(integer) 1")
		time.Sleep(110 * time.Millisecond)
		c.expect("EXISTS a b c", "(integer) 1", "TYPE a", "none", "TYPE c", "hash",
			"RANDOMKEY", "c", "HLEN c", "(integer) 1", "DEL a", "(integer) 0", "LPUSH b x", "(integer) 1", "DBSIZE", "(integer) 2")
	}
}
