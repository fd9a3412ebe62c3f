package config

// policies names every eviction policy; the default stands in the setting.
var policies = []string{
	"allkeys-adaptive", "allkeys-lru", "allkeys-lfu", "allkeys-fifo", "allkeys-random",
	"allkeys-wtinylfu", "allkeys-gdsf",
	"volatile-adaptive", "volatile-lru", "volatile-lfu", "volatile-fifo", "volatile-random",
	"volatile-wtinylfu", "volatile-gdsf", "volatile-ttl", "noeviction",
}

const (
	exactPolicies = "policies here are exact and take no samples"
	freed         = "large values are always freed in small steps in the background"
	compaction    = "compaction always runs, in small steps"
)

func memorySettings() []Setting {
	return []Setting{
		{Name: "maxmemory", Kind: MachineShare(), Default: "50%", Common: true,
			Doc: "Bytes that the process may take, all counted; or a percentage of the machine's or container's memory. 0 is no bound. (Redis's default is 0.)"},
		{Name: "maxmemory-policy", Kind: Enum(policies...), Default: "allkeys-adaptive", Common: true,
			Doc: "Which entries leave when maxmemory is reached: of all keys, or of those with an expiry (volatile). (Redis's default is noeviction.)"},
		{Name: "lfu-decay-time", Kind: Int(0, maxInt), Default: "1", Unit: "minutes",
			Doc: "Ageing of Redis's LFU counters.", NoEffect: "the lfu policies age by accesses, not by time"},
		{Name: "lfu-log-factor", Kind: Int(0, maxInt), Default: "10",
			Doc: "Slope of Redis's LFU counters.", NoEffect: "the lfu policies count exactly up to their bound"},
		{Name: "maxmemory-samples", Kind: Int(1, maxInt), Default: "5",
			Doc: "Keys that Redis samples to find a victim.", NoEffect: exactPolicies},
		{Name: "maxmemory-eviction-tenacity", Kind: Int(0, 100), Default: "10",
			Doc: "Effort of one eviction cycle in Redis.", NoEffect: "a write evicts just what it needs before it runs"},
		{Name: "active-expire-effort", Kind: Int(1, 10), Default: "1",
			Doc: "Effort of Redis's sampling for expired keys.", NoEffect: "a timer wheel finds expired keys without sampling"},
		{Name: "lazyfree-lazy-eviction", Kind: Bool(), Default: "no",
			Doc: "Frees evicted values in the background.", NoEffect: freed},
		{Name: "lazyfree-lazy-expire", Kind: Bool(), Default: "no",
			Doc: "Frees expired values in the background.", NoEffect: freed},
		{Name: "lazyfree-lazy-server-del", Kind: Bool(), Default: "no",
			Doc: "Frees overwritten values in the background.", NoEffect: freed},
		{Name: "lazyfree-lazy-user-del", Kind: Bool(), Default: "no",
			Doc: "Makes DEL behave as UNLINK."},
		{Name: "lazyfree-lazy-user-flush", Kind: Bool(), Default: "no",
			Doc: "Makes FLUSHDB and FLUSHALL without SYNC or ASYNC run in the background."},
		{Name: "activedefrag", Kind: Bool(), Default: "no",
			Doc: "Redis's defragmentation.", NoEffect: compaction},
		{Name: "active-defrag-cycle-min", Kind: Int(1, 99), Default: "1", Unit: "percent",
			Doc: "Least CPU of defragmentation.", NoEffect: compaction},
		{Name: "active-defrag-cycle-max", Kind: Int(1, 99), Default: "25", Unit: "percent",
			Doc: "Most CPU of defragmentation.", NoEffect: compaction},
		{Name: "active-defrag-threshold-lower", Kind: Int(0, 1000), Default: "10", Unit: "percent",
			Doc: "Fragmentation at which it starts.", NoEffect: compaction},
		{Name: "active-defrag-threshold-upper", Kind: Int(0, 1000), Default: "100", Unit: "percent",
			Doc: "Fragmentation at which it works hardest.", NoEffect: compaction},
		{Name: "active-defrag-ignore-bytes", Kind: Memory(1, maxInt64), Default: "100mb",
			Doc: "Waste below which it does not start.", NoEffect: compaction},
		{Name: "active-defrag-max-scan-fields", Kind: Int(1, maxInt64), Default: "1000",
			Doc: "Fields of a value that it handles at once.", NoEffect: compaction},
		{Name: "activerehashing", Kind: Bool(), Default: "yes",
			Doc: "Rehashes idle tables in the background.", NoEffect: "the index always grows in small steps"},
		{Name: "jemalloc-bg-thread", Kind: Bool(), Default: "yes",
			Doc: "Background thread of jemalloc.", NoEffect: "jemalloc is not used"},
		{Name: "disable-thp", Kind: Bool(), Default: "yes", Fixed: true,
			Doc: "Turns transparent huge pages off for the process.", NoEffect: "the store asks for what it needs page by page"},
	}
}
