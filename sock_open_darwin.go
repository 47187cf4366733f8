package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"sockeye/bpfdev"
	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/filter"
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
	s := &bpfSource{netmask: t.Netmask, snap: o.Snap(), loopback: t.Loopback, decap: o.Decap}
	s.filtered.Store(o.Filter != nil)
	s.told.In = o.Processes
	var err error
	s.dev, err = bpfdev.Open(bpfdev.Config{
		Interface: t.Name,
		Buffer:    t.RingBytes / 3, // the kernel has two of them, the reader one
		Timeout:   bpfTimeout,
		LinkType:  uint16(t.Link),
		Promisc:   o.Promisc,
		Filter: func(link uint16) ([]bpf.RawInstruction, error) {
			s.link = parse.LinkType(link)
			return s.program(o.Filter)
		},
	})
	if err != nil {
		return nil, openError(t, err)
	}
	s.slot, _ = t.Slot(t.Index)
	if s.link == parse.LinkEthernet {
		// Without the address the direction is taken from the kernel alone.
		if i, err := net.InterfaceByName(t.Name); err == nil {
			s.mac = i.HardwareAddr
		}
	}
	return []capture.Source{s}, nil
}

// program is what the device runs on each packet.
func (s *bpfSource) program(f *capture.Filter) ([]bpf.RawInstruction, error) {
	if f == nil {
		return capture.CutFilter(nil, s.snap), nil
	}
	p, err := f.Compile(filter.Options{Link: s.link, Netmask: s.netmask})
	if err != nil {
		return nil, err
	}
	return capture.CutFilter(p.Instructions(), s.snap), nil
}

// SetFilter implements capture.FilterSetter. What the old filter took and the
// kernel has not handed over yet comes within bpfTimeout.
func (s *bpfSource) SetFilter(f *capture.Filter) error {
	prog, err := s.program(f)
	if err != nil {
		return err
	}
	if err := s.dev.SetFilter(prog); errors.Is(err, fs.ErrClosed) {
		return capture.ErrClosed
	} else if err != nil {
		return err
	}
	if f == nil || s.filtered.Load() {
		return nil
	}
	before, err := s.dev.Stats()
	s.before.Store(before.Seen)
	s.filtered.Store(true)
	return err
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
