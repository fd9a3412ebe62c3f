package store

import (
	"encoding/binary"
	"math/bits"
)

// hasher is the key hash: Go's own fallback hash (wyhash by Wang Yi, final
// version 4) with a secret of 256 bits drawn from a seed. hash/maphash would be
// as quick but cannot be given a seed, and replicas must agree on the order of
// keys; xxhash's seeded digest takes three times as long for short keys.
type hasher struct{ k [4]uint64 }

func newHasher(seed uint64) (h hasher) {
	for i := range h.k { // splitmix64
		seed += 0x9E3779B97F4A7C15
		z := seed
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		h.k[i] = (z ^ z>>31) | 1
	}
	return h
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func u32(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) }
func u64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// sum returns the hash of a key.
func (h *hasher) sum(p []byte) uint64 {
	var a, b uint64
	seed, n := h.k[0], len(p)
	switch {
	case n == 0:
	case n < 4:
		a = uint64(p[0]) | uint64(p[n>>1])<<8 | uint64(p[n-1])<<16
	case n < 8:
		a, b = u32(p), u32(p[n-4:])
	case n <= 16:
		a, b = u64(p), u64(p[n-8:])
	default:
		seed = h.body(p, seed)
		a, b = u64(p[n-16:]), u64(p[n-8:])
	}
	return mix(0x1d8e4e27c47d124f^uint64(n), mix(a^h.k[1], b^seed))
}

// body folds all but the last 16 bytes into seed.
func (h *hasher) body(p []byte, seed uint64) uint64 {
	if len(p) > 48 {
		s1, s2 := seed, seed
		for ; len(p) > 48; p = p[48:] {
			seed = mix(u64(p)^h.k[1], u64(p[8:])^seed)
			s1 = mix(u64(p[16:])^h.k[2], u64(p[24:])^s1)
			s2 = mix(u64(p[32:])^h.k[3], u64(p[40:])^s2)
		}
		seed ^= s1 ^ s2
	}
	for ; len(p) > 16; p = p[16:] {
		seed = mix(u64(p)^h.k[1], u64(p[8:])^seed)
	}
	return seed
}
