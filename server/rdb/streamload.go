package rdb

import "github.com/cachedserver/cached/server/value"

// streamLoader makes a stream of its parts.
type streamLoader struct {
	s        value.Stream
	group    *value.StreamGroup
	consumer *value.StreamConsumer
	pending  map[StreamID]StreamPending // of the group, not yet given to a consumer
}

func (l *streamLoader) add(part any) error {
	ok := true
	switch p := part.(type) {
	case StreamEntry:
		if ok = p.ID.Compare(l.s.Last()) > 0 && len(p.Fields) > 0; ok {
			l.s.Append(p.ID, p.Fields)
		}
	case StreamMeta:
		if ok = p.Last.Compare(l.s.Top()) >= 0; ok {
			l.s.SetFigures(p.Last, p.Max, p.Added)
		}
	case StreamGroup:
		if _, taken := l.s.Group(p.Name); taken {
			return ErrFormat
		}
		l.group, l.pending = l.s.CreateGroup(p.Name, p.Last, p.Read), map[StreamID]StreamPending{}
	case StreamPending:
		l.pending[p.ID] = p
	case StreamConsumer:
		if _, taken := l.group.Consumer(p.Name); taken {
			return ErrFormat
		}
		l.consumer = l.group.CreateConsumer(p.Name, p.Seen)
		l.consumer.Active = p.Active
		l.consumer.Save()
	case StreamOwned:
		var was StreamPending
		if was, ok = l.pending[p.ID]; ok {
			l.consumer.Deliver(p.ID, was.Delivered, was.Count)
			delete(l.pending, p.ID)
		}
	}
	if !ok {
		return ErrFormat
	}
	return nil
}
