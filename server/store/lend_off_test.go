//go:build !invariants

package store

const lendsCopies = false
