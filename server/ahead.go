package server

import (
	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/store"
)

// ahead is how far a lane has read into a pipeline. Commands are parsed some at a
// time, so that the memory of all their keys is on its way before the first of
// them runs. Nothing else is done early: gates, limits and time are each
// command's own when its turn comes.
//
// Arguments are slices of the input, which the caller keeps as it is.
type ahead struct {
	calls [store.WarmMost]parsed
	keys  [store.WarmMost][]byte
	next  int // calls[next:n] are still to run
	n     int
	args  [][]byte // memory of the calls' arguments
}

// parsed is a command read from the input.
type parsed struct {
	args [][]byte // none: an empty line
	size int      // bytes of input
}

const (
	aheadArgs = 16 * store.WarmMost // room for arguments; more is made for one command
	leastRoom = 8                   // for the arguments of another command
)

// take returns the next command of in, whose beginning is where the one before
// ended. size = 0: it is not yet complete.
func (a *ahead) take(p *protocol.Parser, in []byte, lim *protocol.Limits, db *store.DB) (c parsed, err error) {
	if a.next == a.n {
		if err := a.read(p, in, lim); err != nil || a.n == 0 {
			return parsed{}, err
		}
		if a.n > 1 {
			a.warm(db)
		}
	}
	a.next++
	return a.calls[a.next-1], nil
}

// read parses what is whole. A fault behind other commands is left for when
// they have run.
func (a *ahead) read(p *protocol.Parser, in []byte, lim *protocol.Limits) error {
	a.forget()
	room := a.args[:0]
	for a.n < len(a.calls) && len(in) > 0 {
		size, args, err := p.Next(in, room, lim)
		if err != nil && a.n > 0 {
			p.Reset()
			return nil
		}
		if err != nil || size == 0 {
			return err
		}
		a.calls[a.n] = parsed{args, size}
		a.n++
		if cap(args) > cap(a.args) {
			a.args = args[:0]
		}
		in, room = in[size:], args[len(args):]
		if cap(room) < max(len(args), leastRoom) {
			break
		}
	}
	return nil
}

// warm has the keys' memory fetched. Nearly all commands name their key first;
// to be wrong about the others costs them nothing.
func (a *ahead) warm(db *store.DB) {
	n := 0
	for i := range a.calls[:a.n] {
		if args := a.calls[i].args; len(args) > 1 {
			a.keys[n] = args[1]
			n++
		}
	}
	db.Warm(a.keys[:n])
}

// drop forgets what was read and not run: it will be read again.
func (a *ahead) drop(p *protocol.Parser) {
	if a.next < a.n {
		a.forget()
		p.Reset()
	}
}

// forget empties the queue.
func (a *ahead) forget() { a.next, a.n = 0, 0 }
