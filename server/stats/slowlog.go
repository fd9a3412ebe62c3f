package stats

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// What a slow log entry keeps of a command, as in Redis.
const (
	slowlogArgs  = 32
	slowlogBytes = 128
)

// SlowEntry is one command that took long.
type SlowEntry struct {
	ID     int64
	Time   int64 // unix seconds
	Usec   int64
	Args   []string // at most 32, each of at most 128 bytes and a remark
	Client string   // address
	Name   string   // as of CLIENT SETNAME
}

// Slowlog is the ring of the last commands at or above a threshold.
type Slowlog struct {
	threshold atomic.Int64 // microseconds; negative: off
	mu        sync.Mutex
	nextID    int64       // guarded by mu
	max       int         // guarded by mu
	ring      []SlowEntry // guarded by mu; oldest first
}

// Slow tells whether a command of ns nanoseconds belongs into the log. One
// atomic load: sessions ask after each command.
func (l *Slowlog) Slow(ns int64) bool {
	t := l.threshold.Load()
	return t >= 0 && ns >= t*1000
}

// Add logs a command. The arguments are copied.
func (l *Slowlog) Add(now, usec int64, args [][]byte, client, name string) {
	e := SlowEntry{Time: now, Usec: usec, Args: trimArgs(args), Client: client, Name: name}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = l.nextID
	l.nextID++
	if l.max == 0 {
		return
	}
	l.ring = append(l.ring, e)
	l.trim()
}

// Get returns the newest n entries, newest first; all for n < 0.
func (l *Slowlog) Get(n int) []SlowEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 0 || n > len(l.ring) {
		n = len(l.ring)
	}
	out := make([]SlowEntry, n)
	for i := range out {
		out[i] = l.ring[len(l.ring)-1-i]
	}
	return out
}

// Len is the number of entries held.
func (l *Slowlog) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ring)
}

// Reset forgets all entries; identifiers go on.
func (l *Slowlog) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring = nil
}

// SetThreshold sets slowlog-log-slower-than (microseconds; negative: off).
func (l *Slowlog) SetThreshold(usec int64) { l.threshold.Store(usec) }

// SetMax sets slowlog-max-len.
func (l *Slowlog) SetMax(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.max = max(n, 0)
	l.trim()
}

// trim drops the oldest entries over max. l.mu is held.
func (l *Slowlog) trim() {
	over := len(l.ring) - l.max
	if over <= 0 {
		return
	}
	clear(l.ring[:over])
	l.ring = l.ring[over:]
}

// trimArgs copies the arguments with Redis's limits and remarks.
func trimArgs(args [][]byte) []string {
	n := min(len(args), slowlogArgs)
	out := make([]string, n)
	for i := range out {
		out[i] = trimArg(args[i])
	}
	if len(args) > slowlogArgs {
		out[n-1] = fmt.Sprintf("... (%d more arguments)", len(args)-slowlogArgs+1)
	}
	return out
}

func trimArg(a []byte) string {
	if len(a) <= slowlogBytes {
		return string(a)
	}
	return fmt.Sprintf("%s... (%d more bytes)", a[:slowlogBytes], len(a)-slowlogBytes)
}
