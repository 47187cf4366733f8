//go:build !amd64 && !arm64

package prefetch

import "unsafe"

// Lines does nothing: there is no instruction for it here.
func Lines(unsafe.Pointer) {}
