//go:build !unix

package ui

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }

func residentBytes() uint64 { return runtimeBytes() }
