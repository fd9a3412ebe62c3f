// Package store is the keyspace: entries by key and database, their expiry and
// eviction, and the count of memory.
//
// One GET: DB.LockKey hashes the key and locks its stripe; DB.Get finds the
// handle in the index of (stripe, database), the address in the heap's handle
// table, compares the key, marks the access in the entry and in the policy, and
// returns a Value that points at the entry's bytes; the caller copies what it
// wants and unlocks. One SET: the same way to the entry, which is overwritten in
// its block if it fits or given another block under the same handle; then the
// timer wheel, the policy and the counters are told.
//
// Promises: entries lie off Go's heap; no call on one key allocates Go memory;
// background steps hold a lock well below a millisecond; SCAN goes in hash
// order and never misses a key that was there throughout; what is freed is
// credited at once.
//
// It leaves to others: when to evict and expire (the engine calls Over, Evict,
// ExpireStep, Maintain), what commands mean, time (it comes with Begin) and
// randomness (seeds come with the call). See DESIGN.md beside this file.
package store
