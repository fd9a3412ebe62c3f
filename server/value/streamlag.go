package value

// How far a group is behind. A stream counts the entries ever added, a group those
// that it has read; the difference is the group's lag as long as nothing in between
// was deleted. After a deletion the count is known again only at some places.

// CountRead moves a group's count of entries read on to the one with an ID above the
// group's Last, which is being delivered.
func (s *Stream) CountRead(g *StreamGroup, id StreamID) {
	switch {
	case g.Read != UnknownRead && !s.gapFrom(id):
		g.Read++
	case s.fig.added > 0:
		g.Read = s.readAt(id)
	}
}

// Lag returns how many entries a group has still to read. Not ok: nobody knows.
func (s *Stream) Lag(g *StreamGroup) (lag int64, ok bool) {
	added := int64(s.fig.added)
	if added == 0 {
		return 0, true
	}
	if g.Read != UnknownRead && !s.gapFrom(g.Last) {
		return added - g.Read, true
	}
	read := s.readAt(g.Last)
	return added - read, read != UnknownRead
}

// gapFrom tells whether an entry at or behind an ID was deleted.
func (s *Stream) gapFrom(id StreamID) bool {
	deleted := s.fig.maxDeleted
	if s.fig.length == 0 || deleted == (StreamID{}) || s.First().Compare(deleted) > 0 {
		return false
	}
	return id.Compare(deleted) <= 0
}

// readAt returns how many entries were ever added up to an ID, or UnknownRead.
func (s *Stream) readAt(id StreamID) int64 {
	added, length := int64(s.fig.added), int64(s.fig.length)
	last := id.Compare(s.fig.last)
	switch {
	case added == 0:
		return 0
	case length == 0 && last <= 0, last == 0:
		return added
	case last > 0:
		return UnknownRead
	}
	first := s.First()
	if s.fig.maxDeleted == (StreamID{}) || s.fig.maxDeleted.Compare(first) < 0 {
		switch c := id.Compare(first); {
		case c < 0:
			return added - length
		case c == 0:
			return added - length + 1
		}
	}
	return UnknownRead
}
