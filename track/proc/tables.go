package proc

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"sockeye/parse"
)

// table is one of the kernel's text tables of sockets in /proc/PID/net (proc_pid_net(5)).
type table struct {
	name   string
	family uint8
	proto  uint8 // 0: each socket's own
	typ    uint16
	form   tableForm
}

// tableForm says what the lines of a table are like.
type tableForm uint8

const (
	inetForm tableForm = iota
	packetForm
	assocForm
	endpointForm
)

// The tables of protocols with ports, of those without, and of packet sockets.
var (
	portTables = []*table{
		{"tcp", afInet, parse.ProtoTCP, sockStream, inetForm}, {"tcp6", afInet6, parse.ProtoTCP, sockStream, inetForm},
		{"udp", afInet, parse.ProtoUDP, sockDgram, inetForm}, {"udp6", afInet6, parse.ProtoUDP, sockDgram, inetForm},
		{"udplite", afInet, parse.ProtoUDPLite, sockDgram, inetForm},
		{"udplite6", afInet6, parse.ProtoUDPLite, sockDgram, inetForm},
		{"sctp/assocs", 0, parse.ProtoSCTP, sockStream, assocForm}, {"sctp/eps", 0, parse.ProtoSCTP, sockStream, endpointForm},
	}
	rawTables = []*table{
		{"raw", afInet, 0, sockRaw, inetForm}, {"raw6", afInet6, 0, sockRaw, inetForm},
		{"icmp", afInet, parse.ProtoICMP, sockDgram, inetForm}, {"icmp6", afInet6, parse.ProtoICMPv6, sockDgram, inetForm},
	}
	packetTable = &table{"packet", afPacket, 0, 0, packetForm}
)

// read reads the lines of a table into s, one after another, and calls each after
// every one with the index of the interface that the socket is bound to, 0 for none
// or where the table does not tell. Lines that are not as they should be are left out.
func (t *table) read(text []byte, s *Socket, each func(device uint32)) {
	_, text, _ = bytes.Cut(text, newline) // the heading
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		f := fields{rest: line}
		*s = Socket{Family: t.family, Proto: uint16(t.proto), Type: t.typ}
		device, ok := t.line(&f, s)
		if !ok {
			continue
		}
		if s.Inode == 0 {
			s.UID = 0 // it is not known
		}
		each(device)
	}
}

var newline = []byte{'\n'}

// line reads one line. It is no function of the table's own, through which f would
// take memory for each.
func (t *table) line(f *fields, s *Socket) (device uint32, ok bool) {
	switch t.form {
	case inetForm:
		return 0, t.inetLine(f, s)
	case packetForm:
		return packetLine(f, s)
	case assocForm:
		return 0, assocLine(f, s)
	}
	return 0, endpointLine(f, s)
}

// inetLine reads a line of the tables that most protocols share:
//
//	0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 1683 1 0000000023caea8f …
//
// that is number, local end, remote end, state, send and receive queue, timer,
// retransmits, user, timeout, inode, references, address and, of sockets for
// datagrams, drops.
func (t *table) inetLine(f *fields, s *Socket) bool {
	f.skip(1)
	local, ok1 := hexEnd(t.family, f.next())
	remote, ok2 := hexEnd(t.family, f.next())
	state, ok3 := tableHex(f.next())
	queues := f.next()
	f.skip(2)
	uid, ok4 := tableNumber(f.next())
	f.skip(1)
	inode, ok5 := tableNumber(f.next())
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || len(queues) != 17 || state > 0xff {
		return false
	}
	send, ok1 := tableHex(queues[:8])
	receive, ok2 := tableHex(queues[9:])
	s.Local, s.Remote, s.State = local, remote, stateName(t.typ, false, uint8(state))
	s.UID, s.Inode, s.SendQueue, s.ReceiveQueue = uint32(uid), inode, uint32(send), uint32(receive)
	if t.typ != sockStream {
		f.skip(2)
		s.Drops, _ = tableNumber(f.next())
	}
	if t.typ == sockRaw { // whose protocol stands where others have a port
		s.Proto = local.Port()
		s.Local, s.Remote = netip.AddrPortFrom(local.Addr(), 0), netip.AddrPortFrom(remote.Addr(), 0)
	}
	return ok1 && ok2
}

// packetLine reads a line of the table of packet sockets:
//
//	ffff98a3a6419800 3      3    88cc   2     1 0      100    15804
//
// that is address, references, type, EtherType, interface, whether it runs, bytes in
// the receive queue, user, inode.
func packetLine(f *fields, s *Socket) (device uint32, ok bool) {
	f.skip(2)
	typ, ok1 := tableNumber(f.next())
	etherType, ok2 := tableHex(f.next())
	index, ok3 := tableNumber(f.next())
	f.skip(1)
	queue, ok4 := tableNumber(f.next())
	uid, ok5 := tableNumber(f.next())
	inode, ok6 := tableNumber(f.next())
	s.Type, s.Proto, s.State = uint16(typ), uint16(etherType), stateUnconnected
	s.ReceiveQueue, s.UID, s.Inode = uint32(queue), uint32(uid), inode
	return uint32(index), ok1 && ok2 && ok3 && ok4 && ok5 && ok6
}

// fields cuts a line at its blanks.
type fields struct{ rest []byte }

// next returns the next field, which is empty at the end.
func (f *fields) next() []byte {
	b := f.rest
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	n := 0
	for n < len(b) && !isBlank(b[n]) {
		n++
	}
	f.rest = b[n:]
	return b[:n:n]
}

func (f *fields) skip(n int) {
	for range n {
		f.next()
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// hexEnd reads an end such as 0100007F:0277. The address is printed in words of 32
// bits, each a number of this machine; an IPv4 one in its mapped form becomes IPv4.
func hexEnd(family uint8, b []byte) (netip.AddrPort, bool) {
	words := 1
	if family == afInet6 {
		words = 4
	}
	if len(b) != 8*words+5 || b[8*words] != ':' {
		return netip.AddrPort{}, false
	}
	var raw [16]byte
	for i := range words {
		n, ok := tableHex(b[8*i : 8*i+8])
		if !ok {
			return netip.AddrPort{}, false
		}
		binary.NativeEndian.PutUint32(raw[4*i:], uint32(n))
	}
	port, ok := tableHex(b[8*words+1:])
	addr := netip.AddrFrom4([4]byte(raw[:4]))
	if family == afInet6 {
		addr = netip.AddrFrom16(raw).Unmap()
	}
	return netip.AddrPortFrom(addr, uint16(port)), ok
}

// tableHex reads a number of up to 16 hexadecimal digits.
func tableHex(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(c)
	}
	return n, len(b) > 0 && len(b) <= 16
}

// tableNumber reads a number of up to 18 digits.
func tableNumber(b []byte) (n uint64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, len(b) > 0 && len(b) <= 18
}
