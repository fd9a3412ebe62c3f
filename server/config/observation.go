package config

func observationSettings() []Setting {
	const ownPanic = "Go prints the stacks of a crash itself"
	return []Setting{
		{Name: "loglevel", Kind: Enum("debug", "verbose", "notice", "warning", "nothing"), Default: "notice", Common: true,
			Doc: "Least level of what is logged."},
		{Name: "log-format", Kind: Enum("auto", "text", "json"), Default: "auto", Fixed: true, Ours: true, Common: true,
			Doc: "Form of log lines; auto is text on a terminal and JSON elsewhere."},
		{Name: "logfile", Kind: Text(`a path, or "" for standard output`), Fixed: true,
			Doc: "File that log lines are appended to; empty is standard output."},
		{Name: "syslog-enabled", Kind: Bool(), Default: "no", Fixed: true,
			Doc: "Logs to syslog.", NoEffect: "let the service manager collect standard output"},
		{Name: "syslog-ident", Kind: Text("a name"), Default: "redis", Fixed: true,
			Doc: "Name in syslog.", NoEffect: "syslog is not used"},
		{Name: "syslog-facility", Kind: Enum("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"), Default: "local0", Fixed: true,
			Doc: "Facility in syslog.", NoEffect: "syslog is not used"},
		{Name: "slowlog-log-slower-than", Kind: Int(-1, maxInt64), Default: "10000", Unit: "microseconds",
			Doc: "Running time from which a command enters the slow log; 0 is all, -1 none."},
		{Name: "slowlog-max-len", Kind: Int(0, maxInt64), Default: "128",
			Doc: "Commands that the slow log keeps."},
		{Name: "latency-monitor-threshold", Kind: Int(0, maxInt64), Default: "0", Unit: "milliseconds",
			Doc: "Duration from which an event is kept for LATENCY; 0 keeps none."},
		{Name: "latency-tracking", Kind: Bool(), Default: "yes",
			Doc: "Keeps a histogram of running times for each command."},
		{Name: "latency-tracking-info-percentiles", Kind: Percentiles(), Default: "50 99 99.9",
			Doc: "Percentiles that INFO latencystats shows."},
		{Name: "crash-log-enabled", Kind: Bool(), Default: "yes",
			Doc: "Logs registers and stacks when the process crashes.", NoEffect: ownPanic},
		{Name: "crash-memcheck-enabled", Kind: Bool(), Default: "yes",
			Doc: "Tests the memory after a crash.", NoEffect: ownPanic},
		{Name: "use-exit-on-panic", Kind: Bool(), Default: "no", Hidden: true,
			Doc: "Exits without a signal after a crash.", NoEffect: ownPanic},
		{Name: "watchdog-period", Kind: Int(0, maxInt), Default: "0", Unit: "milliseconds", Hidden: true,
			Doc: "Logs where the main thread is stuck.", NoEffect: "see /debug/pprof on http-port"},
		{Name: "ignore-warnings", Kind: Text("a name"), Default: "",
			Doc: "Warnings about the machine that do not stop the start.", NoEffect: "no such warning stops the start"},
	}
}
