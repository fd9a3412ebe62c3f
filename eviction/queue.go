package eviction

// links joins slots into queues. A slot stands in one queue at most, so all
// queues of a policy share them: 8 bytes a slot, however many queues.
type links struct{ column[link] }

type link struct{ older, newer uint32 }

// queue is a list of slots from oldest to newest; a slot can leave from
// anywhere. Everything is O(1).
type queue struct {
	oldest, newest uint32
	len            int
}

func newQueue() queue { return queue{oldest: none, newest: none} }

// push makes slot, which is in no queue, the newest.
func (q *queue) push(l *links, slot uint32) {
	*l.at(slot) = link{older: q.newest, newer: none}
	if q.newest == none {
		q.oldest = slot
	} else {
		l.at(q.newest).newer = slot
	}
	q.newest = slot
	q.len++
}

func (q *queue) remove(l *links, slot uint32) {
	k := *l.at(slot)
	if k.older == none {
		q.oldest = k.newer
	} else {
		l.at(k.older).newer = k.newer
	}
	if k.newer == none {
		q.newest = k.older
	} else {
		l.at(k.newer).older = k.older
	}
	q.len--
}

// each yields from the oldest on and reports whether it came to the end.
func (q *queue) each(l *links, yield func(slot uint32) bool) bool {
	for s := q.oldest; s != none; {
		next := l.at(s).newer
		if !yield(s) {
			return false
		}
		s = next
	}
	return true
}
