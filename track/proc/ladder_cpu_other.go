//go:build !linux

package proc

import "time"

var began = time.Now()

// spent is the time that has passed, for differences: what a thread took of a
// processor is told on Linux only.
func spent() time.Duration { return time.Since(began) }
