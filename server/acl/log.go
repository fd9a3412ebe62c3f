package acl

import (
	"slices"
	"sync"
)

// Log keeps the last refusals for ACL LOG. The same refusal within a minute is
// one entry that counts.
type Log struct {
	mu     sync.Mutex
	max    int
	next   int64             // ID of the next entry
	list   []*Entry          // newest first
	counts [ByAuth + 1]int64 // refusals since the start, by reason
}

// Entry is one refusal, or several alike.
type Entry struct {
	Reason   Reason
	Context  string // "toplevel", "multi" or "lua"
	Object   string // command, key, channel; of a wrong password the command that gave it
	Username string
	Client   string // the last client, as CLIENT LIST shows it

	ID               int64
	Count            int64
	Created, Updated int64 // ms
}

const (
	groupWithin = 60_000 // ms
	groupAmong  = 10     // entries
)

// SetMax bounds the entries that are kept; older ones go with the next refusal.
func (l *Log) SetMax(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.max = n
}

// Add enters a refusal at the time e.Updated.
func (l *Log) Add(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[e.Reason]++
	if old := l.alike(&e); old >= 0 {
		l.raise(old, e)
		return
	}
	e.ID, e.Count, e.Created = l.next, 1, e.Updated
	l.next++
	l.list = append(l.list, &e)
	l.list = l.list[max(len(l.list)-l.max, 0):]
}

// alike finds an entry that e may be counted in.
func (l *Log) alike(e *Entry) int {
	for i := len(l.list) - 1; i >= max(len(l.list)-groupAmong, 0); i-- {
		o := l.list[i]
		if o.Reason == e.Reason && o.Context == e.Context && o.Object == e.Object &&
			o.Username == e.Username && max(e.Updated-o.Updated, o.Updated-e.Updated) <= groupWithin {
			return i
		}
	}
	return -1
}

// raise counts e in entry i, which becomes the newest. Entries were given out, so
// it is replaced, not changed.
func (l *Log) raise(i int, e Entry) {
	o := *l.list[i]
	o.Count++
	o.Updated, o.Client = e.Updated, e.Client
	copy(l.list[i:], l.list[i+1:])
	l.list[len(l.list)-1] = &o
}

// Last returns the newest n entries, newest first.
func (l *Log) Last(n int) []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(l.list[max(len(l.list)-n, 0):])
	slices.Reverse(list)
	return list
}

// Reset forgets all entries.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// Count is how often something was refused for a reason since the start.
func (l *Log) Count(r Reason) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[r]
}
