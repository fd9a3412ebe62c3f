package config

import (
	"testing"
	"testing/fstest"
)

func TestTheTightestControlGroupBounds(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  int64
	}{
		{"none", fstest.MapFS{}, 0},
		{"version 2", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("200\n")}, 200},
		{"version 2 unlimited", fstest.MapFS{"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("max\n")}, 0},
		{"an ancestor is tighter", fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("200\n"), "sys/fs/cgroup/a/memory.max": file("100\n")}, 100},
		{"in a container", fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("300\n")}, 300},
		{"a path from outside", fstest.MapFS{"proc/self/cgroup": file("5:cpu,memory:/docker/abc\n4:pids:/x\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("400\n")}, 400},
		{"version 1 unlimited", fstest.MapFS{"proc/self/cgroup": file("5:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 0},
		{"garbage", fstest.MapFS{"proc/self/cgroup": file("x\n0::/../..\n"), "sys/fs/cgroup/memory.max": file("-5")}, 0},
	} {
		if got := cgroupLimit(tt.files); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	if least(0, 5) != 5 || least(5, 0) != 5 || least(4, 5) != 4 || least(5, 4) != 4 {
		t.Error("least")
	}
}

func TestSharesOfTheMachine(t *testing.T) {
	for _, tt := range []struct {
		memory int64
		share  string
		want   int64
	}{{10 * gib, "60%", 6 * gib}, {1 << 62, "50%", 1 << 61}, {199, "50%", 99}, {10 * gib, "1%", gib / 10}, {10 * gib, "100%", 10 * gib}} {
		c := newConfig(tt.memory)
		if err := c.Set([]string{"maxmemory", tt.share}, false); err != nil {
			t.Fatal(err)
		}
		if got := c.Int("maxmemory"); got != tt.want {
			t.Errorf("%s of %d = %d, want %d", tt.share, tt.memory, got, tt.want)
		}
	}
	unknown := newConfig(0)
	if got := unknown.Int("maxmemory"); got != 0 {
		t.Errorf("default on an unknown machine: %d", got)
	}
	want := "CONFIG SET failed (possibly related to argument 'maxmemory') - the machine's memory is not known here; give bytes instead"
	if err := unknown.Set([]string{"maxmemory", "5%"}, false); err == nil || err.Error() != want {
		t.Error(err)
	}
}
