//go:build amd64 || arm64

package prefetch

import "unsafe"

// Lines asks the processor to bring the 192 bytes from p on into its first
// cache. It is a hint that never faults: p may point anywhere.
//
//go:noescape
func Lines(p unsafe.Pointer)
