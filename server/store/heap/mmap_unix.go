//go:build unix && !linux

package heap

import "golang.org/x/sys/unix"

// reserve maps size bytes that cost nothing until they are touched.
func reserve(size int) ([]byte, error) {
	return unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

// release gives pages back to the system; they read as zero afterwards. Only
// Linux promises zeroes after MADV_DONTNEED, so they are written here.
func release(b []byte) {
	if len(b) == 0 {
		return
	}
	clear(b)
	_ = unix.Madvise(b, unix.MADV_FREE)
}

func unmap(b []byte) error { return unix.Munmap(b) }
