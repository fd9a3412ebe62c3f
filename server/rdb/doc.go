// Package rdb reads and writes Redis's form of values and snapshots: RDB files of
// Redis 2.8 to 7.4, and the payloads of DUMP and RESTORE.
//
// A file is a header, operations and keys, the end and a checksum:
//
//	REDIS0010 | opcode ... | type key value | ... | 0xFF | crc64 of all before, LE
//
// Reading: a Reader yields one Entry after another; of a key it has read all but
// the value, which the caller then asks for: by Value into a Sink, by Skip, or by
// Raw as it stands. The sizes that a file claims are believed only as far as bytes
// follow, so that hostile input costs no more memory than its own length (times
// lzfRatio, up to Limits.String). Writing: a Writer appends entries; Append
// appends one value.
//
// Sink is where values go; Loader is the one that puts them into a store. What is
// written are the plain forms (element after element), which every Redis since 4.0
// reads; Redis chooses its own compact form when it loads them. They carry version
// 10 (Redis 7.0), so that both 7.0 and 7.2 take them, but for hashes whose fields
// expire: those need version 12 (Redis 7.4).
//
// It leaves to others: which keys there are and when they are consistent
// (store.Snapshot), files and their names (server).
package rdb
