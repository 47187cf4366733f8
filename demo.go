package main

import (
	"container/heap"
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/parse"
)

// demoPast is how much of the demonstration lies before its start, so that the first
// picture has rates of all lengths.
const demoPast = 45 * time.Second

// demoMachine is a machine that does not exist: its one interface, its traffic and whose
// that is. All of it is the same each time, but for the clock. It takes the place of a
// link.Monitor.
type demoMachine struct {
	start   time.Time     // of the traffic
	caught  chan struct{} // closed once its past has been read
	read    sync.Once     // closes caught
	opened  atomic.Bool
	carried [2]struct{ packets, bytes atomic.Uint64 } // sent, received
}

func newDemoMachine(now time.Time) *demoMachine {
	return &demoMachine{start: now.Add(-demoPast), caught: make(chan struct{})}
}

// What it is captured from.
const (
	demoInterface = "eth0"
	demoIndex     = 2
)

// awaitPast waits until the past has been read, for a moment: in the first picture it
// would be traffic of the first second.
func (m *demoMachine) awaitPast() {
	select {
	case <-m.caught:
	case <-time.After(time.Second):
	}
}

// Interfaces implements capture.Links.
func (m *demoMachine) Interfaces() []link.Interface {
	sent, received := &m.carried[0], &m.carried[1]
	return []link.Interface{{
		Name: demoInterface, Index: demoIndex, Type: link.TypeEther, Kind: "ethernet", Link: parse.LinkEthernet, Up: true, Running: true,
		OperState: "up", MTU: 1500, MAC: demoMAC[:], Speed: 1000, Duplex: "full", DefaultRoute: true,
		Addrs:     []netip.Prefix{netip.PrefixFrom(demoAddr4, 24), netip.PrefixFrom(demoAddr6, 64)},
		TxPackets: sent.packets.Load(), TxBytes: sent.bytes.Load(),
		RxPackets: received.packets.Load(), RxBytes: received.bytes.Load(),
	}}
}

// ByIndex implements capture.Links.
func (m *demoMachine) ByIndex(index int) (link.Interface, bool) {
	return link.ByIndex(m.Interfaces(), index)
}

// Refresh implements capture.Links.
func (m *demoMachine) Refresh() error { return nil }

// Subscribe implements capture.Links: nothing changes.
func (m *demoMachine) Subscribe(func([]link.Change)) (cancel func()) { return func() {} }

// Addrs returns the machine's own addresses.
func (m *demoMachine) Addrs() []netip.Addr { return []netip.Addr{demoAddr4, demoAddr6} }

// Close implements site.
func (m *demoMachine) Close() error { return nil }

// Run implements site: nothing changes.
func (m *demoMachine) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// open is the capture's opener. What is opened again, by another choice of interfaces,
// begins at that time.
func (m *demoMachine) open(t capture.Target, o capture.Options) ([]capture.Source, error) {
	start := m.start
	if m.opened.Swap(true) {
		start = time.Now()
	}
	slot, _ := t.Slot(demoIndex)
	s := &demoSource{machine: m, start: start.UnixNano(), slot: slot, woken: make(chan struct{}, 1)}
	if err := s.SetFilter(o.Filter); err != nil {
		return nil, err
	}
	for i, plan := range demoPlans() {
		s.talks = append(s.talks, newDemoTalk(&plan, uint64(i), s.start))
	}
	heap.Init(&s.talks)
	return []capture.Source{s}, nil
}
