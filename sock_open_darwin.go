package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/bpfdev"
	"sockeye/capture"
	"sockeye/parse"
)

// bpfTimeout is how old a packet may be when it is handed over, and how often
// an idle device wakes its reader. It is the block timeout of the Linux rings.
const bpfTimeout = 60 * time.Millisecond

// openLive opens a BPF device on one interface. There is one queue, whatever t
// asks for: a second device on the interface would get everything again. No
// device is of all interfaces.
func openLive(t capture.Target, o capture.Options) ([]capture.Source, error) {
	if t.Any {
		return nil, fmt.Errorf("open all interfaces at once: a BPF device is of one interface, name each: %w",
			capture.ErrNotSupported)
	}
	dev, err := bpfdev.Open(bpfdev.Config{
		Interface: t.Name,
		Buffer:    t.RingBytes / 3, // the kernel has two of them, the reader one
		Timeout:   bpfTimeout,
		LinkType:  uint16(t.Link),
		Promisc:   o.Promisc,
		Filter:    capture.CutFilter(o.Filter, o.Snap()),
	})
	if err != nil {
		return nil, openError(t, err)
	}
	link := parse.LinkType(dev.LinkType())
	if link != t.Link && len(o.Filter) > 0 {
		dev.Close()
		return nil, fmt.Errorf("open %s: the filter is for link type %v, the interface has %v", t.Name, t.Link, link)
	}
	s := &bpfSource{
		dev: dev, link: link,
		filtered: len(o.Filter) > 0, loopback: t.Loopback, decap: o.Decap,
	}
	s.slot, _ = t.Slot(t.Index)
	if link == parse.LinkEthernet {
		// Without the address the direction is taken from the kernel alone.
		if i, err := net.InterfaceByName(t.Name); err == nil {
			s.mac = i.HardwareAddr
		}
	}
	return []capture.Source{s}, nil
}

// openError says in the terms of package capture why an interface could not be
// opened.
func openError(t capture.Target, err error) error {
	switch err = fmt.Errorf("open %s: %w", t.Name, err); {
	case errors.Is(err, fs.ErrPermission):
		return &capture.PermissionError{
			Needs: "read access to /dev/bpf*",
			Remedy: "run it with sudo, or once: brew install --cask wireshark-chmodbpf, " +
				"which lets the group access_bpf capture, and log in again",
			Err: err,
		}
	case errors.Is(err, unix.ENXIO):
		return fmt.Errorf("open %s: %w", t.Name, capture.ErrInterfaceGone)
	default:
		return err
	}
}
