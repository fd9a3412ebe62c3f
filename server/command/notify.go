package command

import "strings"

// NotifyClass is a set of classes of keyspace events, as chosen by
// notify-keyspace-events.
type NotifyClass uint16

// The classes, with the letter that configures each.
const (
	NotifyKeyspace NotifyClass = 1 << iota // K: publish under __keyspace@db__
	NotifyKeyevent                         // E: publish under __keyevent@db__
	NotifyGeneric                          // g: DEL, EXPIRE, RENAME...
	NotifyString                           // $
	NotifyList                             // l
	NotifySet                              // s
	NotifyHash                             // h
	NotifyZSet                             // z
	NotifyExpired                          // x
	NotifyEvicted                          // e
	NotifyStream                           // t
	NotifyKeyMiss                          // m: a read found nothing; not in A
	NotifyModule                           // d
	NotifyNew                              // n: a key was created; not in A

	// NotifyAll is what "A" stands for.
	NotifyAll = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash |
		NotifyZSet | NotifyExpired | NotifyEvicted | NotifyStream | NotifyModule
)

const notifyLetters = "KEg$lshzxetmdn"

// ParseNotify reads the letters of notify-keyspace-events.
func ParseNotify(letters string) (NotifyClass, bool) {
	var set NotifyClass
	for _, l := range letters {
		if l == 'A' {
			set |= NotifyAll
			continue
		}
		i := strings.IndexRune(notifyLetters, l)
		if i < 0 {
			return 0, false
		}
		set |= 1 << i
	}
	return set, true
}

// String gives the letters back in the form of CONFIG GET: "A" for all the
// classes it stands for, then the letters of classes outside it.
func (s NotifyClass) String() string {
	var out strings.Builder
	// Redis writes A or the single classes first, then K, E, m and n.
	if s&NotifyAll == NotifyAll {
		out.WriteByte('A')
		s &^= NotifyAll
	}
	for _, part := range []NotifyClass{NotifyAll, NotifyKeyspace | NotifyKeyevent, NotifyKeyMiss | NotifyNew} {
		for i := range len(notifyLetters) {
			if s&part&(1<<i) != 0 {
				out.WriteByte(notifyLetters[i])
			}
		}
	}
	return out.String()
}

// Names of events that concern a whole database: they have no key, and are for the
// engine and its listeners only.
const (
	Swept    = "swept"     // one was emptied
	SweptAll = "swept all" // all were
	Swapped  = "swapped"   // one took the contents of another
)

// Event is one keyspace event. Without a key it concerns the whole database.
type Event struct {
	Class NotifyClass
	Name  string
	DB    int
	Key   []byte
}

// Notify notes that key was changed, as the event that Redis would publish. It is
// the one place through which handlers report changes of single keys.
func (c *Call) Notify(class NotifyClass, event string, key []byte) {
	c.notifyAt(class, event, key, c.DB.Index())
}

// notifyAt is Notify for a key of another database (COPY, MOVE).
func (c *Call) notifyAt(class NotifyClass, event string, key []byte, db int) {
	if class&(NotifyKeyMiss|NotifyNew) == 0 {
		c.Changes++
	}
	if c.Wanted&class != 0 {
		c.Events = append(c.Events, Event{class, event, db, key})
	}
}

// notifyWhole notes that a whole database was changed.
func (c *Call) notifyWhole(event string, db int) {
	c.Changes++
	if c.Wanted != 0 {
		c.Events = append(c.Events, Event{Name: event, DB: db})
	}
}

// creates notes that key is about to be made, if it is. Asked only when someone
// wants to know, for it costs a lookup.
func (c *Call) creates(key []byte) {
	if c.Wanted&NotifyNew == 0 {
		return
	}
	if _, found := c.DB.Peek(key); !found {
		c.Notify(NotifyNew, "new", key)
	}
}
