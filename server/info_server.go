package server

import (
	"os"
	"runtime"
	"strconv"

	"github.com/cachedserver/cached/server/config"
)

func (v *infoView) server(f *fields) {
	s := v.srv
	f.text("redis_version", redisVersion)
	f.text("redis_git_sha1", "00000000")
	f.text("redis_git_dirty", "0")
	f.text("redis_build_id", "0")
	f.text("redis_mode", "standalone")
	f.text("cached_version", Version)
	f.text("os", systemName())
	f.ints("arch_bits", strconv.IntSize)
	f.text("monotonic_clock", "Go runtime")
	f.text("multiplexing_api", multiplexing(s.net.Loops()))
	f.text("go_version", runtime.Version())
	f.ints("process_id", os.Getpid())
	f.text("process_supervised", "no")
	f.text("run_id", s.runID)
	f.ints("tcp_port", s.config.Int("port"))
	f.ints("server_time_usec", v.now.UnixMicro(), "uptime_in_seconds", v.uptime(), "uptime_in_days", v.uptime()/(24*3600))
	f.ints("hz", s.config.Int("hz"), "configured_hz", s.config.Int("hz"))
	f.ints("lru_clock", v.now.Unix()&(1<<24-1))
	exe, _ := os.Executable()
	f.text("executable", exe)
	f.text("config_file", s.config.File())
	f.text("io_threads_active", "0")
	f.ints("cached_event_loops", s.net.Loops())
	for i, l := range s.listening() {
		f.text("listener"+strconv.Itoa(i), l)
	}
}

func multiplexing(loops int) string {
	if loops == 0 {
		return "goroutines"
	}
	return "epoll"
}

func (v *infoView) clients(f *fields) {
	s := v.srv
	in, out := s.largestBuffers()
	f.ints("connected_clients", v.net.Connected)
	f.zeros("cluster_connections")
	f.ints("maxclients", s.config.Int("maxclients"))
	f.ints("client_recent_max_input_buffer", in, "client_recent_max_output_buffer", out)
	f.ints("blocked_clients", s.blockedClients())
	keys, gone := s.engine.WaitedKeys()
	f.ints("tracking_clients", s.tracking.sessions(), "clients_in_timeout_table", s.waits.timed.Load(),
		"total_blocking_keys", keys, "total_blocking_keys_on_nokey", gone)
}

// memory shows two counts: used_memory is what maxmemory bounds, allocator_*
// and the ratios tell how well the pages are filled.
func (v *infoView) memory(f *fields) {
	m, s := v.mem, v.srv
	peak := s.samples.peakBytes.Load()
	overhead := v.used - m.Dataset
	f.bytes("used_memory", v.used)
	f.bytes("used_memory_rss", v.proc.rss)
	f.bytes("used_memory_peak", peak)
	f.format("used_memory_peak_perc", "%.2f%%", percent(v.used, peak))
	f.ints("used_memory_overhead", overhead, "used_memory_startup", s.startupBytes, "used_memory_dataset", m.Dataset)
	f.format("used_memory_dataset_perc", "%.2f%%", percent(m.Dataset, v.used-s.startupBytes))
	f.ints("allocator_allocated", m.Used, "allocator_active", m.Resident, "allocator_resident", m.Resident)
	f.bytes("total_system_memory", config.MachineMemory())
	v.scriptMemory(f)
	f.bytes("maxmemory", s.ks.MaxMemory())
	f.text("maxmemory_policy", s.config.String("maxmemory-policy"))
	f.ratio("allocator_frag_ratio", m.Resident, m.Used)
	f.ints("allocator_frag_bytes", m.Resident-m.Used)
	f.text("allocator_rss_ratio", "1.00")
	f.zeros("allocator_rss_bytes")
	f.ratio("rss_overhead_ratio", v.proc.rss, m.Resident)
	f.ints("rss_overhead_bytes", v.proc.rss-m.Resident)
	f.ratio("mem_fragmentation_ratio", v.proc.rss, v.used)
	f.ints("mem_fragmentation_bytes", v.proc.rss-v.used)
	f.zeros("mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves")
	f.ints("mem_clients_normal", s.clientBytes())
	f.zeros("mem_cluster_links", "mem_aof_buffer")
	f.text("mem_allocator", "cached-pages")
	f.zeros("active_defrag_running")
	f.ints("lazyfree_pending_objects", m.Pending)
	f.zeros("lazyfreed_objects")
	f.ints("cached_memory_pages", m.Pages, "cached_memory_free", m.Free, "cached_memory_large", m.Large,
		"cached_memory_handles", m.Handles, "cached_memory_index", m.Index, "cached_memory_policy", m.Policy,
		"cached_memory_pinned", m.Pinned, "cached_memory_external", m.External, "cached_memory_go_heap", v.heap)
}

func percent(part, whole int64) float64 { return 100 * float64(part) / float64(max(whole, 1)) }

// persistence tells of snapshots and the log of writes.
func (v *infoView) persistence(f *fields) {
	v.srv.saving.loading.info(f)
	f.zeros("current_cow_peak", "current_cow_size", "current_cow_size_age")
	f.text("current_fork_perc", "0.00")
	v.srv.saving.info(f, v.srv.changes())
	v.srv.logInfo(f)
}
