// Package enginetest runs commands on an engine alone: no server, connection or
// clock. Scripts that test commands run here as well as over the wire, and time
// passes when the test says so.
package enginetest

import (
	"strings"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/engine"
	"github.com/cachedserver/cached/server/store"
)

// Lab is an engine with its data commands, its clients and its time. Not safe
// for two goroutines.
type Lab struct {
	Engine *engine.Engine

	log   engine.Log
	table *command.Table
	views map[int]*store.DB // by client
	now   int64             // ms
	seed  uint64
}

// New makes a lab over a fresh keyspace. The caller closes it.
func New(o store.Options) (*Lab, error) {
	table, err := command.NewTable(command.Data())
	if err != nil {
		return nil, err
	}
	ks, err := store.Open(o)
	if err != nil {
		return nil, err
	}
	e := engine.New(ks, func(b engine.Breakdown) { panic(b) })
	return &Lab{
		Engine: e, log: engine.Solo{Engine: e}, table: table,
		views: make(map[int]*store.DB), now: start,
	}, nil
}

// start is when a lab's time begins: late enough for every relative time to be
// tried, and the same in each run.
const start = 1_700_000_000_000

// Close gives the keyspace back.
func (l *Lab) Close() error { return l.Engine.Keyspace().Close() }

// Knows tells whether there is a data command of that name, as "GET" or
// "OBJECT ENCODING".
func (l *Lab) Knows(name string) bool {
	return l.table.Find(strings.Join(strings.Fields(name), "|")) != nil
}

// Sleep lets time pass.
func (l *Lab) Sleep(d time.Duration) {
	l.now += d.Milliseconds()
	for l.Engine.Step(l.now, true) {
	}
}

// Do runs a command for a client and returns the encoded reply.
func (l *Lab) Do(client int, args []string) []byte {
	var w protocol.Writer
	words := make([][]byte, len(args))
	for i, a := range args {
		words[i] = []byte(a)
	}
	if cmd, err := l.table.Resolve(words); err != nil {
		w.Error(err)
	} else {
		l.run(cmd, words, l.view(client), &w)
	}
	return flat(&w)
}

func (l *Lab) view(client int) *store.DB {
	if l.views[client] == nil {
		l.views[client] = l.Engine.Keyspace().View()
	}
	return l.views[client]
}

func (l *Lab) run(cmd *command.Command, args [][]byte, db *store.DB, w *protocol.Writer) {
	l.seed++
	c := &command.Call{Cmd: cmd, Args: args, DB: db, Now: l.now, Rand: command.NewRand(l.seed), Out: w}
	if cmd.Is(command.DenyOOM) {
		for room := engine.Tight; room == engine.Tight; {
			if room = l.Engine.MakeRoom(l.now); room == engine.None {
				w.Error(protocol.ErrOOM)
				return
			}
		}
	}
	if cmd.Is(command.Write) {
		l.log.Propose(c)
	} else if l.log.ReadBarrier(c) {
		l.Engine.Read(c)
	}
}

// flat joins what a client would receive.
func flat(w *protocol.Writer) (b []byte) {
	for !w.Empty() {
		n := 0
		for _, chunk := range w.Buffers(nil) {
			b = append(b, chunk...)
			n += len(chunk)
		}
		w.Advance(n)
	}
	return b
}
