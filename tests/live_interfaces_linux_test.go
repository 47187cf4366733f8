package tests

import (
	"slices"
	"strings"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveLoopback: the kernel shows each frame on lo twice, and it counts once.
// Rows are for those who ask for them; the totals are the same for all.
func TestLiveLoopback(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		args  []string
		shown bool
	}{
		{"by name", []string{"-i", "lo"}, true},
		{"by name, hidden", []string{"-i", "lo", "--no-localhost"}, false},
		{"any", []string{"-i", "any"}, false},
		{"any, shown", []string{"-i", "any", "--show-localhost"}, true},
		{"default set", nil, false},
		{"default set, shown", []string{"--show-localhost"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ns := testkit.NewNetns(t)
			k4 := newTalk(t, ns, ns, "127.0.0.1", "127.0.0.1")
			k6 := newTalk(t, ns, ns, "::1", "::1")
			w := live(t, ns, tt.args...)
			k4.send(30, 100)
			k4.reply(20, 200)
			k6.send(10, 300)
			r := w.end(60)
			checkLossless(t, r)
			want := times(30, udp4(100))
			add(&want, times(20, udp4(200)))
			add(&want, times(10, udp6(300)))
			if r.Totals.Loopback != want || r.Totals.Volume != want {
				t.Errorf("got totals %+v, loopback %+v want %+v", r.Totals.Volume, r.Totals.Loopback, want)
			}
			if lo := interfaceOf(t, r, "lo"); lo.Volume != want || lo.Kind != "loopback" {
				t.Errorf("got %+v of a %s on lo want %+v", lo.Volume, lo.Kind, want)
			}
			checkShown(t, r, tt.shown, k4, k6)
		})
	}
}

// checkShown checks that the loopback flows have rows, or are filtered.
func checkShown(t *testing.T, r *export.Record, shown bool, k4, k6 *talk) {
	t.Helper()
	if !shown {
		if len(r.Flows) != 0 || r.Filtered.Volume != r.Totals.Volume || r.Filtered.Flows != 2 {
			t.Errorf("got %d rows, filtered %+v want none, and both flows filtered", len(r.Flows), r.Filtered)
		}
		return
	}
	a, b := k4.ends()
	f := flowOf(t, r, "udp", a, b)
	checkFlow(t, f, times(30, udp4(100)), times(20, udp4(200)))
	if f.Direction != "loopback" {
		t.Errorf("got direction %s want loopback", f.Direction)
	}
	a, b = k6.ends()
	checkFlow(t, flowOf(t, r, "udp", a, b), times(10, udp6(300)), export.Volume{})
	if r.Filtered.Packets != 0 {
		t.Errorf("got %d packets filtered want 0", r.Filtered.Packets)
	}
}

// TestLiveForwarded watches in the middle of a bridge, where each packet passes
// several captured interfaces. It counts once, where it came in; each interface
// counts all that it carried.
func TestLiveForwarded(t *testing.T) {
	t.Parallel()
	ports := []string{testkit.PortA, testkit.PortB}
	for _, tt := range []struct {
		name string
		args []string
		on   []string // interfaces that see each packet
	}{
		{"one port", []string{"-i", testkit.PortA}, ports[:1]},
		{"both ports", []string{"-i", testkit.PortA, "-i", testkit.PortB}, ports},
		{"both ports in one option", []string{"-i", testkit.PortB + "," + testkit.PortA}, ports},
		{"a bridge that is not promiscuous", []string{"-i", testkit.PortA, "-i", testkit.Br}, ports[:1]},
		{"a promiscuous bridge", []string{"-p", "-i", testkit.PortA, "-i", testkit.Br, "-i", testkit.PortB},
			[]string{testkit.PortA, testkit.Br, testkit.PortB}},
		{"any", []string{"-i", "any"}, ports},
		{"default set", nil, ports},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, middle, b := testkit.Bridge(t)
			k4, k6 := vethTalk(t, a, b, false), vethTalk(t, a, b, true)
			w := live(t, middle, tt.args...)
			k4.send(300, 100)
			k4.reply(200, 200)
			k6.send(100, 300)
			r := w.end(600)
			checkLossless(t, r)
			checkForwarded(t, r, tt.on, k4, k6)
		})
	}
}

