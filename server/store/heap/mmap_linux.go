package heap

import "golang.org/x/sys/unix"

// reserve maps size bytes that cost nothing until they are touched. Huge pages
// are refused: one live block would keep 2 MiB resident.
func reserve(size int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) // a kernel without huge pages refuses, rightly
	return b, nil
}

// release gives pages back to the system; they read as zero afterwards.
func release(b []byte) {
	if len(b) == 0 {
		return
	}
	if err := unix.Madvise(b, unix.MADV_DONTNEED); err != nil {
		clear(b) // locked memory stays, but must still be zero
	}
}

func unmap(b []byte) error { return unix.Munmap(b) }
