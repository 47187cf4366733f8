// Hot path: no allocation.

package main

import (
	"errors"
	"io/fs"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sockeye/bpfdev"
	"sockeye/capture"
	"sockeye/parse"
)

// bpfSource reads a BPF device.
type bpfSource struct {
	dev      *bpfdev.Device
	link     parse.LinkType
	mac      []byte // the interface's Ethernet address
	slot     uint16
	netmask  uint32
	snap     uint32 // bytes kept of a packet
	loopback bool
	decap    bool
	told     parse.ProcessMemo // nobody wants to know where it has no table

	filtered atomic.Bool   // a filter of the user decides what is taken, or did once
	before   atomic.Uint64 // packets received before that

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
		case errors.Is(err, unix.ENXIO):
			return 0, false, capture.ErrInterfaceGone
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
	p.Process = 0
	if s.told.In != nil && s.record.Out { // who sends; of TCP alone, in the kernels so far
		p.Process = s.told.Slot(s.record.PID, s.record.Comm, 0, nil)
	}
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
// filter only; once there was one of the user's, what still waits in the buffers
// is not in Received.
func (s *bpfSource) Stats() (capture.Stats, error) {
	k, err := s.dev.Stats()
	if err != nil {
		return capture.Stats{}, err
	}
	received := k.Seen
	if s.filtered.Load() {
		received = max(s.before.Load(), s.delivered.Load()+k.Dropped)
	}
	return capture.Stats{Received: received, Dropped: k.Dropped, Damaged: s.damaged.Load()}, nil
}

// Close implements capture.Source.
func (s *bpfSource) Close() error { return s.dev.Close() }
