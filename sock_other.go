//go:build !linux && !darwin

package main

import "sockeye/capture"

// openLive returns capture.ErrNotSupported: live capture needs the packet
// sockets of Linux or the BPF devices of macOS.
func openLive(capture.Target, capture.Options) ([]capture.Source, error) {
	return nil, capture.ErrNotSupported
}
