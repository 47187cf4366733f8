package proc

import (
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// A request of sock_diag(7) for sockets of the Internet's protocols, and the answer
// about one: struct inet_diag_req_v2 and inet_diag_msg of linux/inet_diag.h. Both
// hold a struct inet_diag_sockid, in which ports and addresses are in network byte
// order.
const (
	diagRequestLen = 56
	diagRequestID  = 8
	diagAnswerLen  = 72
	diagAnswerID   = 4

	idSrcPort, idDstPort = 0, 2
	idSrc, idDst         = 4, 20
	idDevice             = 36
	idCookie             = 40
	idEnd                = 48
)

// Attributes of an answer (linux/inet_diag.h). A request asks for those up to 8 by a
// bit each; the others come by themselves.
const (
	diagInfo      = 2 // struct tcp_info
	diagCong      = 4
	diagSkMemInfo = 7
	diagV6Only    = 11
	diagCgroup    = 21

	skMemInfoDrops = 8 // SK_MEMINFO_DROPS of linux/sock_diag.h, in words
)

// Words of the request.
const (
	anyState  = ^uint32(0)
	anyCookie = ^uint64(0)
)

// diagQuery is what a request asks for.
type diagQuery struct {
	family, proto uint8
	states        uint32         // a bit each by the numbers of net/tcp_states.h; 0 for any
	details       bool           // tcp_info, congestion control, memory
	local, remote netip.AddrPort // of a list: only sockets with these ports; 0 for any
	device        uint32         // also sockets that are bound to this interface; not of a list
}

// put writes the request.
func (q *diagQuery) put(b *[diagRequestLen]byte) {
	*b = [diagRequestLen]byte{0: q.family, 1: q.proto}
	if q.details {
		b[2] = 1<<(diagInfo-1) | 1<<(diagCong-1) | 1<<(diagSkMemInfo-1)
	}
	states := q.states
	if states == 0 {
		states = anyState
	}
	binary.NativeEndian.PutUint32(b[4:], states)
	id := b[diagRequestID : diagRequestID+idEnd]
	binary.BigEndian.PutUint16(id[idSrcPort:], q.local.Port())
	binary.BigEndian.PutUint16(id[idDstPort:], q.remote.Port())
	putAddr(id[idSrc:], q.local.Addr())
	putAddr(id[idDst:], q.remote.Addr())
	binary.NativeEndian.PutUint32(id[idDevice:], q.device)
	binary.NativeEndian.PutUint64(id[idCookie:], anyCookie)
}

func putAddr(b []byte, a netip.Addr) {
	switch {
	case a.Is4():
		v := a.As4()
		copy(b, v[:])
	case a.Is6():
		v := a.As16()
		copy(b, v[:])
	}
}

// exactQuery asks for the one socket between two ends. UDP's is looked for as for a
// packet that comes in, so its ends are the other way round ("swapped for historical
// reasons", net/ipv4/udp_diag.c).
func exactQuery(proto uint8, local, remote netip.AddrPort) diagQuery {
	q := diagQuery{family: afInet, proto: proto, local: local, remote: remote}
	if local.Addr().Is6() {
		q.family = afInet6
	}
	if proto == parse.ProtoUDP || proto == parse.ProtoUDPLite {
		q.local, q.remote = remote, local
	}
	return q
}

// readDiag reads an answer about a socket of proto into s, and what TCP measured into
// tcp, where it was asked for. It returns the index of the interface that the socket
// is bound to, 0 for none. S.Dual is told only of sockets without connection.
func readDiag(b []byte, proto uint8, s *Socket, tcp *KernelTCP) (device uint32, ok bool) {
	if len(b) < diagAnswerLen || b[0] != afInet && b[0] != afInet6 {
		return 0, false
	}
	typ := typeOf(proto)
	id := b[diagAnswerID : diagAnswerID+idEnd]
	*s = Socket{
		Family: b[0], Proto: uint16(proto), Type: typ,
		State:        stateName(typ, proto == parse.ProtoSCTP, b[1]),
		Local:        diagEnd(b[0], id[idSrc:], id[idSrcPort:]),
		Remote:       diagEnd(b[0], id[idDst:], id[idDstPort:]),
		Cookie:       binary.NativeEndian.Uint64(id[idCookie:]),
		ReceiveQueue: binary.NativeEndian.Uint32(b[56:]),
		SendQueue:    binary.NativeEndian.Uint32(b[60:]),
		UID:          binary.NativeEndian.Uint32(b[64:]),
		Inode:        uint64(binary.NativeEndian.Uint32(b[68:])),
	}
	if s.Inode == 0 {
		s.UID = 0 // some kernels say root here, others who had it
	}
	s.attributes(b[diagAnswerLen:], tcp)
	return binary.NativeEndian.Uint32(id[idDevice:]), true
}

// attributes reads what follows the fixed part of an answer.
func (s *Socket) attributes(b []byte, tcp *KernelTCP) {
	for len(b) > 0 {
		var typ uint16
		var value []byte
		var ok bool
		if typ, value, b, ok = cutAttribute(b); !ok {
			return
		}
		switch {
		case typ == diagV6Only && len(value) >= 1:
			s.Dual = value[0] == 0 && s.Local.Addr().IsUnspecified()
		case typ == diagCgroup && len(value) >= 8:
			s.Cgroup = binary.NativeEndian.Uint64(value)
		case typ == diagSkMemInfo && len(value) >= 4*skMemInfoDrops+4:
			s.Drops = uint64(binary.NativeEndian.Uint32(value[4*skMemInfoDrops:]))
		case typ == diagInfo && s.Proto == parse.ProtoTCP && tcp != nil && s.State != stateListen:
			congestion := tcp.Congestion // which may stand before it
			*tcp = readTCPInfo(value)
			tcp.Congestion = congestion
			s.TCP = tcp
		case typ == diagCong && tcp != nil:
			tcp.Congestion = congestionName(value)
		}
	}
}

// diagEnd reads one end of a socket. The address of an IPv4 connection at a socket
// for both comes in its mapped form.
func diagEnd(family uint8, addr, port []byte) netip.AddrPort {
	a := netip.AddrFrom4([4]byte(addr))
	if family == afInet6 {
		a = netip.AddrFrom16([16]byte(addr)).Unmap()
	}
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(port))
}

// typeOf returns the type of the sockets that sock_diag lists for a protocol. An SCTP
// socket may also be of type SOCK_SEQPACKET, which it does not tell.
func typeOf(proto uint8) uint16 {
	switch proto {
	case parse.ProtoUDP, parse.ProtoUDPLite:
		return sockDgram
	case parse.ProtoDCCP:
		return sockDCCP
	}
	return sockStream
}
