package persist

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cachedserver/cached/protocol"
)

// lab is a log whose entries are SETs of a number.
func openLab(t testing.TB, dir string, sync Sync) (l *Log, seen []string, warned int, err error) {
	t.Helper()
	l, _, err = OpenLog(context.Background(), LogOptions{Folder: dir, Name: "a", Fault: func(err error, _ bool) { t.Error(err) }}, Recovery{
		Base:     func(context.Context, string) error { return nil },
		Apply:    func(e *protocol.Entry) error { seen = append(seen, string(e.Commands[0][1])); return nil },
		Torn:     true,
		Warn:     func(string, ...any) { warned++ },
		Progress: &Progress{},
	})
	if err == nil {
		l.SetSync(sync)
	}
	return l, seen, warned, err
}

func record(i int) []byte {
	e := protocol.AppendEntry(nil, &protocol.Entry{Version: 1, Commands: [][][]byte{{[]byte("SET"), []byte(fmt.Sprint(i))}}})
	return append(binary.AppendUvarint(nil, uint64(len(e))), e...)
}

func TestRecordsComeBackInTheirOrder(t *testing.T) {
	for _, sync := range []Sync{SyncAlways, SyncEverySecond, SyncNever} {
		dir := t.TempDir()
		l, _, _, err := openLab(t, dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			l.Append(record(i))
			if i%7 == 0 {
				l.Commit()
				if sync == SyncAlways && l.synced.Load() != uint64(i+1) {
					t.Fatalf("after Commit %d of %d records are synced", l.synced.Load(), i+1)
				}
				if l.written.Load() != uint64(i+1) {
					t.Fatalf("after Commit %d of %d records are written", l.written.Load(), i+1)
				}
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l, seen, warned, err := openLab(t, dir, sync)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if len(seen) != 1000 || seen[0] != "0" || seen[999] != "999" || warned != 0 {
			t.Errorf("%d records, %d warnings", len(seen), warned)
		}
	}
}

func TestManyCommitAtOnceAndFilesChange(t *testing.T) {
	dir := t.TempDir()
	l, _, _, err := openLab(t, dir, SyncAlways)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				l.Append(record(g*1000 + i))
				l.Commit()
			}
		})
	}
	second := l.incrPart(2)
	next, err := l.create(second)
	if err != nil {
		t.Fatal(err)
	}
	l.parts.incrs = append(l.parts.incrs, second)
	if err := l.writeManifest(l.parts); err != nil {
		t.Fatal(err)
	}
	l.rotate(next)
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, seen, _, err := openLab(t, dir, SyncAlways)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if len(seen) != 800 {
		t.Fatalf("%d records, want 800", len(seen))
	}
	last := map[int]int{}
	for _, s := range seen {
		var n int
		fmt.Sscan(s, &n)
		if want, started := last[n/1000]; started && n%1000 != want+1 {
			t.Fatalf("%d comes after %d", n%1000, want)
		}
		last[n/1000] = n % 1000
	}
}

// FuzzLog: no file does harm, and what a torn one leaves is a beginning of it that is
// read the same way again.
func FuzzLog(f *testing.F) {
	whole := []byte(logMagic)
	for i := range 3 {
		r := record(i)
		whole = binary.LittleEndian.AppendUint32(whole, uint32(len(r)))
		whole = binary.LittleEndian.AppendUint32(whole, crcOf(r))
		whole = append(whole, r...)
	}
	for _, n := range []int{0, 5, len(logMagic), 20, len(whole) - 1, len(whole)} {
		f.Add(whole[:n])
	}
	f.Add(append(whole[:len(whole):len(whole)], make([]byte, 100)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.1.incr.log")
		os.WriteFile(filepath.Join(dir, "a.manifest"), []byte("file a.1.incr.log seq 1 type i\n"), 0o644)
		os.WriteFile(path, b, 0o644)
		l, seen, _, err := openSafe(t, dir)
		if err != nil {
			return
		}
		l.Close()
		l, again, warned, err := openSafe(t, dir)
		if err != nil || warned != 0 || len(again) != len(seen) {
			t.Fatalf("%d records, then %d, with %d warnings (%v)", len(seen), len(again), warned, err)
		}
		l.Close()
	})
}

// openSafe is openLab for entries of any content.
func openSafe(t testing.TB, dir string) (l *Log, seen []string, warned int, err error) {
	l, _, err = OpenLog(context.Background(), LogOptions{Folder: dir, Name: "a", Fault: func(err error, _ bool) { t.Error(err) }}, Recovery{
		Base:     func(context.Context, string) error { return nil },
		Apply:    func(e *protocol.Entry) error { seen = append(seen, fmt.Sprint(e)); return nil },
		Torn:     true,
		Warn:     func(string, ...any) { warned++ },
		Progress: &Progress{},
	})
	return l, seen, warned, err
}
