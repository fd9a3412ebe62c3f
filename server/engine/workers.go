package engine

import "sync"

// Workers run what may take longer than a network loop can wait: a bounded
// number of goroutines, started on demand and gone when idle.
type Workers struct {
	slots chan struct{}
	wg    sync.WaitGroup
}

// NewWorkers returns a pool of at most n jobs at a time.
func NewWorkers(n int) *Workers {
	return &Workers{slots: make(chan struct{}, max(n, 1))}
}

// Go runs job on a worker. Never blocks: a job waits for its turn in a
// goroutine of its own, so their number is bounded by the parked sessions.
func (w *Workers) Go(job func()) {
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		w.slots <- struct{}{}
		defer func() { <-w.slots }()
		job()
	}()
}

// Wait returns when all jobs are done. No job may be added meanwhile.
func (w *Workers) Wait() { w.wg.Wait() }
