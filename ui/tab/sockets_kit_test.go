package tab

import (
	"net/netip"
	"time"

	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

const (
	ownSpace   = 100 // this process's network namespace
	otherSpace = 200
)

func bound(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func heldBy(pid int32, name string) proc.Owner {
	return proc.Owner{Process: &proc.Process{ID: proc.ID{PID: pid}, Name: name, UID: 1000, User: "anna", Exe: "/usr/bin/" + name}, Source: proc.FromDiag}
}

// screenSockets are sockets of all kinds.
func screenSockets() []proc.Socket {
	const tcp, udp, v4, v6 = parse.ProtoTCP, parse.ProtoUDP, afINET, afINET6
	any4, any6 := netip.AddrPort{}, bound("[::]:0")
	all := []proc.Socket{
		{Family: v4, Proto: tcp, State: "LISTEN", Local: bound("0.0.0.0:22"), Inode: 1, SendQueue: 128, ReceiveQueue: 3, Owner: heldBy(812, "sshd"), Others: []*proc.Process{{ID: proc.ID{PID: 813}, Name: "sshd"}}},
		{Family: v6, Proto: tcp, State: "LISTEN", Local: bound("[::]:8080"), Dual: true, Inode: 2, SendQueue: 511, Owner: heldBy(900, "nginx")},
		{Family: v4, Proto: tcp, State: "LISTEN", Local: bound("127.0.0.1:5432"), Inode: 3, Owner: heldBy(950, "postgres")},
		{Family: v4, Proto: tcp, State: "LISTEN", Local: bound("0.0.0.0:22"), Inode: 4, NetNS: otherSpace, Owner: heldBy(77, "sshd")},
		{Family: v4, Proto: udp, State: "UNCONNECTED", Local: bound("0.0.0.0:5353"), Inode: 5, Device: "eth0", Drops: 12, ReceiveQueue: 2048, Owner: heldBy(640, "avahi")},
		{Family: v4, Proto: udp, State: "UNCONNECTED", Local: bound("0.0.0.0:443"), Inode: 6, Owner: heldBy(1001, "quicd")},
		{Family: v4, Proto: udp, State: "UNCONNECTED", Local: bound("0.0.0.0:443"), Inode: 7, Owner: heldBy(1002, "quicd")},
		{Family: v4, Proto: parse.ProtoICMP, Type: sockRaw, State: "UNCONNECTED", Local: any4, Inode: 8, Owner: proc.Owner{Reason: proc.NoRights}, UID: 33},
		{Family: afPacket, Proto: allTypes, Type: sockRaw, State: "UNCONNECTED", Device: "eth0", Inode: 9, Owner: heldBy(42, "e\x1b[31mvil\u202e")},
		{Family: v4, Proto: tcp, State: "ESTABLISHED", Local: bound("192.0.2.10:22"), Remote: bound("203.0.113.7:50022"), Inode: 10, Owner: heldBy(814, "sshd"),
			TCP: &proc.KernelTCP{RTT: 20 * time.Millisecond, MinRTT: 18 * time.Millisecond, Window: 10, MSS: 1448, Retransmits: 2, Congestion: "cubic"}},
		{Family: v4, Proto: tcp, State: "ESTABLISHED", Local: bound("127.0.0.1:40000"), Remote: bound("127.0.0.1:5432"), Inode: 11, Owner: heldBy(960, "app")},
		{Family: v4, Proto: tcp, State: "ESTABLISHED", Local: bound("127.0.0.1:5432"), Remote: bound("127.0.0.1:40000"), Inode: 12, Owner: heldBy(951, "postgres")},
		{Family: v6, Proto: tcp, State: "ESTABLISHED", Local: bound("[fe80::10%eth0]:40001"), Remote: bound("[fe80::1%eth0]:443"), Inode: 13, Owner: heldBy(970, "curl")},
		{Family: v4, Proto: tcp, State: "TIME_WAIT", Local: bound("192.0.2.10:40002"), Remote: bound("203.0.113.7:80")},
	}
	for i := range all {
		if all[i].NetNS == 0 {
			all[i].NetNS = ownSpace
		}
		if all[i].Family == v6 && !all[i].Remote.IsValid() {
			all[i].Remote = any6
		}
	}
	return all
}

// socketFlow makes a flow with a rate each way.
func socketFlow(id uint64, proto uint16, class track.Class, local, remote string, sent, received float64) track.Row {
	l, r := bound(local), bound(remote)
	row := track.Row{
		ID: id, Family: parse.FamilyIPv4, Proto: proto, Class: class, InitiatorKnown: true, First: kitNow - int64(time.Minute), Last: kitNow,
		Local: track.Endpoint{Addr: l.Addr(), Port: l.Port()}, Remote: track.Endpoint{Addr: r.Addr(), Port: r.Port()},
	}
	if l.Addr().Is6() {
		row.Family = parse.FamilyIPv6
	}
	setRates(&row, sent, received)
	return row
}

// socketFlows are the flows of screenSockets, and some that are nobody's.
func socketFlows() []track.Row {
	const tcp, udp = parse.ProtoTCP, parse.ProtoUDP
	guessed := socketFlow(4, tcp, track.Outgoing, "198.51.100.1:8080", "203.0.113.9:40003", 10, 20)
	guessed.InitiatorKnown = false
	return []track.Row{
		socketFlow(1, tcp, track.Incoming, "192.0.2.10:22", "203.0.113.7:50022", 1000, 200), // on its own socket, accepted by sshd
		socketFlow(2, tcp, track.Incoming, "192.0.2.10:22", "203.0.113.8:50023", 500, 100),  // accepted, its socket is gone
		socketFlow(3, tcp, track.Loopback, "127.0.0.1:40000", "127.0.0.1:5432", 7000, 90_000),
		guessed, // over IPv4 to a socket for IPv6
		socketFlow(5, tcp, track.Outgoing, "[fe80::10%eth0]:40001", "[fe80::1%eth0]:443", 300, 400),
		socketFlow(6, udp, track.Incoming, "224.0.0.251:5353", "192.0.2.77:5353", 0, 60),
		socketFlow(7, udp, track.Incoming, "192.0.2.10:443", "203.0.113.9:44444", 1, 2),  // of one of two
		socketFlow(8, tcp, track.Forwarded, "10.0.0.5:22", "203.0.113.9:22", 5000, 5000), // not this machine's
		socketFlow(9, tcp, track.Outgoing, "192.0.2.10:8080", "203.0.113.9:22", 40, 50),  // began at a port that is listened at
		socketFlow(10, parse.ProtoICMP, track.Outgoing, "192.0.2.10:0", "203.0.113.9:0", 98, 98),
	}
}

// socketModel is a dashboard with these sockets and flows, and its tab.
func socketModel() (*Model, *socketsTab) {
	m := kitModel(socketFlows())
	m.Tab, m.Sockets = SocketsTab, screenSockets()
	s := NewSockets().(*socketsTab)
	s.own = ownSpace
	return m, s
}

// itemOf returns the socket with an inode.
func (s *socketsTab) itemOf(m *Model, inode uint64) *socketItem {
	s.update(m)
	for i := range s.items {
		if s.items[i].Inode == inode {
			return &s.items[i]
		}
	}
	return nil
}
