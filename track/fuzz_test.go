package track

import (
	"testing"

	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

// FuzzOther shows any frame to a table that has flows to which ICMP errors, states
// and neighbours may belong.
func FuzzOther(f *testing.F) {
	for _, c := range stages {
		f.Add(c.make(c.says[0]).Data)
	}
	for _, c := range neighborMessages() {
		f.Add(c.p.Data)
	}
	ip := packet.IPv4{Src: client, Dst: server}
	f.Add(unreachable(0, ip, packet.UDP{Src: 40000, Dst: 53}).Data)
	f.Add(unreachable(0, ip, packet.TCP{Src: 40000, Dst: 443}).Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		tab := newTable(t, Config{MaxFlows: 16, Limits: new(Limits), Events: true})
		before := []parse.Packet{
			frame(0, ip, packet.UDP{Src: 40000, Dst: 53}), frame(0, ip, packet.TCP{Src: 40000, Dst: 443, Flags: parse.FlagSYN}),
			sctpChunk(1), frame(0, packet.ARP{SrcMAC: mac2}),
		}
		count(tab, 0, before...)
		p := parse.Packet{Data: b, WireLen: uint32(len(b)), Time: t0 + ms, Link: parse.LinkEthernet}
		p.Decode()
		count(tab, 0, p)
		s := snapshot(tab, 2*ms)
		addsUp(t, s)
		if len(s.Flows) > len(before)+1 {
			t.Errorf("one packet made %d flows", len(s.Flows)-len(before))
		}
		errors := uint32(0)
		for i := range s.Flows {
			r := &s.Flows[i]
			errors += r.Error.Count
			if r.Error.Count > 0 && !r.Error.From.IsValid() {
				t.Errorf("an error from nobody: %+v", r.Error)
			}
			if r.State[0] >= states || r.Stale < 0 || r.Stale > 1 {
				t.Errorf("state %d, stale %g", r.State[0], r.Stale)
			}
		}
		if errors > 1 {
			t.Errorf("one packet was %d errors", errors)
		}
		known := tab.Neighbors(nil)
		if len(known) > 2 {
			t.Errorf("one packet told of %d neighbours", len(known)-1)
		}
		for _, n := range known {
			if n.Addr.IsUnspecified() || n.Addr.IsMulticast() || n.Addr.IsLoopback() || n.MAC[0]&1 != 0 || n.MAC == [6]byte{} {
				t.Errorf("%v at %x is no neighbour", n.Addr, n.MAC)
			}
		}
	})
}
