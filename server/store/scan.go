package store

// Scan visits about count keys from cursor on, in the order of their hashes,
// and returns where to go on; 0 at the start and at the end. visit runs under
// the stripe's lock and must not write. A key that is there from the first call
// to the last is visited just once, whatever happens in between; no growth or
// compaction changes the order. This is the canonical order of the keyspace,
// that of snapshots too.
//
// A cursor is a stripe's number and a hash fragment, the lowest not yet
// visited: less than 2^40, which every client can hold. Keys with one fragment
// travel together.
func (db *DB) Scan(cursor uint64, count int, visit func(key []byte, v Value)) (next uint64) {
	left := max(count, 1)
	for i := cursor >> 32; i < uint64(len(db.v.ks.stripes)); i++ {
		from := cursor & (1<<32 - 1)
		cursor = 0
		db.v.step(int(i), func(s *stripe) { from = db.scan(s, from, &left, visit) })
		if from < 1<<32 {
			return i<<32 | from
		}
		if left <= 0 && i+1 < uint64(len(db.v.ks.stripes)) {
			return (i + 1) << 32
		}
	}
	return 0
}

// scan visits keys of one stripe until left is used up.
func (db *DB) scan(s *stripe, from uint64, left *int, visit func([]byte, Value)) uint64 {
	ix := s.dbs[db.n]
	if ix == nil {
		return 1 << 32
	}
	last := uint64(1 << 32) // fragment of the last key visited
	for from < 1<<32 {
		from = ix.next(from, func(frag, handle uint32) bool {
			if *left <= 0 && uint64(frag) != last {
				return false
			}
			last = uint64(frag)
			*left--
			if v, _ := db.at(s, handle); !s.gone(handle, v.e(), db.v.now) {
				visit(s.key(v.e()), v)
			}
			return true
		})
		if *left <= 0 {
			break
		}
	}
	return from
}

// Random returns a key, each with nearly the same chance, drawn by seed; good
// until the next call. false if there is none.
func (db *DB) Random(seed uint64) (key []byte, ok bool) {
	for try := range uint64(100) {
		if key, ok = db.draw(mix(seed+try, 0x9E3779B97F4A7C15)); ok {
			return key, true
		}
	}
	return db.firstLive()
}

// draw picks a stripe by its share of keys, and a key of it; false if that is
// expired or there is none.
func (db *DB) draw(seed uint64) (key []byte, ok bool) {
	n := db.Len()
	if n == 0 {
		return nil, false
	}
	at := int(seed % uint64(n))
	for i := range db.v.ks.stripes {
		done := false
		db.v.step(i, func(s *stripe) {
			ix := s.dbs[db.n]
			if ix == nil {
				return
			}
			if at -= ix.keys; at >= 0 {
				return
			}
			done = true
			if handle, found := ix.any(seed); found {
				if e := entry(s.heap.Bytes(handle)); !s.gone(handle, e, db.v.now) {
					key, ok = append([]byte{}, s.key(e)...), true
				}
			}
		})
		if done {
			break
		}
	}
	return key, ok
}

// firstLive returns the first key that is not expired.
func (db *DB) firstLive() (key []byte, ok bool) {
	for cursor := uint64(0); ; {
		cursor = db.Scan(cursor, stepEntries, func(k []byte, _ Value) {
			if !ok {
				key, ok = append([]byte{}, k...), true
			}
		})
		if ok || cursor == 0 {
			return key, ok
		}
	}
}
