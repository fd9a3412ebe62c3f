package network

import "sync"

// message asks a thread to do something for a connection.
type message struct {
	conn  *Conn
	kind  messageKind
	fn    func(*Conn)
	bytes []byte
	err   error
}

type messageKind uint8

const (
	wake  messageKind = iota
	call              // fn
	send              // bytes
	cut               // err
	adopt             // conn is new
	chore             // fn, conn is nil
)

// mailbox carries messages from any goroutine to one thread, which is rung
// once for all that gathered since it last looked.
//
// No ring is lost: asleep is set only when the list is seen empty under the
// lock, and each put that finds it set clears it and rings.
type mailbox struct {
	mu     sync.Mutex
	list   []message
	asleep bool
	shut   bool // nobody will look again
}

// put adds a message and tells whether the thread must be rung.
func (b *mailbox) put(m message) (ring bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut {
		return false
	}
	b.list = append(b.list, m)
	ring, b.asleep = b.asleep, false
	return ring
}

// take returns what gathered, leaving spare's memory to be filled next.
func (b *mailbox) take(spare []message) []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.list
	b.list = spare[:0]
	return list
}

// sleep tells whether the thread may wait to be rung: there is no message.
func (b *mailbox) sleep() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asleep = len(b.list) == 0
	return b.asleep
}

// wakeUp notes that the thread stopped waiting without having been rung.
func (b *mailbox) wakeUp() {
	b.mu.Lock()
	b.asleep = false
	b.mu.Unlock()
}

// close drops all messages, now and later.
func (b *mailbox) close() {
	b.mu.Lock()
	b.list, b.shut = nil, true
	b.mu.Unlock()
}