func checkForwarded(t *testing.T, r *export.Record, on []string, k4, k6 *talk) {
	t.Helper()
	toB, toA := times(300, udp4(100)), times(200, udp4(200))
	add(&toB, times(100, udp6(300)))
	both := toB
	add(&both, toA)
	if r.Totals.Forwarded != both || r.Totals.Volume != both || len(r.Flows) != 2 {
		t.Errorf("got totals %+v, forwarded %+v, %d flows want %+v twice, and 2 flows",
			r.Totals.Volume, r.Totals.Forwarded, len(r.Flows), both)
	}
	for _, name := range on {
		if got := interfaceOf(t, r, name).Volume; got != both {
			t.Errorf("%s: got %+v want %+v", name, got, both)
		}
	}
	for i, k := range []*talk{k4, k6} {
		endA, endB := k.ends()
		f := flowOf(t, r, "udp", endA, endB)
		sent, received := times(300, udp4(100)), times(200, udp4(200))
		if i == 1 {
			sent, received = times(100, udp6(300)), export.Volume{}
		}
		checkFlow(t, f, sent, received)
		passed := append([]string{f.Interface}, f.Interfaces...)
		slices.Sort(passed)
		want := slices.Sorted(slices.Values(on))
		if f.Direction != "forwarded" || f.Interface != testkit.PortA || !slices.Equal(passed, want) {
			t.Errorf("%s to %s: got %s, on %s, with the others %v want forwarded, on %s, in all %v",
				f.Source, f.Dest, f.Direction, f.Interface, passed, testkit.PortA, want)
		}
	}
}

// TestLiveRouted: what this machine forwards as a router has another link header
// on each side, and may have unlike rings: one interface has the default route.
func TestLiveRouted(t *testing.T) {
	t.Parallel()
	a, middle, b := testkit.NewNetns(t), testkit.NewNetns(t), testkit.NewNetns(t)
	routed(t, a, middle, "sk-pa", "10.78.1")
	routed(t, b, middle, "sk-pb", "10.78.2")
	middle.IP(t, "route", "add", "default", "dev", "sk-pb")
	if r := testkit.Run(t, middle.Command("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")); r.Code != 0 {
		t.Fatalf("set ip_forward: %s", r.Stderr)
	}
	k := newTalk(t, a, b, "10.78.1.2", "10.78.2.2")
	warm := newTalk(t, a, b, "10.78.1.2", "10.78.2.2")
	warm.send(1, 10) // both interfaces have carried something
	w := live(t, middle)
	const flows = 20
	talks := []*talk{k}
	for len(talks) < flows {
		talks = append(talks, newTalk(t, a, b, "10.78.1.2", "10.78.2.2"))
	}
	for _, k := range talks {
		k.send(10, 100)
		k.reply(5, 200)
	}
	r := w.end(15 * flows)
	checkLossless(t, r)
	if len(r.Interfaces) != 2 || len(r.Flows) != flows {
		t.Errorf("got %d interfaces and %d flows want 2 and %d", len(r.Interfaces), len(r.Flows), flows)
	}
	for _, k := range talks {
		endA, endB := k.ends()
		f := flowOf(t, r, "udp", endA, endB)
		checkFlow(t, f, times(10, udp4(100)), times(5, udp4(200)))
		if f.Direction != "forwarded" {
			t.Errorf("got direction %s want forwarded", f.Direction)
		}
	}
	toB, toA := times(10*flows, udp4(100)), times(5*flows, udp4(200))
	checkInterface(t, r, "sk-pa", toA, toB)
	checkInterface(t, r, "sk-pb", toB, toA)
}

// routed joins a namespace to the router in the middle by a pair of interfaces
// with the addresses .2 and .1 of a network, without anything that speaks of its
// own accord.
func routed(t *testing.T, end, middle *testkit.Netns, port, network string) {
	t.Helper()
	mac := func(n string) string { return "02:00:00:78:0" + network[len(network)-1:] + ":0" + n }
	end.IP(t, "link", "add", "sk-end", "address", mac("2"), "type", "veth",
		"peer", "name", port, "address", mac("1"), "netns", middle.Path())
	for _, side := range []struct {
		ns                  *testkit.Netns
		dev, own, peer, mac string
	}{{end, "sk-end", ".2", ".1", mac("1")}, {middle, port, ".1", ".2", mac("2")}} {
		side.ns.IP(t, "link", "set", side.dev, "addrgenmode", "none", "arp", "off")
		side.ns.IP(t, "addr", "add", network+side.own+"/24", "dev", side.dev)
		side.ns.IP(t, "link", "set", side.dev, "up")
		side.ns.IP(t, "neigh", "replace", network+side.peer, "lladdr", side.mac, "dev", side.dev, "nud", "permanent")
	}
	end.IP(t, "route", "add", "default", "via", network+".1", "dev", "sk-end")
}

