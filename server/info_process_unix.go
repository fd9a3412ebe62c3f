//go:build unix

package server

import (
	"time"

	"golang.org/x/sys/unix"
)

// readProcess asks the system for our memory and time; zero where it does not say.
func readProcess() process {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return process{rss: residentBytes()}
	}
	return process{rss: residentBytes(), user: time.Duration(r.Utime.Nano()), sys: time.Duration(r.Stime.Nano())}
}
