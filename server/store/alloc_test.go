package store

import "testing"

func TestCallsOnOneKeyAllocateNothing(t *testing.T) {
	ks, err := Open(Options{Seed: 1, Policy: "allkeys-adaptive", MaxMemory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	db := ks.View()
	db.Begin(1000, false)
	key, val, number := []byte("some key"), make([]byte, 100), []byte("12345")
	db.SetString(key, val, 0)
	calls := map[string]func(){
		"Get":               func() { v, _ := db.Get(key); _ = v.Bytes() },
		"Look":              func() { db.Look(key) },
		"SetString":         func() { db.SetString(key, val, 0) },
		"SetString, TTL":    func() { db.SetString(key, val, 5000) },
		"SetString, number": func() { db.SetString(key, number, 0); v, _ := db.Get(key); _ = v.Bytes() },
		"SetInt":            func() { db.SetInt(key, 7, 0) },
		"Expire":            func() { db.Expire(key, 9000); db.Expire(key, 0) },
		"Edit":              func() { db.Edit(key, 200); db.Edit(key, 10) },
		"Delete and set":    func() { db.Delete(key); db.SetString(key, val, 0) },
		"room":              func() { ks.Over(); ks.Charge(1); ks.Charge(-1) },
	}
	for what, call := range calls {
		if n := testing.AllocsPerRun(1000, func() {
			db.LockKey(key)
			call()
			db.Unlock()
		}); n > 0 && !lendsCopies {
			t.Errorf("%s: %.0f allocations", what, n)
		}
	}
}
