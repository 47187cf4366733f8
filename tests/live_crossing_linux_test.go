package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveForwardedFragments: fragments come to other queues than the whole
// packets of their flow, on each of the interfaces that they pass. They are one
// flow, and count once.
func TestLiveForwardedFragments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"both ports", []string{"-i", testkit.PortA, "-i", testkit.PortB}},
		{"a promiscuous bridge", []string{"-p", "-i", testkit.PortA, "-i", testkit.Br, "-i", testkit.PortB}},
		{"any", []string{"-i", "any"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, middle, b := testkit.Bridge(t)
			w := live(t, middle, append(tt.args, "--queues", "4")...)
			const flows, rounds, small, large, pieces = 12, 10, 100, 4000, 3
			var talks []*talk
			for i := range flows {
				talks = append(talks, vethTalk(t, a, b, i%2 == 1))
			}
			for range rounds {
				for _, k := range talks {
					k.send(1, small)
					k.send(1, large)
					k.reply(1, large)
				}
			}
			const perFlow = rounds * (1 + 2*pieces)
			r := w.end(flows * perFlow)
			checkLossless(t, r)
			if len(r.Flows) != flows {
				t.Errorf("got %d flows want %d", len(r.Flows), flows)
			}
			for i, k := range talks {
				v6 := i%2 == 1
				endA, endB := k.ends()
				received := times(rounds, fragmented(v6, large, pieces))
				sent := times(rounds, udpOf(v6, small))
				add(&sent, received)
				checkFlow(t, flowOf(t, r, "udp", endA, endB), sent, received)
			}
			for _, port := range []string{testkit.PortA, testkit.PortB} {
				if in := interfaceOf(t, r, port); in.Packets != flows*perFlow {
					t.Errorf("%s: got %d packets want %d", port, in.Packets, flows*perFlow)
				}
			}
		})
	}
}

// TestLiveManyInterfaces: when too many interfaces carry traffic for a ring
// each, one socket for all takes over, and flows go on as they were.
func TestLiveManyInterfaces(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	const pairs = 5
	var inject [pairs]*testkit.Injector
	for i := range pairs {
		near, far := fmt.Sprintf("sk-n%d", i), fmt.Sprintf("sk-f%d", i)
		ns.Link(t, near, "type", "veth", "peer", "name", far)
		ns.IP(t, "link", "set", far, "addrgenmode", "none", "arp", "off")
		ns.IP(t, "link", "set", far, "up")
		inject[i] = ns.Injector(t, near)
	}
	send := func(pair, n int) {
		for flow := range 10 {
			src := fmt.Sprintf("192.0.2.%d", 100+flow)
			inject[pair].Send(t, frames(n, udpFrame("02:00:00:00:00:01", "02:00:00:00:00:02", src, "198.51.100.1"))...)
		}
	}
	send(0, 1) // so that these two alone are the default set
	w := live(t, ns)
	if r := w.newest(); len(r.Interfaces) != 2 {
		t.Fatalf("got %d interfaces want 2: %s", len(r.Interfaces), outline(r))
	}
	send(0, 20)
	w.awaitPackets(200)
	for i := range pairs - 1 {
		send(1+i, 1) // not counted: nobody listens there yet
	}
	w.await("any captured", func(r *export.Record) bool {
		return slices.ContainsFunc(r.Interfaces, func(in export.Interface) bool { return in.Name == "any" && in.State == "capturing" })
	})
	before := w.newest().Totals.Packets
	send(0, 30)
	r := w.end(before + 300)
	if before != 200 || len(r.Flows) != 10 {
		t.Errorf("got %d packets before any took over and %d flows want 200 and 10", before, len(r.Flows))
	}
	for flow := range 10 {
		f := flowOf(t, r, "udp", fmt.Sprintf("192.0.2.%d:4000", 100+flow), "198.51.100.1:5000")
		if f.Packets != 50 || f.Interface != "sk-n0" || !slices.Equal(f.Interfaces, []string{"sk-f0"}) {
			t.Errorf("flow %d: got %d packets on %s and %v want 50 on sk-n0 and sk-f0", flow, f.Packets, f.Interface, f.Interfaces)
		}
	}
	if in := interfaceOf(t, r, "sk-f0"); in.PacketsReceived != 500 || in.Through != "any" || in.Gaps != 1 {
		t.Errorf("got %d packets received, through %q, %d gaps want 500, any, 1", in.PacketsReceived, in.Through, in.Gaps)
	}
	if !strings.Contains(w.errors(), "note: many interfaces carry traffic: capturing all of them through one socket\n") {
		t.Errorf("got on stderr %q want a note of it", w.errors())
	}
}

// TestLiveTop: rows are for as many flows as are asked for; the rest is in other.
func TestLiveTop(t *testing.T) {
	t.Parallel()
	const flows = 5000
	for top, rows := range map[string]int{"0": flows, "7": 7, "1000": 1000} {
		t.Run(top, func(t *testing.T) {
			t.Parallel()
			a, _, ifA, _ := testkit.Veth(t)
			w := live(t, a, "-i", ifA, "--top", top)
			flood(w, a.Injector(t, ifA), flows, 0)
			r := w.end(flows)
			if len(r.Flows) != rows || r.Other.Flows != uint64(flows-rows) || r.Other.Packets != uint64(flows-rows) || r.Live != flows {
				t.Errorf("got %d rows, other %+v, %d live want %d, the rest, %d", len(r.Flows), r.Other, r.Live, rows, flows)
			}
			for i := 1; i < len(r.Flows); i++ {
				if r.Flows[i].ID <= r.Flows[i-1].ID {
					t.Fatalf("row %d has id %d behind %d", i, r.Flows[i].ID, r.Flows[i-1].ID)
				}
			}
		})
	}
}
