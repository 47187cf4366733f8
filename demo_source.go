package main

import (
	"container/heap"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/parse/filter"
)

// demoTalks is a heap of conversations by their next packet.
type demoTalks []*demoTalk

func (t demoTalks) Len() int           { return len(t) }
func (t demoTalks) Less(i, j int) bool { return t.at(i) < t.at(j) }
func (t demoTalks) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *demoTalks) Push(x any)        { *t = append(*t, x.(*demoTalk)) }
func (t *demoTalks) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// at returns when a conversation goes on; the end of time where it does not.
func (t demoTalks) at(i int) int64 {
	if p := t[i].next(); p != nil {
		return p.at
	}
	return 1<<63 - 1
}

// demoSource makes packets when their time has come.
type demoSource struct {
	machine *demoMachine
	start   int64 // of the traffic
	slot    uint16
	talks   demoTalks
	arps    int
	woken   chan struct{}

	mu     sync.Mutex
	filter *filter.Program // nil for all

	received atomic.Uint64
	closed   atomic.Bool
	memory   []byte // of the frames of the last Read
}

const (
	demoBatch = 64
	demoWait  = 200 * time.Millisecond // of a Read without a packet
	arpEvery  = int64(7 * time.Second)
)

// Read implements capture.Source. Each Read is a block.
func (s *demoSource) Read(ps []parse.Packet) (n int, more bool, err error) {
	if s.closed.Load() {
		return 0, false, capture.ErrClosed
	}
	now := time.Now().UnixNano()
	if wait := time.Duration(s.due() - now); wait > 0 {
		s.machine.read.Do(func() { close(s.machine.caught) })
		select {
		case <-time.After(min(wait, demoWait)):
		case <-s.woken:
		}
		now = time.Now().UnixNano()
	}
	s.memory = s.memory[:0]
	s.mu.Lock()
	wanted := s.filter
	s.mu.Unlock()
	for made := 0; made < demoBatch && n < len(ps) && s.due() <= now; made++ {
		begin := len(s.memory)
		p := &ps[n]
		s.make(p)
		p.Data = s.memory[begin:len(s.memory):len(s.memory)]
		if wanted == nil || wanted.Match(p.Data, p.WireLen) {
			s.received.Add(1)
			n++
		}
	}
	return n, false, nil
}

// due returns when the next packet comes.
func (s *demoSource) due() int64 { return min(s.talks.at(0), s.arpTime()) }

func (s *demoSource) arpTime() int64 { return s.start + int64(s.arps/2)*arpEvery/2 }

// make makes the next packet, and puts its frame at the end of memory.
func (s *demoSource) make(p *parse.Packet) {
	p.Link, p.Iface, p.Segs, p.TagTCI, p.TagTPID, p.Proto2, p.Process = parse.LinkEthernet, s.slot, 0, 0, 0, 0, 0
	if s.talks.at(0) >= s.arpTime() {
		s.makeARP(p)
		return
	}
	t := s.talks[0]
	next := t.next()
	s.memory, p.WireLen = next.appendFrame(s.memory)
	p.Time, p.Process, p.Hint = next.at, next.process, wayHint(next.out)
	s.machine.count(next.out, p.WireLen)
	t.pop()
	heap.Fix(&s.talks, 0)
}

// makeARP makes the packets by which neighbours are known: the router asks for this
// machine, which answers, and the machine for its file server.
func (s *demoSource) makeARP(p *parse.Packet) {
	p.Time = s.arpTime()
	nas := [6]byte{0x02, 0x00, 0x5e, 0x10, 0x00, 0x40}
	var frame []byte
	out := s.arps%2 == 1
	switch s.arps % 4 {
	case 0:
		frame = arpFrame(1, routerMAC, demoRouter, [6]byte{}, demoAddr4)
	case 1:
		frame = arpFrame(2, demoMAC, demoAddr4, routerMAC, demoRouter)
	case 2:
		frame, out = arpFrame(1, demoMAC, demoAddr4, [6]byte{}, demoNAS), true
	case 3:
		frame, out = arpFrame(2, nas, demoNAS, demoMAC, demoAddr4), false
	}
	s.arps++
	s.memory = append(s.memory, frame...)
	p.WireLen, p.Hint = uint32(len(frame)), wayHint(out)
	s.machine.count(out, p.WireLen)
}

func wayHint(out bool) parse.Hint {
	if out {
		return parse.HintOutgoing
	}
	return parse.HintHost
}

// count adds a packet to the interface's counters.
func (m *demoMachine) count(out bool, n uint32) {
	way := 1
	if out {
		way = 0
	}
	m.carried[way].packets.Add(1)
	m.carried[way].bytes.Add(uint64(n))
}

// SetFilter implements capture.FilterSetter.
func (s *demoSource) SetFilter(f *capture.Filter) error {
	var program *filter.Program
	if f != nil {
		var err error
		if program, err = f.Compile(filter.Options{Link: parse.LinkEthernet}); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter = program
	return nil
}

// Stats implements capture.Source.
func (s *demoSource) Stats() (capture.Stats, error) {
	return capture.Stats{Received: s.received.Load()}, nil
}

// Wake implements capture.Waker.
func (s *demoSource) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// Close implements capture.Source.
func (s *demoSource) Close() error {
	s.closed.Store(true)
	s.Wake()
	return nil
}
