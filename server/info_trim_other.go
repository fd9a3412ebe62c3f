//go:build !linux

package server

// trimProgram has nothing to do here.
func trimProgram() {}
