//go:build unix

package ui

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// cpuTime returns the processor time that the program took, in user and kernel mode.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// residentBytes returns the program's memory: the second number of /proc/self/statm
// (proc_pid_statm(5)), in pages, where there is such a file.
func residentBytes() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return runtimeBytes()
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return runtimeBytes()
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return runtimeBytes()
	}
	return pages * uint64(os.Getpagesize())
}
