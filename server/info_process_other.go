//go:build !linux

package server

import "runtime"

// residentBytes is unknown here.
func residentBytes() int64 { return 0 }

func systemName() string { return runtime.GOOS + " " + runtime.GOARCH }
