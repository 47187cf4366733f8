//go:build amd64 || arm64

package prefetch

import "unsafe"

// Line asks the processor to bring the cache line of p, 64 bytes or more, into
// its first cache. It is a hint that never faults: p may point anywhere.
//
//go:noescape
func Line(p unsafe.Pointer)

// Lines is Line for the 256 bytes from p on.
//
//go:noescape
func Lines(p unsafe.Pointer)
