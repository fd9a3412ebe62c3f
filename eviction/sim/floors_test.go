package sim

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The traces are too large for the repository; CACHED_TRACES names the
// directory that holds them. Where they come from stands in docs/eviction.md.
func openTrace(t *testing.T, name string) *Trace {
	t.Helper()
	dir := os.Getenv("CACHED_TRACES")
	if dir == "" {
		t.Skip("CACHED_TRACES names no directory with traces")
	}
	tr, err := Open(filepath.Join(dir, name+".csv.gz"), nil)
	if os.IsNotExist(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	tr.TTLs, tr.Writes = nil, nil // the figures to compare with know neither
	return tr
}

var shares = []string{"0.1%", "1%", "10%", "25%"}

// floors are hit ratios in % that the default policy must reach, values of
// size 1, at the shares above: those of a plain adaptive S3-FIFO, or a little
// less where small caches leave much to chance.
var floors = []struct {
	trace string
	hits  [4]float64
}{
	{"oltp", [4]float64{17.8, 44.9, 67.9, 73.6}},
	{"p3-1500k", [4]float64{0.5, 1.5, 18.0, 47.3}},
	{"scarab-recs", [4]float64{22.5, 41.6, 62.0, 72.2}},
	{"orm-busy-1500k", [4]float64{45.8, 70.1, 85.9, 91.8}},
	{"zipf-1.0", [4]float64{40.4, 58.1, 74.7, 80.4}},
	{"zipf-scan", [4]float64{35.3, 47.5, 54.7, 57.2}},
	{"zipf-loop", [4]float64{21.3, 30.2, 36.4, 38.4}},
	{"corda", [4]float64{33.0, 33.0, 33.0, 33.0}},
	{"web12", [4]float64{16.0, 42.2, 71.7, 79.2}},
	{"zipf-ttl", [4]float64{40.4, 47.7, 64.2, 72.4}},
}

func TestDefaultPolicyReachesItsFloors(t *testing.T) {
	for _, f := range floors {
		t.Run(f.trace, func(t *testing.T) {
			tr := openTrace(t, f.trace)
			for i, row := range play(t, tr, "adaptive", shares...) {
				if 100*row.Hit < f.hits[i] {
					t.Errorf("at %s: %.2f %%, the floor is %.2f %%", row.Size, 100*row.Hit, f.hits[i])
				}
			}
		})
	}
}

// play returns a row for each size, of Setup's zero value but for s.
func play(t *testing.T, tr *Trace, policy string, sizes ...string) []Row {
	t.Helper()
	return playSetup(t, tr, Setup{Overhead: 45}, policy, sizes...)
}

func playSetup(t *testing.T, tr *Trace, s Setup, policy string, sizes ...string) []Row {
	t.Helper()
	plan := Plan{Policies: []string{policy}, Setup: s}
	for _, text := range sizes {
		size, err := parseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		plan.Sizes = append(plan.Sizes, size)
	}
	rows, err := Run(context.Background(), tr, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestExactPoliciesGiveTheKnownValues(t *testing.T) {
	tr := openTrace(t, "oltp")
	for policy, want := range map[string][2]float64{
		"lru": {41.63, 66.52}, "fifo": {36.59, 63.34}, "min": {59.76, 76.21},
	} {
		for i, row := range play(t, tr, policy, "1%", "10%") {
			if got := 100 * row.Hit; math.Abs(got-want[i]) > 0.005 {
				t.Errorf("%s at %s: %.2f %%, it should be %.2f %%", policy, row.Size, got, want[i])
			}
		}
	}
}

// What the server must be able to reach over the wire, with room to spare.
func TestDefaultPolicyReachesItsFloorsInBytes(t *testing.T) {
	for _, f := range []struct {
		trace, size string
		hit         float64
	}{{"oltp", "8mb", 67.0}, {"zipf-1.0", "8mb", 77.3}, {"p3-1500k", "16mb", 16.0}} {
		tr := openTrace(t, f.trace)
		if got := 100 * play(t, tr, "adaptive", f.size)[0].Hit; got < f.hit+1 {
			t.Errorf("%s at %s: %.2f %%, the floor is %.2f %%", f.trace, f.size, got, f.hit)
		}
	}
}

// Instances that share a budget lose little against one, unless they hold but a
// few dozen entries each.
func TestInstancesShareABudget(t *testing.T) {
	for _, name := range []string{"oltp", "zipf-1.0"} {
		tr := openTrace(t, name)
		for policy, most := range map[string]float64{"lru": 0.01, "fifo": 0.01, "adaptive": 0.2, "lfu": 0.5, "gdsf": 0.5, "wtinylfu": 1, "random": 0.3} {
			one := play(t, tr, policy, "10%", "8mb")
			many := playSetup(t, tr, Setup{Overhead: 45, Instances: 16}, policy, "10%", "8mb")
			for i := range one {
				if lost := 100 * (one[i].Hit - many[i].Hit); lost > most {
					t.Errorf("%s under %s at %s: 16 instances lose %.2f points", name, policy, one[i].Size, lost)
				}
			}
		}
	}
}
