package rdb

import (
	"github.com/cachedserver/cached/server/store"
)

const (
	packMost  = 16 << 20 // longer strings are not packed: it would take too long at a time
	stepElems = 128      // elements of a large collection appended under its lock,
	stepBytes = 16 << 10 // or so many bytes
)

// Record writes one key of a snapshot.
func (w *Writer) Record(r *store.Record) error {
	switch {
	case r.Kind == store.String:
		w.key(r.DB, typeString, r.Key, r.ExpireAt)
		w.text(r)
	case r.InSteps():
		w.inSteps(r)
	default:
		t := typeOf(r.Kind, r)
		w.key(r.DB, t, r.Key, r.ExpireAt)
		w.a.collection(r.Kind, t, r)
	}
	w.settle()
	return w.err
}

func (w *Writer) text(r *store.Record) {
	n, isInt := r.Int()
	text := r.Payload()
	switch {
	case isInt && n == int64(int32(n)):
		w.a.int(n)
	case isInt:
		w.a.digits(n)
	case len(text) <= packMost:
		w.a.string(text)
	default: // written from where it lies
		w.a.length(uint64(len(text)))
		w.flush()
		w.emit(text)
	}
}

// inSteps writes a large collection while others write, too.
func (w *Writer) inSteps(r *store.Record) {
	walk := walk{kind: r.Kind, it: r}
	r.View(func() {
		walk.t = typeOf(r.Kind, r)
		w.key(r.DB, walk.t, r.Key, r.ExpireAt)
		walk.begin(&w.a)
	})
	for more := true; more && w.err == nil; {
		r.View(func() { more = walk.step(&w.a, stepElems, stepBytes) })
		w.settle()
	}
}
