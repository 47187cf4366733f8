// Hot path: no allocation.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync/atomic"
	"time"

	"sockeye/bpfdev"
	"sockeye/capture"
	"sockeye/parse"
)

// bpfTimeout is how old a packet may be when it is handed over, and how often
// an idle device wakes its reader. It is the block timeout of the Linux rings.
const bpfTimeout = 60 * time.Millisecond

// openLive opens the BPF device of one interface. There is one queue: what a
// second device on the interface would get is a copy of everything. For the
// same reason there is no device for all interfaces.
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
		return nil, err
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

// bpfSource reads a BPF device.
type bpfSource struct {
	dev      *bpfdev.Device
	link     parse.LinkType
	mac      []byte // the interface's Ethernet address
	slot     uint16
	filtered bool // a filter of the user decides what is taken
	loopback bool
	decap    bool

	walk   bpfdev.Walker // over what the last read of the device returned
	record bpfdev.Record

	delivered atomic.Uint64
	damaged   atomic.Uint64
}

// Read implements capture.Source.
func (s *bpfSource) Read(ps []parse.Packet) (n int, more bool, err error) {
	if !s.walk.More() {
		buf, err := s.dev.Read()
		switch {
		case errors.Is(err, fs.ErrClosed):
			return 0, false, capture.ErrClosed
		case err != nil:
			return 0, false, err
		}
		s.walk = bpfdev.Walk(buf, s.dev.Extended())
	}
	for n < len(ps) && s.walk.Next(&s.record) {
		s.fill(&ps[n])
		n++
	}
	s.delivered.Add(uint64(n))
	more = s.walk.More()
	if !more && s.walk.Damaged() {
		s.damaged.Add(1)
	}
	return n, more, nil
}

// fill sets the first group of p's fields.
func (s *bpfSource) fill(p *parse.Packet) {
	p.Data = s.record.Data
	p.Time = s.record.Time
	p.WireLen = s.record.WireLen
	p.Link = s.link
	p.Iface = s.slot
	p.Segs = 0 // a TSO frame does not say how many packets it stands for
	p.TagTCI, p.TagTPID, p.Proto2 = 0, 0, 0
	p.Hint = parse.HintNone // loopback: each frame is shown once and runs both ways
	if !s.loopback {
		p.Hint = wayHints[s.record.Way(s.mac)]
	}
	p.Decap = s.decap
}

var wayHints = [...]parse.Hint{
	bpfdev.WayUnknown:   parse.HintNone,
	bpfdev.WayHost:      parse.HintHost,
	bpfdev.WayBroadcast: parse.HintBroadcast,
	bpfdev.WayMulticast: parse.HintMulticast,
	bpfdev.WayOther:     parse.HintOther,
	bpfdev.WayOut:       parse.HintOutgoing,
}

// Stats implements capture.Source. The kernel counts what it offers before the
// filter only; with one of the user's, what still waits in the buffers is not
// in Received.
func (s *bpfSource) Stats() (capture.Stats, error) {
	k, err := s.dev.Stats()
	if err != nil {
		return capture.Stats{}, err
	}
	received := k.Seen
	if s.filtered {
		received = s.delivered.Load() + k.Dropped
	}
	return capture.Stats{Received: received, Dropped: k.Dropped, Damaged: s.damaged.Load()}, nil
}

// Close implements capture.Source.
func (s *bpfSource) Close() error { return s.dev.Close() }
