package config

// replicationSettings are those of Redis's own replication and cluster, which
// work otherwise here.
func replicationSettings() []Setting {
	const (
		noReplica = "replication is not in this version"
		majority  = "a majority of copies always acknowledges a write"
		placed    = "nodes are placed and replaced by the cluster itself"
		later     = "clusters are not in this version"
	)
	return []Setting{
		{Name: "replicaof", Alias: "slaveof", Kind: Words("host and port, or no one", 2, checkReplicaOf), Fixed: true,
			Doc: "Redis's way to follow a master.", Refused: noReplica + "; a node would serve stale or no data, therefore remove the line",
			Harmless: func(v *Value) bool { return v.text == "no one" }},
		{Name: "masterauth", Kind: password("a password"), Secret: true,
			Doc: "Password towards a master.", NoEffect: noReplica},
		{Name: "masteruser", Kind: Text("a name"),
			Doc: "User towards a master.", NoEffect: noReplica},
		{Name: "min-replicas-to-write", Alias: "min-slaves-to-write", Kind: Int(0, maxInt), Default: "0",
			Doc: "Replicas without which writes are refused.", Refused: noReplica + " and writes would have fewer copies than asked for; set it to 0"},
		{Name: "min-replicas-max-lag", Alias: "min-slaves-max-lag", Kind: Int(0, maxInt), Default: "10", Unit: "seconds",
			Doc: "Lag of a replica that still counts.", NoEffect: majority},
		{Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Kind: Bool(), Default: "yes",
			Doc: "Serves reads while cut off from the master.", NoEffect: noReplica},
		{Name: "replica-read-only", Alias: "slave-read-only", Kind: Bool(), Default: "yes",
			Doc: "Refuses writes on replicas.", NoEffect: noReplica},
		{Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Kind: Bool(), Default: "yes",
			Doc: "Lets the master alone evict.", NoEffect: "evictions always come from the partition's leader"},
		{Name: "replica-ignore-disk-write-errors", Kind: Bool(), Default: "no",
			Doc: "Goes on although the disk fails.", NoEffect: noReplica},
		{Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Kind: Bool(), Default: "no",
			Doc: "Empties a replica in the background before a full copy.", NoEffect: noReplica},
		{Name: "replica-priority", Alias: "slave-priority", Kind: Int(0, maxInt), Default: "100",
			Doc: "Sentinel's order of promotion.", NoEffect: placed},
		{Name: "replica-announced", Kind: Bool(), Default: "yes",
			Doc: "Shows the replica to Sentinel.", NoEffect: placed},
		{Name: "replica-announce-ip", Alias: "slave-announce-ip", Kind: Text("an address"),
			Doc: "Address shown to a master.", NoEffect: noReplica},
		{Name: "replica-announce-port", Alias: "slave-announce-port", Kind: Int(0, 65535), Default: "0",
			Doc: "Port shown to a master.", NoEffect: noReplica},
		{Name: "repl-timeout", Kind: Int(1, maxInt), Default: "60", Unit: "seconds",
			Doc: "Silence after which the other side is gone.", NoEffect: noReplica},
		{Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Kind: Int(1, maxInt), Default: "10", Unit: "seconds",
			Doc: "Time between pings to replicas.", NoEffect: noReplica},
		{Name: "repl-backlog-size", Kind: Memory(1, maxInt64), Default: "1mb",
			Doc: "Bytes kept for replicas that come back.", NoEffect: noReplica},
		{Name: "repl-backlog-ttl", Kind: Int(0, maxInt64), Default: "3600", Unit: "seconds",
			Doc: "How long they are kept without a replica.", NoEffect: noReplica},
		{Name: "repl-disable-tcp-nodelay", Kind: Bool(), Default: "no",
			Doc: "Sends to replicas in fewer, later packets.", NoEffect: noReplica},
		{Name: "repl-diskless-sync", Kind: Bool(), Default: "yes",
			Doc: "Streams a full copy without a file.", NoEffect: noReplica},
		{Name: "repl-diskless-sync-delay", Kind: Int(0, maxInt), Default: "5", Unit: "seconds",
			Doc: "Wait for more replicas before that.", NoEffect: noReplica},
		{Name: "repl-diskless-sync-max-replicas", Kind: Int(0, maxInt), Default: "0",
			Doc: "Replicas that end that wait.", NoEffect: noReplica},
		{Name: "repl-diskless-load", Kind: Enum("disabled", "on-empty-db", "swapdb"), Default: "disabled",
			Doc: "Loads a full copy straight from the socket.", NoEffect: noReplica},
		{Name: "propagation-error-behavior", Kind: Enum("ignore", "panic", "panic-on-replicas"), Default: "ignore",
			Doc: "What a failed replicated command does.", NoEffect: noReplica},
		{Name: "cluster-config-file", Kind: fileName(), Default: "nodes.conf", Fixed: true,
			Doc: "File of Redis's own cluster bus.", NoEffect: placed},
		{Name: "cluster-node-timeout", Kind: Int(0, maxInt64), Default: "15000", Unit: "milliseconds",
			Doc: "Silence after which a node of Redis Cluster fails.", NoEffect: placed},
		{Name: "cluster-migration-barrier", Kind: Int(0, maxInt), Default: "1",
			Doc: "Replicas that a master keeps.", NoEffect: placed},
		{Name: "cluster-allow-replica-migration", Kind: Bool(), Default: "yes",
			Doc: "Lets replicas move to other masters.", NoEffect: placed},
		{Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Kind: Int(0, maxInt), Default: "10",
			Doc: "Staleness of a replica that may take over.", NoEffect: majority},
		{Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Kind: Bool(), Default: "no",
			Doc: "Keeps a replica from taking over.", NoEffect: placed},
		{Name: "cluster-require-full-coverage", Kind: Bool(), Default: "yes",
			Doc: "Refuses all keys while some slots are down.", NoEffect: "partitions that have a quorum always go on"},
		{Name: "cluster-allow-reads-when-down", Kind: Bool(), Default: "no",
			Doc: "Serves reads without a quorum.", NoEffect: later},
		{Name: "cluster-allow-pubsubshard-when-down", Kind: Bool(), Default: "yes",
			Doc: "Serves sharded pub/sub without a quorum.", NoEffect: later},
		{Name: "cluster-link-sendbuf-limit", Kind: Memory(0, maxInt64), Default: "0",
			Doc: "Bytes that wait for another node.", NoEffect: later},
		{Name: "cluster-announce-ip", Kind: Text("an address"),
			Doc: "Address shown to cluster clients.", NoEffect: later + "; advertise will do this"},
		{Name: "cluster-announce-hostname", Kind: Text("a host name"),
			Doc: "Host name shown to cluster clients.", NoEffect: later},
		{Name: "cluster-announce-human-nodename", Kind: Text("a name"),
			Doc: "Node name shown in logs.", NoEffect: later + "; node-id will do this"},
		{Name: "cluster-announce-port", Kind: Int(0, 65535), Default: "0",
			Doc: "Port shown to cluster clients.", NoEffect: later},
		{Name: "cluster-announce-tls-port", Kind: Int(0, 65535), Default: "0",
			Doc: "TLS port shown to cluster clients.", NoEffect: later},
		{Name: "cluster-announce-bus-port", Kind: Int(0, 65535), Default: "0",
			Doc: "Node-to-node port shown to others.", NoEffect: later},
		{Name: "cluster-preferred-endpoint-type", Kind: Enum("ip", "hostname", "unknown-endpoint"), Default: "ip",
			Doc: "What CLUSTER SLOTS shows of a node.", NoEffect: later},
	}
}

func checkReplicaOf(words []string) error {
	if len(words) == 1 {
		return errWords
	}
	return nil
}
