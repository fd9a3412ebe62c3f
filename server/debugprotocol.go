package server

import (
	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
)

// samples of every type of reply, for client authors.
var replySamples = map[string]func(*protocol.Writer){
	"string":   func(w *protocol.Writer) { w.BulkString("Hello World") },
	"integer":  func(w *protocol.Writer) { w.Int(12345) },
	"double":   func(w *protocol.Writer) { w.Double(3.141) },
	"bignum":   func(w *protocol.Writer) { w.BigNumber("1234567999999999999999999999999999999") },
	"null":     func(w *protocol.Writer) { w.Null() },
	"array":    func(w *protocol.Writer) { w.Array(3); countToThree(w) },
	"set":      func(w *protocol.Writer) { w.Set(3); countToThree(w) },
	"map":      sampleMap,
	"push":     samplePush,
	"attrib":   sampleAttribute,
	"true":     func(w *protocol.Writer) { w.Bool(true) },
	"false":    func(w *protocol.Writer) { w.Bool(false) },
	"verbatim": func(w *protocol.Writer) { w.Verbatim("txt", "This is a verbatim\nstring") },
}

func countToThree(w *protocol.Writer) {
	for i := range 3 {
		w.Int(int64(i))
	}
}

func sampleMap(w *protocol.Writer) {
	w.Map(3)
	for i := range 3 {
		w.Int(int64(i))
		w.Bool(i == 1)
	}
}

// sampleAttribute is no reply by itself, so one follows.
func sampleAttribute(w *protocol.Writer) {
	if w.Attribute(1) {
		w.BulkString("key-popularity")
		w.Array(2)
		w.BulkString("key:123")
		w.Int(90)
	}
	w.BulkString("Some real reply following the attribute")
}

// samplePush is followed by a reply, so that a client which drops messages that
// nobody asked for has something to return.
func samplePush(w *protocol.Writer) {
	if w.Proto() < 3 {
		w.Error(errPushProto)
		return
	}
	w.Push(2)
	w.BulkString("server-cpu-usage")
	w.Int(42)
	w.BulkString("Some real reply following the push reply")
}

func (s *session) debugProtocol(c *command.Call) {
	sample := replySamples[lower(c.Args[2])]
	if sample == nil {
		c.Out.Error(errSampleType)
		return
	}
	sample(c.Out)
}
