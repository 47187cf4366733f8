package proc

import (
	"time"

	"golang.org/x/sys/unix"
)

// spent is the processor time of the calling thread, for differences of goroutines that
// are locked to theirs. Where many compete for the processors the clock would count
// their time, too.
func spent() time.Duration {
	var ts unix.Timespec
	// The clock is there since Linux 2.6.12.
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}
