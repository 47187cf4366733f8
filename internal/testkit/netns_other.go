//go:build !linux

package testkit

import (
	"runtime"
	"testing"
)

// NetAdmin skips the test: only Linux has network namespaces. Tests that make
// one belong into a _linux_test.go file.
func NetAdmin(tb testing.TB) {
	tb.Helper()
	KernelLacks(tb, "network namespaces ("+runtime.GOOS+")")
}
