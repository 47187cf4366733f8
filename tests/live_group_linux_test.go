package tests

import (
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
)

// TestLiveGroup: two flows to one host and one to itself, added up by host and
// by port.
func TestLiveGroup(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "-n", "-N", "--group", "port", "--group", "host")
	const port = "7000"
	server := listenAt(t, b, testkit.AddrB4+":"+port)
	const sent = 50
	for range 2 {
		k := &talk{t, listen(t, a, testkit.AddrA4), server}
		k.send(sent, 100)
	}
	vethTalk(t, a, b, true).send(sent, 300)
	r := w.end(3 * sent)
	for _, each := range w.all() {
		checkGroups(t, each, "port", "host")
	}
	ports, hosts := &r.Groups[0], &r.Groups[1]
	if len(ports.Entries) != 2 || len(hosts.Entries) != 2 {
		t.Fatalf("got %d ports and %d hosts, want 2 of each: %s", len(ports.Entries), len(hosts.Entries), outline(r))
	}
	both := waysOf(times(2*sent, udp4(100)), export.Volume{})
	find := func(g *export.Group, is func(*export.Entry) bool) *export.Entry {
		for i := range g.Entries {
			if e := &g.Entries[i]; is(e) {
				return e
			}
		}
		t.Fatalf("no such entry by %s: %s", g.By, outline(r))
		return nil
	}
	for _, e := range []*export.Entry{
		find(ports, func(e *export.Entry) bool { return e.Proto == "udp" && e.Port == 7000 }),
		find(hosts, func(e *export.Entry) bool { return e.Addr == testkit.AddrB4 }),
	} {
		if e.Flows != 2 || e.Ways != both {
			t.Errorf("got %d flows, %+v, want 2, %+v", e.Flows, e.Ways, both)
		}
	}
	if e := find(hosts, func(e *export.Entry) bool { return e.Addr == testkit.AddrB6 }); e.Flows != 1 {
		t.Errorf("got %d flows over IPv6, want 1", e.Flows)
	}
}
