package stats

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// errorKinds bounds the kinds of errors that are told apart, since a script may
// make up any number.
const errorKinds = 128

// overflowKind counts the errors beyond errorKinds.
const overflowKind = "ERRORSTATS_OVERFLOW"

// Errors counts error replies by their first word.
type Errors struct {
	mu     sync.Mutex
	counts map[string]uint64 // guarded by mu
	total  uint64            // guarded by mu
}

// ErrorCount is one kind of error and how often it was replied.
type ErrorCount struct {
	Kind  string
	Count uint64
}

// Add counts an error reply by its text, with or without the leading '-'.
func (e *Errors) Add(text string) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), " ")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.total++
	if _, known := e.counts[kind]; !known {
		if e.counts == nil {
			e.counts = make(map[string]uint64)
		}
		if len(e.counts) >= errorKinds {
			kind = overflowKind
		}
		kind = strings.Clone(kind)
	}
	e.counts[kind]++
}

// Counts returns the kinds seen, by name.
func (e *Errors) Counts() []ErrorCount {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]ErrorCount, 0, len(e.counts))
	for _, kind := range slices.Sorted(maps.Keys(e.counts)) {
		out = append(out, ErrorCount{kind, e.counts[kind]})
	}
	return out
}

// Total is the number of error replies.
func (e *Errors) Total() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.total
}

// Reset forgets all.
func (e *Errors) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts, e.total = nil, 0
}
