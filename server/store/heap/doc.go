// Package heap is memory that Go's collector does not see: blocks known by
// stable handles, in pages that can be compacted, in arenas taken from the
// system by the gigabyte.
//
// An Arena belongs to the node. It reserves address space and hands out runs
// of system pages: a run is a value too large for a block, a page of a Heap, or
// a piece of a handle table. Freed runs go back to the system at once or, if
// large, in steps.
//
// A Heap belongs to one stripe and is guarded by the stripe's lock. Alloc
// takes the best hole that fits, splits it, and returns a handle; Free merges
// the block with its free neighbours and gives an empty page back. When sizes
// drift and holes no longer fit, Compact empties the emptiest page: only the
// handle table changes, nobody who holds a handle notices.
//
// Bytes of a block are valid until the next call that may allocate or free in
// the same heap. All unsafe code is in unsafe.go. Little-endian machines only.
package heap
