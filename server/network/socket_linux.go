package network

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls below do not block, or not for long, so they go around the
// scheduler. Only sleepEvents may block for good, and tells the scheduler so.

// pollEvents fills events with those that are ready, waiting at most so many
// ms for the first. The thread keeps its place in the scheduler meanwhile; a
// collector that cannot wait interrupts the call by a signal.
func pollEvents(epoll int, events []unix.EpollEvent, ms int) (n int, errno syscall.Errno) {
	r, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(ms), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// sleepEvents waits for the first event.
func sleepEvents(epoll int, events []unix.EpollEvent) (n int, errno syscall.Errno) {
	r, _, errno := syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), ^uintptr(0), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// receive reads what is there. n = 0 without an error is the peer's end.
func receive(fd int32, b []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
		if errno == 0 {
			return int(r), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

// transmit writes what the socket takes of b.
func transmit(fd int32, b []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd),
			uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		if errno == 0 {
			return int(r), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

// vector is the scratch of transmitAll.
type vector struct {
	chunks [][]byte
	iov    []unix.Iovec
}

// transmitAll writes what the socket takes of the first most bytes of chunks,
// which are not empty.
func (v *vector) transmitAll(fd int32, most int) (n int, errno syscall.Errno) {
	v.iov = v.iov[:0]
	for _, b := range v.chunks {
		e := unix.Iovec{Base: &b[0]}
		e.SetLen(min(len(b), most))
		v.iov = append(v.iov, e)
		if most -= len(b); most <= 0 {
			break
		}
	}
	for {
		r, _, errno := syscall.RawSyscall(unix.SYS_WRITEV, uintptr(fd),
			uintptr(unsafe.Pointer(&v.iov[0])), uintptr(len(v.iov)))
		if errno == 0 {
			return int(r), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}

// clear drops the references to what was written.
func (v *vector) clear() {
	clear(v.chunks)
	clear(v.iov)
}

// threadClock reads the CPU time of the calling thread.
type threadClock struct {
	ts     unix.Timespec
	thread uintptr
}

// threadTime also tells whether the last call was on the same thread, so that
// the two readings can be compared.
func (c *threadClock) threadTime() (used time.Duration, same bool) {
	thread, _, _ := syscall.RawSyscall(unix.SYS_GETTID, 0, 0, 0)
	same, c.thread = thread == c.thread, thread
	syscall.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_THREAD_CPUTIME_ID, uintptr(unsafe.Pointer(&c.ts)), 0)
	return time.Duration(c.ts.Nano()), same
}
