package main

import (
	"sockeye/ebpf"
	"sockeye/track/proc"
)

// newWatcher has the kernel tell of sockets and processes.
func newWatcher() (proc.Watcher, error) {
	w, err := ebpf.NewWatcher(ebpf.WatchOptions{})
	if err != nil {
		return nil, err // no nil of that type within the interface
	}
	return w, nil
}
