package track

import (
	"math"
	"testing"
	"time"
)

// over sends one packet past several interfaces, as a veth, its bridge and the
// uplink do.
func over(at int64, k pkt, ifaces ...uint16) (ks []pkt) {
	for i, slot := range ifaces {
		k.at, k.iface = at+int64(i)*10_000, slot
		ks = append(ks, k)
	}
	return ks
}

func TestPacketOnSeveralInterfaces(t *testing.T) {
	tab := newTable(t, Config{})
	up := pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 100}
	down := pkt{src: "8.8.8.8:443", dst: "192.168.1.5:50000", n: 900}
	for i := range int64(50) {
		feed(tab, 0, over(i*100*ms, up, 0, 1, 2)...)
		feed(tab, 0, over(i*100*ms+50*ms, down, 2, 1, 0)...)
	}
	s := snapshot(tab, 5000*ms)
	addsUp(t, s)
	r := only(t, s)
	if r.Count[Sent].Packets != 50 || r.Count[Received].Packets != 50 {
		t.Errorf("got %d sent, %d received; want 50 each: every packet once", r.Count[Sent].Packets, r.Count[Received].Packets)
	}
	if r.Ifaces != 0b111 || r.Iface != 0 {
		t.Errorf("got interfaces %b, home %d; want 111, 0", r.Ifaces, r.Iface)
	}
	for _, i := range s.Interfaces {
		if got := i.Count[Sent].Packets + i.Count[Received].Packets; got != 100 {
			t.Errorf("interface %d carried %d, want all 100", i.Slot, got)
		}
	}
}

// The ring of the interface that a packet passed first may be read last. That
// one is the home all the same, and no packet counts twice or never.
func TestHomeReadLast(t *testing.T) {
	tab := newTable(t, Config{})
	up := pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 100}
	down := pkt{src: "8.8.8.8:443", dst: "192.168.1.5:50000", n: 900}
	order := [][]uint16{{2, 1, 0}, {1, 2, 0}, {0, 1, 2}, {2, 0, 1}}
	for round := range int64(40) {
		for _, iface := range order[round%4] {
			// A block of each ring: 60 ms, the interfaces 10 µs apart.
			for i := range int64(6 + round%3) { // not as many in each
				at := round*60*ms + i*6*ms
				up.iface, up.at = iface, at+int64(iface)*10_000
				down.iface, down.at = iface, at+ms+int64(2-iface)*10_000
				feed(tab, 0, up, down)
			}
		}
	}
	s := snapshot(tab, 5000*ms)
	addsUp(t, s)
	const want = 14*6 + 13*7 + 13*8
	r := only(t, s)
	if r.Count[Sent].Packets != want || r.Count[Received].Packets != want {
		t.Errorf("got %d sent, %d received; want %d each: every packet once", r.Count[Sent].Packets, r.Count[Received].Packets, want)
	}
	if r.Iface != 0 || r.Ifaces != 0b111 {
		t.Errorf("got home %d, interfaces %b; want 0, 111", r.Iface, r.Ifaces)
	}
}

// A bridge shows a packet with the time of its port.
func TestHomeOfCopiesAtOneTime(t *testing.T) {
	for _, order := range [][]uint16{{0, 1}, {1, 0}} {
		tab := newTable(t, Config{})
		for _, iface := range order {
			for i := range int64(10) {
				feed(tab, 0, pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:80", at: i * ms, iface: iface})
			}
		}
		s := snapshot(tab, 1000*ms)
		addsUp(t, s)
		if r := only(t, s); r.Count[Sent].Packets != 10 || r.Iface != 0 {
			t.Errorf("order %v: got %d packets on %d, want 10 on 0", order, r.Count[Sent].Packets, r.Iface)
		}
	}
}

// The rings of two interfaces are read in any order, each with 10 s of packets
// after a pause.
func TestCopiesReadLate(t *testing.T) {
	for name, first := range map[string]uint16{"home first": 0, "copy first": 1} {
		t.Run(name, func(t *testing.T) {
			tab := newTable(t, Config{})
			up := pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 100}
			feed(tab, 0, over(0, up, 0, 1)...)
			for _, iface := range []uint16{first, 1 - first} {
				for at := int64(20_000); at < 30_000; at += 10 {
					up.at, up.iface = at*ms+int64(iface)*10_000, iface
					feed(tab, 0, up)
				}
			}
			s := snapshot(tab, 31_000*ms)
			addsUp(t, s)
			// The copy may be taken for the home's successor; then up to copyDelay
			// of packets around the change are on neither side.
			got := only(t, s).Count[Sent].Packets
			if got > 1001 || got < 1001-uint64(copyDelay/ms/10)-1 {
				t.Errorf("got %d packets, want 1001", got)
			}
		})
	}
}

