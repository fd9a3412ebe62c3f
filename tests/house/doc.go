// Package house holds the laws of the source tree as tests: which package may
// import which, what may not be called below the engine, where texts for
// clients live, and that everything is formatted, vetted and documented.
//
// It reads the sources in-process, so the test cache knows each file that a
// verdict rests on and a bad import can never pass as "cached".
package house
