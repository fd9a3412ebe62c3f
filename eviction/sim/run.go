package sim

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/cachedserver/cached/eviction"
)

// Plan is a set of caches to play a trace through: each policy at each size.
type Plan struct {
	Policies []string
	Sizes    []Size
	// Setup has what is the same for all; its Policy, Capacity and Unit are
	// not looked at.
	Setup Setup
}

// Row is the outcome for one trace, policy and size.
type Row struct {
	Trace    string  `json:"trace"`
	Size     string  `json:"size"`
	Capacity int64   `json:"capacity"`
	Bytes    bool    `json:"in_bytes"`
	Policy   string  `json:"policy"`
	Hit      float64 `json:"hit_ratio"`
	ByteHit  float64 `json:"byte_hit_ratio"`
	Result
}

// Policies lists the names that a Plan may have: eviction's and Belady.
func Policies() []string { return append(eviction.Names(), Belady) }

// Check reports the first name that is no policy's.
func (p Plan) Check() error {
	for _, name := range p.Policies {
		if !slices.Contains(Policies(), name) {
			return fmt.Errorf("no policy %q; there are %s", name, strings.Join(Policies(), ", "))
		}
	}
	return nil
}

// Run plays the trace through every cache of the plan, as many at a time as
// there are processors, and returns the rows in the plan's order, sizes
// before policies. progress, if not nil, is told how many caches are done.
func Run(ctx context.Context, t *Trace, p Plan, progress Progress) ([]Row, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(p.Sizes)*len(p.Policies))
	for _, size := range p.Sizes {
		for _, policy := range p.Policies {
			rows = append(rows, Row{Trace: t.Name, Size: size.String(), Capacity: size.Of(t), Bytes: size.InBytes(), Policy: policy})
		}
	}
	err := eachParallel(ctx, len(rows), progress, func(i int) (err error) {
		r, s := &rows[i], p.Setup
		s.Policy, s.Capacity, s.Unit = r.Policy, r.Capacity, !r.Bytes
		if r.Result, err = Play(t, s); err != nil {
			return fmt.Errorf("%s at %s under %s: %w", t.Name, r.Size, r.Policy, err)
		}
		r.Hit, r.ByteHit = r.HitRatio(), r.ByteHitRatio()
		return nil
	})
	return rows, err
}

// eachParallel calls do(0) to do(n-1), and returns the first error once all
// calls that had begun are over.
func eachParallel(ctx context.Context, n int, progress Progress, do func(i int) error) error {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex // guards next, done, first
		next  int
		done  int64
		first error
	)
	work := func() {
		mu.Lock()
		defer mu.Unlock()
		for next < n && first == nil && ctx.Err() == nil {
			i := next
			next++
			mu.Unlock()
			err := do(i)
			mu.Lock()
			if first == nil {
				first = err
			}
			if done++; progress != nil {
				progress(done, int64(n))
			}
		}
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(work)
	}
	wait.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}