// What goes out on one uplink comes back on another.
func TestAsymmetricRoute(t *testing.T) {
	tab := newTable(t, Config{})
	for i := range int64(100) {
		feed(tab, 0,
			pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", at: i * 100 * ms, iface: 0},
			pkt{src: "8.8.8.8:443", dst: "192.168.1.5:50000", at: i*100*ms + ms, iface: 1})
	}
	s := snapshot(tab, 10_000*ms)
	addsUp(t, s)
	if r := only(t, s); r.Count[Sent].Packets != 100 || r.Count[Received].Packets != 100 {
		t.Errorf("got %d sent, %d received; want 100 each", r.Count[Sent].Packets, r.Count[Received].Packets)
	}
}

// A route changes for good: the flow moves and what passed in between counts.
func TestFailover(t *testing.T) {
	tab := newTable(t, Config{})
	up := pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443"}
	feed(tab, 0, over(0, up, 0, 1)...) // a bridge once carried it too
	for at := int64(10); at < 20_000; at += 10 {
		up.at, up.iface = at*ms, 0
		if at >= 10_000 {
			up.iface = 1
		}
		feed(tab, 0, up)
	}
	s := snapshot(tab, 21_000*ms)
	addsUp(t, s)
	r := only(t, s)
	if want := uint64(2000 - copyDelay/ms/10); r.Count[Sent].Packets < want || r.Count[Sent].Packets > 2000 {
		t.Errorf("got %d packets, want 2000, at most %d less", r.Count[Sent].Packets, copyDelay/ms/10)
	}
	if r.Iface != 1 || r.Ifaces != 0b11 {
		t.Errorf("got home %d, interfaces %b; want 1, 11", r.Iface, r.Ifaces)
	}
}

// A flow that ends soon after it has moved is counted in full: when the capture
// ends, and when the flow leaves the table.
func TestEndAfterFailover(t *testing.T) {
	moved := func() *Table {
		tab := newTable(t, Config{Limits: allLimits(time.Minute)})
		up := pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", n: 100}
		for i, iface := range []uint16{0, 0, 1, 1, 1} {
			up.at, up.iface = int64(i)*300*ms, iface
			feed(tab, 0, up)
		}
		return tab
	}
	t.Run("capture", func(t *testing.T) {
		s := new(Snapshot)
		moved().Snapshot(s, Request{Now: t0 + 1200*ms, Final: true})
		addsUp(t, s)
		r := only(t, s)
		if got := r.Count[Sent]; got.Packets != 5 || got.Bytes != 500 {
			t.Errorf("got %+v, want 5 packets of 100 bytes", got)
		}
		if got := r.Rate[1][Sent].Bytes * 1.2; math.Abs(got-500) > 1e-6 {
			t.Errorf("got %g bytes in the rate over 10 s, want 500", got)
		}
	})
	t.Run("flow", func(t *testing.T) {
		s := snapshot(moved(), 120_000*ms)
		addsUp(t, s)
		if got := s.Totals.All; len(s.Flows) != 0 || got.Packets != 5 || got.Bytes != 500 {
			t.Errorf("got %d flows, %+v in all, want none and 5 packets of 100 bytes", len(s.Flows), got)
		}
	})
}
