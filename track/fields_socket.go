package track

import (
	"sockeye/parse"
	"sockeye/track/proc"
	"sockeye/track/query"
)

type (
	socketField = query.Field[proc.Socket]
	socketAtom  = query.Atom[proc.Socket]
)

// SocketFields returns what queries about sockets can ask for: what QueryFields has of
// ends, protocols and owners, as far as a socket has it.
func SocketFields() *query.Fields[proc.Socket] {
	all := append(socketEnds(), ownerFields(socketOwner)...)
	return query.NewFields(all, socketAtoms(), shownSocket)
}

// socketOwner returns who has a socket: whose it is, then all others that hold it.
func socketOwner(s *proc.Socket, n int) (p *proc.Process, ok bool) {
	switch {
	case n == 0:
		return s.Owner.Process, true
	case n <= len(s.Others):
		return s.Others[n-1], true
	}
	return nil, false
}

func socketEnds() []socketField {
	return []socketField{
		{Info: infoOf{Name: "proto", Aliases: []string{"protocol"}, Kind: query.Word, Help: "protocol above IP", Values: protoNames, Same: sameProtos},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Text(socketProto(s)) }},
		{Info: infoOf{Name: "port", Kind: query.Number, Help: "port of either end"},
			Any: func(s *proc.Socket, t *rowTest) bool {
				return testPort(s.Local.Port(), t) || testPort(s.Remote.Port(), t)
			}},
		{Info: infoOf{Name: "sport", Aliases: []string{"srcport", "source-port"}, Kind: query.Number, Help: "port of the local end"},
			Any: func(s *proc.Socket, t *rowTest) bool { return testPort(s.Local.Port(), t) }},
		{Info: infoOf{Name: "dport", Aliases: []string{"dstport", "dest-port", "destination-port"}, Kind: query.Number, Help: "port of the remote end"},
			Any: func(s *proc.Socket, t *rowTest) bool { return testPort(s.Remote.Port(), t) }},
		{Info: infoOf{Name: "src", Aliases: []string{"source", "local"}, Kind: query.Host, Help: "address or network of the local end"},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Addr(s.Local.Addr()) }},
		{Info: infoOf{Name: "dst", Aliases: []string{"dest", "destination", "remote", "host"}, Kind: query.Host, Help: "address or network of the remote end"},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Addr(s.Remote.Addr()) }},
		{Info: infoOf{Name: "ip.addr", Aliases: []string{"ip", "addr", "net"}, Kind: query.Host, Help: "address or network of either end"},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Addr(s.Local.Addr()) || t.Addr(s.Remote.Addr()) }},
		{Info: infoOf{Name: "state", Kind: query.Word, Help: "the kernel's, as ss(8) has it", Values: socketStates},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Text(s.State) }},
		{Info: infoOf{Name: "iface", Aliases: []string{"interface"}, Kind: query.Name, Help: "interface that it is bound to"},
			Any: func(s *proc.Socket, t *rowTest) bool { return t.Text(s.Device) }},
	}
}

// socketStates are the names of proc.Socket.State, but for SCTP's own.
var socketStates = []string{
	"LISTEN", "UNCONNECTED", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING", "CLOSED",
}

func testPort(port uint16, t *rowTest) bool { return port != 0 && t.Number(float64(port)) }

// afPacket is AF_PACKET of linux/socket.h.
const afPacket = 17

// socketProto names a socket's protocol; "packet" stands for those that see frames.
func socketProto(s *proc.Socket) string {
	if s.Family == afPacket {
		return "packet"
	}
	return parse.ProtoName(uint8(s.Proto))
}

// shownSocket puts to the test what a list shows of a socket.
func shownSocket(s *proc.Socket, t *rowTest) bool {
	return shownOwner(s.Owner.Process, t) || t.Text(s.State) || t.Text(socketProto(s)) || t.Text(s.Device) ||
		t.AddrPort(s.Local.Addr(), s.Local.Port()) || t.AddrPort(s.Remote.Addr(), s.Remote.Port())
}

func socketAtoms() []socketAtom {
	ip := func(name string, proto uint16) socketAtom {
		return socketAtom{Name: name, Help: "the protocol", Match: func(s *proc.Socket) bool { return s.Family != afPacket && s.Proto == proto }}
	}
	return []socketAtom{
		ip("tcp", parse.ProtoTCP), ip("udp", parse.ProtoUDP), ip("sctp", parse.ProtoSCTP), ip("icmp", parse.ProtoICMP), ip("icmpv6", parse.ProtoICMPv6),
		{Name: "ipv4", Help: "IPv4", Match: func(s *proc.Socket) bool { return s.Local.Addr().Is4() }},
		{Name: "ipv6", Help: "IPv6", Match: func(s *proc.Socket) bool { return s.Local.Addr().Is6() }},
	}
}
