package server

import (
	"runtime/metrics"
	"time"

	"github.com/cachedserver/cached/server/network"
	"github.com/cachedserver/cached/server/store"
)

// infoView is the node as one reply sees it: read once, so that the figures of
// a reply belong together.
type infoView struct {
	srv  *Server
	now  time.Time
	ks   store.Stats
	mem  store.Memory
	net  network.Stats
	proc process

	heap int64 // bytes of live and not yet swept Go objects
	used int64 // what maxmemory is compared with
}

// process is what the system says of us.
type process struct {
	rss       int64
	user, sys time.Duration // of all threads
}

// look reads the node's figures.
func (srv *Server) look() *infoView {
	v := &infoView{
		srv: srv, now: time.Now(),
		ks: srv.ks.Stats(), mem: srv.ks.Memory(), net: srv.net.Stats(),
		proc: readProcess(),
		heap: goHeap(),
	}
	v.used = v.mem.Used
	srv.samples.peak(v.used)
	return v
}

// goHeap is what the Go runtime holds for objects.
func goHeap() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// uptime in whole seconds.
func (v *infoView) uptime() int64 { return int64(v.now.Sub(v.srv.started) / time.Second) }
