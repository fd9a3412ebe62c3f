// Package eviction decides which entry of a full cache should go.
//
// A [Policy] keeps a few bytes for each entry, which it knows by a slot: a
// small dense number that the cache chooses. The life of an entry is one Add,
// any number of Hits and Updates, and then either Remove (it was deleted or
// expired) or, once Victim has named it, Evict. The policies hold no pointer,
// lock, clock or key, and never delete: they name victims, the cache acts.
//
// A cache in several parts keeps an instance for each part, under the part's
// lock, and one budget for all: when room is needed it compares their Coldness
// and takes the victim of the coldest.
//
// What a policy is worth is a question for traces: package eviction/sim plays
// them, and docs/eviction.md has the figures.
package eviction
