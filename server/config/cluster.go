package config

const noCluster = "clusters are not in this version; a node would run alone without saying so, therefore remove the line"

func clusterSettings() []Setting {
	return []Setting{
		{Name: "cluster-enabled", Kind: Bool(), Default: "no", Fixed: true,
			Doc: "Begins a cluster, or goes on with the one that dir remembers.", Refused: noCluster},
		{Name: "join", Kind: Text("host[:busport],..., SRV names or file:PATH"), Fixed: true, Ours: true,
			Doc: "Nodes of the cluster to join.", Refused: noCluster},
		{Name: "bootstrap-expect", Kind: Int(0, maxInt), Default: "0", Fixed: true, Ours: true,
			Doc: "Number of nodes that form a new cluster together; 0 waits for none.", Refused: noCluster},
		{Name: "replicas", Kind: Int(1, 9), Default: "3", Fixed: true, Ours: true,
			Doc: "Copies of each partition.", Refused: noCluster},
		{Name: "partitions", Kind: Int(1, 16384), Default: "64", Fixed: true, Ours: true,
			Doc: "Partitions of the key space, fixed when the cluster is born.", Refused: noCluster},
		{Name: "cluster-name", Kind: Text("a name"), Fixed: true, Ours: true,
			Doc: "Name that all nodes of a cluster must share.", Planned: noCluster},
		{Name: "node-id", Kind: Text("a name"), Fixed: true, Ours: true,
			Doc: "Lasting identity of this node; empty chooses one at random.", Planned: noCluster},
		{Name: "zone", Kind: Text("a name"), Fixed: true, Ours: true,
			Doc: "Failure zone of this node; copies of a partition go to different zones.", Planned: noCluster},
		{Name: "advertise", Kind: Text("host[:port]"), Fixed: true, Ours: true,
			Doc: "Address under which others reach this node; empty is the first of bind.", Planned: noCluster},
		{Name: "dead-after", Kind: Seconds(1, maxInt), Default: "5m", Ours: true,
			Doc: "Absence after which a node is replaced.", Planned: noCluster},
		{Name: "drain-timeout", Kind: Seconds(0, maxInt), Default: "30s", Ours: true,
			Doc: "How long a node that was told to stop waits for replies to be sent and its copies to be safe elsewhere."},
	}
}
