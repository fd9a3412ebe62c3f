package config

func structureSettings() []Setting {
	return []Setting{
		{Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", Kind: Int(0, maxInt64), Default: "512",
			Doc: "Fields up to which a hash stays packed."},
		{Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", Kind: Memory(0, maxInt64), Default: "64",
			Doc: "Longest field or value of a packed hash."},
		{Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", Kind: Int(-maxInt-1, maxInt), Default: "-2",
			Doc: "Elements of a list's node, or -1 to -5 for 4 to 64 KiB."},
		{Name: "list-compress-depth", Kind: Int(0, maxInt), Default: "0",
			Doc: "Nodes at both ends of a list that stay uncompressed; 0 compresses none.", NoEffect: "lists are not compressed"},
		{Name: "set-max-intset-entries", Kind: Int(0, maxInt64), Default: "512",
			Doc: "Members up to which a set of integers stays packed."},
		{Name: "set-max-listpack-entries", Kind: Int(0, maxInt64), Default: "128",
			Doc: "Members up to which a set stays packed."},
		{Name: "set-max-listpack-value", Kind: Int(0, maxInt64), Default: "64",
			Doc: "Longest member of a packed set."},
		{Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", Kind: Int(0, maxInt64), Default: "128",
			Doc: "Members up to which a sorted set stays packed."},
		{Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", Kind: Memory(0, maxInt64), Default: "64",
			Doc: "Longest member of a packed sorted set."},
		{Name: "hll-sparse-max-bytes", Kind: Memory(0, maxInt64), Default: "3000",
			Doc: "Size up to which a HyperLogLog stays sparse."},
		{Name: "stream-node-max-bytes", Kind: Memory(0, maxInt64), Default: "4096",
			Doc: "Bytes of a stream's node; 0 is no bound."},
		{Name: "stream-node-max-entries", Kind: Int(0, maxInt64), Default: "100",
			Doc: "Entries of a stream's node; 0 is no bound."},
		{Name: "locale-collate", Kind: Text("a locale, or empty"),
			Doc: "Locale of SORT ALPHA.", Planned: "SORT is not in this version"},
		{Name: "sanitize-dump-payload", Kind: Enum("no", "yes", "clients"), Default: "no",
			Doc: "Whether RESTORE checks what it is given in depth.", NoEffect: "every payload is checked in full"},
	}
}
