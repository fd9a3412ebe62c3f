package config

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// MachineMemory returns the bytes of memory that this process may use: the
// least of the machine's memory and the limits of the control groups around it.
// 0 means that it cannot be told.
func MachineMemory() int64 {
	return least(physicalMemory(), cgroupLimit(os.DirFS("/")))
}

// least returns the smaller of two bounds of which 0 is none.
func least(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// cgroupLimit reads version 2 and version 1 of Linux's control groups. A limit
// may stand on any group above ours, so every ancestor counts; in a container
// our path may lie outside the mounted tree, whose root is then our group.
func cgroupLimit(root fs.FS) int64 {
	limit := int64(0)
	table, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(table)) {
		// hierarchy-ID:controllers:path
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[1] == "":
			limit = least(limit, climb(root, "sys/fs/cgroup", f[2], "memory.max"))
		case strings.Contains(","+f[1]+",", ",memory,"):
			limit = least(limit, climb(root, "sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes"))
		}
	}
	return limit
}

func climb(root fs.FS, mount, group, file string) int64 {
	limit := int64(0)
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		limit = least(limit, readLimit(root, path.Join(mount, dir, file)))
		if dir == "/" {
			return limit
		}
	}
}

// readLimit returns 0 for "max" and for version 1's way to say so, a number
// near 2^63.
func readLimit(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n < 0 || n > 1<<60 {
		return 0
	}
	return n
}
