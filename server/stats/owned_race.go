//go:build race

package stats

import "sync/atomic"

func addOwned(p *uint64, n uint64) { atomic.AddUint64(p, n) }
