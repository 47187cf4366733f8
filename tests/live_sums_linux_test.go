package tests

import (
	"testing"

	"sockeye/export"
)

// checkRecord checks what export.Record promises: everything that was counted is
// in the flows, filtered or folded, once, and every frame that the kernel took
// is accounted for.
func checkRecord(t *testing.T, r *export.Record) {
	t.Helper()
	sum := r.Filtered.Volume
	add(&sum, r.Other.Volume)
	for i := range r.Flows {
		f := &r.Flows[i]
		add(&sum, f.Volume)
		if got := bothOf(f.Ways); got != f.Volume {
			t.Errorf("flow %s to %s: both ways make %+v, want %+v", f.Source, f.Dest, got, f.Volume)
		}
	}
	if sum != r.Totals.Volume {
		t.Errorf("flows, filtered and other make %+v, want the totals %+v", sum, r.Totals.Volume)
	}
	classes := bothOf(r.Totals.Ways)
	add(&classes, r.Totals.Loopback)
	add(&classes, r.Totals.Forwarded)
	// Before the end, what is on its way between two queues is in other only.
	if missing := r.Totals.Packets - classes.Packets; classes != r.Totals.Volume && (r.Final || missing > r.Other.Packets) {
		t.Errorf("sent, received, loopback and forwarded make %+v, want the totals %+v", classes, r.Totals.Volume)
	}
	if r.Final {
		checkFinalRecord(t, r)
	}
}

// checkFinalRecord checks what holds exactly once the capture has ended.
func checkFinalRecord(t *testing.T, r *export.Record) {
	t.Helper()
	var protocols export.Volume
	for i := range r.Protocols {
		add(&protocols, r.Protocols[i].Volume)
	}
	if protocols != r.Totals.Volume {
		t.Errorf("the protocols make %+v, want the totals %+v", protocols, r.Totals.Volume)
	}
	passed := r.Totals.Volume
	add(&passed, r.Totals.Copies)
	var carried export.Volume
	var dropped, unread uint64
	for i := range r.Interfaces {
		in := &r.Interfaces[i]
		add(&carried, in.Volume)
		if got := bothOf(in.Ways); got != in.Volume {
			t.Errorf("interface %s: both ways make %+v, want %+v", in.Name, got, in.Volume)
		}
		if in.Through != "" {
			continue // its losses are those of any
		}
		k := in.Kernel
		if got := k.Dropped + k.Delivered + k.Excluded + k.Unread; got != k.Received {
			t.Errorf("interface %s: dropped, delivered, excluded and unread make %d, want the %d received: %+v",
				in.Name, got, k.Received, k)
		}
		dropped += k.Dropped
		unread += k.Unread
	}
	if carried != passed {
		t.Errorf("the interfaces carried %+v, want the totals and the copies %+v", carried, passed)
	}
	if r.Drops.Kernel != dropped || r.Drops.Unread != unread {
		t.Errorf("drops say %d dropped and %d unread, want the interfaces' %d and %d",
			r.Drops.Kernel, r.Drops.Unread, dropped, unread)
	}
}

// checkLossless checks that nothing was lost on the way.
func checkLossless(t *testing.T, r *export.Record) {
	t.Helper()
	d := r.Drops
	d.Table, d.Truncated, d.Malformed, d.Expired, d.Gaps = 0, 0, 0, 0, 0 // no losses: all of these are counted
	if d != (export.Drops{}) || r.LowerBounds {
		t.Errorf("got losses %+v, lower bounds %v, want none", d, r.LowerBounds)
	}
}

func add(sum *export.Volume, v export.Volume) {
	sum.Packets += v.Packets
	sum.Bytes += v.Bytes
	sum.IP += v.IP
	sum.Payload += v.Payload
}

// bothOf adds the two ways.
func bothOf(w export.Ways) export.Volume {
	return export.Volume{
		Packets: w.PacketsSent + w.PacketsReceived,
		Bytes:   w.BytesSent + w.BytesReceived,
		IP:      w.IPSent + w.IPReceived,
		Payload: w.PayloadSent + w.PayloadReceived,
	}
}

// waysOf is its inverse.
func waysOf(sent, received export.Volume) export.Ways {
	return export.Ways{
		PacketsSent: sent.Packets, PacketsReceived: received.Packets,
		BytesSent: sent.Bytes, BytesReceived: received.Bytes,
		IPSent: sent.IP, IPReceived: received.IP,
		PayloadSent: sent.Payload, PayloadReceived: received.Payload,
	}
}

// times returns n packets as v.
func times(n int, v export.Volume) export.Volume {
	k := uint64(n)
	return export.Volume{Packets: k * v.Packets, Bytes: k * v.Bytes, IP: k * v.IP, Payload: k * v.Payload}
}

// checkFlow checks the counts of a flow.
func checkFlow(t *testing.T, f *export.Flow, sent, received export.Volume) {
	t.Helper()
	if want := waysOf(sent, received); f.Ways != want {
		t.Errorf("flow %s to %s:\n got %+v\nwant %+v", f.Source, f.Dest, f.Ways, want)
	}
}

// checkInterface checks all that an interface carried.
func checkInterface(t *testing.T, r *export.Record, name string, sent, received export.Volume) {
	t.Helper()
	in := interfaceOf(t, r, name)
	if want := waysOf(sent, received); in.Ways != want {
		t.Errorf("interface %s:\n got %+v\nwant %+v", name, in.Ways, want)
	}
}
