//go:build !linux

package main

import (
	"sockeye/parse"
	"sockeye/track/proc"
)

// newWatcher returns none: eBPF is Linux's.
func newWatcher() (proc.Watcher, error) { return nil, nil }

// packetProcesses is where the processes that packets tell are kept.
func packetProcesses() *parse.Processes { return new(parse.Processes) }
