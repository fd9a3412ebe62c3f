package config

import (
	"errors"
	"os"
	"path/filepath"
)

func persistenceSettings() []Setting {
	return []Setting{
		{Name: "save", Kind: Save(), Default: "", Common: true,
			Doc: "When to write a snapshot: seconds and changes, in pairs; with any, the snapshot is read at start and written at the end, too. Empty: memory only. (Redis's default is 3600 1 300 100 60 10000.)"},
		{Name: "dir", Kind: folder(), Default: ".", Protected: true,
			Doc: "Working directory: where the files of this chapter go. CONFIG GET shows it whole."},
		{Name: "dbfilename", Kind: fileName(), Default: "dump.rdb", Protected: true,
			Doc: "Name of the snapshot in dir."},
		{Name: "stop-writes-on-bgsave-error", Kind: Bool(), Default: "yes",
			Doc: "Refuses writes while snapshots fail."},
		{Name: "rdbcompression", Kind: Bool(), Default: "yes",
			Doc: "Compresses strings in snapshots."},
		{Name: "rdbchecksum", Kind: Bool(), Default: "yes", Fixed: true,
			Doc: "Ends snapshots with a checksum."},
		{Name: "rdb-save-incremental-fsync", Kind: Bool(), Default: "yes",
			Doc: "Syncs a snapshot to disk piece by piece."},
		{Name: "rdb-del-sync-files", Kind: Bool(), Default: "no",
			Doc: "Deletes snapshots that only served replication.", NoEffect: "replication writes no such files"},
		{Name: "appendonly", Kind: Bool(), Default: "no", Common: true,
			Doc: "Keeps every write in a log on disk, from which a start brings the data back.", Fixed: true},
		{Name: "appendfsync", Kind: Enum("everysec", "always", "no"), Default: "everysec",
			Doc: "When the log is synced to disk."},
		{Name: "appendfilename", Kind: fileName(), Default: "appendonly.aof", Fixed: true,
			Doc: "Base name of the log's files."},
		{Name: "appenddirname", Kind: fileName(), Default: "appendonlydir", Fixed: true,
			Doc: "Folder of the log in dir."},
		{Name: "no-appendfsync-on-rewrite", Kind: Bool(), Default: "no",
			Doc: "Skips syncing while the log is rewritten.", NoEffect: "the log is not rewritten by a forked child"},
		{Name: "auto-aof-rewrite-percentage", Kind: Int(0, maxInt), Default: "100",
			Doc: "Growth at which the log is rewritten."},
		{Name: "auto-aof-rewrite-min-size", Kind: Memory(0, maxInt64), Default: "64mb",
			Doc: "Size below which the log is not rewritten."},
		{Name: "aof-rewrite-incremental-fsync", Kind: Bool(), Default: "yes",
			Doc: "Syncs a rewritten log piece by piece."},
		{Name: "aof-load-truncated", Kind: Bool(), Default: "yes",
			Doc: "Starts although the log's end is torn."},
		{Name: "aof-use-rdb-preamble", Kind: Bool(), Default: "yes",
			Doc: "Begins a rewritten log with a snapshot.", NoEffect: "a rewritten log always begins with a snapshot"},
		{Name: "aof-timestamp-enabled", Kind: Bool(), Default: "no",
			Doc: "Writes times into the log.", NoEffect: "each entry of the log has its time"},
		{Name: "aof-disable-auto-gc", Kind: Bool(), Default: "no",
			Doc: "Keeps the log's old files.", NoEffect: "old files are deleted when a rewrite is whole"},
	}
}

type folderKind struct{ textKind }

// folder is a path that CONFIG GET shows whole. Whether it exists is looked at
// when it is used: nothing is kept on disk by default.
func folder() Kind { return folderKind{textKind{"an existing folder"}} }

func (k folderKind) parse(words []string, e env) (*Value, error) {
	v, err := k.textKind.parse(words, e)
	if err != nil {
		return nil, err
	}
	if v.text, err = filepath.Abs(v.text); err != nil {
		return nil, err
	}
	return v, nil
}

// enterable reports why the process could not work in a folder.
func enterable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return cause(err)
	case !info.IsDir():
		return errors.New("not a directory")
	}
	return nil
}
