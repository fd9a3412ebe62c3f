// Package httpdoor is the http port: /metrics for Prometheus, /livez and /readyz
// for whoever restarts nodes, /debug/pprof for whoever asks why, and a page that
// lists them.
//
// A scrape: the door asks its [Source] for INFO's sections and turns fields into
// metrics by the table in names.go, under the names of redis_exporter, so that
// dashboards and alerts made for it work as they are. INFO and /metrics cannot
// disagree, since one derives from the other.
//
// The door knows no command and no client protocol; it listens where it is told
// (loopback by default, decided by the caller) and holds few connections, since
// its memory counts too.
package httpdoor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"syscall"
	"time"

	"github.com/cachedserver/cached/server/stats"
)

// Source is where the figures come from.
type Source interface {
	// Info returns all sections of INFO.
	Info(sections ...string) []stats.Section
}

// Options say where the door is and what it shows.
type Options struct {
	Addr     string // host:port
	Optional bool   // a port that is taken is warned of, and the node goes on without the door
	Source   Source
	Stats    *stats.Stats // histograms, slow log, latency events
	Ready    func() error // why the node should get no clients yet; nil: always ready
	Log      *slog.Logger
}

// Limits of the door.
const (
	maxConns    = 64
	maxScrapes  = 4
	headerWait  = 5 * time.Second
	idleWait    = time.Minute
	headerBytes = 16 << 10
)

// Door is an open http port.
type Door struct {
	listener net.Listener // nil when the port was taken and Optional
	server   *http.Server
	done     chan struct{} // closed when Serve has returned
}

// Open listens and serves until Close.
func Open(o Options) (*Door, error) {
	l, err := net.Listen("tcp", o.Addr)
	if err != nil && o.Optional && errors.Is(err, syscall.EADDRINUSE) {
		o.Log.Warn("the http port is taken; going on without metrics and health checks", "addr", o.Addr, "remedy", "--http-port PORT")
		return &Door{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("httpdoor: listen on %s: %w", o.Addr, err)
	}
	d := &Door{listener: l, done: make(chan struct{}), server: &http.Server{
		Handler:           handler(o),
		ReadHeaderTimeout: headerWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}}
	go func() {
		defer close(d.done)
		if err := d.server.Serve(limit(l, maxConns)); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("the http port stopped", "err", err)
		}
	}()
	return d, nil
}

// Addr is the address listened on; empty when there is no door.
func (d *Door) Addr() string {
	if d.listener == nil {
		return ""
	}
	return d.listener.Addr().String()
}

// Close stops listening and waits for requests under way until ctx ends, then
// cuts them off.
func (d *Door) Close(ctx context.Context) error {
	if d.listener == nil {
		return nil
	}
	err := d.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, d.server.Close())
	}
	<-d.done
	return err
}

func handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics(o))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { ready(w, o.Ready) })
	mux.HandleFunc("/debug/pprof/", local(pprof.Index))
	mux.HandleFunc("/debug/pprof/cmdline", local(pprof.Cmdline))
	mux.HandleFunc("/debug/pprof/profile", local(pprof.Profile))
	mux.HandleFunc("/debug/pprof/symbol", local(pprof.Symbol))
	mux.HandleFunc("/debug/pprof/trace", local(pprof.Trace))
	mux.HandleFunc("GET /{$}", index)
	return mux
}

func ready(w http.ResponseWriter, why func() error) {
	if why != nil {
		if err := why(); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(w, "ok")
}

// local lets only clients of this machine profile the process, whatever address
// the door listens on.
func local(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			http.Error(w, "profiles are served to this machine only", http.StatusForbidden)
			return
		}
		h(w, r)
	}
}

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, page)
}

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cached</title></head>
<body><h1>cached</h1>
<ul>
<li><a href="/metrics">/metrics</a>: figures for Prometheus, under redis_exporter's names</li>
<li><a href="/livez">/livez</a>: the process answers</li>
<li><a href="/readyz">/readyz</a>: the node may get clients</li>
<li><a href="/debug/pprof/">/debug/pprof</a>: profiles, for clients of this machine</li>
</ul></body></html>
`
