package server

import (
	"strconv"

	"github.com/cachedserver/cached/server/command"
)

// events is the server's ear at the engine: what it hears becomes keyspace
// notifications and invalidations of what clients cache. It is called under the
// stripes' locks, so both are sent in the order of the changes.
type events struct{ srv *Server }

// Changed publishes an event, if its class is wanted.
func (e events) Changed(c *command.Call, ev *command.Event) {
	if ev.Key == nil {
		e.srv.flushed()
		return
	}
	if classes := command.NotifyClass(e.srv.notify.Load()); classes&ev.Class != 0 {
		e.srv.notifyClients(classes, ev)
	}
	if c == nil && e.srv.tracking.any() {
		e.srv.invalidate(ev.Key, 0)
	}
}

// Called invalidates what a call has changed, each key once for a run of events.
func (e events) Called(c *command.Call) {
	if !e.srv.tracking.any() {
		return
	}
	var last []byte
	for i := range c.Events {
		ev := &c.Events[i]
		silent := ev.Key == nil || ev.Class&(command.NotifyKeyMiss|command.NotifyNew) != 0
		if silent || i > 0 && string(ev.Key) == string(last) {
			continue
		}
		last = ev.Key
		e.srv.invalidate(ev.Key, c.Origin)
	}
}

// Read notes the keys that a call has read for a client that caches.
func (e events) Read(c *command.Call) {
	defer e.srv.trimTracking()
	if i := c.Cmd.OneKey(); i != 0 {
		e.srv.tracking.remember(c.Args[i], c.Origin)
		return
	}
	c.Keys = c.Cmd.KeysOf(c.Args, c.Keys[:0])
	for _, key := range c.Keys {
		e.srv.tracking.remember(key, c.Origin)
	}
}

// notifyClients publishes an event under the key's name, under the event's, or
// both.
func (srv *Server) notifyClients(classes command.NotifyClass, ev *command.Event) {
	var room [128]byte
	if classes&command.NotifyKeyspace != 0 {
		ch := append(eventPrefix(room[:0], "__keyspace@", ev.DB), ev.Key...)
		srv.pubsub.publish(ch, []byte(ev.Name))
	}
	if classes&command.NotifyKeyevent != 0 {
		ch := append(eventPrefix(room[:0], "__keyevent@", ev.DB), ev.Name...)
		srv.pubsub.publish(ch, ev.Key)
	}
}

func eventPrefix(b []byte, kind string, db int) []byte {
	b = strconv.AppendInt(append(b, kind...), int64(db), 10)
	return append(b, "__:"...)
}

// adoptEvents puts notify-keyspace-events in force. Without a channel to publish
// under, no class is wanted.
func (srv *Server) adoptEvents() error {
	classes, _ := command.ParseNotify(srv.config.String("notify-keyspace-events"))
	if classes&(command.NotifyKeyspace|command.NotifyKeyevent) == 0 {
		classes = 0
	}
	srv.notify.Store(uint32(classes))
	srv.engine.Hear(classes)
	return nil
}

// adoptTracking puts tracking-table-max-keys in force.
func (srv *Server) adoptTracking() error {
	srv.tracking.most.Store(srv.config.Int("tracking-table-max-keys"))
	srv.trimTracking()
	return nil
}
