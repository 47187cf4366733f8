package track

import (
	"net/netip"
	"testing"

	"sockeye/parse"
)

func TestClassify(t *testing.T) {
	const syn, synack, ack = 0x02, 0x12, 0x10
	own := []string{"192.168.1.5", "2a02::5", "fe80::1"}
	rows := []struct {
		name  string
		own   []string
		bound []string
		p     pkt
		class Class
		local string
		known bool
		out   bool
	}{
		// The vectors V2 and V3: the order of the addresses means nothing.
		{"V2 upload to a lower address", own, nil, pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", proto: 6, flags: syn, hint: parse.HintOutgoing}, Outgoing, "192.168.1.5:50000", true, false},
		{"V2 upload to a higher address", own, nil, pkt{src: "192.168.1.5:50000", dst: "203.0.113.9:443", proto: 6, flags: syn, hint: parse.HintOutgoing}, Outgoing, "192.168.1.5:50000", true, false},
		{"V3 IPv6 upload", own, nil, pkt{src: "[2a02::5]:50000", dst: "[2001:db8::1]:443", proto: 6, flags: syn}, Outgoing, "[2a02::5]:50000", true, false},
		{"V2 in a file", nil, nil, pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443"}, Outgoing, "192.168.1.5:50000", true, false},

		{"accepted connection", own, nil, pkt{src: "8.8.8.8:50000", dst: "192.168.1.5:22", proto: 6, flags: syn, hint: parse.HintHost}, Incoming, "192.168.1.5:22", true, false},
		{"first seen at the SYN-ACK", own, nil, pkt{src: "192.168.1.5:22", dst: "8.8.8.8:50000", proto: 6, flags: synack, hint: parse.HintOutgoing}, Incoming, "192.168.1.5:22", true, false},
		{"mid-stream, the client's packet", own, nil, pkt{src: "192.168.1.5:50000", dst: "8.8.8.8:443", proto: 6, flags: ack}, Outgoing, "192.168.1.5:50000", false, false},
		{"mid-stream, the server's packet", own, nil, pkt{src: "8.8.8.8:443", dst: "192.168.1.5:50000", proto: 6, flags: ack}, Outgoing, "192.168.1.5:50000", false, false},
		{"DNS answer seen first", own, nil, pkt{src: "8.8.8.8:53", dst: "192.168.1.5:50000"}, Outgoing, "192.168.1.5:50000", false, false},
		{"echo reply seen first", own, nil, pkt{src: "8.8.8.8:7", dst: "192.168.1.5:7", proto: 1}, Outgoing, "192.168.1.5:7", true, false},
		{"loopback", own, nil, pkt{src: "127.0.0.1:40000", dst: "127.0.0.1:80", proto: 6, flags: syn}, Loopback, "127.0.0.1:40000", true, false},
		{"loopback by own addresses", own, nil, pkt{src: "192.168.1.5:40000", dst: "192.168.1.5:80", proto: 6, flags: syn}, Loopback, "192.168.1.5:40000", true, false},

		{"routed, coming in", own, nil, pkt{src: "10.0.0.2:40000", dst: "8.8.8.8:53", hint: parse.HintHost}, Forwarded, "10.0.0.2:40000", true, false},
		{"routed, going out", own, nil, pkt{src: "10.0.0.2:40000", dst: "8.8.8.8:53", hint: parse.HintOutgoing}, Forwarded, "10.0.0.2:40000", true, false},
		{"promiscuous", own, nil, pkt{src: "10.0.0.2:40000", dst: "10.0.0.3:53", hint: parse.HintOther}, Forwarded, "10.0.0.2:40000", true, false},
		{"promiscuous, the answer first", own, nil, pkt{src: "10.0.0.3:53", dst: "10.0.0.2:40000", hint: parse.HintOther}, Forwarded, "10.0.0.2:40000", false, false},
		{"multicast from a neighbour", own, nil, pkt{src: "192.168.1.9:5353", dst: "224.0.0.251:5353", hint: parse.HintMulticast}, Incoming, "224.0.0.251:5353", true, false},
		{"directed broadcast", own, nil, pkt{src: "192.168.1.9:137", dst: "192.168.1.255:137", hint: parse.HintBroadcast}, Incoming, "192.168.1.255:137", true, false},
		{"own multicast", own, nil, pkt{src: "[fe80::1]:5353", dst: "[ff02::fb]:5353", hint: parse.HintOutgoing}, Outgoing, "[fe80::1]:5353", true, false},
		{"DHCP discover of this machine", own, nil, pkt{src: "0.0.0.0:68", dst: "255.255.255.255:67", hint: parse.HintOutgoing}, Outgoing, "0.0.0.0:68", true, false},

		{"SLL file, outgoing", nil, nil, pkt{src: "10.0.0.2:40000", dst: "8.8.8.8:53", hint: parse.HintOutgoing}, Outgoing, "10.0.0.2:40000", true, false},
		{"SLL file, incoming", nil, nil, pkt{src: "8.8.8.8:40000", dst: "10.0.0.2:22", hint: parse.HintHost}, Incoming, "10.0.0.2:22", true, false},
		{"file, multicast", nil, nil, pkt{src: "10.0.0.2:5353", dst: "224.0.0.251:5353"}, Outgoing, "10.0.0.2:5353", true, false},

		{"boundary, upload", own, []string{"10.0.0.0/8"}, pkt{src: "8.8.8.8:40000", dst: "10.1.2.3:80", proto: 6, flags: syn, hint: parse.HintOther}, Incoming, "10.1.2.3:80", true, false},
		{"boundary IPv6", own, []string{"10.0.0.0/8", "fd00::/8"}, pkt{src: "[fd00::7]:40000", dst: "[2001:db8::1]:80", proto: 6, flags: syn}, Outgoing, "[fd00::7]:40000", true, false},
		{"boundary, both inside", nil, []string{"10.0.0.0/8"}, pkt{src: "10.0.0.1:40000", dst: "10.0.0.2:80", proto: 6, flags: syn}, Outgoing, "10.0.0.1:40000", true, false},
		{"boundary, none inside", own, []string{"10.0.0.0/8"}, pkt{src: "192.168.1.5:40000", dst: "8.8.8.8:80", proto: 6, flags: syn}, Forwarded, "192.168.1.5:40000", true, true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var c Config
			c.ShowLoopback = true
			for _, b := range r.bound {
				c.Boundary = append(c.Boundary, netip.MustParsePrefix(b))
			}
			tab := newTable(t, c)
			var addrs []netip.Addr
			for _, a := range r.own {
				addrs = append(addrs, netip.MustParseAddr(a))
			}
			tab.SetLocal(addrs)
			feed(tab, 0, r.p)
			s := snapshot(tab, 1000*ms)
			addsUp(t, s)
			if r.out {
				if len(s.Flows) != 0 || s.Totals.Filtered.Flows != 1 || s.Totals.Filtered.Count.Packets != 1 {
					t.Fatalf("got %d rows, filtered %+v; want none and the flow", len(s.Flows), s.Totals.Filtered)
				}
				return
			}
			row := only(t, s)
			local := netip.AddrPortFrom(row.Local.Addr, row.Local.Port).String()
			if row.Class != r.class || local != r.local || row.InitiatorKnown != r.known {
				t.Errorf("got class %d, local %s, known %v; want %d, %s, %v", row.Class, local, row.InitiatorKnown, r.class, r.local, r.known)
			}
			way := Received
			if r.p.src == r.local {
				way = Sent
			}
			if row.Count[way].Packets != 1 || row.Count[1-way].Packets != 0 {
				t.Errorf("counted %+v, want one packet on way %d", row.Count, way)
			}
		})
	}
}

// An address that comes up late puts the flows right that were taken for
// other hosts' traffic.
func TestAddressComesLate(t *testing.T) {
	tab := newTable(t, Config{})
	tab.SetLocal([]netip.Addr{netip.MustParseAddr("192.168.1.5")})
	feed(tab, 0, pkt{src: "10.9.9.9:40000", dst: "8.8.8.8:53", hint: parse.HintOutgoing, n: 70},
		pkt{src: "8.8.8.8:53", dst: "10.9.9.9:40000", hint: parse.HintHost, n: 200})
	if r := only(t, snapshot(tab, 1000*ms)); r.Class != Forwarded {
		t.Fatalf("got class %d before the address is known, want forwarded", r.Class)
	}
	tab.SetLocal([]netip.Addr{netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("10.9.9.9")})
	s := snapshot(tab, 2000*ms)
	addsUp(t, s)
	r := only(t, s)
	if r.Class != Outgoing || r.Local.Addr.String() != "10.9.9.9" || r.Count[Sent].Bytes != 70 || r.Count[Received].Bytes != 200 {
		t.Errorf("got %+v", r)
	}
	if s.Totals.Own.Count[Sent].Bytes != 70 || s.Totals.Forwarded.Packets != 0 {
		t.Errorf("totals did not follow: %+v", s.Totals)
	}
}
