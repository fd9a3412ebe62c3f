// Package value holds the collections: sets, hashes, sorted sets, lists and
// streams as bytes in an entry (small) or as counted trees of chunks (large).
//
// A collection is opened on an Item, the entry of one key as the store lends it
// for the length of a call; it keeps nothing between calls. A small collection is
// the item's payload itself: elements one behind the other (packed), so that a
// million small hashes are no million objects. One that outgrows its Limits
// becomes trees (package tree) whose headers are the payload:
//
//	packed   u16 count | element ...        element: uvarint header, bytes
//	intset   sorted integers of one width   (sets of integers only)
//	chunked  u64 bytes charged | tree header of 16 bytes, one or more
//
// It leaves to others: keys, expiry of keys and memory (store), arguments and
// replies (command).
package value
