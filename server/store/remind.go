package store

import (
	"encoding/binary"

	"github.com/cachedserver/cached/server/value"
)

// A hash may have fields that end before their key. A reminder wakes the stripe
// when the first of them is due: a block in the form of an entry without key,
// so that the wheel can hold it, that names the entry of the hash:
//
//	 0            1   4    5  6                 22      26
//	+------------+---+----+--+-----------------+-------+
//	| T, kind 7  | - | 0  | 0| expires, links  | entry |
//	+------------+---+----+--+-----------------+-------+
//
// A hash has one at most. It may come too early (the field was deleted or lives
// longer now), never too late: whoever gives a field an expiry calls Remind.
const (
	reminderLen   = fixedLen + 1 + ttlLen + 4
	reminderBytes = 24 // of reminders, the map, an entry: a guess
	purgeStep     = 64 // fields that one waking deletes at most
)

func isReminder(e entry) bool { return e[0] == byte(chunkKind)|hasTTL }

// Remind has the store delete fields of the hash that are past their expiry
// from a time on: at, in ms.
func (it *Item) Remind(at int64) {
	if at != 0 {
		it.s.remind(it.handle, at, it.v.now)
	}
}

// remind sets or hastens the reminder of a hash's entry.
func (s *stripe) remind(handle uint32, at, now int64) {
	r, there := s.reminders[handle]
	if there {
		if entry(s.heap.Bytes(r)).expireAt() <= at {
			return
		}
		s.wheel.remove(r)
	} else {
		r = s.newReminder(handle)
	}
	putTime(entry(s.heap.Bytes(r)).timer(), at)
	s.wheel.start(now)
	s.wheel.add(r)
	s.noteDue()
}

func (s *stripe) newReminder(handle uint32) uint32 {
	quiet := s.heap.Quiet
	s.heap.Quiet = true
	r := s.heap.Alloc(reminderLen)
	s.heap.Quiet = quiet
	b := s.heap.Bytes(r)
	clear(b)
	b[0] = byte(chunkKind) | hasTTL
	binary.LittleEndian.PutUint32(b[reminderLen-4:], handle)
	if s.reminders == nil {
		s.reminders = map[uint32]uint32{}
	}
	s.reminders[handle] = r
	return r
}

// forget takes the reminder of an entry away, if it has one.
func (s *stripe) forget(handle uint32) {
	if len(s.reminders) == 0 {
		return
	}
	if r, there := s.reminders[handle]; there {
		s.wheel.remove(r)
		s.heap.Free(r)
		delete(s.reminders, handle)
		s.noteDue()
	}
}

// wake deletes due fields of the hash that a due reminder names, and the hash
// when none is left. budget is lowered by the fields.
func (s *stripe) wake(reminder uint32, now int64, budget *int) {
	handle := uint32(u32(s.heap.Bytes(reminder)[reminderLen-4:]))
	s.forget(handle)
	e := entry(s.heap.Bytes(handle))
	ix := s.ids[e.index()]
	if ix.db < 0 {
		return // flushed: its entries go soon
	}
	s.preserve(handle)
	s.waker = Item{v: &s.wakerView, s: s, ix: ix, handle: handle, past: s.pastTree(handle)}
	h := value.OpenHash(&s.waker, nil)
	n := h.Purge(now, purgeStep)
	*budget -= n
	s.fieldsExpired += int64(n)
	if n > 0 {
		s.removed(ix, s.heap.Bytes(handle), FieldsExpired)
	}
	if h.Len() == 0 {
		e := entry(s.heap.Bytes(handle))
		s.removed(ix, e, Emptied)
		s.drop(ix, handle, s.ks.hash.sum(s.key(e)), false)
		return
	}
	s.remindOf(&h, handle, now)
}

// remindOf sets the reminder that a hash's fields ask for.
func (s *stripe) remindOf(h *value.Hash, handle uint32, now int64) {
	if at := h.NextExpiry(); at != 0 {
		s.remind(handle, at, now)
	}
}

// gone tells whether an entry counts as absent at a time: it is past its expiry, or
// a hash whose fields all are.
func (s *stripe) gone(handle uint32, e entry, now int64) bool {
	return e.expired(now) || len(s.reminders) > 0 && e.kind() == Hash && s.hollow(handle, now)
}

// hollow tells whether all fields of a hash are past their expiry. Its reminder
// comes no later than the first of them, so the fields are rarely looked at.
func (s *stripe) hollow(handle uint32, now int64) bool {
	r, there := s.reminders[handle]
	if !there || entry(s.heap.Bytes(r)).expireAt() > now {
		return false
	}
	s.waker = Item{v: &s.wakerView, s: s, handle: handle}
	h := value.OpenHash(&s.waker, nil)
	return h.Live(now) == 0
}

// tellGone tells who wants to know that an entry which is about to go was gone already.
func (s *stripe) tellGone(ix *index, handle uint32, e entry, now int64) (gone bool) {
	switch {
	case e.expired(now):
		s.removed(ix, e, Expired)
	case s.gone(handle, e, now):
		h := value.OpenHash(&s.waker, nil)
		s.fieldsExpired += int64(h.Len())
		s.removed(ix, e, FieldsExpired)
		s.removed(ix, e, Emptied)
	default:
		return false
	}
	return true
}
