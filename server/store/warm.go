package store

// A look-up of one key among millions waits for memory three times in a row:
// for the index, for the handle's place and for the entry. The waits of several
// keys that are known beforehand overlap if the same step is done for all of
// them before the next one: 16 keys of a million take 60 ns each instead of 300.

// WarmMost is how many keys one Warm looks at.
const WarmMost = 16

// warmFrom is how much memory must be in use for Warm to do anything: less is in
// the caches anyway.
const warmFrom = 4 << 20

// warming is a key on its way into the processor's caches.
type warming struct {
	s      *stripe
	words  []uint64 // of its segment
	sg     *segment
	frag   uint32
	handle uint32
}

// Warm brings the memory of some keys into the processor's caches, for calls
// that follow at once. It changes nothing, waits for no lock (the keys of a
// stripe that is busy are left out), and must be called with none held.
func (db *DB) Warm(keys [][]byte) {
	v := db.v
	if v.ks.used.Load() < warmFrom {
		return
	}
	var all [WarmMost]warming
	n := 0
	for _, key := range keys[:min(len(keys), WarmMost)] {
		hash := v.ks.hash.sum(key)
		i := int(hash >> (64 - v.ks.bits))
		s := &v.ks.stripes[i]
		if !v.holds(s, i) && !s.mu.TryLock() {
			continue
		}
		v.held[i/64] |= 1 << (i % 64)
		if ix := s.dbs[db.n]; ix != nil && ix.keys > 0 {
			all[n].s, all[n].frag = s, v.ks.frag(hash)
			all[n].sg = ix.at(all[n].frag)
			n++
		}
	}
	v.warm(all[:n])
	v.unlockHeld()
}

// warm does the steps for keys whose stripes are locked.
func (v *view) warm(all []warming) {
	var sum uint64 // the loads must not be idle in the compiler's eyes
	for i := range all {
		w := &all[i]
		w.words = w.s.heap.Prefix(w.sg.handle, int(w.sg.count)+1)
		sum += w.words[min(w.sg.guess(w.frag), len(w.words)-1)]
	}
	for i := range all {
		w := &all[i]
		if at := w.sg.bound(w.words, uint64(w.frag)<<32); at < len(w.words) && uint32(w.words[at]>>32) == w.frag {
			w.handle = uint32(w.words[at])
			sum += uint64(w.s.heap.Touch(w.handle))
		}
	}
	for i := range all {
		if w := &all[i]; w.handle != 0 {
			sum += w.s.heap.TouchBlock(w.handle)
		}
	}
	v.warmth = sum
}
