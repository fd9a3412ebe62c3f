package server

import (
	"os"
	"strings"
	"testing"
)

func TestOnlyCleanReadOnlyPartsOfTheProgramAreGivenBack(t *testing.T) {
	const smaps = `00400000-00800000 r-xp 00000000 fe:00 12 /bin/cached
Rss:                3000 kB
Anonymous:             0 kB
00800000-00900000 r--p 00400000 fe:00 12 /bin/cached
Anonymous:            40 kB
00900000-00a00000 rw-p 00500000 fe:00 12 /bin/cached
Anonymous:             0 kB
00a00000-00b00000 r--p 00600000 fe:00 13 /bin/notcached
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f0000000000-7f0000100000 r--p 00000000 fe:00 12 /bin/cached
Anonymous:             0 kB
`
	got := cleanMappings(strings.NewReader(smaps), "/bin/cached")
	want := []mapping{{0x400000, 0x800000}, {0x7f0000000000, 0x7f0000100000}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestTrimmingGivesMemoryBackAndTheProgramGoesOn(t *testing.T) {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("no /proc/self/smaps to read")
	}
	defer f.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(cleanMappings(f, exe)) == 0 {
		t.Fatal("nothing of the program's file is mapped")
	}
	before := residentBytes()
	trimProgram()
	if after := residentBytes(); after >= before {
		t.Errorf("RSS was %d, is %d", before, after)
	}
	if !t.Run("lives", func(*testing.T) {}) {
		t.Error("the program does not go on")
	}
}
