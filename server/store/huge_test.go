package store

import "testing"

func TestTheLargestStrings(t *testing.T) {
	quiet(t)
	ks, db, _ := opened(t, Options{Stripes: 1})
	const most = 512 << 20
	key := []byte("k")
	b := db.Edit(key, most) // nothing is touched but what is written
	b[0], b[most-1] = 1, 2
	if v, ok := db.Get(key); !ok || v.Len() != most || v.Bytes()[most-1] != 2 || v.Bytes()[most/2] != 0 {
		t.Fatal("a string of 512 MiB is not as written")
	}
	if b = db.Edit(key, most/2); b[0] != 1 {
		t.Fatal("shortening lost the beginning")
	}
	if b = db.Edit(key, most); b[0] != 1 || b[most-1] != 0 {
		t.Fatal("growing again showed old bytes")
	}
	for i := range 100 {
		n := 100_000 * (i + 1)
		b := db.Edit([]byte("grows"), n)
		b[n-1] = byte(i)
		if i > 0 && b[100_000*i-1] != byte(i-1) {
			t.Fatalf("growing to %d lost bytes", n)
		}
	}
	db.FlushAll(true)
	for ks.Maintain(100) {
	}
	if got := ks.arena.Resident(); got != 0 {
		t.Errorf("%d bytes resident after a flush", got)
	}
}

// quiet skips a test that measures, where it could not.
func quiet(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("measures the process")
	}
}
