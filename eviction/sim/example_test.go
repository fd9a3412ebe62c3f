package sim_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/cachedserver/cached/eviction/sim"
)

// requests go round five keys, in a cache of four.
func requests() *sim.Trace {
	t, err := sim.Read(strings.NewReader(strings.Repeat("a\nb\nc\nd\ne\n", 20)))
	if err != nil {
		panic(err)
	}
	t.Name = "circle"
	return t
}

func ExamplePlay() {
	for _, policy := range []string{"lru", sim.Belady} {
		r, err := sim.Play(requests(), sim.Setup{Policy: policy, Capacity: 4, Unit: true})
		fmt.Printf("%s %.2f %v\n", policy, r.HitRatio(), err)
	}
	// Output:
	// lru 0.00 <nil>
	// min 0.76 <nil>
}

func ExampleRun() {
	sizes, _ := sim.ParseSizes("2,80%")
	rows, err := sim.Run(context.Background(), requests(), sim.Plan{Policies: []string{"fifo", "min"}, Sizes: sizes}, nil)
	if err != nil {
		panic(err)
	}
	sim.WriteText(os.Stdout, rows)
	// Output:
	// circle, hit ratio in %
	//
	//                     2      80%
	//   fifo           0.00     0.00
	//   min           38.00    76.00
}

func ExampleRead() {
	t, err := sim.Read(strings.NewReader("user:1,120\nuser:2,80\nuser:1,120\n"))
	fmt.Println(t.Keys, t.Sizes, t.Distinct, err)
	// Output: [0 1 0] [120 80 120] 2 <nil>
}

func ExampleParseSizes() {
	sizes, err := sim.ParseSizes("10%,1mb")
	fmt.Println(sizes, sizes[0].InBytes(), sizes[1].InBytes(), err)
	_, err = sim.ParseSizes("much")
	fmt.Println(err)
	// Output:
	// [10% 1mb] false true <nil>
	// size "much" is none; write 1% (of the keys), 5000 (values) or 8mb
}
