//go:build !linux && !darwin

package config

func physicalMemory() int64 { return 0 }
