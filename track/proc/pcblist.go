package proc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"sockeye/parse"
)

// The tables of sockets of macOS, sysctl net.inet.tcp.pcblist_n and
// net.inet.udp.pcblist_n (bsd/netinet/in_pcblist.c of XNU): a struct xinpgen, then of
// each socket several records that begin with their length and kind and are padded to
// 8 bytes, then a struct xinpgen again. The structures are packed to 4 bytes and
// little endian; they have grown at their ends, so that only lengths lead on.
const (
	pcbGenLen = 24 // struct xinpgen, shorter than any record

	pcbSocket  = 0x01 // XSO_SOCKET: struct xsocket_n of sys/socketvar.h
	pcbReceive = 0x02 // XSO_RCVBUF: struct xsockbuf_n
	pcbSend    = 0x04 // XSO_SNDBUF: likewise
	pcbInet    = 0x10 // XSO_INPCB: struct xinpcb_n of netinet/in_pcb.h
	pcbTCP     = 0x20 // XSO_TCPCB: struct xtcpcb_n of netinet/tcp_var.h

	// Offsets in xinpcb_n. An IPv4 address is in the last 4 bytes of its field.
	inpForeignPort = 16 // big endian, as the next
	inpLocalPort   = 18
	inpGeneration  = 28
	inpFlags       = 44 // inp_vflag
	inpForeign     = 48
	inpLocal       = 64
	inpLen         = 80

	inpIPv4, inpIPv6 = 1, 2 // in inp_vflag; both where an IPv6 socket takes IPv4, too

	// Offsets in xsocket_n.
	xsoHandle  = 8
	xsoType    = 16
	xsoFamily  = 40
	xsoWaiting = 44 // so_qlen: connections that nobody has accepted yet
	xsoMayWait = 48 // so_qlimit
	xsoUID     = 64
	xsoLastPID = 68
	xsoLen     = 72

	xsbBytes = 8 // sb_cc in xsockbuf_n
	xsbLen   = 12

	xtcpState = 36 // t_state in xtcpcb_n
	xtcpLen   = 40

	darwinInet6 = 30 // AF_INET6
)

// darwinStates are the states of TCP by their numbers in netinet/tcp_fsm.h.
var darwinStates = [...]string{
	"CLOSED", stateListen, "SYN_SENT", "SYN_RECV", stateEstablished, "CLOSE_WAIT", "FIN_WAIT1",
	"CLOSING", "LAST_ACK", "FIN_WAIT2", stateTimeWait,
}

// A pcb is a socket of macOS. Its Inode is the kernel's handle of it, which proc_info
// has as well; 0 where no process can have it any more.
type pcb struct {
	Socket
	pid int32 // of the process that used it last, which may have ended; 0 for none
}

// errPCBList says that a table contradicts itself.
var errPCBList = errors.New("damaged table of sockets")

// pcbLen tells how much of a record is read.
var pcbLen = map[uint32]int{pcbSocket: xsoLen, pcbReceive: xsbLen, pcbSend: xsbLen, pcbInet: inpLen, pcbTCP: xtcpLen}

// readPCBs hands over the sockets of a table of proto, in memory that is used again.
func readPCBs(b []byte, proto uint8, each func(*pcb)) error {
	le := binary.LittleEndian
	if len(b) < pcbGenLen || le.Uint32(b) < pcbGenLen {
		return fmt.Errorf("%w: %d bytes", errPCBList, len(b))
	}
	var s pcb
	begun := false
	for b = pcbSkip(b, le.Uint32(b)); ; {
		if len(b) < 8 {
			return fmt.Errorf("%w: no end", errPCBList)
		}
		n, kind := le.Uint32(b), le.Uint32(b[4:])
		last := n == pcbGenLen
		if (last || kind == pcbInet) && begun {
			s.finish()
			each(&s)
		}
		if kind == pcbInet {
			s, begun = pcb{Socket: Socket{Proto: uint16(proto)}}, true
		}
		switch {
		case uint64(n) > uint64(len(b)), n < 8, !last && (int(n) < pcbLen[kind] || !begun):
			return fmt.Errorf("%w: a record of kind %#x and %d bytes", errPCBList, kind, n)
		case last:
			return nil
		}
		s.record(kind, b[:n])
		b = pcbSkip(b, n)
	}
}

// pcbSkip skips a record of n bytes and its padding.
func pcbSkip(b []byte, n uint32) []byte {
	return b[min((uint64(n)+7)&^7, uint64(len(b))):]
}

// record reads one record, which is as long as pcbLen says.
func (s *pcb) record(kind uint32, b []byte) {
	le := binary.LittleEndian
	switch kind {
	case pcbInet:
		s.readInet(b)
	case pcbSocket:
		s.Inode = le.Uint64(b[xsoHandle:])
		s.Type = le.Uint16(b[xsoType:])
		if le.Uint32(b[xsoFamily:]) == darwinInet6 {
			s.Family = afInet6
		}
		s.UID = le.Uint32(b[xsoUID:])
		s.pid = int32(le.Uint32(b[xsoLastPID:]))
		if most := le.Uint16(b[xsoMayWait:]); most > 0 { // it listens
			s.ReceiveQueue, s.SendQueue = uint32(le.Uint16(b[xsoWaiting:])), uint32(most)
		}
	case pcbReceive:
		s.ReceiveQueue += le.Uint32(b[xsbBytes:])
	case pcbSend:
		s.SendQueue += le.Uint32(b[xsbBytes:])
	case pcbTCP:
		if n := le.Uint32(b[xtcpState:]); int(n) < len(darwinStates) {
			s.State = darwinStates[n]
		}
	}
}

// readInet reads the ends.
func (s *pcb) readInet(b []byte) {
	flags := b[inpFlags]
	s.Family = afInet
	if flags&inpIPv6 != 0 {
		s.Family = afInet6
	}
	local, remote := inpAddr(b[inpLocal:], flags), inpAddr(b[inpForeign:], flags)
	s.Local = netip.AddrPortFrom(local, binary.BigEndian.Uint16(b[inpLocalPort:]))
	s.Remote = netip.AddrPortFrom(remote, binary.BigEndian.Uint16(b[inpForeignPort:]))
	s.Dual = flags&(inpIPv4|inpIPv6) == inpIPv4|inpIPv6 && local.IsUnspecified()
	s.Cookie = binary.LittleEndian.Uint64(b[inpGeneration:])
}

// inpAddr reads an address. The kernel writes the interface into link-local ones.
func inpAddr(b []byte, flags byte) netip.Addr {
	if flags&inpIPv6 == 0 {
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	a := [16]byte(b)
	if a[0] == 0xfe && a[1]&0xc0 == 0x80 {
		a[2], a[3] = 0, 0
	}
	return netip.AddrFrom16(a).Unmap()
}

// finish sets what several records tell.
func (s *pcb) finish() {
	if s.Proto != parse.ProtoTCP {
		s.State = stateUnconnected
		if s.Remote.Port() != 0 {
			s.State = stateEstablished
		}
	}
	if s.State == stateTimeWait {
		s.Inode, s.UID = 0, 0
	}
}

// pcbsPartial reports whether sockets were kept back: macOS 27 shows to those who are
// not root their own only, and nobody else's. There are always some of the system's.
func pcbsPartial(sockets []pcb, uid uint32) bool {
	if uid == 0 {
		return false
	}
	for i := range sockets {
		if sockets[i].Inode != 0 && sockets[i].UID != uid {
			return false
		}
	}
	return true
}
