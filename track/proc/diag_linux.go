package proc

import (
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// The request and the answer of sock_diag(7) for one socket: struct
// inet_diag_req_v2 and inet_diag_msg of linux/inet_diag.h. Both hold a struct
// inet_diag_sockid, in which ports and addresses are in network byte order.
const (
	diagRequestLen = 56
	diagRequestID  = 8
	diagAnswerLen  = 72
	diagState      = 1 // in the answer
	diagAnswerID   = 4

	idSrcPort, idDstPort = 0, 2
	idSrc, idDst         = 4, 20
	idCookie             = 40
	idEnd                = 48
)

// Families and states of linux/socket.h and linux/tcp_states.h.
const (
	afInet, afInet6 = 2, 10

	tcpTimeWait, tcpListen = 6, 10
)

// diagRequest writes the request for the socket between two ends. UDP's socket is
// looked for as for a packet that comes in, so its ends are the other way round
// ("swapped for historical reasons", net/ipv4/udp_diag.c).
func diagRequest(proto uint8, local, remote netip.AddrPort) []byte {
	b := make([]byte, diagRequestLen)
	b[0], b[1] = afInet, proto
	if local.Addr().Is6() {
		b[0] = afInet6
	}
	binary.NativeEndian.PutUint32(b[4:], ^uint32(0)) // in any state
	src, dst := local, remote
	if proto == parse.ProtoUDP {
		src, dst = remote, local
	}
	id := b[diagRequestID : diagRequestID+idEnd]
	binary.BigEndian.PutUint16(id[idSrcPort:], src.Port())
	binary.BigEndian.PutUint16(id[idDstPort:], dst.Port())
	copy(id[idSrc:], src.Addr().AsSlice())
	copy(id[idDst:], dst.Addr().AsSlice())
	binary.NativeEndian.PutUint64(id[idCookie:], ^uint64(0)) // whatever its cookie
	return b
}

// diagOpen reads an answer: whether it is of a socket that is open and connected to
// this remote end. The kernel also answers with one that listens, or that takes from
// anybody.
func diagOpen(b []byte, remote netip.AddrPort) bool {
	if len(b) < diagAnswerLen {
		return false
	}
	state := b[diagState]
	if state == tcpTimeWait || state == tcpListen {
		return false
	}
	id, n := b[diagAnswerID:diagAnswerID+idEnd], 4
	if b[0] == afInet6 { // also of an IPv4 connection, where the socket is for both
		n = 16
	}
	addr, ok := netip.AddrFromSlice(id[idDst : idDst+n])
	return ok && addr.Unmap() == remote.Addr().Unmap() && binary.BigEndian.Uint16(id[idDstPort:]) == remote.Port()
}
