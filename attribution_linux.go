package main

import (
	"cmp"

	"sockeye/ebpf"
	"sockeye/parse"
	"sockeye/track/proc"
)

// newWatcher has the kernel tell of sockets and processes.
func newWatcher() (proc.Watcher, error) {
	w, err := ebpf.NewWatcher(ebpf.WatchOptions{})
	if err != nil {
		j := newJudge()
		j.watcher = err
		return nil, &watchError{err, cmp.Or(j.mendEvents(), hintOf(err))}
	}
	return w, nil
}

// packetProcesses returns nil: packets tell no processes.
func packetProcesses() *parse.Processes { return nil }

// watchError says why the kernel does not tell, and what helps where this process runs.
type watchError struct {
	error
	hint string
}

func (e *watchError) Unwrap() error { return e.error }

// Hint returns what helps, "" for nothing.
func (e *watchError) Hint() string { return e.hint }