// TestLiveBothEnds watches both ends of a pair of interfaces: what leaves by one
// comes in by the other.
func TestLiveBothEnds(t *testing.T) {
	t.Parallel()
	ns := testkit.NewNetns(t)
	testkit.Join(t, ns, ns)
	in := ns.Injector(t, testkit.IfB)
	w := live(t, ns, "-i", testkit.IfA, "-i", testkit.IfB)
	in.Send(t, frames(50, udpFrame(testkit.MACB, testkit.MACA, "192.0.2.1", "192.0.2.2"))...)
	r := w.end(50)
	want := times(50, udp4(10))
	checkInterface(t, r, testkit.IfA, export.Volume{}, want)
	checkInterface(t, r, testkit.IfB, want, export.Volume{})
	f := flowOf(t, r, "udp", "192.0.2.1:4000", "192.0.2.2:5000")
	if f.Volume != want || f.Interface != testkit.IfB || !slices.Equal(f.Interfaces, []string{testkit.IfA}) {
		t.Errorf("got %+v on %s and %v want %+v on %s and %s", f.Volume, f.Interface, f.Interfaces, want, testkit.IfB, testkit.IfA)
	}
}

// TestLiveDefaultSetGrows: an interface joins the default set when it begins to
// carry traffic.
func TestLiveDefaultSetGrows(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	lo := newTalk(t, a, a, "127.0.0.1", "127.0.0.1")
	lo.send(1, 10)
	w := live(t, a)
	if r := w.newest(); len(r.Interfaces) != 1 || r.Interfaces[0].Name != "lo" {
		t.Fatalf("got %s want lo only, since nothing else has carried anything", outline(r))
	}
	k := vethTalk(t, a, b, false)
	k.send(5, 100) // before it joins
	w.await(ifA+" captured", func(r *export.Record) bool {
		return slices.ContainsFunc(r.Interfaces, func(in export.Interface) bool { return in.Name == ifA && in.State == "capturing" })
	})
	before := w.newest().Totals.Packets
	k.send(50, 100)
	r := w.end(before + 50)
	checkInterface(t, r, ifA, times(50, udp4(100)), export.Volume{})
}

// TestLiveRecreated deletes an interface in mid-capture and makes it again, and
// sets it down and up.
func TestLiveRecreated(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA)
	k := vethTalk(t, a, b, false)
	state := func(want string) {
		t.Helper()
		w.await(ifA+" "+want, func(r *export.Record) bool { return r.Interfaces[0].State == want })
	}
	k.send(100, 100)
	w.awaitPackets(100)

	a.IP(t, "link", "del", ifA)
	state("gone")
	testkit.Join(t, a, b)
	state("capturing")
	k.send(100, 100)
	w.awaitPackets(200)

	b.IP(t, "link", "set", testkit.IfB, "down")
	b.IP(t, "link", "set", testkit.IfB, "up") // loses the carrier only: no gap
	a.IP(t, "link", "set", ifA, "down")
	state("down")
	a.IP(t, "link", "set", ifA, "up")
	a.IP(t, "neigh", "replace", testkit.AddrB4, "lladdr", testkit.MACB, "dev", ifA, "nud", "permanent")
	state("capturing")
	k.send(100, 100)

	r := w.end(300)
	in := interfaceOf(t, r, ifA)
	if in.Gaps != 2 || in.GapTime <= 0 || r.Drops.Gaps != 2 || len(r.Interfaces) != 1 {
		t.Errorf("got %d gaps of %v s, %d in drops, %d interfaces want 2, more than 0, 2, 1",
			in.Gaps, in.GapTime, r.Drops.Gaps, len(r.Interfaces))
	}
	endA, endB := k.ends()
	checkFlow(t, flowOf(t, r, "udp", endA, endB), times(300, udp4(100)), export.Volume{})
	checkLossless(t, r)
	// Between its return and being set up it may be seen down.
	rest := w.errors()
	for _, note := range []string{"is gone: waiting for its return", "resumed after", "is down: waiting for it", "resumed after"} {
		_, after, found := strings.Cut(rest, note)
		if !found {
			t.Fatalf("got on stderr %q want, in order, a note with %q", w.errors(), note)
		}
		rest = after
	}
}
