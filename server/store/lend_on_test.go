//go:build invariants

package store

// lendsCopies: Bytes allocates in the debug build.
const lendsCopies = true
