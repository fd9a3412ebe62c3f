//go:build !linux

package main

// trimProgram does nothing where the system has no such call.
func trimProgram() error { return nil }
