package server

import (
	"math"
	"os"
	"runtime/debug"
	"time"

	"github.com/cachedserver/cached/protocol"
	"github.com/cachedserver/cached/server/command"
	"github.com/cachedserver/cached/server/config"
	"github.com/cachedserver/cached/server/network"
)

// followConfig has every setting that may change while the node runs take
// effect, now and at each CONFIG SET. Settings that are read where they are
// used need no line here.
func (srv *Server) followConfig() {
	on := func(names []string, apply func() error) {
		srv.config.OnChanges(names, apply)
	}
	on([]string{
		"proto-max-bulk-len", "lazyfree-lazy-user-del", "lazyfree-lazy-user-flush", "requirepass",
		"hash-max-listpack-entries", "hash-max-listpack-value",
		"zset-max-listpack-entries", "zset-max-listpack-value",
		"set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value",
		"list-max-listpack-size", "hll-sparse-max-bytes", "stream-node-max-entries", "stream-node-max-bytes",
	}, srv.adoptSettings)
	on([]string{"maxclients", "timeout", "tcp-keepalive", "client-query-buffer-limit", "client-output-buffer-limit", "maxmemory"}, func() error {
		srv.net.SetLimits(srv.networkLimits())
		return nil
	})
	on([]string{"maxmemory"}, func() error {
		srv.ks.SetMaxMemory(srv.config.Int("maxmemory"))
		return nil
	})
	on([]string{"maxmemory", "maxmemory-clients"}, srv.adoptClientBound)
	on([]string{"requirepass"}, srv.adoptPassword)
	on([]string{"acl-pubsub-default", "acllog-max-len"}, srv.adoptACL)
	on([]string{"maxmemory-policy"}, func() error {
		return srv.ks.SetPolicy(srv.config.String("maxmemory-policy"))
	})
	on([]string{"slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold", "latency-tracking"}, srv.adoptFigures)
	on([]string{"tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-ca-cert-dir", "tls-auth-clients", "tls-protocols", "tls-session-caching"}, srv.reloadTLS)
	on([]string{"appendfsync"}, srv.adoptSync)
	on([]string{"notify-keyspace-events"}, srv.adoptEvents)
	on([]string{"tracking-table-max-keys"}, srv.adoptTracking)
	srv.adoptEvents()
	srv.adoptTracking()
	srv.adoptFigures()
	srv.adoptClientBound()
}

// adoptSettings puts in place what each command reads.
func (srv *Server) adoptSettings() error {
	cfg := srv.config
	bulk := cfg.Int("proto-max-bulk-len")
	srv.settings.Store(&command.Settings{
		MaxString: bulk,
		LazyDel:   cfg.Bool("lazyfree-lazy-user-del"),
		LazyFlush: cfg.Bool("lazyfree-lazy-user-flush"),
		SparseHLL: int(cfg.Int("hll-sparse-max-bytes")),
		Stream:    srv.streamLimits(),
		Hash:      srv.packed("hash-max-listpack-entries", "hash-max-listpack-value"),
		ZSet:      srv.packed("zset-max-listpack-entries", "zset-max-listpack-value"),
		Set:       srv.packedSet(),
		List:      packedList(cfg.Int("list-max-listpack-size")),
	})
	srv.limits.Store(&requestLimits{
		known:   protocol.Limits{MaxBulk: int(bulk)},
		unknown: protocol.Limits{Unauthenticated: true},
	})
	return nil
}

func (srv *Server) adoptFigures() error {
	cfg, st := srv.config, srv.stats
	st.Slowlog.SetThreshold(cfg.Int("slowlog-log-slower-than"))
	st.Slowlog.SetMax(int(cfg.Int("slowlog-max-len")))
	st.Latency.SetThreshold(cfg.Int("latency-monitor-threshold"))
	st.SetTracking(cfg.Bool("latency-tracking"))
	return nil
}

// All clients' incomplete commands together may take 1/partialShare of maxmemory:
// the other half takes the value that a command stores. Their unread replies may
// take 1/unreadShare before less is let wait for each.
const (
	partialShare = 2
	unreadShare  = 8
	leastBuffers = 8 << 20
)

func (srv *Server) networkLimits() network.Limits {
	cfg := srv.config
	l := network.Limits{
		MaxClients:  int(cfg.Int("maxclients")),
		Idle:        time.Duration(cfg.Int("timeout")) * time.Second,
		KeepAlive:   time.Duration(cfg.Int("tcp-keepalive")) * time.Second,
		QueryBuffer: int(cfg.Int("client-query-buffer-limit")),
	}
	if bound := cfg.Int("maxmemory"); bound > 0 {
		l.PartialTotal = int(max(bound/partialShare, leastBuffers))
		l.UnreadTotal = int(max(bound/unreadShare, leastBuffers))
	}
	out := cfg.OutputLimits()
	for class, from := range map[network.Class]config.OutputLimit{
		network.Normal: out.Normal, network.Replica: out.Replica, network.PubSub: out.PubSub,
	} {
		l.Output[class] = network.OutputLimit{
			Hard: int(from.Hard), Soft: int(from.Soft), SoftTime: time.Duration(from.Seconds) * time.Second,
		}
	}
	return l
}

// The Go heap holds connections, figures and buffers of clients, no values. The
// collector is told to keep it small: it may grow by half between collections,
// and is run sooner near what clients may hold plus what the rest needs.
const (
	collectPercent = 50
	heapOfTheRest  = 20 << 20
)

// adoptClientBound bounds what clients' buffers hold together. Without
// maxmemory-clients it is half of maxmemory: values give way to buffers, since
// all is counted, but not without end.
func (srv *Server) adoptClientBound() error {
	bound := srv.config.MaxMemoryClients()
	if bound <= 0 {
		bound = srv.config.Int("maxmemory") / 2
	}
	srv.clientBound.Store(bound)
	tuneCollector(bound)
	srv.cron.hurry()
	return nil
}

// tuneCollector leaves alone what the environment asks for.
func tuneCollector(bound int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := int64(math.MaxInt64)
	if bound > 0 {
		limit = bound + heapOfTheRest
	}
	debug.SetMemoryLimit(limit)
}
