//go:build race

package store

// raceDetector: the race detector's own memory would be measured, not ours.
const raceDetector = true
