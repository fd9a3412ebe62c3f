// Package sim plays traces of cache requests through the policies of package
// eviction, and through Belady's optimum, to see what each would have hit.
//
// A [Trace] is read with [Open]; [Play] runs it through a cache of one size
// under one policy; [Run] does so for many policies and sizes side by side;
// [Plot] draws the result. `cached simulate` is this package on a command line.
package sim
