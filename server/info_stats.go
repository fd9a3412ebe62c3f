package server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/server/acl"
	"github.com/cachedserver/cached/server/stats"
)

func (v *infoView) stats(f *fields) {
	st, n := v.srv.stats, v.net
	rate := st.Rates.PerSecond
	f.ints("total_connections_received", n.Accepted, "total_commands_processed", st.Calls())
	f.format("instantaneous_ops_per_sec", "%.0f", rate(rateOps))
	f.ints("total_net_input_bytes", n.BytesIn, "total_net_output_bytes", n.BytesOut)
	f.zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes")
	f.format("instantaneous_input_kbps", "%.2f", rate(rateInput)/1024)
	f.format("instantaneous_output_kbps", "%.2f", rate(rateOutput)/1024)
	f.text("instantaneous_input_repl_kbps", "0.00")
	f.text("instantaneous_output_repl_kbps", "0.00")
	f.ints("rejected_connections", n.Rejected)
	f.zeros("sync_full", "sync_partial_ok", "sync_partial_err")
	f.ints("expired_keys", v.ks.Expired, "expired_subkeys", v.ks.ExpiredFields)
	f.text("expired_stale_perc", "0.00")
	f.zeros("expired_time_cap_reached_count")
	f.ints("expire_cycle_cpu_milliseconds", v.srv.expireCycleMs())
	f.ints("evicted_keys", v.ks.Evicted)
	f.ints("evicted_clients", v.srv.evictedClients())
	f.zeros("total_eviction_exceeded_time", "current_eviction_exceeded_time")
	f.ints("keyspace_hits", v.ks.Hits, "keyspace_misses", v.ks.Misses)
	ps, tracked := &v.srv.pubsub, &v.srv.tracking
	f.ints("pubsub_channels", ps.channels.n.Load(), "pubsub_patterns", ps.patterns.n.Load(), "pubsubshard_channels", ps.shards.n.Load())
	f.zeros("latest_fork_usec", "total_forks", "migrate_cached_sockets",
		"slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
		"total_active_defrag_time", "current_active_defrag_time")
	f.ints("tracking_total_keys", tracked.keys.Load(), "tracking_total_items", tracked.items.Load(), "tracking_total_prefixes", tracked.n.Load())
	f.zeros("unexpected_error_replies")
	f.ints("total_error_replies", st.Errors.Total())
	f.zeros("dump_payload_sanitizations")
	f.ints("total_reads_processed", n.Reads, "total_writes_processed", n.Writes)
	f.zeros("io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks", "reply_buffer_expands")
	f.ints("client_query_buffer_limit_disconnections", n.InputLimit, "client_output_buffer_limit_disconnections", n.OutputLimit)
	v.loops(f)
	denied := v.srv.refusals.Count
	f.ints("acl_access_denied_auth", denied(acl.ByAuth), "acl_access_denied_cmd", denied(acl.ByCommand),
		"acl_access_denied_key", denied(acl.ByKey), "acl_access_denied_channel", denied(acl.ByChannel))
}

// loops tells of the event loops' turns, under the names of Redis 7.2.
func (v *infoView) loops(f *fields) {
	n, rate := v.net, v.srv.stats.Rates.PerSecond
	f.ints("eventloop_cycles", n.Cycles, "eventloop_duration_sum", n.BusyNs/1000)
	var commands uint64
	for _, c := range v.srv.stats.Commands() {
		commands += c.Usec
	}
	f.ints("eventloop_duration_cmd_sum", commands)
	f.format("instantaneous_eventloop_cycles_per_sec", "%.0f", rate(rateCycles))
	f.format("instantaneous_eventloop_duration_usec", "%.0f", rate(rateBusy)/1000/max(rate(rateCycles), 1))
	f.ints("cached_longest_loop_usec", n.LongestCycleNs/1000)
}

// replication of a node that has none.
func (v *infoView) replication(f *fields) {
	f.text("role", "master")
	f.zeros("connected_slaves")
	f.text("master_failover_state", "no-failover")
	f.text("master_replid", v.srv.runID)
	f.text("master_replid2", strings.Repeat("0", 40))
	f.zeros("master_repl_offset")
	f.text("second_repl_offset", "-1")
	f.zeros("repl_backlog_active")
	f.ints("repl_backlog_size", v.srv.config.Int("repl-backlog-size"))
	f.zeros("repl_backlog_first_byte_offset", "repl_backlog_histlen")
}

// cpu has no figures of a main thread: no thread of this process is one.
func (v *infoView) cpu(f *fields) {
	f.format("used_cpu_sys", "%.6f", v.proc.sys.Seconds())
	f.format("used_cpu_user", "%.6f", v.proc.user.Seconds())
	f.text("used_cpu_sys_children", "0.000000")
	f.text("used_cpu_user_children", "0.000000")
}

func (v *infoView) modules(*fields) {}

func (v *infoView) commandstats(f *fields) {
	for _, c := range v.srv.stats.Commands() {
		f.format("cmdstat_"+c.Name, "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			c.Calls, c.Usec, float64(c.Usec)/float64(max(c.Calls, 1)), c.Rejected, c.Failed)
	}
}

func (v *infoView) errorstats(f *fields) {
	for _, e := range v.srv.stats.Errors.Counts() {
		f.format("errorstat_"+e.Kind, "count=%d", e.Count)
	}
}

func (v *infoView) latencystats(f *fields) {
	percentiles := v.srv.config.Words("latency-tracking-info-percentiles")
	v.srv.stats.Histograms(func(name string, h *stats.Histogram) {
		var parts []string
		for _, text := range percentiles {
			if p, err := strconv.ParseFloat(text, 64); err == nil {
				parts = append(parts, fmt.Sprintf("p%s=%.3f", strconv.FormatFloat(p, 'f', -1, 64), float64(h.Percentile(p))/1000))
			}
		}
		f.text("latency_percentiles_usec_"+name, strings.Join(parts, ","))
	})
}

func (v *infoView) cluster(f *fields) { f.zeros("cluster_enabled") }

func (v *infoView) keyspace(f *fields) {
	for i, db := range v.ks.Databases {
		if db.Keys > 0 {
			f.format("db"+strconv.Itoa(i), "keys=%d,expires=%d,avg_ttl=%d", db.Keys, db.Expires, db.AvgTTL)
		}
	}
}
