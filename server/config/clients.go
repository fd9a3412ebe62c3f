package config

func clientSettings() []Setting {
	return []Setting{
		{Name: "maxclients", Kind: Int(1, 1<<32-1), Default: "10000", Common: true,
			Doc: "Clients that may be connected at once; lowered to what the limit of open files allows."},
		{Name: "client-output-buffer-limit", Kind: Output(), Default: "normal 0 0 0 replica 268435456 67108864 60 pubsub 33554432 8388608 60",
			Doc: "Closes a client when more than the hard limit waits to be sent to it, or more than the soft limit for so many seconds; by class."},
		{Name: "client-query-buffer-limit", Kind: Memory(1<<20, maxInt64), Default: "1gb",
			Doc: "Bytes of one client's commands that may be held before they are complete."},
		{Name: "maxmemory-clients", Kind: MaxmemoryShare(), Default: "0",
			Doc: "Bytes that all clients' buffers may take together, or a percentage of maxmemory; the largest client is closed first. 0 is no bound."},
		{Name: "proto-max-bulk-len", Kind: Memory(1<<20, maxInt64), Default: "512mb",
			Doc: "Largest single argument of a command."},
		{Name: "tracking-table-max-keys", Kind: Int(0, maxInt64), Default: "1000000",
			Doc: "Keys that are remembered for client-side caching."},
		{Name: "databases", Kind: Int(1, maxInt), Default: "16", Fixed: true, Common: true,
			Doc: "Number of databases that SELECT can choose."},
		{Name: "notify-keyspace-events", Kind: Events(), Default: "",
			Doc: "Classes of keyspace events to publish; empty publishes none."},
		{Name: "busy-reply-threshold", Alias: "lua-time-limit", Kind: Int(0, maxInt64), Default: "5000", Unit: "milliseconds",
			Doc: "Running time of a script after which others are told BUSY; 0: never."},
		{Name: "io-threads", Kind: Int(1, 128), Default: "1", Fixed: true,
			Doc:      "Threads for reading and writing in Redis.",
			NoEffect: "event loops follow the number of CPUs; set GOMAXPROCS to bound them"},
		{Name: "io-threads-do-reads", Kind: Bool(), Default: "no", Fixed: true,
			Doc: "Whether those threads read as well.", NoEffect: "every event loop reads and writes"},
	}
}
